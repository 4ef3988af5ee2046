"""The counter: each command parses, calls one workflow, and shows what it answered."""
