"""Faults of the machine under real processes: the installed command, killed or refused at its file calls."""
