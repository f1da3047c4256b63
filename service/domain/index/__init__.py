"""What is known of a site's articles, as arrays: what ranking reads, and how each tells its story."""
