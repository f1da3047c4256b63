"""What is sold and how it is given out: inventory, targeting, allocation and the ledger's language."""
