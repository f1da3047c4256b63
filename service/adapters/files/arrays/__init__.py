"""Arrays in files: written, grown piece by piece, mapped, and let go of."""
