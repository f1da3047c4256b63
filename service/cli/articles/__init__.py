"""`standfirst articles`: its commands, and the course of the longer ones."""
