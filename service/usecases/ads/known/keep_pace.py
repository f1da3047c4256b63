"""Keeps in this process where paced flights stand, so that a page call knows what each may have by now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from service.domain.ads.booking.beacon_loss import BeaconLoss, Seen
from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.booking.standing import Standing
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory import Flight, Placement, Unit
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.pacing.course import EQUAL_TRAFFIC, TrafficCurve
from service.domain.ads.pacing.line import Allowance, Line, allowance, due, is_paced, line_of
from service.domain.ads.pacing.watched import NOBODY
from service.domain.ads.plan.allocation import SlotShortlist
from service.domain.ads.response.place_effects import NO_EFFECTS, PlaceEffects
from service.domain.errors import StoreUnavailable
from service.domain.events.tokens import EventKind
from service.domain.money.money import MICROS
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.ads.known.keep_order import SiteOrder
from service.usecases.ads.known.known_flights import KnownFlights, Numbers

# Flights that one look reads from the ledger, some 0.3 kB each; a site with more is looked through in turns.
FLIGHTS_PER_LOOK = 2_000
# Lines that are kept, some 2 kB each with its flight; a further one makes room for itself and those after it.
MOST_LINES = 4 * FLIGHTS_PER_LOOK
# Seconds after which a site's traffic is read anew: it is learnt once an hour.
TRAFFIC_READ_EVERY_S = 300

ReadTraffic = Callable[[str], Traffic | None]
"""Returns what was learnt of a site's traffic, None before anything was. Raises StoreUnavailable."""

ReadEffects = Callable[[str], PlaceEffects]
"""Returns what was learnt of a site's placements. Raises StoreUnavailable."""


