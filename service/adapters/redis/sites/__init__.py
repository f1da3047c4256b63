"""Sites, who may do what to them, and how one is erased, in the store."""
