"""The management and page routes, one blueprint per file."""
