"""Benchmarks: whole processes, measured side by side in one run. They print ratios and assert nothing."""
