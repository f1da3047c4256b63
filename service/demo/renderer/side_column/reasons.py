"""Why the column looks as it does: the candidates of each widget and the flights of each slot, as tables show them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.demo.renderer.wording import plain_code
from standfirst_client import Page

CANDIDATE_COUNT = 12


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that was looked at for a widget: `parts` add up to `score`; None where it was not told.

    `text` is the service's own account of what became of it.
    """

    article_id: str
    title: str
    outcome: str
    score: float | None
    cosine: float | None
    parts: Mapping[str, float]
    text: str

    @property
    def is_chosen(self) -> bool:
        """Returns whether it stands in the widget."""
        return self.outcome == "chosen"

    @property
    def is_blocked(self) -> bool:
        """Returns whether editors keep it out."""
        return self.outcome == "blocked"

    @property
    def verdict(self) -> str:
        """Returns the outcome in a word or two."""
        return plain_code(self.outcome).capitalize()


@dataclass(frozen=True, slots=True)
class Candidates:
    """A widget's foremost candidates, all chosen and blocked ones among them, of `total`; and their parts' names."""

    widget: str
    shown: tuple[Candidate, ...]
    total: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contender:
    """A flight that was looked at for a slot."""

    flight_id: str
    outcome: str

    @property
    def is_chosen(self) -> bool:
        """Returns whether it fills the slot."""
        return self.outcome == "chosen"


@dataclass(frozen=True, slots=True)
class Reasons:
    """The whole explanation of a page; empty where the service gave none."""

    widgets: tuple[Candidates, ...] = ()
    slots: Mapping[str, tuple[Contender, ...]] = field(default_factory=dict)

    @property
    def flight_ids(self) -> list[str]:
        """Returns every flight that was looked at, those that were chosen first."""
        every = [flight for flights in self.slots.values() for flight in flights]
        every.sort(key=lambda flight: not flight.is_chosen)
        return list(dict.fromkeys(flight.flight_id for flight in every))

    def outcome(self, slot: str, flight_id: str) -> str:
        """Returns what became of a flight in a slot, empty where it was not looked at."""
        found = (flight.outcome for flight in self.slots.get(slot, ()) if flight.flight_id == flight_id)
        return next(found, "")

    def __bool__(self) -> bool:
        return bool(self.widgets or self.slots)


def reasons_of(page: Page) -> Reasons:
    """Returns the explanation in a page's answer; what of it is misshapen is left out."""
    told = _object(page.raw.get("explain"))
    return Reasons(
        widgets=tuple(_candidates(str(name), rows) for name, rows in _object(told.get("widgets")).items()),
        slots={
            str(name): tuple(
                Contender(str(row.get("flight_id", "")), str(row.get("outcome", ""))) for row in _objects(rows)
            )
            for name, rows in _object(told.get("slots")).items()
        },
    )


def _candidates(widget: str, rows: object) -> Candidates:
    every = [_candidate(row) for row in _objects(rows)]
    others = CANDIDATE_COUNT - sum(candidate.is_chosen or candidate.is_blocked for candidate in every)
    shown: list[Candidate] = []
    for candidate in every:
        kept = candidate.is_chosen or candidate.is_blocked
        if kept or others > 0:
            shown.append(candidate)
            others -= not kept
    return Candidates(widget, tuple(shown), len(every), tuple(dict.fromkeys(_names(shown))))


def _candidate(row: Mapping[str, Any]) -> Candidate:
    parts = {str(name): _number(part) for name, part in _object(row.get("parts")).items()}
    return Candidate(
        article_id=str(row.get("article_id", "")),
        title=str(row.get("title", "")),
        outcome=str(row.get("outcome", "")),
        score=_number(row.get("score")),
        cosine=_number(row.get("cosine")),
        parts={name: value for name, value in parts.items() if value is not None},
        text=str(row.get("text", "")),
    )


def _names(candidates: Iterable[Candidate]) -> Iterator[str]:
    for candidate in candidates:
        yield from candidate.parts


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
