"""What events add up to: sums by the hour, the periods of reports, credits, and what the ledger is held against."""
