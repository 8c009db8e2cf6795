"""What the server adds to the ``workstead`` command line, by entry point ``workstead.commands``."""

COMMANDS = {
    "up": "workstead.commands.up:up",
    "quickstart": "workstead.commands.quickstart:quickstart",
    "migrate": "workstead.commands.migrate:migrate",
}
"""Command name to where it lives; loaded when called."""
