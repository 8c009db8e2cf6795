"""The mirror of well-known data sets, whose own addresses are often dead."""
