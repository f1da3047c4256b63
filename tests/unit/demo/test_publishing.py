"""What the demonstration puts before the service when it starts: an edition as it was before any news broke."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.adapters.sources.sheets.reading import read_rows
from service.demo.edition import articles, breaking_stories, inventory_sheet, stories
from service.demo.publishing import NEWSROOM, RENDERER, SITE, publish, token_for
from service.domain.sites.access import Scope
from service.services import Services

ADDRESS = "http://127.0.0.1:8000"


@pytest.mark.redis
def test_the_next_edition_begins_before_the_news_broke(services: Services) -> None:
    start = datetime.now(UTC)
    edition = stories(start)[:30]
    broke = [{**each, "published_at": start.isoformat()} for each in breaking_stories()]
    services.articles.put(SITE, articles([*broke, *edition], ADDRESS))

    publish(services, edition, start, ADDRESS, note=lambda _: None)

    assert set(services.articles.ids(SITE)) == {each["id"] for each in edition}


@pytest.mark.redis
def test_the_whole_sheet_loads_without_faults_or_warnings(services: Services) -> None:
    start = datetime.now(UTC)
    publish(services, stories(start)[:30], start, ADDRESS, note=lambda _: None)
    rows, faults = read_rows(inventory_sheet(start, ADDRESS), "csv", 1_000_000)

    plan = services.ads.load.plan(services.site_records.get(SITE), rows, faults)

    assert not plan.faults
    assert not plan.warnings


@pytest.mark.redis
def test_the_renderer_may_read_reasons_and_the_newsroom_may_write_stories_while_it_runs(services: Services) -> None:
    publish(services, stories(datetime.now(UTC))[:30], datetime.now(UTC), ADDRESS, note=lambda _: None)

    with token_for(services, RENDERER), token_for(services, NEWSROOM):
        scopes = {token.name: set(token.scopes) for token in services.access.all()}

    assert scopes == {RENDERER: {Scope.RENDER, Scope.REPORTS}, NEWSROOM: {Scope.CONTENT}}
    assert list(services.access.all()) == []


@pytest.mark.redis
def test_the_editors_pins_and_blocks_are_about_stories_of_the_edition(services: Services) -> None:
    start = datetime.now(UTC)
    publish(services, stories(start), start, ADDRESS, note=lambda _: None)

    rules = services.rules.all(SITE)

    assert {rule.kind for rule in rules} == {"pin", "block"}
    site = services.site_records.get(SITE)
    warnings = [warning for rule in rules for warning in services.rules.warnings(site, rule)]
    assert [warning for warning in warnings if not warning.startswith("widget: 'front-must-read'")] == []
