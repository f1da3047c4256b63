"""Counts what readers follow, learns from it, remembers it where they allow that, and reports it to editors."""
