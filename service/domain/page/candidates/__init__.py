"""Which articles a page may choose from."""
