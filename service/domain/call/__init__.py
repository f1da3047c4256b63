"""A page call and its answer, as every room knows them."""
