"""Which flights may run on a page."""
