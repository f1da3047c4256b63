"""Holds what people judged of pairs of a site's articles against the rules of what may not stand together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.domain.index.article_index import ArticleIndex
from service.domain.index.telling import Telling
from service.domain.page.choosing.relations import REFUSALS, SAME_ANGLE_COSINE, Refusal, cosine, is_copy, same_story

TEN = 10
TOLD_AGAIN: frozenset[Refusal] = frozenset(("duplicate", "same-story"))


@dataclass(frozen=True, slots=True)
class RetoldPair:
    """Two articles by id, and what people found: copies, one promise in both headlines, one event; or none of it."""

    one: str
    other: str
    relations: frozenset[Refusal]


def unknown_articles(index: ArticleIndex, pairs: Iterable[RetoldPair]) -> list[str]:
    """Returns the ids of the pairs that the index does not hold."""
    ids = dict.fromkeys(article_id for pair in pairs for article_id in (pair.one, pair.other))
    return [article_id for article_id in ids if index.row_of(article_id) is None]


def judged_rules(index: ArticleIndex, pairs: Sequence[RetoldPair]) -> Mapping[str, list[bool]]:
    """Returns what each figure is the mean of, by name; one that there is nothing for is left out.

    Of each rule its precision, over the pairs that it calls so, and its recall, over those that people did; and of
    pairs that tell one event whether either article is among the ten nearest of the other, best first by both views.
    All articles are in the index.
    """
    rows = [(index.row_of(pair.one) or 0, index.row_of(pair.other) or 0) for pair in pairs]
    called = [_rules(index.telling(one), index.telling(other)) for one, other in rows]
    found: dict[str, list[bool]] = {}
    for rule in REFUSALS:
        sides = [(rule in said, rule in pair.relations) for said, pair in zip(called, pairs, strict=True)]
        found[f"{rule} precision"] = [true for said, true in sides if said]
        found[f"{rule} recall"] = [said for said, true in sides if true]
    told_again = [ends for ends, pair in zip(rows, pairs, strict=True) if pair.relations & TOLD_AGAIN]
    found["told again, among ten nearest"] = [
        _is_near(index, *ends) for one, other in told_again for ends in ((one, other), (other, one))
    ]
    return {name: values for name, values in found.items() if values}


def _rules(one: Telling, other: Telling) -> frozenset[Refusal]:
    said: dict[Refusal, bool] = {
        "duplicate": is_copy(one.text, other.text),
        "same-angle": cosine(one.title, other.title) >= SAME_ANGLE_COSINE,
        "same-story": same_story(one, other),
    }
    return frozenset(rule for rule, holds in said.items() if holds)


def _is_near(index: ArticleIndex, own: int, other: int) -> bool:
    oldest = int(index.columns(np.array([own, other], np.int64)).published_at.min())
    near = index.related(index.vector(own), since=oldest, limit=TEN + 1, also=np.empty(0, np.int64)).rows
    return other in near[near != own][:TEN]
