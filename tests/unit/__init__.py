"""Unit tests, one folder for each room of the source."""
