"""The post room: one writer per folder, names written once."""
