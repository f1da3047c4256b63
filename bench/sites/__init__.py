"""Sites of any size: articles, a model, flights, in memory and in a real store."""
