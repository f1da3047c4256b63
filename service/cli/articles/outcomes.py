"""What became of the articles that a command loads: the sums, and those refused with the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from service.cli.terminal.session import Output
from service.cli.terminal.written_file import WrittenLines
from service.usecases.content.ingest_articles import Ingested
from service.usecases.content.take_entries import faults_line

OUTCOMES = ("loaded", "updated", "unchanged", "refused")
REFUSALS_SHOWN = 20


@dataclass(slots=True)
class Outcomes:
    """Of all articles so far; `report` takes every refused one, the terminal the first ones."""

    output: Output
    report: WrittenLines | None
    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many were refused."""
        return self.counts["refused"]

    def take(self, ingested: Ingested, place: str, **named: object) -> None:
        """Counts one article; a refused one is told of at its place, in JSON by these names."""
        self.counts[ingested.outcome] += 1
        if ingested.outcome != "refused":
            return
        reason = faults_line(ingested.faults)
        if self.report is not None:
            self.report.write(f"{place} {reason}")
        if len(self.shown) < REFUSALS_SHOWN:
            self.shown.append(f"{place} {reason}")
        if len(self.refusals) < REFUSALS_SHOWN or self.output.json:
            self.refusals.append({**named, "id": ingested.article_id, "reason": reason})

    def sums(self) -> dict[str, int]:
        """Returns how many came to what."""
        return {outcome: self.counts[outcome] for outcome in OUTCOMES}

    def lines(self) -> list[str]:
        """Returns the same as lines of a table."""
        return [f"{outcome:<10} {count:>9,}" for outcome, count in self.sums().items()]

    def note_refusals(self) -> None:
        """Writes the first refused articles for the person at the terminal."""
        for line in self.shown:
            self.output.note(line)
        if self.refused > REFUSALS_SHOWN:
            self.output.note(f"... and {self.refused - REFUSALS_SHOWN} more; --refused FILE writes them all.")
