"""Inventory and pictures are loaded and exported."""
