"""The rooms, the doors and the sizes: what the code may not do anywhere."""
