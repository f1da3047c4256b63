"""A page call is decided: what its page is about, its widgets, its slots."""
