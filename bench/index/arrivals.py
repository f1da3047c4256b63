"""How soon an article put over HTTP stands in every worker's pages, and what a page call costs meanwhile."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import numpy as np

from bench.figures.figures import ROUNDS, report, spread
from bench.pages.page_call import ARTICLES, FLIGHTS, page_body, pages_read
from bench.servers.callers import Caller, one_caller_a_worker, workers_of
from bench.servers.serving import Server
from bench.sites.site import SITE, standing_site

WORKERS = 2
A_MINUTE = 200
ROUND_S = 12
PAGES_A_SECOND = 50
WORDS, TITLE_WORDS, VOCABULARY = 400, 8, 60_000
LOOK_S = 0.02
GIVE_UP_S = 60
NEWEST = f"/v1/widgets/latest-in-section?site={SITE}&size=50"


def run() -> None:
    """Prints, of five rounds, the time until all workers show an article, and p99 of page calls without and with."""
    with standing_site(ARTICLES, FLIGHTS) as site, site.serve("--workers", str(WORKERS)) as server:
        pages = _Pages(server, site.token)
        looking = list(one_caller_a_worker(server.url, site.token, workers_of(server.pid, WORKERS)).values())
        quiet, busy, visible = [], [], []
        for at in range(ROUNDS):
            with pages.called() as times:
                time.sleep(ROUND_S)
            quiet.append(_p99(times))
            with pages.called() as times, closing(Caller(server.url, site.token)) as putting:
                visible.append(arrive(putting, looking, at))
            busy.append(_p99(times))
    size = {"articles": ARTICLES, "flights": FLIGHTS, "workers": WORKERS}
    every = [each for one in visible for each in one]
    report(
        "article_visible_in_all_workers",
        unit="ms from the PUT",
        arrivals=len(every),
        arrivals_a_minute=A_MINUTE,
        pages_a_second=PAGES_A_SECOND,
        **size,
        ours=spread([float(np.median(one)) for one in visible]),
        p99=spread([_p99(one) for one in visible]),
        most=round(max(every), 1),
    )
    report(
        "page_call_p99_while_articles_arrive",
        unit="ms",
        arrivals_a_minute=A_MINUTE,
        pages_a_second=PAGES_A_SECOND,
        **size,
        ours=spread(busy),
        none_arriving=spread(quiet),
    )


class _Pages:
    """Page calls at a steady rate, as readers come: a late answer delays none of the next."""

    def __init__(self, server: Server, token: str) -> None:
        self._asked = iter(pages_read())
        self._callers = [Caller(server.url, token) for _ in range(4)]

    @contextmanager
    def called(self) -> Iterator[list[float]]:
        """Calls pages as long as the `with` lasts; the list gets each answer's ms, from when it was due."""
        times: list[float] = []
        over = threading.Event()
        threads = [threading.Thread(target=self._call, args=(each, over, times)) for each in self._callers]
        for thread in threads:
            thread.start()
        try:
            yield times
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _call(self, caller: Caller, over: threading.Event, times: list[float]) -> None:
        due = time.perf_counter()
        while not over.wait(max(0.0, due - time.perf_counter())):
            caller.ask("POST", "/v1/page", page_body(next(self._asked), slots=3))
            times.append((time.perf_counter() - due) * 1_000)
            due += len(self._callers) / PAGES_A_SECOND


def arrive(putting: Caller, looking: list[Caller], batch: int) -> list[float]:
    """Puts articles at their rate for a round; returns for each the ms from its PUT until the last worker showed it."""
    sent: dict[str, float] = {}
    seen: list[dict[str, float]] = [{} for _ in looking]
    over = threading.Event()
    threads = [threading.Thread(target=_watch, args=(*each, sent, over)) for each in zip(looking, seen, strict=True)]
    for thread in threads:
        thread.start()
    chosen = np.random.default_rng(batch)
    due = time.perf_counter()
    for number in range(ROUND_S * A_MINUTE // 60):
        time.sleep(max(0.0, due - time.perf_counter()))
        due += 60 / A_MINUTE
        article_id = f"new-{batch}-{number}"
        body = _article(article_id, chosen)
        sent[article_id] = time.perf_counter()
        putting.ask("PUT", f"/v1/articles/{article_id}?site={SITE}", body)
    over.set()
    for thread in threads:
        thread.join()
    return [(max(one[article_id] for one in seen) - began) * 1_000 for article_id, began in sent.items()]


def _watch(caller: Caller, seen: dict[str, float], sent: dict[str, float], over: threading.Event) -> None:
    """Notes when a worker first shows each article, until it has shown all that were sent; gives up in the end."""
    give_up_at = None
    while not over.is_set() or len(seen) < len(sent):
        for item in json.loads(caller.ask("GET", NEWEST))["items"]:
            if item["article_id"] in sent:
                seen.setdefault(item["article_id"], time.perf_counter())
        if over.is_set():
            give_up_at = give_up_at or time.perf_counter() + GIVE_UP_S
            assert time.perf_counter() < give_up_at, f"{sent.keys() - seen.keys()} not shown within {GIVE_UP_S} s"
        time.sleep(LOOK_S)


def _article(article_id: str, chosen: np.random.Generator) -> str:
    """An article that tells nothing which another tells: of two that do, a page shows one."""
    words = [f"word{number}" for number in chosen.integers(0, VOCABULARY, WORDS).tolist()]
    return json.dumps(
        {
            "url": f"https://news.example.com/city/{article_id}",
            "title": " ".join(words[:TITLE_WORDS]),
            "text": " ".join(words),
            "published_at": datetime.now(UTC).isoformat(),
            "section": "City",
        }
    )


def _p99(times: list[float]) -> float:
    return float(np.percentile(times, 99))
