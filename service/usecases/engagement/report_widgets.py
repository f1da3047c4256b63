"""Reports what readers do with teasers, for editors: by widget, position, article, model and variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from service.domain.engagement.teaser_events import TeaserAct, TeaserPlace
from service.domain.errors import Fault, InvalidInput
from service.domain.events.sums.period import EPOCH
from service.domain.ports import TeaserCounter

DIMENSIONS = ("day", "widget", "position", "article", "model", "variant")
WHERE = frozenset(DIMENSIONS) - {"day", "article"}
"""Dimensions of a teaser's place, which a read has not."""

MOST_DAYS = 35
"""Days for which counts of teasers are kept."""

MOST_ROWS = 10_000
"""Rows of one report; it tells how many more there were."""


class ArticleName(NamedTuple):
    """How an article is told to people."""

    id: str
    title: str


NameOf = Callable[[str, int], ArticleName | None]
"""Returns the article of a site whose id has this hash, or None where it is gone."""


@dataclass(frozen=True, slots=True)
class WidgetsReport:
    """Rows ready for the wire, their columns, and how many rows were too many."""

    columns: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    left_off: int = 0


@dataclass(frozen=True, slots=True)
class WidgetsAsked:
    """UTC days, the first and the last included, and the breakdown."""

    first: date
    last: date
    by: tuple[str, ...]

    @property
    def days(self) -> range:
        """Its days since 1970."""
        return range((self.first - EPOCH).days, (self.last - EPOCH).days + 1)


def widgets_asked(first: date | None, last: date | None, by: str, today: date) -> WidgetsAsked:
    """Returns what was asked for: until today unless told, and that day alone. Raises InvalidInput with every fault."""
    last = last or today
    asked = WidgetsAsked(first or last, last, tuple(dict.fromkeys(name.strip() for name in by.split(","))))
    faults = list(_faults(asked))
    if faults:
        raise InvalidInput(faults)
    return asked


def _faults(asked: WidgetsAsked) -> Iterator[Fault]:
    for name in asked.by:
        if name not in DIMENSIONS:
            yield Fault("?by", f"'{name[:40]}' is none of {', '.join(DIMENSIONS)}")
    if asked.first > asked.last:
        yield Fault("?from", "is after `to`")
    elif len(asked.days) > MOST_DAYS:
        yield Fault("?from", f"is over {MOST_DAYS} days before `to`; counts are kept no longer")


@dataclass(slots=True)
class _Row:
    acts: Counter[TeaserAct] = field(default_factory=Counter)

    def figures(self, *, with_reads: bool) -> dict[str, Any]:
        impressions, clicks, reads = (self.acts[act] for act in (TeaserAct.IMPRESSION, TeaserAct.CLICK, TeaserAct.READ))
        told: dict[str, Any] = {
            "impressions": impressions,
            "views": self.acts[TeaserAct.VIEW],
            "clicks": clicks,
            # Beacons of impressions get lost, so there may be more clicks than those.
            "ctr": round(min(clicks / impressions, 1.0), 6) if impressions else None,
        }
        if with_reads:
            dwell_ms = self.acts[TeaserAct.DWELL_MS]
            told |= {"reads": reads, "mean_dwell_s": round(dwell_ms / reads / 1_000, 1) if reads else None}
        return told


class ReportWidgets:
    """Reads reports on widgets; the last seconds of each process are not yet in them."""

    def __init__(self, counter: TeaserCounter, name_of: NameOf) -> None:
        self._counter = counter
        self._name_of = name_of

    def report(self, site_id: str, asked: WidgetsAsked) -> WidgetsReport:
        """Returns a row for each value of the breakdown, by day, then those seen most first, MOST_ROWS at most.

        Reads are told where none of a teaser's places is asked. Raises StoreUnavailable.
        """
        with_reads = not WHERE & set(asked.by)
        rows: dict[tuple[str | int, ...], _Row] = {}
        for day in asked.days:  # one at a time: a day alone may hold tens of thousands of places
            [counts] = self._counter.days(site_id, [day])
            for (act, place), count in counts.items():
                if with_reads or act not in (TeaserAct.READ, TeaserAct.DWELL_MS):
                    rows.setdefault(_key(asked.by, day, place), _Row()).acts[act] += count
        ordered = sorted(rows, key=lambda key: _order(asked.by, key, rows[key]))
        shown = ordered[:MOST_ROWS]
        told = tuple(self._told(site_id, asked.by, key, rows[key], with_reads) for key in shown)
        columns = tuple(told[0]) if told else tuple(self._told(site_id, asked.by, (0,) * len(asked.by), _Row(), False))
        return WidgetsReport(columns, told, len(ordered) - len(shown))

    def _told(
        self, site_id: str, by: tuple[str, ...], key: tuple[str | int, ...], row: _Row, with_reads: bool
    ) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for name, value in zip(by, key, strict=True):
            if name == "article":
                known = self._name_of(site_id, int(value))
                named |= {"article_id": known and known.id, "title": known and known.title}
            else:
                named[name] = value
        return {**named, **row.figures(with_reads=with_reads)}


def _order(by: tuple[str, ...], key: tuple[str | int, ...], row: _Row) -> tuple[Any, ...]:
    day = key[by.index("day")] if "day" in by else ""
    return (day, -row.acts[TeaserAct.IMPRESSION], -row.acts[TeaserAct.CLICK], key)


def _key(by: tuple[str, ...], day: int, place: TeaserPlace) -> tuple[str | int, ...]:
    values: dict[str, str | int] = {
        "day": (EPOCH + timedelta(days=day)).isoformat(),
        "widget": place.widget,
        "position": place.position,
        "article": place.article_hash,
        "model": place.model,
        "variant": place.variant,
    }
    return tuple(values[name] for name in by)
