"""What a caller is told of a fault: as problem+json, in plain words, with a remedy."""
