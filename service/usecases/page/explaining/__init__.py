"""A page that nobody reads is filled to tell why an article or a flight stands on it or does not."""
