"""Where bytes lie: one Protocol, one module a kind."""
