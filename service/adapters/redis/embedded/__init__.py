"""The store that comes along: found, started, watched and ended."""
