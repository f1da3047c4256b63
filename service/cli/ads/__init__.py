"""`standfirst ads`: its commands, and the course of the longer ones."""

from service.cli.ads.commands import ads

__all__ = ["ads"]
