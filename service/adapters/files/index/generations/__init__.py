"""Whole indexes on disk: built beside the old one, by this host or another, and taken up."""
