"""After a busy run every key in the store lapses, or is of a size that something bounds; and what each thing costs."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from service.adapters.redis.redis_keys import KeySpec, all_keys
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.events.roll_up_events import RollUpEvents

pytestmark = pytest.mark.redis

ARTICLES, FLIGHTS, PAGES = 60, 40, 120

BOUNDED = {
    "sf:sites": "sites that there are",
    "sf:secret": "one",
    "sf:token:<token_id>": "tokens that were created",
    "sf:tokens": "the same",
    "sf:{<site>}:site": "one a site",
    "sf:{<site>}:versions": "its kinds",
    "sf:{<site>.<shard>}:articles": "articles that there are",
    "sf:{<site>}:article-digests": "the same",
    "sf:{<site>}:article-changes": "articles that there ever were, an id each",
    "sf:{<site>}:rules": "what editors make",
    "sf:{<site>}:models": "the last promotions",
    "sf:{<site>}:inventory": "what was loaded",
    "sf:{<site>}:numbers": "what was ever loaded, an id each",
    "sf:{<site>}:due": "what a load brings",
    "sf:{<site>}:due-numbers": "the same",
    "sf:{<site>}:due-terms": "the same",
    "sf:{<site>}:inventory-changes": "200 changes of up to 100 ids each",
    "sf:{<site>}:images": "STANDFIRST_MAX_IMAGES",
    "sf:{<site>}:image:<image_id>": "STANDFIRST_MAX_IMAGE_BYTES each, and STANDFIRST_MAX_IMAGES of them",
    "sf:{<site>}:credits": "MAX_CREDITS",
    "sf:{<site>}:ledger": "budgets, which inventory names",
    "sf:{<site>}:flight:<number>": "kinds and reasons",
    "sf:{<site>}:used:<epoch>:<minute>": "MARKS_KEPT_MINUTES of them",
    "sf:{<site>}:events": "STANDFIRST_MAX_WAITING_EVENTS",
    "sf:{<site>}:poisoned": "MAX_POISONED",
    "sf:{<site>}:export": "its fields",
    "sf:{<site>}:checkpoint": "budgets",
    "sf:{<site>}:click-models": "MOST_CLICK_MODELS",
    "sf:{<site>}:feeds": "feeds that there are",
    "sf:{<site>}:feed-states": "the same",
    "sf:{<site>}:feed-seen:<feed_id>": "articles that a feed lists, and lately listed",
}
"""What bounds each family of keys that does not lapse."""


def family_of(key: str) -> KeySpec:
    """The one family whose pattern a key has; its life time may be the only thing that bounds it."""
    found = [spec for spec in all_keys() if re.fullmatch(re.sub(r"<\w+>", "[^:{}]+", re.escape(spec.pattern)), key)]
    assert found, f"{key} is of no family"
    return found[0]


@pytest.fixture
def busy(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]]) -> Services:
    """Articles, flights, pages with readers, beacons of ads and teasers, and the worker's sums."""
    services.site_records.put(Site("s"))
    headers = bearer("admin", "ads", "content", "render", "reports", site="s")
    for n in range(ARTICLES):
        story = {"url": f"https://s.example/{n}", "title": f"Ferry {n} leaves the harbour", "text": _text(n),
                 "published_at": datetime.fromtimestamp(services.clock() - 600 * n, UTC).isoformat()}  # fmt: skip
        assert web.put(f"/v1/articles/a{n}?site=s", json=story, headers=headers).status_code in (200, 201)
    head = (
        "advertiser,campaign,flight,tier,placements,creative,format,headline,landing_url,price_model,price,pacing,"
        "frequency_cap"
    )
    rows = [f"a,c,f{n},price,sidebar,k{n},native,Boats,https://a.example/,cpm,2.00,asap,9/day" for n in range(FLIGHTS)]
    sheet = "\n".join([head, *rows])
    loaded = web.post("/v1/inventory?mode=apply&site=s", data=sheet, headers={**headers, "Content-Type": "text/csv"})
    assert loaded.status_code == 200, loaded.json
    services.snapshots.look_around()
    for n in range(PAGES):
        _read_page(web, headers, n)
    for work in services.background:
        if hasattr(work, "write_down"):
            work.write_down()
    assert services.export_log.begin("s", "test") is not None
    assert RollUpEvents(services.event_stream, services.site_records, "test").work_off() > PAGES
    return services


