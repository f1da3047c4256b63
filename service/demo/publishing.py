"""Puts today's edition before the service: site, stories, model, inventory, and a token for the page renderer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from service.adapters.sources.sheets.reading import read_rows
from service.demo.edition import Story, articles, breaking_stories, inventory_sheet
from service.domain.ads.inventory import DEFAULT_PLACEMENTS, FORMATS
from service.domain.editorial.rule import Rule
from service.domain.errors import NotFound, StoreUnavailable
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services

SITE = "courier"
RENDERER = "demo renderer"
NEWSROOM = "demo newsroom"
# What the Courier's editors decided today. The front page's widgets have ids of their own, so that this pin is theirs.
EDITORS = (
    Rule("front-long-read", "pin", article="harbour-coffee-import", widget="front-must-read", position=2,
         note="Long read of the week"),
    Rule("wire-report", "block", article="canal-gate-wire-report", note="Held until its figures are corrected"),
)  # fmt: skip
SCOPES = {RENDERER: (Scope.RENDER, Scope.REPORTS), NEWSROOM: (Scope.CONTENT,)}

LANGUAGES = ("en", "ur")
SIDEBAR = replace(DEFAULT_PLACEMENTS["sidebar"], formats=FORMATS)
"""The sidebar takes advertisers' own scripts too, where a reader allows them."""


def publish(
    services: Services, edition: list[Story], start: datetime, address: str, note: Callable[[str], None]
) -> None:
    """Loads the edition of the paper at this address and its rules, and trains a model on it where a story is new."""
    site = Site(
        SITE,
        "The Harbour Courier",
        domains=(urlsplit(address).hostname or "",),
        origins=(address,),
        languages=LANGUAGES,
    )
    services.site_records.put(site)
    for story in breaking_stories():  # of the last run: they are yet to happen in this one
        services.articles.remove(SITE, story["id"])
    outcomes = services.articles.put(SITE, articles(edition, address))
    note(f"Loaded {len(outcomes)} articles.")
    if "loaded" in outcomes:
        row = services.models.train(SITE)
        note(f"Trained {row.version} on {row.articles} articles.")
    for rule in EDITORS:
        services.rules.put(SITE, rule)
    services.ads.entities.put_placement(SITE, SIDEBAR)
    rows, faults = read_rows(inventory_sheet(start, address), "csv", services.config.max_sheet_bytes)
    services.ads.load.apply(site, rows, faults)


@contextmanager
def token_for(services: Services, user: str) -> Iterator[str]:
    """Yields a new token for a user in SCOPES and revokes it afterwards; before it, those of runs that were killed."""
    for old in services.access.all():
        if (old.site, old.name) == (SITE, user):
            services.access.revoke(old.id)
    text, token = services.access.create(SITE, SCOPES[user], user)
    try:
        yield text
    finally:
        with suppress(StoreUnavailable, NotFound):  # the next run revokes it
            services.access.revoke(token.id)
