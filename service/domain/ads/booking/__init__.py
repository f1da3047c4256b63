"""What is reserved, held and booked of every budget."""
