"""What block words and sensitive topics cost: page calls at which they alone kept a flight off the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from service.domain.ads.targeting.checklist import TargetedFlight, on_page
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.ads.targeting.suitability import refused_risks, risky_topics

# Flights looked at for each placement of a page call: what a page is blocked for is the same for many.
MOST_FLIGHTS = 64


@dataclass(frozen=True, slots=True, order=True)
class Blocked:
    """A flight, by its number, and the word or topic that kept it off a page."""

    flight: int
    kind: Literal["word", "topic"]
    name: str


def blocked(flights: Iterable[TargetedFlight], facts: SlotFacts) -> Iterator[Blocked]:
    """Yields what kept flights off, which nothing else did; a flight may have several causes."""
    texts = (facts.term_ids, *facts.beside)
    for flight in flights:
        number = flight.flight.number
        for keyword, word in zip(flight.exclude_keywords, flight.block_words, strict=True):
            if any(on_page(keyword, text) for text in texts):
                yield Blocked(number, "word", word)
        for topic in risky_topics(facts.risk, refused_risks(flight.flight.suitability)):
            yield Blocked(number, "topic", topic)


class BlockingCounter(Protocol):
    """Counts what block words and topics cost, day by day."""

    def add(self, site_id: str, counts: Mapping[Blocked, int], at: float) -> None:
        """Adds to the day, in UTC, of `at` (seconds since 1970)."""

    def counted(self, site_id: str, first_day: int, last_day: int) -> Mapping[Blocked, int]:
        """Returns what was counted on these days and between them, as days since 1970."""
