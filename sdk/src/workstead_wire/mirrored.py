"""The hosts of dead addresses; a module of its own because every Python start on an instance may read it."""

MIRRORED_HOSTS = ("yann.lecun.com",)
"""Hosts whose downloads an instance asks of the mirror first."""
