"""The walks of a simulated federation, and what happens where something is wrong."""
