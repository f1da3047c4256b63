"""Holds the ledger's counters against what its stream of events says they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from service.domain.events.recorded import RecordedEvent
from service.domain.events.sums.rollup import KINDS, BudgetSums, roll_up

MEASURES = ("valid impressions", "valid views", "valid clicks", "impressions", "views", "clicks", "spend_micros")
"""What is compared: valid events, those of them that were booked, and money."""

_VALID = frozenset(MEASURES[:KINDS])


@dataclass(frozen=True, slots=True)
class LedgerMoment:
    """One moment of a site's ledger: its budgets by field (`f12`, `c3`, `a1`), the checkpoint that rolled-up events
    made of them, and the events of the stream that are not rolled up yet."""

    budgets: Mapping[str, BudgetSums]
    checkpoint: Mapping[str, BudgetSums]
    events: Iterable[RecordedEvent]


@dataclass(frozen=True, slots=True)
class Difference:
    """One counter of one budget that is not what the events say."""

    budget: str
    measure: str
    in_ledger: int
    from_events: int


class LedgerMoments(Protocol):
    """Reads a site's ledger and its events as they stand together. Raises StoreUnavailable."""

    def at_once(self, site_id: str) -> LedgerMoment:
        """Returns one moment, in which nothing was half done."""

    def accept(self, site_id: str) -> None:
        """Makes the ledger as it stands the checkpoint, from which on events are compared."""


def differences(moment: LedgerMoment) -> list[Difference]:
    """Returns every counter of a budget that the checkpoint and the events since do not add up to, by budget.

    Only a flight counts valid events that were not booked.
    """
    since = roll_up(moment.events).budgets
    found = []
    for budget in sorted({*moment.budgets, *moment.checkpoint, *since}):
        known = _numbers(moment.budgets.get(budget))
        before, after = _numbers(moment.checkpoint.get(budget)), _numbers(since.get(budget))
        told = [sum(pair) for pair in zip(before, after, strict=True)]
        for measure, in_ledger, from_events in zip(MEASURES, known, told, strict=True):
            if in_ledger != from_events and (measure not in _VALID or budget.startswith("f")):
                found.append(Difference(budget, measure, in_ledger, from_events))
    return found


def still_owed(moment: LedgerMoment) -> dict[str, BudgetSums]:
    """Returns the checkpoint with which, and the events since, the ledger agrees."""
    since = roll_up(moment.events).budgets
    owed = {}
    for budget in {*moment.budgets, *moment.checkpoint, *since}:
        numbers = [
            in_ledger - told
            for in_ledger, told in zip(_numbers(moment.budgets.get(budget)), _numbers(since.get(budget)), strict=True)
        ]
        owed[budget] = BudgetSums(numbers[:KINDS], numbers[KINDS : 2 * KINDS], numbers[2 * KINDS])
    return owed


def _numbers(sums: BudgetSums | None) -> list[int]:
    """A budget's sums in the order of MEASURES."""
    return [*sums.net, *sums.booked, sums.spend_micros] if sums else [0] * len(MEASURES)
