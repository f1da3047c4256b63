"""Compiles what finds and fills, or reads it from numba's cache, before the first request would wait for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from models.relevance.model import untrained
from service.adapters.files.index.base_searches import BaseSearches
from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.search.postings import warm_up as warm_up_search
from service.adapters.files.index.segment.row_block import batch_of, prepare
from service.adapters.files.index.segment.segment import Segment
from service.adapters.files.index.snapshot import IndexSnapshot
from service.domain.call.asked_widget import asked_widget
from service.domain.call.page_call import WidgetRequest
from service.domain.content.article import Article
from service.domain.editorial.in_force import EditorialRules
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import counts_of, engagement_of
from service.domain.identity import hash64
from service.domain.page.candidates.candidates import front_of, gather
from service.domain.page.ranking.pool import PageContext
from service.domain.sites.site import Site
from service.domain.widgets.kind import KINDS

ARTICLES = 40
NOW = 86_400


def warm_up() -> None:
    """Fills and explains pages of a few made-up articles: with a pin, with what is tried out, and with too little."""
    from service.domain.index.telling import NO_TELLING
    from service.domain.page.choosing.relations import retells
    from service.domain.page.explaining import Circumstances, Explainer
    from service.domain.page.filling.filling import WidgetFiller
    from service.domain.page.filling.shown import shown_of

    index = IndexSnapshot(untrained(), BaseSearches(_segment(0)), _segment(1), np.empty(0, np.int64), 1)
    warm_up_search(index.delta)
    rules = EditorialRules((Rule("warm", "pin", article="warm-1", widget="must-read", position=1),)).at(NOW)
    engagement = engagement_of(counts_of((hash64(f"warm-{n}"), 1, 20) for n in range(ARTICLES)))
    vector = index.vector(0)
    page = PageContext(vector.terms, vector, index.telling(0))
    for size in (3, ARTICLES):
        kind = replace(KINDS["must-read"], exploration=0.5)
        asked = [asked_widget(WidgetRequest(kind.name, kind.name, size), kind, None)]
        front, none = front_of(index, {}, NOW, rules=rules), np.empty(0, np.uint64)
        pool = gather(
            index, page, asked, front=front, reads={}, dropped=none, now=NOW, rules=rules, engagement=engagement
        )
        filler = WidgetFiller(index, page, pool, rules, seed=1)
        filler.fill(asked)
        Explainer(index, page, pool, filler, Circumstances(NOW, rules, engagement)).explain()
        shown_of(pool, filler.fillings)
        filler.fillings[0].choose_among(pool.eligible)
    retells(NO_TELLING, NO_TELLING)


def _segment(first: int) -> Segment:
    """Returns every other one of the articles, from the first or the second on."""
    site, model = Site("warm"), untrained()
    return build_segment([batch_of([prepare(_article(n), site, model) for n in range(first, ARTICLES, 2)])])


def _article(number: int) -> Article:
    words = " ".join(f"{stem}{number}" for stem in ("warm", "word", "term", "name", "place"))
    published_at = datetime.fromtimestamp(NOW - number, UTC)
    return Article(
        f"warm-{number}", f"https://warm.example/{number}", words, f"All {words}", published_at, language="en"
    )
