"""What each analytic makes of a shape, and how analytics are found and registered."""
