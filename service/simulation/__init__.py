"""Days of traffic in seconds: scenarios, readers and a clock of their own, on the real ledger."""
