"""What was delivered, blocked, credited and reconciled is told."""
