"""What readers do: the tokens of their events, and what is counted of them."""
