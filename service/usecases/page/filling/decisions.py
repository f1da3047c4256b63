"""Remembers what was worked out for a page, for as long as nothing changes that it rests on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from service.domain.ads.targeting.slot_facts import Beside
from service.domain.ads.targeting.suitability import joint_risk
from service.domain.call.explanation import ExplainedTeaser
from service.domain.call.page_call import FilledWidget
from service.domain.engagement.shown_pages import ShownTeaser
from service.domain.index.article_index import ArticleIndex
from service.usecases.engagement.count_engagement import Offers

REMEMBERED = 1_024
"""Pages kept by each worker: a decision takes about 8 KB with what the web makes of it."""

NO_TERMS = np.array([], np.uint64)

V = TypeVar("V")

Piece = bytes | int
"""A piece of an answer: JSON as it stands, or the row of the article whose own fields stand there."""


@dataclass(frozen=True, slots=True, eq=False)
class DecidedWidgets:
    """A page's widgets, with the index snapshot that their rows belong to.

    `offered` has each article that stands in them by the hash of its id, with the chance of a look there.
    `shown` tells what was known of them, where page views are logged.
    `written` holds what was written of them, in pieces, by the form it was written in: remembered, or forgotten,
    together. Articles' own fields stay in the index, which all processes share.
    `beside` is what `beside_each` worked out.
    """

    index: ArticleIndex
    widgets: tuple[FilledWidget, ...]
    explained: Mapping[str, tuple[ExplainedTeaser, ...]] = field(default_factory=dict)
    offered: Offers = ()
    shown: tuple[ShownTeaser, ...] = ()
    written: dict[Hashable, tuple[Piece, ...]] = field(default_factory=dict)
    beside: dict[str, Beside] = field(default_factory=dict)

    def offers_none_of(self, id_hashes: Sequence[int]) -> bool:
        """Returns whether none of these articles stands in a widget."""
        return {id_hash for id_hash, _ in self.offered}.isdisjoint(id_hashes)

    def beside_each(self) -> Mapping[str, Beside]:
        """Returns what an ad stands beside in each widget, by the widget's id; worked out once."""
        if not self.beside:
            self.beside.update({one.request.id: _beside(self.index, one) for one in self.widgets})
        return self.beside


def _beside(index: ArticleIndex, widget: FilledWidget) -> Beside:
    rows = [teaser.row for teaser in widget.teasers]
    terms = np.concatenate([NO_TERMS, *(index.telling(row).title.hashes for row in rows)])
    return Beside(joint_risk(map(index.risk, rows)), np.unique(terms))


@dataclass(frozen=True, slots=True, eq=False)
class _Entry(Generic[V]):
    snapshot: object
    valid_until: float
    value: V


class Remembered(Generic[V]):
    """What one process has worked out, by key; the longest unused goes first."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._entries: OrderedDict[Hashable, _Entry[V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, snapshot: object, now: float = 0) -> V | None:
        """Returns what was worked out for this key on this very snapshot, if it still holds at `now`."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.snapshot is not snapshot or now >= entry.valid_until:
                return None
            self._entries.move_to_end(key)
            return entry.value

    def put(self, key: Hashable, snapshot: object, value: V, valid_until: float = inf) -> None:
        """Remembers a value, which holds on this snapshot before `valid_until` (seconds since 1970)."""
        with self._lock:
            self._entries[key] = _Entry(snapshot, valid_until, value)
            self._entries.move_to_end(key)
            if len(self._entries) > self._limit:
                self._entries.popitem(last=False)
