"""Two writers of one entity: the second, who has not seen what the first wrote, is told and writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.adapters.redis.page.rule_store import RedisRuleStore
from service.domain.content.feed import Feed
from service.domain.editorial.rule import Rule
from service.domain.errors import PreconditionFailed
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

ARTICLE = {"url": "https://c.example/a", "title": "Ferry", "text": "It sails.", "published_at": "2026-01-01T00:00:00Z"}
FEED = {"url": "https://c.example/feed.xml", "kind": "rss"}
# Path, body, and a body that another writer puts in between.
ENTITIES = [
    ("/v1/sites/courier", {"name": "Courier"}, {"name": "The Courier"}),
    ("/v1/articles/a-1", ARTICLE, {**ARTICLE, "title": "Ferries"}),
    ("/v1/rules/r-1", {"kind": "block", "section": "Ads"}, {"kind": "block", "section": "Sport"}),
    ("/v1/feeds/f-1", FEED, {**FEED, "section": "World"}),
    ("/v1/placements/top", {"sizes": [[300, 250]]}, {"sizes": [[728, 90]]}),
    ("/v1/advertisers/acme", {"name": "Acme"}, {"name": "Acme Boats"}),
]
Put = Callable[..., Any]


@pytest.fixture
def headers(services: Services, bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    services.sites.put(Site("courier"))
    return bearer("admin", "ads", "content", site="courier")


@pytest.fixture
def put(web: FlaskClient, headers: dict[str, str]) -> Put:
    def send(path: str, body: dict[str, Any], tag: str | None = None) -> Any:
        return web.put(path, json=body, headers={**headers, **({"If-Match": tag} if tag else {})})

    return send


@pytest.mark.parametrize(("path", "mine", "theirs"), ENTITIES)
def test_the_second_of_two_writers_is_told(
    web: FlaskClient, headers: dict[str, str], put: Put, path: str, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    assert put(path, mine).status_code in (200, 201)
    seen = web.get(path, headers=headers).headers["ETag"]
    assert put(path, theirs, seen).status_code == 200
    kept = web.get(path, headers=headers)
    refused = put(path, mine, seen)
    assert (refused.status_code, refused.json["title"]) == (412, "Another wrote first")
    after = web.get(path, headers=headers)
    assert (after.headers["ETag"], after.json) == (kept.headers["ETag"], kept.json)
    assert put(path, mine, kept.headers["ETag"]).status_code == 200


@pytest.mark.parametrize(("path", "mine", "theirs"), ENTITIES)
def test_an_answer_to_a_put_has_the_tag_of_what_was_put(
    web: FlaskClient, headers: dict[str, str], put: Put, path: str, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    first = put(path, mine).headers["ETag"]
    assert web.get(path, headers=headers).headers["ETag"] == first
    assert put(path, theirs, f'"something", {first}').headers["ETag"] != first


@pytest.mark.parametrize(("path", "mine", "theirs"), ENTITIES[1:])
def test_a_tag_for_what_is_not_there_is_refused(
    web: FlaskClient, headers: dict[str, str], put: Put, path: str, mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    assert put(path, theirs, "*").status_code == 412
    assert web.get(path, headers=headers).status_code == 404
    assert put(path, mine).status_code == 201
    assert put(path, theirs, "*").status_code == 200


@pytest.mark.parametrize(("path", "mine", "theirs"), ENTITIES)
def test_a_weak_tag_does_not_match(put: Put, path: str, mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    tag = put(path, mine).headers["ETag"]
    assert put(path, theirs, f"W/{tag}").status_code == 412


@pytest.mark.parametrize("kind", ["site", "rule", "feed"])
def test_who_writes_between_the_look_and_the_write_is_not_overwritten(services: Services, kind: str) -> None:
    """The guard is asked again about what the other wrote, until nobody comes in between."""
    services.site_records.put(Site("courier"))
    put: Callable[..., bool] = {
        "site": lambda name, **kept: services.site_records.put(Site("courier", name=name), **kept),
        "rule": lambda name, **kept: RedisRuleStore(services.client).put(
            "courier", Rule("r", "block", section=name, put_at=1), **kept
        ),
        "feed": lambda name, **kept: services.feeds.put(
            "courier", Feed("f", "https://c.example/f", "rss", name, 600), **kept
        ),
    }[kind]
    put("first")
    seen: list[Any] = []

    def guard(current: Any) -> None:
        seen.append(current)
        if len(seen) == 1:
            put("other")
        elif len(seen) == 2:
            raise PreconditionFailed("changed")

    with pytest.raises(PreconditionFailed):
        put("mine", guard=guard)
    assert seen[0] != seen[1]
    assert put("mine", guard=seen.append) is False
    assert seen[2] == seen[1]
