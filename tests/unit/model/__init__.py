"""Tests of the nouns: what they accept, what they refuse, and what they say."""
