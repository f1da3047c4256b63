"""Contextual targeting over HTTP: a flight runs on pages that are like what it describes, by the site's own model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.domain.content.article import Article
from service.domain.sites.site import Site
from service.usecases.ads.delivery import similar_pages

pytestmark = pytest.mark.redis

NOW = datetime(2026, 11, 24, tzinfo=UTC)
FERRIES = "The ferry company ordered two electric ferries for the harbour crossing; crews will train on the quay."
BAKERS = "The bakery on the square sells bread of rye and wheat, baked by hand before the town is awake."
SHEET = {
    "advertiser": "acme", "campaign": "spring", "tier": "house", "placements": "sidebar", "format": "native",
    "headline": "Boats", "landing_url": "https://acme.example/",
}  # fmt: skip
COLUMNS = {
    "for": {"similar_to": "Ferries and boats, crossings of the harbour|Mountains"},
    "close": {"similar_to": "Ferries and boats, crossings of the harbour >= 0.9"},
    "against": {"exclude_similar_to": "Ferries and boats, crossings of the harbour"},
}

Told = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def told(web: Any, services: Any, bearer: Any) -> Told:
    """Loads the flights beside some articles; tells what became of each on a page of a text."""
    services.site_records.put(Site("s", languages=("en", "es")))
    texts = [FERRIES, BAKERS, *(f"Story {n} of council, budget and road {n % 7}." for n in range(30))]
    articles = [
        Article(f"a{n}", f"https://s.example/{n}", text.split(".")[0], text, NOW - timedelta(hours=n))
        for n, text in enumerate(texts)
    ]
    services.articles.put("s", articles)
    rows = [{**SHEET, **cells, "flight": name, "creative": f"k-{name}"} for name, cells in COLUMNS.items()]
    loaded = web.post("/v1/inventory?mode=apply&site=s", json=rows, headers=bearer("ads", site="s"))
    assert loaded.status_code == 200, loaded.json
    services.snapshots.look_around()

    def call(text: str, language: str = "en") -> dict[str, dict[str, Any]]:
        body = {
            "slots": [{"id": "top", "placement": "sidebar"}], "explain": True,
            "article": {"title": text.split(".", maxsplit=1)[0], "text": text, "language": language},
        }  # fmt: skip
        answer = web.post("/v1/page", headers=bearer("render", "reports", site="s"), json=body)
        assert answer.status_code == 200, answer.json
        return {one["flight_id"]: one for one in answer.json["explain"]["slots"]["top"]}

    return call


def outcomes(told: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Who may run, and what drops the others."""
    return {name: "may run" if one["rank"] else one["outcome"] for name, one in told.items()}


NOTHING_KNOWN = {"for": "similar_to", "close": "similar_to", "against": "may run"}


@pytest.mark.parametrize("at_once", [100, 0], ids=["weighed by the page call", "weighed by the upkeep"])
def test_pages_are_compared_once_a_model_is_trained(
    told: Told, services: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(similar_pages, "MOST_AT_ONCE", at_once)
    assert outcomes(told(FERRIES)) == NOTHING_KNOWN
    services.models.train("s")
    services.snapshots.look_around()
    if not at_once:
        assert outcomes(told(FERRIES)) == NOTHING_KNOWN
        services.ads.look()
    assert outcomes(told(FERRIES)) == {"for": "may run", "close": "similar_to", "against": "exclude_similar_to"}
    assert outcomes(told(BAKERS)) == NOTHING_KNOWN
    assert outcomes(told(FERRIES, "fr")) == NOTHING_KNOWN


def test_an_explanation_tells_the_cosine_and_the_words_that_make_it(told: Told, services: Any) -> None:
    assert told(FERRIES)["for"]["similarity"][0]["cosine"] is None
    services.models.train("s")
    services.snapshots.look_around()
    page = told(FERRIES)
    near, far = page["for"]["similarity"]
    assert (near["description"], near["least"]) == ("Ferries and boats, crossings of the harbour", 0.1)
    assert 0.1 <= near["cosine"] < 0.9
    assert {one["word"].lower() for one in near["shared"]} == {"ferries", "crossings", "harbour"}
    assert far["cosine"] < 0.1
    assert page["close"]["similarity"][0]["least"] == 0.9
