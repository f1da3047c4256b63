"""Ranking and filling two widgets of five from a page's candidates, beside a bare Flask request under gunicorn.

Both in processor time, which other work on the machine moves less than the clock's. Candidates are gathered beforehand.
"""

from __future__ import annotations

import http.client
import os
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from bench.figures.figures import report, spread
from bench.servers.serving import serving
from bench.sites.corpus import segment_of
from bench.sites.model import model_of
from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.snapshot import BaseSearches, IndexSnapshot
from service.domain.call.asked_widget import asked_widget
from service.domain.call.page_call import WidgetRequest
from service.domain.engagement.rates import counts_of, engagement_of
from service.domain.page.candidates.candidates import front_of, gather
from service.domain.page.filling.filling import WidgetFiller
from service.domain.page.ranking.pool import PageContext, Pool
from service.domain.widgets.kind import KINDS

ARTICLES, PAGES, ROUNDS, REQUESTS = 20_000, 200, 5, 2_000
WIDGETS = ("must-read", "recent-news")
ANSWER_BYTES = 8_000


def run() -> None:
    """Prints microseconds of one page's ranking and filling, of one bare request, and the one over the other."""
    segment = segment_of(ARTICLES)
    index = IndexSnapshot(model_of(segment), BaseSearches(segment), build_segment([]), np.empty(0, np.int64), 1)
    asked = [asked_widget(WidgetRequest(kind, kind), KINDS[kind], None) for kind in WIDGETS]
    now = int(segment.block.published_at[-1]) + 1
    hashes = segment.block.id_hash[-400:].tolist()
    engagement = engagement_of(counts_of((i, n % 9, 300.0 + n) for n, i in enumerate(hashes[::2])))
    reads = {i: float(400 - n) for n, i in enumerate(hashes[::5])}
    front = front_of(index, reads, now)
    pages: list[tuple[PageContext, Pool]] = []
    for row in range(ARTICLES - PAGES, ARTICLES):
        page = PageContext(index.vector(row).terms, index.vector(row), index.telling(row), None, index.section(row))
        nothing = np.empty(0, np.uint64)
        pool = gather(index, page, asked, front=front, reads=reads, dropped=nothing, now=now, engagement=engagement)
        pages.append((page, pool))

    def fill_all() -> float:
        began = time.process_time()
        for seed, (page, pool) in enumerate(pages):
            WidgetFiller(index, page, pool, seed=seed).fill(asked)
        return (time.process_time() - began) / PAGES * 1e6

    fill_all()
    ours = [fill_all() for _ in range(ROUNDS)]
    bare = [_bare_us() for _ in range(ROUNDS)]
    report(
        "rank_fill_two_widgets_of_5",
        unit="microseconds of processor time",
        candidates=round(statistics.mean(pool.rows.size for _, pool in pages)),
        ours=spread(ours),
        bare_request=spread(bare),
        share=round(statistics.median(ours) / statistics.median(bare), 3),
    )


def _bare_us() -> float:
    """Returns the processor time of one bare request, of the server's processes alone."""
    with tempfile.TemporaryDirectory(prefix="sf-bench-") as name:
        answer = Path(name, "answer")
        answer.write_bytes(b"{%b}" % (b" " * ANSWER_BYTES))
        with serving(Path(name), "bench.servers.bare", [str(answer)]) as server:
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
            _ask(connection, REQUESTS // 10)
            before = _used_s(server.pid)
            _ask(connection, REQUESTS)
            used = _used_s(server.pid) - before
            connection.close()
    return used / REQUESTS * 1e6


def _ask(connection: http.client.HTTPConnection, times: int) -> None:
    for _ in range(times):
        connection.request("POST", "/v1/page", b"{}", {"Content-Type": "application/json"})
        connection.getresponse().read()


def _used_s(pid: int) -> float:
    """Returns the processor time in seconds that a process and its children have used so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    stats = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in (str(pid), *children)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")
