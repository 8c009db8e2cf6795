"""Evaluation sets: examples with what should come out of them, which programs are judged by."""
