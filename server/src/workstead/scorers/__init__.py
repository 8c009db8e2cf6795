"""Scorers: what judges traces, kept version by version; this server keeps them and runs none."""
