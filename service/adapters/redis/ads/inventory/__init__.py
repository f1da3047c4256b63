"""Inventories in the store: their records, the loads under way, and creatives' images."""
