"""The disclosure rules as worked examples: run through the gate, and printed for output checkers."""
