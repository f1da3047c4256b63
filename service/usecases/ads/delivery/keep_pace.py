"""Keeps in this process where paced flights stand, so that a page call knows what each may have by now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from service.domain.ads.booking.beacon_loss import BeaconLoss, Seen
from service.domain.ads.booking.ledger import Ledger
from service.domain.ads.booking.standing import Standing
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory import Flight, FlightStatus, Unit
from service.domain.ads.inventory_snapshot import InventorySnapshot
from service.domain.ads.money import MICROS
from service.domain.ads.pacing.course import EQUAL_TRAFFIC, TrafficCurve
from service.domain.ads.pacing.line import Allowance, Line, allowance, due, is_paced, line_of
from service.domain.ads.plan.allocation import SlotShortlist
from service.domain.errors import StoreUnavailable
from service.domain.events.tokens import EventKind
from service.usecases.ads.delivery.inventory_snapshots import InventorySnapshots
from service.usecases.ads.delivery.keep_order import SiteOrder, is_ordered

# Flights that one look reads from the ledger, some 0.3 kB each; a site with more is looked through in turns.
FLIGHTS_PER_LOOK = 2_000
# Lines that are kept, some 2 kB each with its flight; a further one makes room for itself and those after it.
MOST_LINES = 4 * FLIGHTS_PER_LOOK
# Seconds after which a site's traffic is read anew: it is learnt once an hour.
TRAFFIC_READ_EVERY_S = 300

ReadTraffic = Callable[[str], Traffic | None]
"""Returns what was learnt of a site's traffic, None before anything was. Raises StoreUnavailable."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """What the last look at a flight found: what it has booked and is expected to book, and what it may have."""

    done: float
    allowed: Allowance


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """The flights of a snapshot that are looked at, by number, and when each begins and ends.

    No flight is kept: a large snapshot makes them anew, and 100,000 of them would be 100 MB of each process.
    """

    numbers: npt.NDArray[np.int64]
    starts_at: npt.NDArray[np.float64]
    ends_at: npt.NDArray[np.float64]

    def running(self, now: float) -> list[int]:
        """The numbers of those that run now."""
        found: list[int] = self.numbers[(self.starts_at <= now) & (now < self.ends_at)].tolist()
        return found


def _watched(told: Sequence[tuple[int, int | None, int | None]]) -> _Watched:
    starts_at = [-np.inf if begin is None else begin for _, begin, _ in told]
    ends_at = [np.inf if end is None else end for _, _, end in told]
    return _Watched(
        np.array([number for number, _, _ in told], np.int64), np.array(starts_at, float), np.array(ends_at, float)
    )


_NOBODY = _watched(())


@dataclass(slots=True)
class _SitePace:
    """What this process knows of a site's paced flights, by number."""

    curve: TrafficCurve = EQUAL_TRAFFIC
    lines: dict[int, tuple[Flight, Line | None]] = field(default_factory=dict)
    stands: dict[int, _Stand] = field(default_factory=dict)
    loss: BeaconLoss = field(default_factory=BeaconLoss)
    due_now: tuple[int, dict[int, int | None]] = (0, {})
    paced: tuple[InventorySnapshot | None, _Watched] = (None, _NOBODY)
    next_at: int = 0
    held_back: set[int] = field(default_factory=set)
    traffic_read_at: float = float("-inf")
    order: SiteOrder = field(default_factory=SiteOrder)

    @property
    def kept_ratio(self) -> float:
        return 1 - self.loss.ratio

    def line(self, flight: Flight) -> Line | None:
        """The flight's line, made when it is first asked for."""
        known = self.lines.get(flight.number)
        if len(self.lines) > MOST_LINES:
            self.lines.clear()
        if known is None or (known[0] is not flight and known[0] != flight):  # a large snapshot makes flights anew
            known = self.lines[flight.number] = (flight, line_of(flight, self.curve))
        return known[1]

    def follow(self, curve: TrafficCurve) -> None:
        """Takes up what was learnt of the traffic; lines are made anew where that has changed."""
        if curve != self.curve:
            self.curve, self.lines, self.due_now = curve, {}, (0, {})

    def due(self, flight: Flight, now: float) -> int | None:
        line, stand = self.line(flight), self.stands.get(flight.number)
        return None if line is None else due(line, stand.allowed if stand else None, now)

    def take_up(self, number: int, line: Line, standing: Standing, now: float, until: float) -> None:
        """Notes where a flight stands; one that gets nothing until the next look is held back.

        So no page call asks the ledger in vain.
        """
        before, done = self.stands.get(number), _done(line, standing, self.kept_ratio)
        stand = self.stands[number] = _Stand(done, allowance(line, before.allowed if before else None, done, now))
        if done + _step(line, self.kept_ratio) > due(line, stand.allowed, until):
            self.held_back.add(number)
        else:
            self.held_back.discard(number)

    def watch(self, snapshot: InventorySnapshot) -> _Watched:
        """The flights to be looked at, found anew for each snapshot."""
        if self.paced[0] is not snapshot:
            told = (
                (one.number, one.starts_at, one.ends_at)
                for one in _active(snapshot)
                if is_paced(one) or is_ordered(one)
            )
            self.paced = (snapshot, _watched(list(told)))
            self.order.keep(set(self.paced[1].numbers.tolist()))
        return self.paced[1]

    def take_order(self, flight: Flight, standing: Standing, now: float) -> None:
        """Notes what a flight wants; one that has all it was promised is not asked for."""
        if self.order.take_up(flight, standing, self.kept_ratio, now, self.curve) == 0:
            self.held_back.add(flight.number)
        elif self.line(flight) is None:
            self.held_back.discard(flight.number)


