"""WordPress exports and sites become articles."""
