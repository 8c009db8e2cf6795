"""Speaks the wire: transport, sign-in, the durable spool, and one module a noun with one function a route."""
