"""Which budget has no room for one more event of a flight: for whoever wants to know why it is not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

OWNERS = ("flight", "campaign", "advertiser")
# What a budget may lack, as an explanation names it: a flight's goal, then what caps the three.
LIMITS = ("goal", *(f"{owner}_{cap}" for owner in OWNERS for cap in ("lifetime_cap", "daily_cap")))


@dataclass(frozen=True, slots=True)
class AskedBudgets:
    """The numbers of a flight and of its owners, 0 where unknown, and the day (since 1970) of its daily caps."""

    flight: int
    campaign: int
    advertiser: int
    day: int


class BudgetRoom(Protocol):
    """Tells what budgets lack; decides nothing."""

    def lacking(self, site_id: str, asked: Sequence[AskedBudgets], now: float) -> list[str | None]:
        """Returns the first of LIMITS that has no room for one more event of each flight; None where all have.

        What is held counts. Raises StoreUnavailable.
        """
