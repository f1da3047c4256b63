"""Flights with capped owners in a real store, and full shortlists of them: what reservations are measured on."""

from __future__ import annotations

import random
import time

import redis

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, SlotPlan, Step
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    PriceModel,
    Tier,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.plan.allocation import PAID_CANDIDATES

ADVERTISERS = 40
AMPLE = 8_000_000_000_000


def load(client: redis.Redis, site: str, flights: int) -> None:
    """Loads so many flights of as many campaigns of ADVERTISERS advertisers, each with a daily and a lifetime cap."""
    caps = {"lifetime_cap": AMPLE, "daily_cap": AMPLE}
    advertisers = [Advertiser(f"a{n}", **caps) for n in range(ADVERTISERS)]
    campaigns = [Campaign(f"c{n}", f"a{n % ADVERTISERS}", **caps) for n in range(flights)]
    sold = [
        Flight(
            f"f{n}", f"c{n}", f"a{n % ADVERTISERS}", Tier.PRICE, price_model=PriceModel.CPM, price_micros=2_000_000,
            creatives=(FlightCreative(f"k{n}"),), **caps,
        )
        for n in range(flights)
    ]  # fmt: skip
    creatives = [Creative(f"k{n}", f"a{n % ADVERTISERS}", "native", "https://a.example/") for n in range(flights)]
    changes = InventoryChanges((*advertisers, *campaigns, *sold, *creatives))
    RedisInventoryStore(client).apply(site, changes, 0)


def plans(chance: random.Random, flights: int, slots: int) -> list[SlotPlan]:
    """Returns full shortlists of flights drawn at random."""
    day = cap_day(time.time(), "UTC")
    drawn = chance.sample(range(flights), PAID_CANDIDATES + slots - 1)
    candidates = [Candidate(n + 1, n + 1, day, (), (), n + 1, n % ADVERTISERS + 1) for n in drawn]
    return [SlotPlan(f"s{place}", 1, tuple(candidates[: PAID_CANDIDATES + place])) for place in range(slots)]


def steps(slots: int) -> list[Step]:
    """Returns the steps of a plan that gives each slot another flight, and those that would mend it."""
    planned = [Step(((slot, slot),)) for slot in range(slots)]
    places = range(PAID_CANDIDATES)
    return [*planned, *(Step(tuple((slot, place) for slot in range(slots)), one_of=True) for place in places)]
