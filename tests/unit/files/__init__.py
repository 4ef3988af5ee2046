"""Tests of the strict reader, the atomic writer, locks and canonical JSON."""
