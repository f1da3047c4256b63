"""Advertising is loaded, given out and reported."""
