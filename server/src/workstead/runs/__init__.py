"""Experiments, runs and their metrics: the tracking engine."""
