"""`standfirst models`: train a relevance model, list what there is, go back to the one before."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from service.cli.session import Output, pass_services

if TYPE_CHECKING:
    from service.bootstrap import Services
    from service.usecases.manage_models import ModelRow


@click.group()
def models() -> None:
    """Train, list and roll back models: what ranks a site's teasers, learnt from its own articles."""


SITE = click.option("--site", required=True, help="The site whose models are meant.")


@models.command()
@SITE
@pass_services
def train(services: Services, output: Output, site: str) -> None:
    """Train a TF-IDF model on all articles of the site and serve from it.

    Running services take it up within a second, a large site when its index is built. The bundle is a folder of
    plain arrays with a manifest; nothing in it is ever executed.
    """
    total = services.models.article_count(site)
    with output.progress(f"Reading {total} articles", total) as step:
        row = services.models.train(site, step)
    output.result(
        asdict(row),
        f"Trained {row.version} on {row.articles} articles, {row.vocabulary} words. It serves from now on.",
    )


@models.command("list")
@SITE
@pass_services
def list_models(services: Services, output: Output, site: str) -> None:
    """List the models of the site, oldest first; * marks the one that serves."""
    rows = services.models.list(site)
    output.result([asdict(row) for row in rows], _table(rows) or "There is no model yet: standfirst models train.")


@models.command()
@SITE
@pass_services
def rollback(services: Services, output: Output, site: str) -> None:
    """Serve from the model before the present one, after a check of its files."""
    row = services.models.rollback(site)
    output.result(asdict(row), f"Serving {row.version} again.")


def _table(rows: list[ModelRow]) -> str:
    lines = [
        f"{'*' if row.serving else ' '} {row.version:<37} {row.created_at:<26} {row.articles:>8} {row.vocabulary:>8}"
        for row in rows
    ]
    head = f"  {'version':<37} {'created':<26} {'articles':>8} {'words':>8}"
    return "\n".join([head, *lines]) if rows else ""
