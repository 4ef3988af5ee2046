"""The nouns: frozen documents and markers, without input or output."""
