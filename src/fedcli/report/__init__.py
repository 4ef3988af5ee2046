"""The reading room: how results and records look in a terminal, a pipe and a program."""
