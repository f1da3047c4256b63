"""`standfirst models`: its commands, and the course of the longer ones."""

from service.cli.models.commands import models

__all__ = ["models"]
