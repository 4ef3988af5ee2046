"""Exchanges beyond a local folder, against real servers on this machine."""
