"""Plans the rest of flights anew as a load or a resumption changes their course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Entity, Flight, Inventory
from service.domain.ads.pacing.replanning import changes_course, is_late, replanned
from service.domain.ports import Clock

Replan = Callable[[str, Inventory, list[Entity]], Sequence[Entity]]
"""Returns what is to be written to a site's inventory, flights that change their course planned anew in its places."""

AT_ONCE = 2_000
_NOTHING_BOOKED = Standing()


def as_planned(_: str, __: Inventory, put: list[Entity]) -> Sequence[Entity]:
    """Returns what is to be written as it is."""
    return put


class ReplanFlights:
    """A Replan that reads from the ledger what flights have by now."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def __call__(self, site_id: str, inventory: Inventory, put: list[Entity]) -> Sequence[Entity]:
        """Returns the entities, flights that change their course planned anew. Raises StoreUnavailable."""
        now = self._clock()
        standings = self._standings(site_id, inventory, put, now)
        for at, one in enumerate(put):  # in its place, so that a large load is not in memory twice
            if isinstance(one, Flight) and one.id in standings:
                put[at] = replanned(one, standings[one.id], now)
        return put

    def _standings(
        self, site_id: str, inventory: Inventory, put: Sequence[Entity], now: float
    ) -> Mapping[str, Standing]:
        """Where each flight stands that is planned anew, by id."""
        known = inventory.flights
        flights = [one for one in put if isinstance(one, Flight)]
        standings = {one.id: _NOTHING_BOOKED for one in flights if is_late(known.get(one.id), one, now)}
        changed = [known[one.id] for one in flights if changes_course(known.get(one.id), one, now)]
        for at in range(0, len(changed), AT_ONCE):
            some = changed[at : at + AT_ONCE]
            found = self._ledger.standings(site_id, [flight.number for flight in some], now).flights
            standings |= dict(zip((flight.id for flight in some), found, strict=True))
        return standings
