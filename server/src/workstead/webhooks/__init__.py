"""Webhooks: who is told of changes in the model registry, and what waits to be told."""
