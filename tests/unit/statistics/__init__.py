"""Shapes, intervals and seals by hand-computed cases."""
