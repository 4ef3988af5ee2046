"""The strict reader, the atomic writer, locks: the only room below the engine that opens files."""
