"""The page that began it all: an old story on a summit, and five teasers, two of them one listicle told twice."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from service.domain.content.article import Article, Image
from tests.makers.filled_page import fill
from tests.makers.newsroom import model_of, snapshot

SEED = json.loads((Path(__file__).parents[3] / "seed_page.json").read_text())


def read(fields: dict) -> Article:
    image = Image(**fields["image"]) if fields.get("image") else None
    known = {
        name: fields[name] for name in ("id", "url", "title", "text", "section", "comment_count") if name in fields
    }
    return Article(**known, published_at=datetime.fromisoformat(fields["published_at"]), image=image)


STORY = read(SEED["story"])
TEASERS = [read(fields) for fields in SEED["teasers"]]
LISTICLES = {a.id for a in TEASERS if "shampoo" in a.title.lower()}


@pytest.fixture
def page():
    articles = [STORY, *TEASERS]
    return fill(
        snapshot(articles, model=model_of(articles)),
        articles,
        STORY.id,
        now=max(int(a.published_at.timestamp()) for a in articles),
    )


def test_must_read_is_not_empty_and_holds_no_shampoo(page):
    assert page.ids["must-read"]
    assert LISTICLES.isdisjoint(page.ids["must-read"])


def test_one_listicle_at_most_stands_on_the_page(page):
    assert len(LISTICLES) == 2
    assert len(LISTICLES & set(page.all_ids)) <= 1


def test_recent_news_is_not_empty_either(page):
    assert page.ids["recent-news"]


def test_all_that_can_stand_together_is_shown(page):
    assert len(page.all_ids) == 4
