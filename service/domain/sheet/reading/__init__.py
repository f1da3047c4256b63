"""Reads the rows of an inventory sheet, each fault by its line and column."""
