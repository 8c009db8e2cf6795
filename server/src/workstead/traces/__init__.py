"""Traces: what calls of a program did, span by span, and what people and judges said of it."""
