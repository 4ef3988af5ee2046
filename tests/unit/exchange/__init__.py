"""Tests of the exchange as a folder."""
