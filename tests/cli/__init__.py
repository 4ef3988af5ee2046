"""The contract of the command line, as a user meets it."""
