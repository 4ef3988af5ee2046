"""The book: an RFC 6962 log, its signed checkpoints, and the charges in it."""
