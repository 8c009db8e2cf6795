"""Secrets: what a workspace's key vault keeps."""
