"""Compute instances: their life, their sizes, and the way to their Jupyter."""
