"""The walks: each module reads as one."""
