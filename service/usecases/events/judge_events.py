"""Judges events by how they came and how many came with them, before any is booked."""

from __future__ import annotations

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
        return None if self._within_limits(token, arrival) else "flood"

    def teaser_reason(
        self, token: TeaserToken, act: TeaserAct, arrival: Arrival, claim: ViewClaim = FULL_CLAIM
    ) -> str | None:
        """Returns why what was done with a teaser is not counted, or None."""
        refused = refused_by(arrival)
        if refused:
            return refused
        if act is TeaserAct.VIEW and not is_seen(claim):
            return "not-seen"
        if arrival.network is None:
            return None
        now, link = self._clock(), (token.site_id, token.article_hash)
        asked = [(TEASERS_READER, arrival.reader), (TEASERS_NETWORK, arrival.network)]
        if act is TeaserAct.CLICK:
            asked.append((READER_TEASER_CLICKS, (arrival.reader, link)))
        return None if all(self._flood.admits(limit, sender, now) for limit, sender in asked) else "flood"

    def _within_limits(self, token: AdToken, arrival: Arrival) -> bool:
        """MRC IVT: general invalid traffic is found by activity too, not by its declared agent alone."""
        if arrival.network is None:
            return True
        now, flight = self._clock(), (token.site_id, token.flight)
        asked = [(READER, arrival.reader), (NETWORK, arrival.network), (NETWORK_FLIGHT, (arrival.network, flight))]
        if token.kind is EventKind.CLICK:
            asked.append((READER_FLIGHT_CLICKS, (arrival.reader, flight)))
        return all(self._flood.admits(limit, sender, now) for limit, sender in asked)
