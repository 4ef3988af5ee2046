"""Laws that every analytic inherits: random dictionaries, rows and parameters, and no test of its own."""
