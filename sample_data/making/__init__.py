"""How the sample data are made: one file for each scenario, and the machinery that they share."""