def _nothing_learnt(_: str) -> None:
    """Traffic that nothing is known of: every hour is alike."""


class PaceKeeper:
    """`look` is called by one thread every few seconds; what page calls ask is answered from memory."""

    def __init__(
        self,
        snapshots: InventorySnapshots,
        ledger: Ledger,
        look_every_s: float,
        read_traffic: ReadTraffic = _nothing_learnt,
    ) -> None:
        self._read_traffic = read_traffic
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

    def not_due(self, site_id: str, snapshot: InventorySnapshot, now: float) -> frozenset[str]:
        """Returns the ids of flights that pacing gives nothing now, read from the ledger for whoever wants to know why.

        Those of the last look while the store is away.
        """
        pace = self._of(site_id)
        flights = [flight for flight in _active(snapshot) if is_paced(flight) and _runs(flight, now)]
        try:
            standings = self._ledger.standings(site_id, [flight.number for flight in flights], now).flights
        except StoreUnavailable:
            return frozenset(flight.id for flight in flights if flight.number in pace.held_back)
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
            if now - pace.traffic_read_at >= TRAFFIC_READ_EVERY_S:
                traffic = self._read_traffic(site_id)
                pace.traffic_read_at = now
                pace.follow(traffic.curve if traffic else EQUAL_TRAFFIC)
            self._look_at(site_id, snapshot, pace, now)

    def _of(self, site_id: str) -> _SitePace:
        return self._sites.setdefault(site_id, _SitePace())

    def _look_at(self, site_id: str, snapshot: InventorySnapshot, pace: _SitePace, now: float) -> None:
        watched = pace.watch(snapshot).running(now)
        begin = pace.next_at if pace.next_at < len(watched) else 0
        pace.next_at = begin + FLIGHTS_PER_LOOK
        turn = [snapshot.flights_by_number[number].flight for number in watched[begin : pace.next_at]]
        if not turn:
            return
        found = self._ledger.standings(site_id, [flight.number for flight in turn], now)
        standings = dict(zip((flight.number for flight in turn), found.flights, strict=True))
        lines = [(flight, line) for flight in turn if (line := pace.line(flight)) is not None]
        waiting = {f.number: line for f, line in lines if line.event is EventKind.IMPRESSION}
        pace.loss = pace.loss.after(found.minute, {n: _seen(line, standings[n]) for n, line in waiting.items()})
        turns = -(-len(watched) // FLIGHTS_PER_LOOK)
        for flight, line in lines:
            pace.take_up(flight.number, line, standings[flight.number], now, now + turns * self._look_every_s)
        pace.order.learn(standings)
        for flight in turn:
            pace.take_order(flight, standings[flight.number], now)
        pace.due_now = (0, {})
        snapshot.take_up(pace.order.demand(pace.held_back))


def _active(snapshot: InventorySnapshot) -> Iterator[Flight]:
    flights = (candidate.flight for candidate in snapshot.flights_by_number.values())
    return (one for one in flights if one.status is FlightStatus.ACTIVE)


def _runs(flight: Flight, now: float) -> bool:
    return (flight.starts_at is None or flight.starts_at <= now) and (flight.ends_at is None or now < flight.ends_at)


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
