"""Pages of odd sites: empty, of one article, of one text ten thousand times, of dates that cannot be."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from models.relevance.model import untrained
from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.segment.row_block import batch_of, prepare
from service.adapters.files.index.snapshot import BaseSearches, IndexSnapshot
from service.domain.identity import hash64
from tests.makers.filled_page import fill
from tests.makers.newsroom import NOW, SITE, article, snapshot

COPIES = 10_000


def words(number: int) -> str:
    return " ".join(f"{stem}{number}" for stem in ("word", "term", "name", "place", "deed"))


@pytest.mark.parametrize("page", [None, "nowhere"])
def test_a_site_without_articles_has_empty_widgets(page):
    filled = fill(snapshot([]), [], page)

    assert filled.ids == {"must-read": [], "recent-news": []}


def test_the_only_article_stands_on_the_front_page_and_not_beside_itself():
    only = [article("a", words(1), words(1) * 3)]

    assert fill(snapshot(only), only, None).all_ids == ["a"]
    assert fill(snapshot(only), only, "a").all_ids == []


def test_of_ten_thousand_copies_one_stands_and_the_page_takes_no_longer():
    articles = [article(f"c-{n}", words(1), words(1) * 9, age_s=n) for n in range(COPIES)]
    others = [article(f"o-{n}", words(9 + n), words(9 + n) * 9, age_s=30 + n) for n in range(4)]
    model = untrained()
    row = prepare(articles[0], SITE, model)
    rows = [
        replace(row, id_hash=hash64(a.id), url_hash=n, published_at=NOW - n, visible_from=NOW - n)
        for n, a in enumerate(articles)
    ]
    segment = build_segment([batch_of([*rows, *(prepare(other, SITE, model) for other in others)])])
    index = IndexSnapshot(model, BaseSearches(segment), build_segment([]), np.empty(0, np.int64), 1)
    fill(index, [*articles, *others], None)  # reads the compiled code
    began = time.process_time()
    page = fill(index, [*articles, *others], None)

    assert sum(i.startswith("c-") for i in page.all_ids) == 1
    assert sum(i.startswith("o-") for i in page.all_ids) == 4
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("age_s", [NOW, NOW - 1, 100 * 365 * 86_400], ids=["1970", "a second on", "before 1970"])
def test_an_article_of_1970_stands_behind_all_others_and_breaks_nothing(age_s):
    articles = [article("old", words(0), words(0) * 3, age_s=age_s)]
    articles += [article(f"a-{n}", words(n), words(n) * 3, age_s=60 * n) for n in range(1, 4)]
    page = fill(snapshot(articles), articles, None)

    assert set(page.all_ids) == {"old", "a-1", "a-2", "a-3"}
    assert fill(snapshot(articles), articles, "old").all_ids


def test_an_article_of_the_future_waits_and_does_not_make_the_others_old():
    late = article("late", words(0), words(0) * 3, age_s=-50 * 365 * 86_400)
    articles = [late, *(article(f"a-{n}", words(n), words(n) * 3, age_s=60 * n) for n in range(1, 12))]
    page = fill(snapshot(articles), articles, None)

    assert "late" not in page.all_ids
    assert page.widgets["recent-news"].fallback is None
    assert page.widgets["recent-news"].teasers[0].score > 0.5
