"""Federated analytics for trusted research environments: only signed aggregates leave a site."""

__version__ = "0.1.0"
