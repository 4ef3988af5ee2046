"""Tests of keys, envelopes, sealing, notes, membership and verification."""
