"""What each stage of a page call costs, in one thread, and how that grows with articles and flights.

Real calls go through the whole app, its log silent. The functions that stages begin with are timed where they are
called, each less what the stages inside it take; the rest is Flask's and the metrics'.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any
from unittest.mock import patch

from flask import Flask

from bench.figures.figures import ROUNDS, report, spread
from bench.pages.page_call import page_body, pages_read
from bench.sites.site import SITE, StandingSite, load_flights, standing_site
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.app import create_app
from service.domain.page.filling.filling import WidgetFiller
from service.observability import configure_logging
from service.usecases.ads.delivery import fill_slots
from service.usecases.page.filling import fill_page
from service.web.api.page import page
from service.web.endpoints import endpoint

PAGES = 100
SLOTS = 3
REST = "rest"
STAGES: dict[str, list[tuple[Any, str]]] = {
    "parse": [(endpoint, "check"), (page, "page_request")],
    "context": [(fill_page.FillPage, "_subject")],
    "candidates": [(fill_page, "gather"), (fill_page.FillPage, "_front")],
    "rank and fill": [(WidgetFiller, "__init__"), (WidgetFiller, "fill")],
    "shortlist": [(fill_slots.FillSlots, "_shortlists")],
    "reserve": [(RedisLedger, "reserve")],
    "render": [(page, "widgets_json"), (fill_slots.FillSlots, "_filled"), (fill_slots.FilledSlot, "to_json")],
}


def run() -> None:
    """Prints microseconds a stage, of pages asked for the first time and again, at three sizes of site."""
    configure_logging("error")
    for articles, steps in ((10_000, [1_000]), (100_000, [100, 1_000])):
        distinct = iter(dict.fromkeys(at % articles for at in pages_read()))
        with standing_site(articles, steps[0]) as site:
            for flights in steps:
                load_flights(site.services, site.services.site_records.get(SITE), flights)
                measure(site, articles, flights, distinct)


def measure(site: StandingSite, articles: int, flights: int, distinct: Iterator[int]) -> None:
    """Prints the stages of page calls of this site, for pages that `distinct` gives: none of them asked for before."""
    site.services.snapshots.look_around()
    app = create_app(site.services)
    first, again = [], []
    for _ in range(ROUNDS + 1):
        asked = list(islice(distinct, PAGES))
        first.append(_microseconds(app, site.token, asked))
        again.append(_microseconds(app, site.token, asked))
    for figure, rounds in (("first", first[1:]), ("again", again[1:])):
        report(
            f"page_call_stages_{figure}_at_{articles}_articles_{flights}_flights",
            unit="microseconds a page",
            articles=articles,
            flights=flights,
            slots=SLOTS,
            pages=PAGES,
            **{stage: spread([one[stage] for one in rounds]) for stage in (*STAGES, REST, "whole")},
        )


def _microseconds(app: Flask, token: str, asked: list[int]) -> dict[str, float]:
    """Returns the mean of each stage and of the whole call over these pages."""
    spent = dict.fromkeys((*STAGES, REST), 0.0)
    with _timed(spent) as begun:
        for at in asked:
            body = page_body(at, SLOTS).encode()
            with begun(REST):
                _call(app, token, body)
    return {stage: taken / len(asked) * 1e6 for stage, taken in {**spent, "whole": sum(spent.values())}.items()}


@contextmanager
def _timed(spent: dict[str, float]) -> Iterator[Callable[[str], Any]]:
    """Adds to `spent`, in seconds, what each stage takes while it is the innermost; yields how one begins."""
    inside: list[str] = []
    turned = time.perf_counter()

    def turn() -> None:
        nonlocal turned
        now = time.perf_counter()
        if inside:
            spent[inside[-1]] += now - turned
        turned = now

    @contextmanager
    def begun(stage: str) -> Iterator[None]:
        turn()
        inside.append(stage)
        try:
            yield
        finally:
            turn()
            inside.pop()

    def within(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            with begun(stage):
                return function(*args, **kwargs)

        return timed

    with ExitStack() as stack:
        for stage, places in STAGES.items():
            for owner, name in places:
                stack.enter_context(patch.object(owner, name, within(stage, getattr(owner, name))))
        yield begun


def _call(app: Flask, token: str, body: bytes) -> None:
    """Posts one page call as gunicorn hands it on: werkzeug's test client takes three times as long as the app."""
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/page",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }

    def start_response(status: str, *_: object) -> Callable[[bytes], object]:
        statuses.append(status)
        return io.BytesIO().write

    answer = app(environ, start_response)
    content = b"".join(answer)
    assert statuses == ["200 OK"], content[:500]
