"""Numbers that nobody here wrote, held against what the tool's own commands answer."""
