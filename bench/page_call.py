"""The page call's requests per second beside a bare Flask route that answers the same bytes, in one run."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.figures import report, spread
from service.bootstrap import Services, build_services
from service.config import load_config
from service.domain.access import Scope
from service.domain.article import Article
from service.domain.site import Site

ROUNDS = 5
ROUND_S = 3
CONNECTIONS = 8
ARTICLES = 5_000
FLIGHTS = 100
SHEET_COLUMNS = (
    "advertiser,campaign,flight,price_model,price,lifetime_cap,pacing,placements,creative,format,width,height,"
    "image_url,image_alt,landing_url"
)


def run() -> None:
    """Prints the share of the reference's requests per second, and both p99s; needs wrk."""
    if shutil.which("wrk") is None:
        report("page_call", skipped="wrk is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="sf-bench-") as name:
        folder = Path(name)
        from service.adapters.redis.embedded import join_embedded_store

        with join_embedded_store(folder / "data") as store:
            config = load_config(data_dir=folder / "data")
            services = build_services(config, store.url)
            token = _prepare(services)
            _measure(folder, token, slots=0)
            _measure(folder, token, slots=3)
            services.close()


def _measure(folder: Path, token: str, *, slots: int) -> None:
    bodies = folder / "bodies"
    bodies.write_text("\n".join(_body(at, slots) for at in np.random.default_rng(2).permutation(ARTICLES).tolist()))
    with _serving(folder, "service.cli", ["serve", "--port", "0", "--data-dir", str(folder / "data")]) as ours:
        answer = folder / "answer"
        answer.write_bytes(_ask(ours, token, bodies.read_text().split("\n", 1)[0]))
        with _serving(folder, "bench.bare", [str(answer)]) as bare:
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


def _body(at: int, slots: int) -> str:
    widgets = [{"id": kind, "kind": kind, "size": 5} for kind in ("must-read", "recent-news")]
    asked = [{"id": f"s{n}", "placement": "sidebar"} for n in range(slots)]
    return json.dumps({"site": "bench", "article": {"id": f"a-{at}"}, "widgets": widgets, "slots": asked})


def _prepare(services: Services) -> str:
    """Loads articles and inventory, trains, and returns a token."""
    from service.adapters.sources.sheets import read_rows

    site = Site("bench")
    services.site_records.put(site)
    chosen = np.random.default_rng(1)
    words = np.array([f"w{n}" for n in range(20_000)])
    now = datetime.now(UTC)
    for begin in range(0, ARTICLES, 500):
        batch = [_article(at, words, chosen, now) for at in range(begin, begin + 500)]
        services.articles.put("bench", batch)
    services.models.train("bench")
    services.index_builder("bench").build()
    rows = [
        f"adv{n % 40},c{n},f{n},cpm,{1 + n % 7}.00,90000.00,asap,sidebar,k{n},image,300,250,"
        f"https://cdn.example.com/{n}.png,Picture {n},https://shop.example.com/{n}"
        for n in range(FLIGHTS)
    ]
    read, faults = read_rows("\n".join([SHEET_COLUMNS, *rows]).encode(), "csv", 10_000_000)
    services.ads.load.apply(site, read, faults)
    return services.access.create("bench", [Scope.RENDER])[0]


def _article(at: int, words: np.ndarray, chosen: np.random.Generator, now: datetime) -> Article:
    drawn = words[np.minimum(chosen.zipf(1.25, 320), words.size - 1)]
    text, title = " ".join(drawn[8:]), " ".join(words[chosen.integers(0, words.size, 8)])
    published = now - timedelta(minutes=7 * at)
    return Article(f"a-{at}", f"https://news.example.com/{at}", title, text, published, section="World")


@contextmanager
def _serving(folder: Path, module: str, arguments: list[str]) -> Iterator[str]:
    """Yields the address of a server of ours, started for this; its log goes to a file."""
    log = folder / f"{module}.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=output, stderr=output)
    try:
        while " ready at " not in (text := log.read_text(errors="replace")):
            if process.poll() is not None:
                raise RuntimeError(f"{module} did not start: {text}")
        yield text.split(" ready at ")[1].split()[0]
    finally:
        process.terminate()
        process.wait()


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
