"""Expressions, their normal form, their words, and what is refused."""
