"""Writes the inventory snapshot of one site to files and ends: `python -m service.worker.build_inventory --site ID`."""

from __future__ import annotations

import gc

import click

from service.bootstrap.inventory import sole_inventory_files
from service.config import load_config


@click.command()
@click.option("--site", required=True, help="The site whose inventory snapshot is written.")
def build_inventory(site: str) -> None:
    """Builds a site's inventory snapshot as it is now; the process that asks for it holds the right to build."""
    config = load_config()
    if config.redis_url is None:
        raise click.UsageError("STANDFIRST_REDIS_URL must name the store; the process that asks for a build sets it")
    gc.disable()  # all that is made here is kept until the end, and looking through it takes a third of the time
    sole_inventory_files(config, config.redis_url).build(site)
    gc.freeze()  # nor is it looked through at the end


if __name__ == "__main__":
    build_inventory()
