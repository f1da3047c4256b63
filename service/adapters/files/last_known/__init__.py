"""What this host last knew of the store, on its disk: a process that starts without the store fills pages from it."""
