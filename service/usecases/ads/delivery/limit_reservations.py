"""Bounds what one asker may have reserved and not yet booked, so that nobody ties up budgets that they never use."""

from __future__ import annotations

from service.domain.events.validity.flood import FloodGuard, Limit
from service.domain.ports import Clock

WINDOW_S = 120
"""The window of an impression: what was reserved before it is no longer held for one."""

NETWORK = Limit("reserved-network", 2_000, WINDOW_S)
"""Slots for the readers of one network: a hundred full pages, ten for each of ten who read at once."""

TOKEN = Limit("reserved-token", 1_000_000, WINDOW_S)
"""Slots for one renderer: eight thousand a second, several times what a process can fill."""

SITE = Limit("reserved-site", 2_000_000, WINDOW_S)
"""Slots of one site."""

TOO_MANY = "ads: too many reservations outstanding, house ads only"


class LimitReservations:
    """Says whether slots may be reserved. Limits hold in each process; an unknown network is not limited.

    What is reserved within the window of an impression bounds what is outstanding, whether or not it is booked.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reserved = FloodGuard(WINDOW_S)

    def admits(self, site_id: str, token_id: str | None, network: str | None, slots: int) -> bool:
        """Counts so many slots of one call; False if its network, token or site has too many."""
        asked = ((NETWORK, network and (site_id, network)), (TOKEN, token_id), (SITE, site_id))
        now = self._clock()
        return all(self._reserved.admits(limit, sender, now, slots) for limit, sender in asked if sender)
