"""Plans the rest of flights anew as a load or a resumption changes their course."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Entity, Flight, Inventory
from service.domain.ads.pacing.replanning import changes_course, is_late, replanned
from service.domain.ports import Clock

Replan = Callable[[str, Inventory, Sequence[Entity]], tuple[Entity, ...]]
"""Returns what is to be written to a site's inventory, flights that change their course planned anew."""

AT_ONCE = 2_000
_NOTHING_BOOKED = Standing()


def as_planned(_: str, __: Inventory, put: Sequence[Entity]) -> tuple[Entity, ...]:
    """Returns what is to be written as it is."""
    return tuple(put)


class ReplanFlights:
    """A Replan that reads from the ledger what flights have by now."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def __call__(self, site_id: str, inventory: Inventory, put: Sequence[Entity]) -> tuple[Entity, ...]:
        """Returns the entities, flights that change their course planned anew. Raises StoreUnavailable."""
        now, known = self._clock(), inventory.flights
        flights = [one for one in put if isinstance(one, Flight)]
        standings = {one.id: _NOTHING_BOOKED for one in flights if is_late(known.get(one.id), one, now)}
        changed = [known[one.id] for one in flights if changes_course(known.get(one.id), one, now)]
        for at in range(0, len(changed), AT_ONCE):
            some = changed[at : at + AT_ONCE]
            found = self._ledger.standings(site_id, [flight.number for flight in some], now).flights
            standings |= dict(zip((flight.id for flight in some), found, strict=True))
        return tuple(
            replanned(one, standings[one.id], now) if isinstance(one, Flight) and one.id in standings else one
            for one in put
        )
