"""The side column of a page: what is asked of Standfirst, what of it is shown, and why it came out so."""