class _SitePace:
    """What this process knows of a site's paced flights."""

    def __init__(self) -> None:
        self.curve: TrafficCurve = EQUAL_TRAFFIC
        self.traffic_read_at = float("-inf")
        self.loss = BeaconLoss()
        self.known = KnownFlights()
        self.order = SiteOrder(self.known)
        self.next_at = 0
        self.due_now: tuple[int, dict[int, int | None]] = (0, {})
        self._lines: dict[int, tuple[Flight, Line | None]] = {}
        self._watched = NOBODY
        self._placements: Mapping[str, Placement] = {}

    @property
    def kept_ratio(self) -> float:
        return 1 - self.loss.ratio

    def line(self, flight: Flight) -> Line | None:
        """The flight's line, made when it is first asked for."""
        known = self._lines.get(flight.number)
        if len(self._lines) > MOST_LINES:
            self._lines.clear()
        if known is None or (known[0] is not flight and known[0] != flight):  # a large snapshot makes flights anew
            known = self._lines[flight.number] = (flight, line_of(flight, self.curve, self._placements))
        return known[1]

    def follow(self, curve: TrafficCurve) -> None:
        """Takes up what was learnt of the traffic; lines are made anew where that has changed."""
        if curve != self.curve:
            self.curve, self._lines, self.due_now = curve, {}, (0, {})

    def watch(self, snapshot: InventorySnapshot) -> None:
        """Looks at the flights of this snapshot from now on."""
        self.order.exchange = snapshot.exchange
        placements = {name: one.placement for name, one in snapshot.placements.items()}
        if placements != self._placements:
            self._placements, self._lines, self.due_now = placements, {}, (0, {})
        if self._watched is not snapshot.watched:
            self._watched = snapshot.watched
            self.known.keep(self._watched.numbers)

    def turn(self, now: float) -> tuple[Numbers, int]:
        """The numbers of the flights that are looked at now, and in how many looks all that run have their turn."""
        running = self._watched.running(now)
        begin = self.next_at if self.next_at < running.size else 0
        self.next_at = begin + FLIGHTS_PER_LOOK
        return running[begin : self.next_at], -(-running.size // FLIGHTS_PER_LOOK)

    def due(self, flight: Flight, now: float) -> int | None:
        line, place = self.line(flight), self.known.place(flight.number)
        return None if line is None else due(line, None if place is None else self._allowed(place), now)

    def take_up(self, place: int, line: Line, standing: Standing, now: float, until: float) -> None:
        """Notes where a flight stands; one that gets nothing until the next look is held back.

        So no page call asks the ledger in vain.
        """
        row, done = self.known.rows[place], _done(line, standing, self.kept_ratio)
        allowed = allowance(line, self._allowed(place), done, now)
        row["allowed"], row["allowed_at"] = allowed.amount, allowed.at
        row["held_back"] = done + _step(line, self.kept_ratio) > due(line, allowed, until)

    def take_order(self, flight: Flight, place: int, standing: Standing, now: float) -> None:
        """Notes what a flight wants; one that has all it was promised is not asked for."""
        to_show = self.order.take_up(flight, place, standing, self.kept_ratio, now, self.curve)
        if to_show == 0:
            self.known.rows[place]["held_back"] = True
        elif self.line(flight) is None:
            self.known.rows[place]["held_back"] = False

    def _allowed(self, place: int) -> Allowance | None:
        row = self.known.rows[place]
        return None if np.isnan(row["allowed_at"]) else Allowance(float(row["allowed"]), float(row["allowed_at"]))


def _nothing_learnt(_: str) -> None:
    """Traffic that nothing is known of: every hour is alike."""


def _usual_everywhere(_: str) -> PlaceEffects:
    """Placements that nothing is known of: each is a usual one."""
    return NO_EFFECTS


class PaceKeeper:
    """`look` is called by one thread every few seconds; what page calls ask is answered from memory."""

    def __init__(
        self,
        snapshots: InventorySnapshots,
        ledger: Ledger,
        look_every_s: float,
        read_traffic: ReadTraffic = _nothing_learnt,
        read_effects: ReadEffects = _usual_everywhere,
    ) -> None:
        self._read_traffic = read_traffic
        self._read_effects = read_effects
        self._snapshots = snapshots
        self._ledger = ledger
        self._look_every_s = look_every_s
        self._sites: dict[str, _SitePace] = {}

    def kept_ratio(self, site_id: str) -> float:
        """Returns the part of the site's reserved impressions whose beacons come."""
        return self._of(site_id).kept_ratio

    def due(self, site_id: str, flight: Flight, now: float) -> int | None:
        """Returns what the flight may have booked and held in this second, in micros of its line's unit; None: all."""
        pace, second = self._of(site_id), int(now)
        if pace.due_now[0] != second:
            pace.due_now = (second, {})
        known = pace.due_now[1]
        if flight.number not in known:
            known[flight.number] = pace.due(flight, second)
        return known[flight.number]

    def not_due(
        self, site_id: str, snapshot: InventorySnapshot, numbers: Collection[int], now: float
    ) -> frozenset[str]:
        """Returns the ids of those of some flights that pacing gives nothing now, as the ledger has them.

        Those of the last look while the store is away.
        """
        pace = self._of(site_id)
        asked = np.fromiter(numbers, np.int64, len(numbers))
        running = (snapshot.flights[number] for number in np.intersect1d(snapshot.watched.running(now), asked).tolist())
        flights = [flight for flight in running if is_paced(flight)]
        try:
            standings = self._ledger.standings(site_id, [flight.number for flight in flights], now).flights
        except StoreUnavailable:
            return frozenset(flight.id for flight in flights if pace.known.holds_back(flight.number))
        told = zip(flights, standings, strict=True)
        return frozenset(flight.id for flight, standing in told if not self._is_due(site_id, flight, standing, now))

    def _is_due(self, site_id: str, flight: Flight, standing: Standing, now: float) -> bool:
        pace = self._of(site_id)
        line, allowed = pace.line(flight), self.due(site_id, flight, now)
        if line is None or allowed is None:
            return True
        return _done(line, standing, pace.kept_ratio) + _step(line, pace.kept_ratio) <= allowed

    def sight(self, site_id: str, slots: Sequence[SlotShortlist], now: float) -> None:
        """Counts which guaranteed flights a page's slots suit: from that, what each can still get is told."""
        self._of(site_id).order.sight(slots, now)

    def look(self, now: float) -> None:
        """Reads where each site's paced flights stand, once for all page calls until the next look.

        Raises StoreUnavailable; what was known before stays in force.
        """
        for site_id, snapshot in self._snapshots.held():
            pace = self._of(site_id)
            if not 0 <= now - pace.traffic_read_at < TRAFFIC_READ_EVERY_S:
                traffic, pace.order.effects = self._read_traffic(site_id), self._read_effects(site_id)
                pace.traffic_read_at = now
                pace.follow(traffic.curve if traffic else EQUAL_TRAFFIC)
            self._look_at(site_id, snapshot, pace, now)

    def _of(self, site_id: str) -> _SitePace:
        return self._sites.setdefault(site_id, _SitePace())

    def _look_at(self, site_id: str, snapshot: InventorySnapshot, pace: _SitePace, now: float) -> None:
        pace.watch(snapshot)
        numbers, turns = pace.turn(now)
        turn = [snapshot.flights[number] for number in numbers.tolist()]
        if not turn:
            return
        found = self._ledger.standings(site_id, numbers.tolist(), now)
        standings = dict(zip(numbers.tolist(), found.flights, strict=True))
        places = dict(zip(standings, pace.known.places(standings).tolist(), strict=True))
        lines = [(flight.number, line) for flight in turn if (line := pace.line(flight)) is not None]
        waiting = {number: line for number, line in lines if line.event is EventKind.IMPRESSION}
        pace.loss = pace.loss.after(found.minute, {n: _seen(line, standings[n]) for n, line in waiting.items()})
        for number, line in lines:
            pace.take_up(places[number], line, standings[number], now, now + turns * self._look_every_s)
        pace.order.learn(standings)
        for flight in turn:
            pace.take_order(flight, places[flight.number], standings[flight.number], now)
        pace.due_now = (0, {})
        snapshot.take_up(pace.known.demand(pace.order.effects))


def _done(line: Line, standing: Standing, kept_ratio: float) -> float:
    """What a flight has booked, and is expected to book of what it holds."""
    return standing.booked.get(line.unit, 0) + kept_ratio * standing.held.get(line.unit, 0)


def _step(line: Line, kept_ratio: float) -> float:
    """What one more reservation is expected to book; next to nothing where only a part of impressions counts."""
    return kept_ratio * line.grain if line.event is EventKind.IMPRESSION else 1.0


def _seen(line: Line, standing: Standing) -> Seen:
    """A flight's impressions that came, and those that are about to lapse, from whichever unit it holds."""
    lapsing = standing.lapsing.get(Unit.IMPRESSIONS, 0) / MICROS
    if not lapsing and line.unit is Unit.MONEY:
        lapsing = standing.lapsing.get(Unit.MONEY, 0) / line.grain
    return Seen(standing.net_impressions, lapsing)
