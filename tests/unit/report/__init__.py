"""Pages as text: figures, and what is said of privacy."""
