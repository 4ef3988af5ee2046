"""The closed set of shapes that an answer can have, their evidence, and `Rows` as a Protocol."""
