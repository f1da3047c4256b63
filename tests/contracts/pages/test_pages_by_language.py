"""The Courier's pages over HTTP: Urdu beside Urdu, English beside English, though no article says what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest

from service.domain.content.article import Article
from service.domain.sites.site import Site

pytestmark = pytest.mark.redis

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WIDGETS = [{"id": kind, "kind": kind, "size": 3} for kind in ("must-read", "recent-news")]


def stories(name: str, count: int) -> list[dict[str, Any]]:
    """The first stories of a file of the Courier's."""
    path = files("service.demo").joinpath("content", "articles", f"{name}.ndjson")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()[:count]]


@pytest.fixture
def urdu() -> list[dict[str, Any]]:
    return stories("urdu", 12)


@pytest.fixture
def page(web: Any, services: Any, bearer: Any, urdu: list[dict[str, Any]]) -> Callable[..., dict[str, list[Any]]]:
    """Calls a page of the site `courier` with a body, and returns its widgets by id."""
    services.site_records.put(Site("courier", languages=("en", "ur")))
    told = [*urdu, *stories("city", 15), *stories("world", 15)]
    services.articles.put("courier", [
        Article(s["id"], f"https://courier.example/{s['id']}", s["title"], s["text"], NOW - timedelta(hours=n))
        for n, s in enumerate(told)
    ])  # fmt: skip
    services.models.train("courier")
    services.snapshots.look_around()
    headers = bearer("render", site="courier")

    def call(**body: Any) -> dict[str, list[Any]]:
        answer = web.post("/v1/page", headers=headers, json={"widgets": WIDGETS, **body})
        assert answer.status_code == 200, answer.json
        return answer.json["widgets"]

    return call


def test_a_known_page_has_teasers_of_its_own_language(page: Any, urdu: list[dict[str, Any]]) -> None:
    ids = {story["id"] for story in urdu}

    for own, is_urdu in ((urdu[0]["id"], True), (stories("city", 1)[0]["id"], False)):
        for filled in page(article={"id": own}).values():
            assert len(filled["items"]) == 3
            assert {item["article_id"] in ids for item in filled["items"]} == {is_urdu}
            assert filled["fallback"] != "any-language"


def test_a_text_sent_along_is_told_by_its_words(page: Any, urdu: list[dict[str, Any]]) -> None:
    ids = {story["id"] for story in urdu}

    widgets = page(article={"title": urdu[1]["title"], "text": urdu[1]["text"][:600]})

    assert {item["article_id"] in ids for filled in widgets.values() for item in filled["items"]} == {True}


def test_reasons_name_words_as_the_stories_print_them(page: Any, urdu: list[dict[str, Any]]) -> None:
    texts = " ".join(f"{story['title']} {story['text']}" for story in urdu)

    items = page(article={"id": urdu[0]["id"]})["must-read"]["items"]
    words = [
        word
        for item in items if item["reason"]["code"] == "shares-words"
        for word in item["reason"]["text"].removeprefix("Shares: ").split(", ")
    ]  # fmt: skip

    assert words
    assert all(word in texts.split() or word in texts for word in words)


def test_a_front_page_is_of_the_language_that_the_call_names(page: Any, urdu: list[dict[str, Any]]) -> None:
    ids = {story["id"] for story in urdu}

    for language, is_urdu in (("ur-PK", True), ("en", False), (None, False)):
        body = {"language": language} if language else {}
        assert {i["article_id"] in ids for filled in page(**body).values() for i in filled["items"]} == {is_urdu}


def test_what_urdu_lacks_is_filled_from_any_language_and_said(page: Any, urdu: list[dict[str, Any]]) -> None:
    filled = page(article={"id": urdu[0]["id"]}, widgets=[{"id": "r", "kind": "recent-news", "size": 20}])["r"]

    assert filled["fallback"] == "any-language"
    assert len(filled["items"]) == 20
    assert {item["article_id"] for item in filled["items"][:5]} <= {story["id"] for story in urdu}


def test_one_widget_for_caches_names_its_language_too(
    page: Any, web: Any, bearer: Any, urdu: list[dict[str, Any]]
) -> None:
    answer = web.get("/v1/widgets/recent-news?site=courier&language=ur&size=3", headers=bearer("render"))

    assert {item["article_id"] for item in answer.json["items"]} <= {story["id"] for story in urdu}
