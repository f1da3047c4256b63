"""An advertiser's statement of a month: what each flight delivered, what was withdrawn of it and why, what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from service.domain.ads.booking.ledger import MARKS_KEPT_MINUTES
from service.domain.durations import HOUR_S
from service.domain.errors import InvalidInput
from service.domain.events.sums.credit import Credit
from service.domain.events.sums.period import Period
from service.domain.events.unreadable import Unreadable
from service.domain.ports import Clock
from service.domain.sites.site import Site
from service.usecases.ads.reports.give_credit import credit_told
from service.usecases.ads.reports.report_period import ReportPeriod

COLUMNS = (
    "campaign_id", "flight_id", "gross_impressions", "net_impressions", "views", "clicks", "unbilled_impressions",
    "unbilled_views", "unbilled_clicks", "spend", "credited", "due", "currency",
)  # fmt: skip
"""Of a row; the totals have those from the third on."""

TABLE_COLUMNS = ("advertiser_id", "month", *COLUMNS)
"""Of a row in a table, which stands for itself."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Rows by flight, their totals, and the credits of the month's hours, ready for the wire.

    Until `final_from` events of the month may still come: those that waited on a host's disk. It `is_final` when that
    has passed, the worker has added up what came until then, and none of it is set aside unread; credits may follow all
    the same.
    """

    advertiser_id: str
    month: str
    timezone: str
    is_final: bool
    final_from: str
    rows: tuple[dict[str, Any], ...]
    totals: dict[str, Any]
    credits: tuple[dict[str, Any], ...]

    def table(self) -> list[dict[str, Any]]:
        """Returns the rows by TABLE_COLUMNS."""
        return [{"advertiser_id": self.advertiser_id, "month": self.month, **row} for row in self.rows]


class StateAccount:
    """Writes the statements of advertisers."""

    def __init__(
        self,
        periods: ReportPeriod,
        given: Callable[[str], list[Credit]],
        added_up_to: Callable[[str], float],
        set_aside: Callable[[str], Sequence[Unreadable]],
        clock: Clock,
    ) -> None:
        """`added_up_to` tells until when all events that came to a site are in its sums or `set_aside`."""
        self._periods = periods
        self._credits = given
        self._added_up_to = added_up_to
        self._set_aside = set_aside
        self._clock = clock

    def of_month(self, site: Site, advertiser: str, month: str) -> Statement:
        """Returns the statement of a month, such as `2026-11`, in the site's time zone, as far as it is added up.

        Raises InvalidInput for what is no month or no longer kept, NotFound for an advertiser that there never was,
        StoreUnavailable.
        """
        first, last = _days_of(month)
        period = Period(first, last, ("campaign", "flight"), site.timezone)
        now = self._clock()
        fault = period.too_old(datetime.fromtimestamp(now, period.zone).date())
        if fault is not None:
            raise InvalidInput.one("?month", fault)
        final_from = period.hours().stop * HOUR_S + MARKS_KEPT_MINUTES * 60
        is_final = self._is_final(site.id, period.hours().start * HOUR_S, final_from)  # asked before the sums are read
        report = self._periods.report(site.id, site.currency, period, advertiser)
        flights = {row["flight_id"] for row in report.rows}
        told = _withdrawn(self._credits(site.id), flights, period.hours())
        rows = tuple({name: row[name] for name in COLUMNS} for row in report.rows)
        totals = {name: report.totals[name] for name in COLUMNS[2:]}
        settled = datetime.fromtimestamp(final_from, period.zone).isoformat()
        return Statement(advertiser, month, report.timezone, is_final, settled, rows, totals, tuple(told))

    def _is_final(self, site_id: str, begins: int, final_from: int) -> bool:
        """Whether nothing more can come to a month; what was set aside unread may be of it, and be put back."""
        if min(self._clock(), self._added_up_to(site_id)) < final_from:
            return False
        return not any(begins <= one.at < final_from for one in self._set_aside(site_id))


def _days_of(month: str) -> tuple[date, date]:
    try:
        first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).date()
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise InvalidInput.one("?month", f"'{month[:20]}' is no month; write it like 2026-11") from error


def _withdrawn(given: list[Credit], flights: set[str], hours: range) -> Iterator[dict[str, Any]]:
    """Tells what credits withdraw from these hours of these flights, the oldest credit first."""
    for credit in given:
        own = {hour: withdrawn for hour, withdrawn in credit.hours.items() if hour in hours}
        if own and credit.flight_id in flights:
            yield credit_told(replace(credit, hours=own))
