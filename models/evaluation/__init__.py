"""What a relevance model is worth: its scores against people's judgements and a site's own newest articles."""
