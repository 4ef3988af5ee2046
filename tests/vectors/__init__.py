"""Public test vectors, and a few typed by hand from their specifications."""
