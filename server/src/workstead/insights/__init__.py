"""Insights: telemetry that programs send, and what it tells of them."""
