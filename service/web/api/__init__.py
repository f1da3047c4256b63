"""The interface over HTTP, one blueprint a file; the rooms are its callers."""
