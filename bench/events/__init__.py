"""What events cost: recorded, and taken off their streams."""
