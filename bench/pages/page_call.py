"""The page call's requests per second beside a bare Flask route that answers the same bytes, in one run."""

from __future__ import annotations

import json
import shutil
import urllib.request
from pathlib import Path

import numpy as np

from bench.figures.figures import report
from bench.servers.beside import beside_bare
from bench.sites.site import SITE, StandingSite, standing_site

ROUND_S = 4
ARTICLES = 100_000
FLIGHTS = 1_000
PAGES = 20_000
SCRIPT = Path(__file__).with_name("page_call.lua")


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
    variables = {"PAGE_BODIES": str(bodies), "PAGE_TOKEN": token}
    with site.serve() as (ours, _):
        answer = _ask(ours, token, bodies.read_text().split("\n", 1)[0])
        found = beside_bare(folder, ours, answer, SCRIPT, ROUND_S, lambda: (variables, variables))
    report(
        f"page_call_5_and_5_teasers_{slots}_slots",
        unit="requests a second; p99 in ms",
        articles=ARTICLES,
        flights=FLIGHTS,
        answer_bytes=len(answer),
        **found,
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
