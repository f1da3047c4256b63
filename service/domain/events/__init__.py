"""What readers do with ads: the tokens of their events, and how each stands in streams, journals and exports."""
