"""Ways to add up."""
