"""Kinds of widgets as data: what a site may set of them, and how it is read."""
