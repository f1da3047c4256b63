"""What the article index costs: searched, built, merged, and fed."""