def _text(seed: int) -> str:
    """Three hundred words that pack as badly as those of an article."""
    chance = random.Random(seed)
    return " ".join("".join(chance.choices("aeioulnrst", k=chance.randint(2, 9))) for _ in range(300))


def _read_page(web: FlaskClient, headers: dict[str, str], n: int) -> None:
    """One page call of a reader, and the beacons of what it shows."""
    asked: dict[str, Any] = {
        "site": "s", "page_view": f"v{n}", "article": {"id": f"a{n % ARTICLES}"},
        "widgets": [{"id": "w", "kind": "must-read", "size": 3}], "slots": [{"id": "top", "placement": "sidebar"}],
        "reader": {"session": f"session-{n % 20}"},
    }  # fmt: skip
    answer = web.post("/v1/page", json=asked, headers=headers)
    assert answer.status_code == 200, answer.json
    slot = answer.json["slots"]["top"]
    beacons: list[dict[str, Any]] = [
        {"token": item["click_url"].rsplit("/", 1)[1], "widget": "must-read", "position": item["position"]}
        for item in answer.json["widgets"]["w"]["items"]
    ]
    beacons += [{"token": slot[name].rsplit("/", 1)[1]} for name in ("impression_url", "view_url")] if slot else []
    taken = web.post("/v1/events?site=s", json={"events": beacons}, headers=headers)
    assert set(taken.json["outcomes"]) <= {"counted", "billed"}, taken.json


def test_every_key_lapses_or_is_bounded(busy: Services) -> None:
    families: set[str] = set()
    for key in busy.client.scan_iter():
        spec = family_of(key.decode())
        families.add(spec.pattern)
        assert spec.ttl_s is None or 0 < cast("int", busy.client.ttl(key)) <= spec.ttl_s, key
    lapsing = {spec.pattern for spec in all_keys() if spec.ttl_s is not None}
    assert families & lapsing >= {
        "sf:{<site>}:rollup:<hour>", "sf:{<site>}:rollup-day:<day>", "sf:{<site>}:rollup-together:<day>",
        "sf:{<site>}:rollup-audience:<day>", "sf:{<site>}:rollup-flights:<hour>", "sf:{<site>}:view:<digest>",
        "sf:{<site>}:teasers:<day>",
    }  # fmt: skip
    assert len(families) > 15


def test_each_family_that_does_not_lapse_is_bounded_by_something() -> None:
    assert {spec.pattern for spec in all_keys() if spec.ttl_s is None} == BOUNDED.keys()


def test_what_an_article_a_flight_and_a_day_take_is_bounded(busy: Services) -> None:
    """Prints them: `pytest -s`. The text of an article has 300 words, which are kept packed."""
    sizes: Counter[str] = Counter()
    for key in busy.client.scan_iter():
        sizes[family_of(key.decode()).pattern] += cast("int", busy.client.memory_usage(key, samples=0))
    of_articles = sum(size for pattern, size in sizes.items() if "article" in pattern) / ARTICLES
    of_flights = sum(sizes[f"sf:{{<site>}}:{name}"] for name in
                     ("inventory", "numbers", "ledger", "flight:<number>", "checkpoint")) / FLIGHTS  # fmt: skip
    of_day = sum(size for pattern, size in sizes.items() if "<hour>" in pattern or "<day>" in pattern) / FLIGHTS
    print(f"\nbytes: an article {of_articles:,.0f}, a flight {of_flights:,.0f}, a flight's day of sums {of_day:,.0f}")
    assert of_articles < 4_000
    assert of_flights < 4_000
    assert of_day < 4_000
