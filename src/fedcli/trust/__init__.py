"""Keys and envelopes: the only room that holds cryptography."""
