"""Which flight gets which slot of a page."""
