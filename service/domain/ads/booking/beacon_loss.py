"""How many impressions that were reserved are never told of: measured from the ledger's holds as they lapse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# A minute counts half after 35 minutes, so that the measure follows the day.
KEPT_PER_MINUTE = 0.98
# Impressions that are taken to have come, before any were counted: a few that are lost by chance prove nothing.
PRIOR_IMPRESSIONS = 50
MOST_LOSS = 0.9


@dataclass(frozen=True, slots=True)
class Seen:
    """A flight's valid impressions so far, and how many whose window ends with this minute have not come."""

    net: int
    lapsing: float


@dataclass(frozen=True, slots=True)
class BeaconLoss:
    """What came and what did not, late minutes counting less, and what the last look saw of each flight."""

    came: float = 0.0
    lost: float = 0.0
    minute: int = 0
    seen: Mapping[int, Seen] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """The part of reserved impressions whose beacons are lost."""
        return min(MOST_LOSS, self.lost / (self.came + self.lost + PRIOR_IMPRESSIONS))

    def after(self, minute: int, seen: Mapping[int, Seen]) -> BeaconLoss:
        """Returns the measure after a look at a minute (since 1970).

        What an earlier look in the same minute saw is replaced: more has come since. What was seen last before a minute
        ends is lost; flights and minutes that no look saw are left out.
        """
        if minute == self.minute:
            latest = {n: Seen(self.seen[n].net if n in self.seen else one.net, one.lapsing) for n, one in seen.items()}
            return BeaconLoss(self.came, self.lost, minute, {**self.seen, **latest})
        if minute != self.minute + 1:
            return BeaconLoss(self.came, self.lost, minute, dict(seen))
        both = seen.keys() & self.seen.keys()
        came = sum(seen[number].net - self.seen[number].net for number in both)
        lost = sum(self.seen[number].lapsing for number in both)
        return BeaconLoss(self.came * KEPT_PER_MINUTE + came, self.lost * KEPT_PER_MINUTE + lost, minute, dict(seen))
