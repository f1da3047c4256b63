"""What all routes share: how one is declared, called, read, answered, paged, done once and described."""
