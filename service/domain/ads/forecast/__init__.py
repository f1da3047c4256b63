"""What traffic is to be expected, and who else wants it."""
