"""What reports tell of pacing and of the slots that were there to fill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from service.domain.ads.booking.ledger import Delivery
from service.domain.ads.forecast.demand import Demand, DemandCounter
from service.domain.ads.forecast.traffic import Traffic
from service.domain.ads.inventory import Flight, Placement
from service.domain.ads.pacing.course import EQUAL_TRAFFIC, TrafficCurve
from service.domain.ads.pacing.delivered import booked, pacing_ratio
from service.domain.ads.pacing.line import Line, line_of
from service.domain.durations import HOUR_S
from service.domain.events.sums.period import TIMES, Period
from service.domain.events.sums.rollup import HOURS_A_DAY, Sums
from service.domain.ports import Clock, LearntStore

_OF_SLOTS = {*TIMES, "placement"}


@dataclass(frozen=True, slots=True)
class ReportPace:
    """Reads the lines of flights and the slots that pages asked for. Its calls raise StoreUnavailable."""

    traffic: LearntStore[Traffic | None]
    demand: DemandCounter
    clock: Clock

    def since_start(
        self, site_id: str, placements: Mapping[str, Placement]
    ) -> Callable[[Flight, Delivery], float | None]:
        """Returns what tells how much of what was due by now a flight has delivered; `placements` are known by id."""
        now, curve = self.clock(), self._curve(site_id)

        def told(flight: Flight, one: Delivery) -> float | None:
            line = line_of(flight, curve, placements)
            if line is None:
                return None
            net = (one.net_impressions, one.views, one.clicks)
            unbilled = (one.unbilled_impressions, one.unbilled_views, one.unbilled_clicks)
            return pacing_ratio(line, booked(line.unit, net, unbilled, one.spend_micros), now)

        return told

    def of_period(self, site_id: str, period: Period, placements: Mapping[str, Placement]) -> PeriodPace:
        """Returns what tells of a period's rows, when it has learnt of their flights; `placements` are known by id."""
        spans: dict[str, tuple[float, float]] = {}
        slots: dict[tuple[str, str], Demand] = {}
        for hour, of_hour in self._hours(site_id, period):
            time = period.time_of(hour) or ""
            spans[time] = (spans.get(time, (hour * HOUR_S, 0))[0], (hour + 1) * HOUR_S)
            for placement, demand in of_hour.items():
                for name in (placement, ""):
                    slots[time, name] = slots.get((time, name), Demand()).plus(demand)
        return PeriodPace(period.by, placements, self._curve(site_id), spans, slots, self.clock())

    def _hours(self, site_id: str, period: Period) -> Iterable[tuple[int, Mapping[str, Demand]]]:
        """Yields the demand of each hour; a day is read at a time, so that no more of a long period is held."""
        hours = period.hours()
        for place in range(0, len(hours), HOURS_A_DAY):
            of_day = hours[place : place + HOURS_A_DAY]
            yield from zip(of_day, self.demand.hours(site_id, of_day), strict=True)

    def _curve(self, site_id: str) -> TrafficCurve:
        traffic = self.traffic.read(site_id)
        return traffic.curve if traffic else EQUAL_TRAFFIC


@dataclass(frozen=True, slots=True)
class PeriodPace:
    """What rows of a period, which are called by `by`, say of pacing and of slots.

    `spans` are from when to when each of its times goes, `slots` what was asked for in it, by placement and in all.
    `lines` are those of the flights that it was told of, by id.
    """

    by: tuple[str, ...]
    placements: Mapping[str, Placement]
    curve: TrafficCurve
    spans: Mapping[str, tuple[float, float]]
    slots: Mapping[tuple[str, str], Demand]
    now: float
    lines: dict[str, Line] = field(default_factory=dict)

    def learn(self, flight: Flight) -> None:
        """Takes up a flight that rows are of."""
        if "flight" in self.by and set(self.by) <= {*TIMES, "flight"}:
            line = line_of(flight, self.curve, self.placements)
            if line is not None:
                self.lines[flight.id] = line

    def pacing(self, key: tuple[str, ...], sums: Sums) -> float | None:
        """Returns delivered over due of a row of one flight as a whole, as far as its time is over, else None."""
        named = dict(zip(self.by, key, strict=False))
        line = self.lines.get(named.get("flight", ""))
        if line is None:
            return None
        begin, end = self.spans.get(self._time(named), (self.now, self.now))
        delivered = booked(line.unit, sums.net, sums.unbilled, sums.spend_micros)
        return pacing_ratio(line, delivered, min(end, self.now), begin)

    def fill_rate(self, key: tuple[str, ...]) -> float | None:
        """Returns filled over asked slots of a row by time and placement alone, else None."""
        named = dict(zip(self.by, key, strict=False))
        if not named.keys() <= _OF_SLOTS:
            return None
        return _filled([self.slots.get((self._time(named), named.get("placement", "")), Demand())])

    def filled_of_all(self) -> float | None:
        """Returns filled over asked slots of the whole period; None where none was asked for."""
        return _filled(demand for (_, placement), demand in self.slots.items() if not placement)

    @staticmethod
    def _time(named: Mapping[str, str]) -> str:
        return next((named[name] for name in TIMES if name in named), "")


def _filled(demands: Iterable[Demand]) -> float | None:
    total = Demand()
    for demand in demands:
        total = total.plus(demand)
    return round(total.filled / total.asked, 6) if total.asked else None
