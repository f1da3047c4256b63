"""A page is decided, explained and edited."""
