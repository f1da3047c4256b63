"""Reads articles and inventory from the forms that people have them in."""
