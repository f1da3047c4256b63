"""Standfirst fills a news page's side column in one call: teasers and advertisement, decided together."""

__version__ = "0.1.0"
