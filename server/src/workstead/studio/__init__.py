"""Studio, as built from ``studio/``: its one page and its hashed files."""
