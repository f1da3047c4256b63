"""Judges events by how they came and how many came with them, before any is booked."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from service.domain.engagement.teaser_events import TeaserAct
from service.domain.events.tokens import AdToken, EventKind, TeaserToken
from service.domain.events.validity.flood import FloodGuard, Limit
from service.domain.events.validity.rules import FULL_CLAIM, Arrival, ViewClaim, is_seen, refused_by
from service.domain.ports import Clock

WINDOW_S = 60

READER = Limit("reader", 300, WINDOW_S)
"""A page has at most 20 slots of three events: five full pages a minute."""

NETWORK = Limit("network", 6_000, WINDOW_S)
"""A network of 256 addresses may be a whole mobile carrier's: so much that only a machine reaches it."""

NETWORK_FLIGHT = Limit("network-flight", 1_200, WINDOW_S)
"""Of one flight, from one network."""

READER_FLIGHT_CLICKS = Limit("reader-flight-clicks", 5, WINDOW_S)
"""Clicks of one reader on one flight: nobody means the sixth in a minute."""

TEASERS_READER = Limit("teasers-reader", 2_000, WINDOW_S)
"""Teasers done something with: a page has some twenty, each offered, seen and perhaps followed."""

TEASERS_NETWORK = Limit("teasers-network", 60_000, WINDOW_S)
"""The same of a whole network."""

READER_TEASER_CLICKS = Limit("reader-teaser-clicks", 2, WINDOW_S)
"""Clicks of one reader on one teaser: a second is somebody who came back, a third is none."""

READER_TEASER_LINKS = Limit("reader-teaser-links", 10, WINDOW_S)
"""The same by the link itself, from which click rates are learnt: people of one network and browser are one reader."""

READER_ARTICLE_READS = Limit("reader-article-reads", 60, WINDOW_S)
"""Openings and ends of reading of one article: those of thirty people, of one network and browser."""

Asked = tuple[Limit, Hashable]
"""A limit, and of whom it is asked."""


class JudgeEvents:
    """Says why an event may not bill. Limits hold in each process, and not for senders whose network is unknown."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._flood = FloodGuard(WINDOW_S)

    def reason(self, token: AdToken, arrival: Arrival, claim: ViewClaim = FULL_CLAIM) -> str | None:
        """Returns why this event is only counted as gross, or None: it is booked."""
        refused = refused_by(arrival)
        if refused:
            return refused
        if token.kind is EventKind.VIEW and not is_seen(claim):
            return "not-seen"
        return self._flood_of(arrival, _of_flight(token, arrival))

    def teaser_reason(
        self, token: TeaserToken, act: TeaserAct, arrival: Arrival, claim: ViewClaim = FULL_CLAIM
    ) -> str | None:
        """Returns why what was done with a teaser is not counted, or None."""
        refused = refused_by(arrival)
        if refused:
            return refused
        if act is TeaserAct.VIEW and not is_seen(claim):
            return "not-seen"
        asked = _of_reader(arrival)
        if act is TeaserAct.CLICK:
            asked.append((READER_TEASER_CLICKS, (arrival.reader, token.site_id, token.article_hash)))
        return self._flood_of(arrival, asked)

    def link_reason(self, token: TeaserToken, arrival: Arrival) -> str | None:
        """Returns why the following of a teaser's link is not counted, or None."""
        link = READER_TEASER_LINKS, (arrival.reader, token.site_id, token.article_hash)
        return refused_by(arrival) or self._flood_of(arrival, [*_of_reader(arrival), link])

    def read_reason(self, site_id: str, article_id: str, arrival: Arrival) -> str | None:
        """Returns why a read that a beacon tells of is not counted, or None."""
        read = READER_ARTICLE_READS, (arrival.reader, site_id, article_id)
        return refused_by(arrival) or self._flood_of(arrival, [*_of_reader(arrival), read])

    def _flood_of(self, arrival: Arrival, asked: Sequence[Asked]) -> str | None:
        """MRC IVT: general invalid traffic is found by activity too, not by its declared agent alone."""
        if arrival.network is None:
            return None
        now = self._clock()
        return None if all(self._flood.admits(limit, sender, now) for limit, sender in asked) else "flood"


def _of_reader(arrival: Arrival) -> list[Asked]:
    return [(TEASERS_READER, arrival.reader), (TEASERS_NETWORK, arrival.network)]


def _of_flight(token: AdToken, arrival: Arrival) -> list[Asked]:
    flight = token.site_id, token.flight
    asked: list[Asked] = [
        (READER, arrival.reader), (NETWORK, arrival.network), (NETWORK_FLIGHT, (arrival.network, flight)),
    ]  # fmt: skip
    if token.kind is EventKind.CLICK:
        asked.append((READER_FLIGHT_CLICKS, (arrival.reader, flight)))
    return asked
