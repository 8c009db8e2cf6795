"""The private parts of the face."""
