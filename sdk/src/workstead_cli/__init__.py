"""The command line: one short module a noun, loaded when it is called."""
