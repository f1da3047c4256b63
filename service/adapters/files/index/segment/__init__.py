"""A part of the index: rows of columns and terms in plain arrays, made small, in memory or mapped."""
