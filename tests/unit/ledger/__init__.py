"""Tests of the site database: log, accounts, registry, checkpoints."""
