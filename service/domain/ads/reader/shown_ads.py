"""Which frequency caps a reader has reached, by how often they were shown what is capped: for whoever asks why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from service.domain.ads.reader.frequency import WINDOWS, Capped, CountedReader, ReaderCap

Counted = tuple[Capped, int, int]
"""What is capped, its number, and the window, as a ReaderCap has it."""


@dataclass(frozen=True, slots=True)
class ReachedCap:
    """A cap that leaves no room: of what (`creative`, `flight`, `campaign`, `advertiser`), such as `3/week`, and how
    often the reader was shown it in that window, or on the page view where only that is counted."""

    of: str
    cap: str
    shown: int

    @property
    def text(self) -> str:
        """It in words."""
        times = "once" if self.shown == 1 else f"{self.shown} times"
        return f"The reader was shown its {self.of} {times}, and the cap of that is {self.cap}."


class ShownAds(Protocol):
    """Tells how often ads were shown; decides nothing."""

    def shown(self, site_id: str, page_view: str, reader: CountedReader | None, now: float) -> Mapping[Counted, int]:
        """Returns how often what has caps was shown to the reader, without one on the page view, in each window.

        Windows are those of `now` or, if later, of the ledger's last second. Raises StoreUnavailable.
        """


def reached_cap(
    caps: Iterable[ReaderCap], numbers: Mapping[Capped, int], shown: Mapping[Counted, int]
) -> ReachedCap | None:
    """Returns the first of these caps that lets nothing more be shown; `numbers` are those of what they cap."""
    for cap in caps:
        count = shown.get((cap.of, numbers.get(cap.of, 0), cap.window), 0)
        if count >= cap.most:
            return ReachedCap(cap.of.name.lower(), f"{cap.most}/{WINDOWS[cap.window]}", count)
    return None
