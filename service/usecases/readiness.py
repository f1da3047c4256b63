"""Whether a process may get requests, and what its parts lack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ReadyCheck = Callable[[], str | None]
"""None when a part is ready, else what it lacks."""

# What is told, but keeps no new process from its first request: without a model pages are filled all the same.
ADVISORY = frozenset({"model", "events"})


@dataclass(frozen=True, slots=True)
class Readiness:
    """What each part lacks at a moment, None being nothing; and whether pages are filled all the same."""

    lacks: Mapping[str, str | None]
    may_serve: bool

    @property
    def told(self) -> str:
        """What is lacking in a line, empty when nothing is."""
        return "; ".join(f"{part}: {lack}" for part, lack in self.lacks.items() if lack)


class WatchReadiness:
    """A process may get requests once no part that a page needs lacks anything, and goes on when one does later.

    It may from the beginning where pages are filled from what its host knew before.
    """

    def __init__(self, checks: Mapping[str, ReadyCheck], knew_before: Callable[[], bool]) -> None:
        """`checks` has a check for each part, by its name."""
        self._checks = checks
        self._knew_before = knew_before
        self._was_ready = False

    def look(self) -> Readiness:
        """Returns what is lacking now."""
        lacks = {part: check() for part, check in self._checks.items()}
        if not any(lack for part, lack in lacks.items() if part not in ADVISORY):
            self._was_ready = True
        return Readiness(lacks, self._was_ready or self._knew_before())
