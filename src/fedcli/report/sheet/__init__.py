"""A result as one page of HTML that can be looked at, printed and sent: no script, and nothing is fetched."""
