"""Judges whether a deployment is sound: each part with a verdict, what was found, and what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from service.domain.events.export import ExportState
from service.domain.events.journal import JournalState
from service.domain.events.sums.rollup import FILLING_RATIO, StreamState
from service.usecases.manage_models import ModelState

# The ledger is a library of functions, which Redis has from 7.0 on.
OLDEST_REDIS = (7, 0)
# The ledger goes by the store's clock, dates of flights by the host's; a second between them is of no consequence.
SKEW_WARN_S = 1.0
SKEW_FAIL_S = 30.0
SLOW_WRITE_RATIO = 3
"""A write waits for the sync before it too, and syncs differ: at a third of a page's patience some are too late."""

FREE_WARN_BYTES = 500_000_000
JOURNAL_WARN_RATIO = 0.5
LEFT_OUT_TOLD_MS = 7 * 86_400_000
"""For how long it is warned of events that are in no file; nothing brings them back."""

EXPORT_LATE_S = 300


class Verdict(StrEnum):
    """How a part is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part looked at; `remedy` says what to do where the verdict is not OK."""

    part: str
    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What the store tells of itself; None where it keeps it to itself. `ahead_s`: its clock minus the host's.

    `write_ms` is what a write takes, synced where the store syncs each; None where it takes none.
    """

    name: str
    version: str
    redis_version: str
    role: str
    maxmemory_policy: str | None
    appendonly: str | None
    appendfsync: str | None
    ahead_s: float
    write_ms: float | None


def judge_store(facts: StoreFacts) -> Iterator[Finding]:
    """Yields a finding for each thing that the service needs of its store."""
    yield _version(facts)
    yield _role(facts)
    yield _eviction(facts)
    yield _persistence(facts)
    yield _clock(facts)


def judge_writes(write_ms: float | None, patience_ms: int) -> Finding:
    """Returns whether a reservation, for which a page waits `patience_ms`, is sure to be answered in time."""
    if write_ms is None:
        remedy = "Name a primary that has room in its memory and on its disk."
        return Finding("writes", Verdict.FAIL, "the store takes none", remedy)
    found = f"{max(write_ms, 0.1):,.1f} ms each, where a page waits {patience_ms} ms for its ads"
    if write_ms * SLOW_WRITE_RATIO < patience_ms:
        return Finding("writes", Verdict.OK, found)
    remedy = "Paid ads are lost: take a faster disk or `appendfsync everysec`, or raise STANDFIRST_LEDGER_TIMEOUT_MS."
    return Finding("writes", Verdict.WARN, found, remedy)


def judge_data_dir(folder: Path) -> Finding:
    """Returns whether this user may write to the data folder, and whether there is room."""
    existing = next(path for path in (folder, *folder.resolve().parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        remedy = "Give this user the right to write there, or name another folder with --data-dir."
        return Finding("data folder", Verdict.FAIL, f"{folder} cannot be written to", remedy)
    free = shutil.disk_usage(existing).free
    if free < FREE_WARN_BYTES:
        remedy = "Make room: bundles, index generations and the embedded store live there."
        return Finding("data folder", Verdict.WARN, f"{folder} has {free // 1_000_000} MB left", remedy)
    return Finding("data folder", Verdict.OK, f"{folder.resolve()}, {free // 1_000_000_000} GB free")


def judge_model(state: ModelState) -> Finding:
    """Returns whether the site serves from a sound model, if it has anything to learn one from."""
    part, train = f"model of {state.site_id}", f"`standfirst models train --site {state.site_id}`"
    if state.fault:
        back = f"Go back with `standfirst models rollback --site {state.site_id}`, or train anew with {train}."
        return Finding(part, Verdict.FAIL, state.fault, back if state.has_earlier else f"Train anew with {train}.")
    if state.is_awaited:
        found = f"{state.serving} is promoted, and this host's index not built for it yet"
        remedy = "A running `standfirst serve` or `worker` builds it; until then pages have the model before, or none."
        return Finding(part, Verdict.WARN, found, remedy)
    if state.serving:
        return Finding(part, Verdict.OK, f"{state.serving}, every file as its manifest says")
    if state.articles:
        found = f"{state.articles} articles, but no model: every word weighs the same"
        return Finding(part, Verdict.WARN, found, f"Train one with {train}.")
    return Finding(part, Verdict.OK, "none yet, and no articles to learn one from")


def judge_clicks(site_id: str, fault: str | None) -> Iterator[Finding]:
    """Yields what is wrong with the site's click model; nothing where nothing is."""
    if fault is not None:
        back = f"Pages are chosen by the default. `standfirst models clicks --site {site_id} --rollback` goes back."
        yield Finding(f"clicks of {site_id}", Verdict.FAIL, fault, back)


def judge_journal(state: JournalState) -> Finding:
    """Returns whether events of this host wait on disk, how much room there is, and whether some cannot be read."""
    found = f"{state.waiting_bytes:,} of {state.limit_bytes:,} bytes wait"
    if state.set_aside:
        remedy = f"Damaged records are kept to be looked at; delete them after that: {', '.join(state.set_aside)}."
        return Finding("journal", Verdict.WARN, f"{found}; {len(state.set_aside)} files set aside", remedy)
    if state.waiting_bytes > state.limit_bytes * JOURNAL_WARN_RATIO:
        remedy = "Bring the store back: when the journal is full, events are answered 503 and must be sent again."
        return Finding("journal", Verdict.FAIL, found, remedy)
    if state.waiting_bytes:
        remedy = "They are booked as soon as the store answers and a server of this host runs; until then no paid ads."
        return Finding("journal", Verdict.WARN, found, remedy)
    return Finding("journal", Verdict.OK, "no event waits on disk")


