"""An impression recorded, beside a bare Flask route under the same gunicorn; what a batch and a sync to disk cost."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from bench.figures.figures import report, spread, timed_ms
from bench.servers.beside import beside_bare
from bench.servers.callers import Caller
from bench.sites.site import SITE, StandingSite, standing_site
from service.adapters.files.events.journal import FileJournal
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.domain.ads.booking.cap_day import cap_day
from service.domain.ads.booking.ledger import Candidate, Reservation, SlotPlan
from service.domain.events.booking import AdEvent
from service.domain.events.tokens import AdToken, EventKind, sign

ROUNDS = 5
ROUND_S = 3
TOKENS_A_ROUND = 15_000
"""More than a round asks for: one that comes again is a replay, which does not bill."""
SLOTS = 20
FLIGHTS = 100
BATCH = 50
BATCHES = 60
APPENDS = 200
THREADS = 8


def run() -> None:
    """Prints the share of the reference's requests a second; the cost of a batch of 50; the cost of a sync."""
    if shutil.which("wrk") is None:
        report("record_impression", skipped="wrk is not installed")
        return
    with standing_site(120, FLIGHTS) as site:
        fresh = _tokens(site)
        for appendfsync in ("always", "everysec"):
            _measure(site, fresh, appendfsync)
        _measure_batch(site, fresh)
        _measure_journal(site.folder)


def _measure(site: StandingSite, fresh: Iterator[str], appendfsync: str) -> None:
    """Prints one figure: each impression is of a reservation of its own, and billed."""
    tokens = site.folder / "tokens"

    def sync(how: str) -> None:
        site.services.client.config_set("appendfsync", how)

    def asked() -> tuple[dict[str, str], dict[str, str]]:
        sync("everysec")  # for what is reserved beforehand
        tokens.write_text("\n".join(islice(fresh, TOKENS_A_ROUND)))
        sync(appendfsync)
        return {"EVENT_TOKENS": str(tokens)}, {"EVENT_TOKENS": ""}

    with site.serve() as (ours, _):
        found = beside_bare(site.folder, ours, b"{}", Path(__file__).with_name("record.lua"), ROUND_S, asked)
    report(
        f"record_impression_{appendfsync}",
        unit="requests a second; p99 in ms",
        appendfsync=appendfsync,
        **found,
    )


def _measure_batch(site: StandingSite, fresh: Iterator[str]) -> None:
    """Prints what a batch of 50 beacons takes beside a single one, on one connection, in turn."""
    single, batch = [], []
    with site.serve() as (url, _):
        caller = Caller(url, site.token)
        for at in range(BATCHES + 5):
            one, many = next(fresh), list(islice(fresh, BATCH))
            sent = json.dumps({"events": [{"token": token} for token in many]})
            took = (
                timed_ms(lambda token=one: caller.ask("GET", f"/i/{token}")),
                timed_ms(  # type: ignore[misc]
                    lambda body=sent: caller.ask("POST", "/v1/events", body)  # type: ignore[misc]
                ),
            )
            if at >= 5:
                single.append(took[0])
                batch.append(took[1])
        caller.close()
    times = statistics.median(batch) / statistics.median(single)
    report("record_batch_of_50", unit="ms", single=spread(single), batch=spread(batch), times_single=round(times, 2))


def _measure_journal(folder: Path) -> None:
    """Prints what an event kept in the journal takes, with its sync and without, alone and from eight threads."""
    event = AdEvent(AdToken(EventKind.IMPRESSION, SITE, 1, 29_000_000, 1, 1, 1, 1), received_at=1)
    synced = FileJournal(folder / "synced", 100_000_000)
    unsynced = FileJournal(folder / "unsynced", 100_000_000, sync=lambda _: None)
    alone = {name: [timed_ms(lambda kept=journal: kept.append([event])) for _ in range(APPENDS)]  # type: ignore[misc]
             for name, journal in (("synced", synced), ("unsynced", unsynced))}  # fmt: skip
    report(
        "event_journaled",
        unit="ms; events a second",
        synced=spread(alone["synced"]),
        unsynced=spread(alone["unsynced"]),
        fsync_ms=round(statistics.median(alone["synced"]) - statistics.median(alone["unsynced"]), 4),
        of_8_threads=spread([_rate(lambda: synced.append([event])) for _ in range(ROUNDS)]),
    )


def _rate(append: Callable[[], None]) -> float:
    """Calls a second from eight threads together."""
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(lambda: [append() for _ in range(APPENDS)]) for _ in range(THREADS)]:
            done.result()
    return THREADS * APPENDS / (time.perf_counter() - began)


def _tokens(site: StandingSite) -> Iterator[str]:
    """Impressions' tokens without end, each of a new reservation: twenty a page view."""
    ledger, key, page = RedisLedger(site.services.client), site.services.secret, 0
    while True:
        page += 1
        day = cap_day(site.services.clock(), "UTC")
        flights = [1 + (page * SLOTS + n) % FLIGHTS for n in range(SLOTS)]
        # Each with a creative of its own: a page shows none twice.
        plans = [SlotPlan(f"s{n}", 1, (Candidate(flight, flight, day),)) for n, flight in enumerate(flights)]
        for one in ledger.reserve(SITE, f"bench-{page}", plans).slots:
            if one is not None:
                yield sign(_token(one), key)


def _token(one: Reservation) -> AdToken:
    return AdToken(
        EventKind.IMPRESSION, SITE, one.epoch, one.minute, one.serial, one.flight, one.creative, 1, one.model,
        one.price_micros, one.view_ppm, one.click_ppm, one.day, country="GB", section="politics",
    )  # fmt: skip
