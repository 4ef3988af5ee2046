"""The engine: predicates and values, opening and locking, checking, and the door of the vault."""
