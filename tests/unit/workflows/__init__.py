"""The steps of workflows that need no files."""
