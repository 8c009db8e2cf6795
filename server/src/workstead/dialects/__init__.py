"""Foreign words, translated into calls on rooms. A dialect owns no tables and knows no other dialect."""
