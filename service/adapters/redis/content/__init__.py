"""Articles, their bodies and the feeds they come from, in the store."""
