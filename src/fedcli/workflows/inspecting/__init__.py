"""The looks of an audit: each module is one kind of question about what an exchange or a home holds."""
