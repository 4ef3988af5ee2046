"""Texts to trees: the expressions that a researcher writes, parsed at the researcher's side."""
