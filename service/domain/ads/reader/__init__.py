"""What is known of a reader, and how often ads were shown to them."""
