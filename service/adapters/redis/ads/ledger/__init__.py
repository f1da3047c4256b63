"""The ledger in the store: what it is asked, how its records are packed, and its functions in Lua."""
