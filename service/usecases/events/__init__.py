"""What readers do is taken, booked and counted."""
