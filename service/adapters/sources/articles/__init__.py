"""Files of articles are read, row by row."""
