"""Ways to add up what sites released."""
