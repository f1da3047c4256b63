"""The routes of page renderers: the page call as it is written, and the page as it is answered."""
