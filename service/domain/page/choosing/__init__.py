"""Which candidates stand together, chosen one by one."""
