"""Keys: the master key outside the database, and the data keys that it wraps."""
