"""`standfirst models`: its commands, and the course of the longer ones."""
