"""What commands tell: one document for each, whose JSON is the `data` of their answer."""
