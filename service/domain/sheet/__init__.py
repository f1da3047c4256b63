"""Inventory as a sheet: its columns, how cells and rows are read, and how it is written."""
