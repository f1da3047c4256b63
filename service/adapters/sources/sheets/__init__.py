"""Sheets of inventory are read and tables are written."""
