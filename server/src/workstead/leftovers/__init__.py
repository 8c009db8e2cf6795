"""Leftovers: what takes space and is of no use to anybody any more."""
