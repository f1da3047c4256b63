"""The option that names a site, as every command about one has it."""

from __future__ import annotations

from collections.abc import Callable

import click

from service.cli.terminal.session import Command


def site_option(meant: str) -> Callable[[Command], Command]:
    """Returns what gives a command `site_id`; `meant` is its help."""
    return click.option("--site", "site_id", required=True, metavar="SITE", help=meant)
