"""A site, its languages and zone, and who may call for it."""
