"""Advertising in the store: the inventory, the ledger, and what is counted of it."""
