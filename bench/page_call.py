"""The page call's requests per second beside a bare Flask route that answers the same bytes, in one run."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import urllib.request
from pathlib import Path

import numpy as np

from bench.figures import report, spread
from bench.serving import serving
from bench.site import SITE, StandingSite, standing_site

ROUNDS = 5
ROUND_S = 4
CONNECTIONS = 8
ARTICLES = 100_000
FLIGHTS = 1_000
PAGES = 20_000


def run() -> None:
    """Prints the share of the reference's requests per second, and both p99s; needs wrk."""
    if shutil.which("wrk") is None:
        report("page_call", skipped="wrk is not installed")
        return
    with standing_site(ARTICLES, FLIGHTS) as site:
        _measure(site, slots=0)
        _measure(site, slots=3)


def _measure(site: StandingSite, *, slots: int) -> None:
    folder, token = site.folder, site.token
    bodies = folder / "bodies"
    bodies.write_text("\n".join(page_body(at, slots) for at in pages_read()))
    with site.serve() as (ours, _):
        answer = folder / "answer"
        answer.write_bytes(_ask(ours, token, bodies.read_text().split("\n", 1)[0]))
        with serving(folder, "bench.bare", [str(answer)]) as (bare, _):
            rates: dict[str, list[float]] = {"ours": [], "bare": []}
            p99s: dict[str, list[float]] = {"ours": [], "bare": []}
            errors = 0
            for at in range(ROUNDS + 1):
                for name, url in (("ours", ours), ("bare", bare)):
                    rate, p99, failed = _wrk(url, bodies, token)
                    errors += failed
                    if at:
                        rates[name].append(rate)
                        p99s[name].append(p99)
    report(
        f"page_call_5_and_5_teasers_{slots}_slots",
        unit="requests a second; p99 in ms",
        articles=ARTICLES,
        flights=FLIGHTS,
        answer_bytes=answer.stat().st_size,
        errors=errors,
        **{name: spread(values) for name, values in rates.items()},
        p99_ours=spread(p99s["ours"]),
        p99_bare=spread(p99s["bare"]),
        share=round(statistics.median(rates["ours"]) / statistics.median(rates["bare"]), 3),
        p99_times=round(statistics.median(p99s["ours"]) / statistics.median(p99s["bare"]), 2),
    )


def pages_read() -> list[int]:
    """Returns which articles are asked for, one after the other.

    Readers go to the newest and the most read: ranks follow a Zipf distribution with exponent 1 over the archive, the
    newest article being the most asked for.
    """
    weights = 1 / np.arange(1, ARTICLES + 1)
    ranks = np.random.default_rng(2).choice(ARTICLES, PAGES, p=weights / weights.sum())
    return [ARTICLES - 1 - int(rank) for rank in ranks]


def page_body(at: int, slots: int) -> str:
    """Returns the call of an article's page: five and five teasers, and so many slots."""
    widgets = [{"id": kind, "kind": kind, "size": 5} for kind in ("must-read", "recent-news")]
    asked = [{"id": f"s{n}", "placement": "sidebar"} for n in range(slots)]
    return json.dumps({"site": SITE, "article": {"id": f"a-{at}"}, "widgets": widgets, "slots": asked})


def _ask(url: str, token: str, body: str) -> bytes:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/page", body.encode(), headers)) as answer:  # noqa: S310
        content: bytes = answer.read()
        return content


def _wrk(url: str, bodies: Path, token: str) -> tuple[float, float, int]:
    """Returns requests a second, p99 in ms, and how many failed."""
    script = Path(__file__).with_name("page_call.lua")
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{ROUND_S}s", "-s", str(script), url]
    environment = {**os.environ, "PAGE_BODIES": str(bodies), "PAGE_TOKEN": token}
    printed = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
    result = next(line for line in printed.splitlines() if line.startswith("RESULT"))
    requests, duration_us, _, p99_us, failed = map(int, result.split()[1:])
    return requests / duration_us * 1e6, p99_us / 1_000, failed
