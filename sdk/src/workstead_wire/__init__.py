"""The vocabulary of Workstead: Structs and error codes that cross the network, one module a noun."""

VERSION = "0.1.0"
"""Version of the SDK and of the server, which are released together."""

PROTOCOL = 1
"""The wire's major version; client and server refuse to talk when theirs differ."""

API = "/api/v1"
"""Prefix of every native route."""
