"""The parts of an evidence pack: documents for programs, pages for people, and the facts in them."""
