"""The routes of newsrooms: articles, feeds and editorial rules."""
