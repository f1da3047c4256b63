"""A page's widgets, filled in their order."""
