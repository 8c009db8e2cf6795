"""Files of runs and models, and snapshots of source folders."""
