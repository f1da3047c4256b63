"""Keeps one site's index snapshot up to date in this process: the base from disk, arrivals in a delta of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.relevance.model import RelevanceModel, untrained
from service.adapters.files.arrays.columns import touch
from service.adapters.files.arrays.left_mappings import LeftMappings
from service.adapters.files.index.base_searches import BaseSearches
from service.adapters.files.index.generations.builder import rows_of
from service.adapters.files.index.generations.generations import GenerationInfo, Generations
from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.segment.row_block import Row, batch_of, prepare
from service.adapters.files.index.segment.segment import Segment, arrays_of
from service.adapters.files.index.snapshot import IndexSnapshot
from service.domain.ports import ArticleStore
from service.domain.sites.site import Site


@dataclass(frozen=True, slots=True)
class IndexLimits:
    """`delta`: most changed articles that a process indexes itself; `merge_after`: how many ask for a generation."""

    delta: int
    merge_after: int


def empty_snapshot() -> IndexSnapshot:
    """Returns the snapshot of a site without articles and without a model."""
    nothing = build_segment([])
    return IndexSnapshot(untrained(), BaseSearches(nothing), nothing, np.empty(0, np.int64), 0)


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What the index stands on: its base by name, the arrivals since by article id, and the snapshot of both.

    `changed` maps each article that changed since the base to its version; `rows` holds those that are still there.
    """

    base_name: str
    changed: Mapping[str, int]
    rows: Mapping[str, Row]
    snapshot: IndexSnapshot


class SiteIndex:
    """One site's snapshot, replaced by one reference whenever articles or the model change.

    Only the background thread calls `refresh`; any thread reads `snapshot`. `ask_for_generation` starts a build in
    another process; it may be called again while one runs.
    """

    def __init__(
        self,
        articles: ArticleStore,
        generations: Generations,
        limits: IndexLimits,
        ask_for_generation: Callable[[], None],
    ) -> None:
        self._articles = articles
        self._generations = generations
        self._limits = limits
        self._ask_for_generation = ask_for_generation
        self._state = _State("", {}, {}, empty_snapshot())
        self._left = LeftMappings()

    @property
    def snapshot(self) -> IndexSnapshot:
        """The index as it stands now."""
        return self._state.snapshot

    @property
    def generation(self) -> str:
        """The name of the generation on disk that it stands on; empty without one."""
        return self._state.base_name

    def refresh(self, site: Site, model: RelevanceModel, *, newest: int) -> bool:
        """Takes in what has changed; True if there was anything. `newest` is the version of the newest change.

        Raises StoreUnavailable, leaving all as it was.
        """
        self._left.unmap_unused()
        before = self._state
        state = self._with_base(before, site, model)
        if state.snapshot.version < newest:
            state = self._with_changes(state, site)
        if state.base_name != before.base_name:
            self._left.leave(arrays_of(before.snapshot.base.segment).values())
        self._state = state
        if len(state.changed) > self._limits.merge_after or model.version != state.snapshot.model.version:
            self._ask_for_generation()
        return state is not before

    def _with_base(self, state: _State, site: Site, model: RelevanceModel) -> _State:
        """Moves to a newer generation on disk; or, of a small site, to a new model without waiting for one."""
        info = self._generations.current()
        if info is not None and info.model_version == model.version:
            if info.name == state.base_name:
                return state
            return _begin(state, model, warmed(self._generations.open(info)), info)
        small = self._articles.count(site.id) <= self._limits.merge_after
        if model.version != state.snapshot.model.version and small:
            return _begin(state, model, build_segment([]), None)
        return state

    def _with_changes(self, state: _State, site: Site) -> _State:
        room = self._limits.delta - len(state.changed)
        changes = self._articles.changed(site.id, state.snapshot.version, room) if room > 0 else []
        if not changes:
            return state
        known = state.snapshot
        found = self._articles.fetch(site.id, [article_id for article_id, _ in changes])
        rows = dict(state.rows)
        for (article_id, _), article in zip(changes, found, strict=True):
            rows.pop(article_id, None)
            if article is not None:
                rows[article_id] = prepare(article, site, known.model, known)
        return _assemble(
            state.base_name, {**state.changed, **dict(changes)}, rows, known.model, known.base, changes[-1][1]
        )


def warmed(segment: Segment) -> Segment:
    """Returns the segment once each of its pages has been looked at: the background pays for that, no request does."""
    for array in arrays_of(segment).values():
        touch(array)
    return segment


def _begin(state: _State, model: RelevanceModel, base: Segment, info: GenerationInfo | None) -> _State:
    """Starts from a base; keeps the arrivals that it does not hold yet, unless another model made them."""
    version = info.version if info else 0
    same_model = model.version == state.snapshot.model.version
    changed = {i: v for i, v in state.changed.items() if same_model and v > version}
    rows = {article_id: row for article_id, row in state.rows.items() if article_id in changed}
    seen = max([version, *changed.values()])
    return _assemble(info.name if info else "", changed, rows, model, BaseSearches(base), seen)


def _assemble(
    base_name: str,
    changed: Mapping[str, int],
    rows: Mapping[str, Row],
    model: RelevanceModel,
    base: BaseSearches,
    seen: int,
) -> _State:
    delta = build_segment([batch_of(list(rows.values()))])
    snapshot = IndexSnapshot(model, base, delta, rows_of(base.segment, changed), seen)
    return _State(base_name, changed, rows, snapshot)
