"""What a process knows of flights between two looks at the store: their snapshot, their standing, their order."""
