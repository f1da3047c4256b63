"""Sites are defined, read and erased, and who may do what to them."""
