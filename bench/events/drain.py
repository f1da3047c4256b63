"""How many events a worker takes off a stream and adds up in a second, and what each leaves in the store."""

from __future__ import annotations

import itertools
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import cast

import redis

from bench.figures.figures import report, spread
from bench.sites.ledger_site import load, plans
from service.adapters.redis import redis_keys as keys
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded.joining import join_embedded_store
from service.adapters.redis.events.event_stream import RedisEventStream
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.domain.ads.booking.ledger import Reservation
from service.domain.events.booking import AdEvent
from service.domain.events.tokens import AdToken, EventKind
from service.domain.events.validity.agents import Device
from service.domain.sites.site import Site
from service.usecases.events.roll_up_events import RollUpEvents

SITE = "bench"
EVENTS = 100_000
SAMPLE = 2_000
ROUNDS = 5
FLIGHTS = 200
SECTIONS = ("politics", "sport", "culture", "world", "business", "")
COUNTRIES = ("GB", "FR", "DE", "")
PIPELINE = 1_000


def run(events: int = EVENTS, rounds: int = ROUNDS) -> None:
    """Prints events a second of one worker, by the clock and by processor time, its own and with the store's."""
    folder = tempfile.TemporaryDirectory(prefix="sf-bench-", ignore_cleanup_errors=True)
    with folder as name, join_embedded_store(Path(name) / "data") as store:
        client = connect(store.url, 10_000)
        load(client, SITE, FLIGHTS)
        sample = _sample(client)
        sites = RedisSiteStore(client)
        sites.put(Site(SITE))
        worker = RollUpEvents(RedisEventStream(client), sites, "bench")
        clock, own, with_store, entry_bytes = [], [], [], 0.0
        for _ in range(rounds):
            entry_bytes = _fill(client, sample, events)
            wall_s, own_s, store_s = _drained(client, worker, events)
            clock.append(events / wall_s)
            own.append(events / own_s)
            with_store.append(events / (own_s + store_s))
        report(
            "events_drained",
            unit="events a second",
            events=events,
            flights=FLIGHTS,
            clock=spread(clock),
            of_worker_processor=spread(own),
            of_worker_and_store_processor=spread(with_store),
            stream_bytes_an_event=round(entry_bytes, 1),
            bytes_of_an_hour=_bytes_of_an_hour(client),
            bar=20_000,
            reached=statistics.median(own) >= 20_000,
        )
        close(client)


def _sample(client: redis.Redis) -> list[bytes]:
    """Entries of real events, of FLIGHTS flights in every section, country and device, some invalid."""
    ledger, chance = RedisLedger(client), random.Random(1)
    sent = []
    while len(sent) < SAMPLE:
        answer = ledger.reserve(SITE, f"v{len(sent)}", plans(chance, FLIGHTS, 1)).slots[0]
        assert answer is not None
        kinds = chance.choices(tuple(EventKind)[:3], (10, 6, 1), k=3)
        sent += [_event(answer, kind, chance) for kind in kinds]
    ledger.book_each(sent)
    stream = keys.EVENTS.name(site=SITE)
    entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(stream))
    client.delete(stream)
    return [fields[b"e"] for _, fields in entries]


def _event(one: Reservation, kind: EventKind, chance: random.Random) -> AdEvent:
    token = AdToken(
        kind, SITE, one.epoch, one.minute, one.serial, one.flight, one.creative, 1, one.model, one.price_micros,
        one.view_ppm, one.click_ppm, one.day, country=chance.choice(COUNTRIES), section=chance.choice(SECTIONS),
    )  # fmt: skip
    return AdEvent(token, chance.choice((None,) * 9 + ("bot",)), chance.choice(tuple(Device)))


def _fill(client: redis.Redis, sample: list[bytes], events: int) -> float:
    """Puts so many entries into the stream; returns bytes of memory an entry."""
    stream, source = keys.EVENTS.name(site=SITE), itertools.cycle(sample)
    for _ in range(0, events, PIPELINE):
        pipe = client.pipeline(transaction=False)
        for raw in itertools.islice(source, PIPELINE):
            pipe.xadd(stream, {"e": raw})
        pipe.execute()
    return int(cast("int", client.memory_usage(stream, samples=0))) / events


def _drained(client: redis.Redis, worker: RollUpEvents, events: int) -> tuple[float, float, float]:
    """Seconds of the clock, of this process and of the store until all is added up."""
    store_before, own_before, began = _store_s(client), _own_s(), time.perf_counter()
    done = worker.work_off()
    took = time.perf_counter() - began, _own_s() - own_before, _store_s(client) - store_before
    assert done == events
    return took


def _own_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _store_s(client: redis.Redis) -> float:
    told = client.info("cpu")
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


def _bytes_of_an_hour(client: redis.Redis) -> int:
    """Memory of the latest hour's sums by every dimension."""
    found = list(client.scan_iter(match=keys.ROLLUP_HOUR.name(site=SITE, hour="*")))
    return max(int(cast("int", client.memory_usage(key, samples=0))) for key in found)
