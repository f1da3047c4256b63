"""Servers under measurement, the bare reference beside them, and their callers."""
