"""Brings the next index generation of one site and ends: `python -m service.worker.build_index --site ID`."""

from __future__ import annotations

import os

import click

from service.bootstrap.services import build_services
from service.config import load_config

# Serving goes first on a busy host.
NICENESS = 10


@click.command()
@click.option("--site", required=True, help="The site whose index is built.")
def build_index(site: str) -> None:
    """Builds a site's next index generation, or takes a published one; nothing if another process of the host does."""
    config = load_config()
    if config.redis_url is None:
        raise click.UsageError("STANDFIRST_REDIS_URL must name the store; the process that asks for a build sets it")
    os.nice(NICENESS)
    services = build_services(config, config.redis_url)
    try:
        info = services.index_supply(site).bring()
    finally:
        services.close()
    click.echo(f"{site}: {info.name if info else 'nothing to bring, or another process does it'}")


if __name__ == "__main__":
    build_index()
