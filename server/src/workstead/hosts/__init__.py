"""Where compute instances run: a Protocol in ``base`` and one module a kind."""
