"""Attacks against a policy, each on made-up persons, each through the same questions as any researcher."""
