"""Amounts of money, and what one currency is worth in another."""
