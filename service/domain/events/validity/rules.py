"""Which events count for billing: each rule a predicate with its source. What a rule refuses is kept as gross.

The sources are the Media Rating Council's Invalid Traffic Detection and Filtration Guidelines Addendum (2020, "MRC
IVT"), its Viewable Ad Impression Measurement Guidelines (2014, "MRC Viewable") and, of the IAB and the MRC, the Ad
Impression Measurement Guidelines (Desktop Display, 2017, "Impressions") and the Click Measurement Guidelines (2009,
"Clicks").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from service.domain.events.validity.agents import Agent, Device

VIEW_RATIO, VIEW_MS = 0.5, 1_000
"""What a view is: half of the pixels for one continuous second, in a tab that has the focus (MRC Viewable)."""

LARGE_PIXELS, LARGE_RATIO = 242_500, 0.3
"""Of so large an ad, three tenths of the pixels suffice (MRC Viewable)."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """How an event came: all that is looked at of its request. `reader` is a hash of network and agent, 0: unknown.

    `refuses_programs` is the service's setting.
    """

    method: str = "GET"
    ahead_of_need: bool = False
    agent: Agent = Agent.BROWSER
    device: Device = Device.OTHER
    network: str | None = None
    reader: int = 0
    refuses_programs: bool = False


class ViewClaim(NamedTuple):
    """What a beacon says of a view; what it leaves out, its being sent claims."""

    visible_ratio: float = VIEW_RATIO
    visible_ms: float = VIEW_MS
    focused: bool = True
    pixels: float = 0


FULL_CLAIM = ViewClaim()


def is_head(arrival: Arrival) -> bool:
    """Nothing is shown to whoever asks for the headers alone."""
    return arrival.method == "HEAD"


def is_ahead_of_need(arrival: Arrival) -> bool:
    """A browser fetches ahead of need what its reader may never see."""
    return arrival.ahead_of_need


def is_crawler(arrival: Arrival) -> bool:
    """A robot that names itself."""
    return arrival.agent is Agent.CRAWLER


def is_refused_program(arrival: Arrival) -> bool:
    """A program, where the service takes events from browsers alone."""
    return arrival.agent is Agent.PROGRAM and arrival.refuses_programs


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of validity: the reason it gives, the predicate that finds an event invalid, and where it is from."""

    reason: str
    refuses: Callable[[Arrival], bool]
    source: str


RULES = (
    Rule("head", is_head, "Impressions: an ad counts when its content has begun to load and render"),
    Rule("prefetch", is_ahead_of_need, "MRC IVT: pre-fetch and browser pre-rendering are general invalid traffic"),
    Rule("bot", is_crawler, "MRC IVT: known robots and spiders are filtered by a list kept up to date"),
    Rule("program", is_refused_program, "MRC IVT: what is no known browser is filtered by its declared agent"),
)


def refused_by(arrival: Arrival) -> str | None:
    """Returns the reason of the first rule that refuses what came so, or None."""
    for rule in RULES:
        if rule.refuses(arrival):
            return rule.reason
    return None


def is_seen(claim: ViewClaim) -> bool:
    """Returns whether a claim is that of a view. Source: MRC Viewable."""
    least = LARGE_RATIO if claim.pixels >= LARGE_PIXELS else VIEW_RATIO
    return claim.focused and claim.visible_ms >= VIEW_MS and claim.visible_ratio >= least
