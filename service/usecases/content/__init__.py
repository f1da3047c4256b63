"""Articles come in: one by one, as files, and from feeds."""
