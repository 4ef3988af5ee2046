"""Opens data: DuckDB, the slow oracle beside it, and the door of the vault."""
