"""Long runs: `make campaign` does all of what the tests do a sample of."""
