"""The Workstead server: rooms over a database and a store of bytes."""
