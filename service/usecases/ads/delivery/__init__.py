"""Slots are filled and explained, and flights kept on their lines."""
