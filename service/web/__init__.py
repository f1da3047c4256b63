"""The only Flask code besides app.py."""
