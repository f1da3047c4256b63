"""Says of one flight what keeps it off a page, or what comes before it, placement by placement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.domain.ads.inventory import Flight
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.slot import SlotRequest
from service.domain.call.explanation import ExplainedFlight
from service.domain.call.page_call import Reader, WidgetRequest
from service.domain.errors import InvalidInput
from service.domain.sites.site import Site
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.page.explaining.asked_page import AskedPage, unknown

FREE = "Nothing keeps it away."
LEFT_OVER = "A house ad: it is shown where no flight that pays is."


@dataclass(frozen=True, slots=True)
class ExplainedSlot:
    """What became of the flight in a slot of one placement.

    `suited` is how many flights could be shown there. `ahead` are those of them that come before it and that nothing
    keeps away, the first in rank first; `beside` those of its own rank, with which it takes turns.
    """

    placement: str
    flight: ExplainedFlight
    suited: int
    ahead: tuple[str, ...]
    beside: tuple[str, ...]


class ExplainFlight:
    """Asks for a page with a slot of each placement, reserves nothing, and picks one flight out of what is told."""

    def __init__(self, pages: AskedPage, inventories: InventorySnapshots) -> None:
        self._pages = pages
        self._inventories = inventories

    def explain(
        self,
        site: Site,
        page: str,
        flight_id: str,
        placements: Sequence[str],
        widgets: Sequence[WidgetRequest],
        reader: Reader,
    ) -> tuple[Flight, tuple[ExplainedSlot, ...]]:
        """Returns the flight and what became of it in each placement; without any in those that it runs in.

        `page` is an article's id or address, or `front`; the `widgets` stand beside the slots. Raises InvalidInput
        naming what is not known here and what is like it.
        """
        snapshot = self._inventories.current(site.id)
        flight = self._flight(site, snapshot, flight_id)
        asked = tuple(dict.fromkeys(placements or flight.placements))
        for name in asked:
            if name not in snapshot.placements:
                known = snapshot.placements
                raise InvalidInput.one("placement", unknown(site, "placement", name, known, len(known)))
        slots = tuple(SlotRequest(name, name) for name in asked)
        filled = self._pages.fill(
            site, page, {}, slots=slots, widgets=tuple(widgets), reader=reader, explain_flight=flight_id
        )
        told = filled.page.explanation.slots if filled.page.explanation else {}
        return flight, tuple(_in_slot(name, flight_id, told[name]) for name in asked)

    def _flight(self, site: Site, snapshot: InventorySnapshot, flight_id: str) -> Flight:
        number = self._inventories.number_of(site.id, flight_id)
        flight = None if number is None else snapshot.flights.get(number)
        if flight is None:
            ids = (one.id for one in snapshot.flights.values())
            raise InvalidInput.one("flight", unknown(site, "flight", flight_id, ids, len(snapshot.flights)))
        return flight


def _in_slot(placement: str, flight_id: str, told: Sequence[ExplainedFlight]) -> ExplainedSlot:
    own = next(one for one in told if one.flight_id == flight_id)
    ranked = sorted((one.rank, one.flight_id, one.outcome) for one in told if one.rank is not None)
    if own.outcome == "not_reserved":  # since this is only a look
        own = replace(own, text=FREE)
    free = [(rank, name) for rank, name, outcome in ranked if outcome == "not_reserved" and name != flight_id]
    ahead = tuple(name for rank, name in free if own.rank is not None and rank < own.rank)
    if own.outcome == "chosen" and ahead:
        own = replace(own, text=LEFT_OVER)
    return ExplainedSlot(placement, own, len(ranked), ahead, tuple(name for rank, name in free if rank == own.rank))
