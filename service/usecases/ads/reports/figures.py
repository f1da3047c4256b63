"""What a row of a delivery report sums up, and how it and the totals are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.domain.events.sums.credit import NOTHING, Withdrawn
from service.domain.events.sums.rollup import Sums
from service.domain.money.money import amount_text

FIGURES = (
    "gross_impressions", "net_impressions", "views", "clicks", "ctr", "spend", "currency", "ecpm", "fill_rate",
    "pacing", "unbilled_impressions", "unbilled_views", "unbilled_clicks", "invalid", "credited_impressions",
    "credited_views", "credited_clicks", "credited", "due",
)  # fmt: skip
"""The columns of every row, after those that name it."""

_MONEY = ("spend", "credited", "due")


@dataclass(slots=True)
class Delivered:
    """Sums, invalid events by reason, and what was withdrawn of them."""

    sums: Sums = field(default_factory=Sums)
    invalid: dict[str, int] = field(default_factory=dict)
    credited: Withdrawn = NOTHING

    def add(self, other: Delivered) -> None:
        """Adds the other's to these."""
        self.sums.add(other.sums)
        for reason, count in other.invalid.items():
            self.invalid[reason] = self.invalid.get(reason, 0) + count
        self.credited = self.credited.plus(other.credited)

    def figures(self, currency: str) -> dict[str, Any]:
        """Returns FIGURES, ready for the wire; `fill_rate` and `pacing` are left for who knows them."""
        net, clicks, spend = self.sums.net[0], self.sums.net[2], self.sums.spend_micros
        unbilled, credited = self.sums.unbilled, self.credited
        return {
            "gross_impressions": self.sums.gross[0],
            "net_impressions": net,
            "views": self.sums.net[1],
            "clicks": clicks,
            "ctr": round(clicks / net, 6) if net else None,
            "spend": amount_text(spend, currency),
            "currency": currency,
            "ecpm": amount_text(spend * 1000 // net, currency) if net else None,
            "fill_rate": None,
            "pacing": None,
            "unbilled_impressions": unbilled[0],
            "unbilled_views": unbilled[1],
            "unbilled_clicks": unbilled[2],
            "invalid": {reason: count for reason, count in sorted(self.invalid.items()) if count},
            "credited_impressions": credited.impressions,
            "credited_views": credited.views,
            "credited_clicks": credited.clicks,
            "credited": amount_text(credited.spend_micros, currency),
            "due": amount_text(spend - credited.spend_micros, currency),
        }


class Totals:
    """All rows together. Money in more than one currency is not added up, but told by currency."""

    def __init__(self) -> None:
        self._by_currency: dict[str, Delivered] = {}

    def add(self, currency: str, delivered: Delivered) -> None:
        """Adds a row, which is paid in this currency."""
        total = self._by_currency.get(currency)
        if total is None:
            total = self._by_currency[currency] = Delivered()
        total.add(delivered)

    def figures(self, currency: str) -> dict[str, Any]:
        """Returns the figures of all that was added; `currency` is what nothing would be paid in."""
        if len(self._by_currency) <= 1:
            return next((total.figures(own) for own, total in self._by_currency.items()), Delivered().figures(currency))
        whole = Delivered()
        for total in self._by_currency.values():
            whole.add(total)
        told = {name: total.figures(name) for name, total in sorted(self._by_currency.items())}
        apart = {f"{what}_by_currency": {name: one[what] for name, one in told.items()} for what in _MONEY}
        return {**whole.figures(currency), **dict.fromkeys((*_MONEY, "ecpm", "currency")), **apart}
