"""`standfirst articles`: its commands, and the course of the longer ones."""

from service.cli.articles.commands import articles

__all__ = ["articles"]
