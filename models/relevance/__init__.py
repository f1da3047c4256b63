"""The relevance model: how alike two texts are by words and by topics, how it is trained and kept as files."""
