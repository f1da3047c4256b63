"""Takes what readers do, judges and books it, and brings it to sums and files."""