def judge_stream(site_id: str, state: StreamState, most: int) -> Finding:
    """Returns whether the site's events are added up, and whether any had to be set aside."""
    part, found = f"events of {site_id}", f"{state.entries:,} of {most:,} wait for the worker"
    if state.entries > most * FILLING_RATIO:
        remedy = "Start `standfirst worker`, or more of them: a full stream stops paid ads."
        return Finding(part, Verdict.FAIL, found, remedy)
    if state.last_set_aside is not None:
        entry_id, reason = state.last_set_aside
        remedy = f"`standfirst ads unreadable --site {site_id}` lists them, puts them back or drops them."
        return Finding(part, Verdict.WARN, f"{state.set_aside:,} set aside, the last {entry_id}: {reason}", remedy)
    return Finding(part, Verdict.OK, found)


def judge_export(site_id: str, state: ExportState | None, every_s: float, entries: int, most: int) -> Iterator[Finding]:
    """Yields whether raw events reach their files; nothing where none are exported.

    The site's stream has so many `entries`, and takes `most`.
    """
    if state is None:
        return
    part = f"export of {site_id}"
    lately = state.now_ms - state.left_out_ms < LEFT_OUT_TOLD_MS
    if state.left_out and lately:
        at = datetime.fromtimestamp(state.left_out_ms / 1_000, UTC)
        found = f"{state.left_out:,} events are in no file, the last left out at {at:%Y-%m-%d %H:%M} UTC"
        yield Finding(
            part, Verdict.WARN, found, "Sums and ledger have them; STANDFIRST_EXPORT_WHEN_FULL=keep keeps them."
        )
    if state.fault:
        for_min = (state.now_ms - state.fault_ms) // 60_000
        full_in_s = state.full_in_s(entries, most)
        when = "" if full_in_s is None else f" As events come, in {full_in_s / 3_600:.1f} hours."
        remedy = (
            f"Mend the target, or switch the export off: events wait in the store, and a full one stops paid ads.{when}"
        )
        yield Finding(part, Verdict.FAIL, f"fails for {for_min} minutes: {state.fault}", remedy)
    elif state.lag_s > every_s + EXPORT_LATE_S:
        remedy = "Start `standfirst worker` with STANDFIRST_EXPORT_URL set; without it, it ends the export."
        yield Finding(part, Verdict.WARN, f"the oldest event waits for {state.lag_s / 60:.0f} minutes", remedy)
    else:
        earlier = "" if lately or not state.left_out else f", {state.left_out:,} left out over a week ago"
        yield Finding(part, Verdict.OK, f"{state.events:,} events in files{earlier}")


def unreachable(reason: str) -> Finding:
    """Returns the finding on a store that does not answer."""
    remedy = "Start the store, or mend STANDFIRST_REDIS_URL; without it the embedded store is used."
    return Finding("store", Verdict.FAIL, reason, remedy)


def sound(findings: Iterable[Finding]) -> bool:
    """Returns whether none of the findings is a failure."""
    return all(finding.verdict is not Verdict.FAIL for finding in findings)


def _version(facts: StoreFacts) -> Finding:
    found = f"{facts.name} {facts.version}"
    speaks = tuple(int(part) for part in facts.redis_version.split(".")[:2] if part.isdigit())
    if speaks and speaks < OLDEST_REDIS:
        return Finding("store", Verdict.FAIL, found, "Use Redis 7.0 or newer, or any Valkey.")
    return Finding("store", Verdict.OK, found)


def _role(facts: StoreFacts) -> Finding:
    if facts.role == "master":
        return Finding("store role", Verdict.OK, "takes writes")
    return Finding("store role", Verdict.FAIL, f"is a {facts.role}", "Name the primary: a replica takes no writes.")


def _eviction(facts: StoreFacts) -> Finding:
    remedy = "Set `maxmemory-policy noeviction`: an evicted budget or article is lost without a word."
    if facts.maxmemory_policy is None:
        return Finding("eviction", Verdict.WARN, "the store does not tell", f"Make sure of it: {remedy}")
    verdict = Verdict.OK if facts.maxmemory_policy == "noeviction" else Verdict.FAIL
    return Finding("eviction", verdict, facts.maxmemory_policy, "" if verdict is Verdict.OK else remedy)


def _persistence(facts: StoreFacts) -> Finding:
    if facts.appendonly is None:
        remedy = "Make sure that the store keeps its data: `appendonly yes`, or the service's own durable tier."
        return Finding("persistence", Verdict.WARN, "the store does not tell", remedy)
    if facts.appendonly != "yes":
        remedy = "Set `appendonly yes`: articles, inventory and money spent live only in the store."
        return Finding("persistence", Verdict.FAIL, "no append-only file", remedy)
    if facts.appendfsync == "no":
        remedy = "Set `appendfsync everysec` or `always`: otherwise a power loss takes half a minute of events."
        return Finding("persistence", Verdict.WARN, "append-only file, never synced", remedy)
    return Finding("persistence", Verdict.OK, f"append-only file, synced {facts.appendfsync or 'as the store decides'}")


def _clock(facts: StoreFacts) -> Finding:
    skew_s = abs(facts.ahead_s)
    found = f"the store is {round(facts.ahead_s * 1000):+d} ms from this host"
    verdict = Verdict.FAIL if skew_s > SKEW_FAIL_S else Verdict.WARN if skew_s > SKEW_WARN_S else Verdict.OK
    remedy = "" if verdict is Verdict.OK else "Run a time service (chrony, systemd-timesyncd) on both hosts."
    return Finding("clock", verdict, found, remedy)
