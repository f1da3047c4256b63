"""How much is due by now, and who is to be asked first for it."""
