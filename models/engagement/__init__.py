"""Readers' clicks: a model learnt of them, and what another way to choose would have earned."""
