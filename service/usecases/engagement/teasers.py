"""Takes what readers do with teasers and how long they read, and counts it in bounded memory until written down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from service.domain.engagement.teaser_events import MAX_DWELL_MS, TeaserAct, TeaserPlace, is_place
from service.domain.identity import hash64
from service.domain.ports import TeaserCounter
from service.usecases.tally import Tally

MAX_PLACES = 50_000
"""Places of one site that a process counts until they are written down; a further one is not counted."""

MAX_NAMES = 32
"""Widgets, models and variants of one site that a process tells apart; whoever sends more is counted as OTHER."""

OTHER = "other"

Known = Callable[[str, int], bool]
"""Returns whether a site has an article of this hash."""


class _SiteCounts:
    """What one process has counted of one site, and the names it has met."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[TeaserAct, TeaserPlace]] = Counter()
        self._names: dict[str, set[str]] = {"widget": set(), "model": set(), "variant": set()}

    def add(self, act: TeaserAct, place: TeaserPlace, count: int) -> None:
        key = act, self._named(place)
        if key in self.counted or len(self.counted) < MAX_PLACES:
            self.counted[key] += count

    def _named(self, place: TeaserPlace) -> TeaserPlace:
        """The place, under names that are few: whoever holds a teaser's address may send what they like."""
        return replace(
            place,
            widget=self._known("widget", place.widget),
            model=self._known("model", place.model),
            variant=self._known("variant", place.variant),
        )

    def _known(self, kind: str, name: str) -> str:
        names = self._names[kind]
        if name not in names:
            if len(names) >= MAX_NAMES:
                return OTHER
            names.add(name)
        return name


class TeaserTally(Tally[str, _SiteCounts]):
    """Counts acts on teasers in this process until they are written down together."""

    def __init__(self, is_known: Known, note_opened: Callable[[str, int], None]) -> None:
        """`is_known` says whether a site has an article; reads of others are not counted.

        `note_opened` counts the opening of an article's page, as a page call does.
        """
        super().__init__()
        self._is_known = is_known
        self._note_opened = note_opened

    def note(self, site_id: str, act: TeaserAct, place: TeaserPlace) -> bool:
        """Counts one act on a teaser of ours; False if no widget has such a place."""
        if not is_place(place):
            return False
        self._add(site_id, act, place, 1)
        return True

    def note_read(self, site_id: str, article_id: str, dwell_ms: float | None) -> bool:
        """Counts one read of so many milliseconds, or with none the opening; False if the site has no such article."""
        place = TeaserPlace(hash64(article_id))
        if not self._is_known(site_id, place.article_hash):
            return False
        if dwell_ms is None:
            self._note_opened(site_id, place.article_hash)
            return True
        self._add(site_id, TeaserAct.READ, place, 1)
        self._add(site_id, TeaserAct.DWELL_MS, place, int(min(max(dwell_ms, 0), MAX_DWELL_MS)))
        return True

    def write_down(self, counter: TeaserCounter, at: float) -> None:
        """Adds what was counted to the day of `at` in the store; what it cannot take is kept for the next time."""
        self._write(lambda site_id, counts: counter.add(site_id, counts.counted, at))

    def _add(self, site_id: str, act: TeaserAct, place: TeaserPlace, count: int) -> None:
        with self._lock:
            self._part(site_id).add(act, place, count)

    def _begin(self) -> _SiteCounts:
        return _SiteCounts()

    def _join(self, part: _SiteCounts, earlier: _SiteCounts) -> None:
        for (act, place), count in earlier.counted.items():
            part.add(act, place, count)
