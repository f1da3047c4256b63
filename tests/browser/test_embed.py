"""A page of another publisher's own: the script fills its places, and reports what was seen and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from service.app import create_app
from service.domain.content.article import Article
from service.domain.site import Site
from service.services import Services

pytestmark = [pytest.mark.browser, pytest.mark.redis]

NOW = datetime.now(UTC)
# The tall canvas is there because the page allows no inline styles.
SHEET = """advertiser,campaign,flight,placements,creative,format,headline,width,height,html,landing_url,tier,price
acme,spring,words,sidebar,k1,native,Cars for the quay,,,,https://acme.example/cars,price,2.00
acme,spring,frame,article-foot,k2,html,,300,250,<p>Boats</p>,https://acme.example/go,price,2.00
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A story</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; script-src {service}; style-src {service};
 connect-src {service}; img-src {service}; frame-src 'self'">
<link rel="icon" href="data:,"><link rel="stylesheet" href="{service}/embed.css"></head><body><main><h1>A story</h1>
<div data-standfirst-widget="must-read" data-size="3">Nothing yet</div>
<div data-standfirst-slot="sidebar"></div>
<canvas width="1" height="3000"></canvas>
<div data-standfirst-slot="article-foot"></div>
<div data-standfirst-slot="sidebar" id="second">House notice</div>
</main><script src="{service}/embed.js" data-site="courier" data-article="a0"></script></body></html>"""


@pytest.fixture
def publisher(services: Services) -> Iterator[tuple[str, str]]:
    """The addresses of a publisher's own server, which has one page, and of the service."""
    service, page = create_app(services), Flask("publisher")
    servers = [make_server("127.0.0.1", 0, app, threaded=True) for app in (service, page)]
    addresses = [f"http://127.0.0.1:{server.port}" for server in servers]
    page.add_url_rule("/", view_func=lambda: PAGE.format(service=addresses[0]))
    services.site_records.put(Site("courier", origins=(addresses[1],)))
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    yield addresses[1], addresses[0]
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def open_page(
    browser: Browser, publisher: tuple[str, str], services: Services, web: Any, bearer: Callable[..., dict[str, str]]
) -> Iterator[Page]:
    """The publisher's page in a window, its places filled."""
    services.articles.put("courier", [
        Article(f"a{n}", f"https://courier.example/{n}", title, text, NOW - timedelta(hours=n))
        for n, (title, text) in enumerate({
            "Ferry strike": "Crews of the estuary boats stayed ashore for a third day over pay.",
            "Organ": "Four thousand pipes of the seamen's church open in a weekend loft.",
            "Chowder": "Three kitchens argue about tomatoes while a pot simmers on the quay.",
            "Lighthouse": "A keeper retires after forty winters and hands over the lamp.",
        }.items())
    ])  # fmt: skip
    services.snapshots.look_around()
    headers = bearer("ads", site="courier")
    loaded = web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=headers)
    assert loaded.status_code == 200, loaded.json
    services.ads.snapshots.refresh("courier")
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    page.goto(publisher[0])
    page.wait_for_selector("[data-standfirst-slot=sidebar][data-standfirst-filled]")
    yield page
    context.close()


def delivered(services: Services) -> dict[str, tuple[int, int]]:
    """Impressions and views of each flight."""
    rows = services.ads.reports.by_flight("courier", "EUR").rows
    return {row["flight_id"]: (row["net_impressions"], row["views"]) for row in rows}


def until(holds: Callable[[], bool]) -> None:
    """Waits for what the browser reports by itself."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_its_places_are_filled_and_what_nothing_came_for_stays(open_page: Page) -> None:
    assert len(open_page.query_selector_all("[data-standfirst-widget] li")) == 3
    assert open_page.inner_text("[data-standfirst-slot=sidebar] .sf-ad-headline") == "Cars for the quay"
    assert open_page.frame_locator("iframe").locator("p").inner_text() == "Boats"
    assert open_page.inner_text("#second") == "House notice", "one flight stands on a page once"
    assert Axe().run(open_page).response["violations"] == []


def test_an_ad_in_sight_is_reported_as_seen_and_one_below_only_once_it_is_scrolled_to(
    open_page: Page, services: Services
) -> None:
    until(lambda: delivered(services)["words"] == (1, 1))
    assert delivered(services)["frame"] == (1, 0)

    open_page.locator("iframe").scroll_into_view_if_needed()

    until(lambda: delivered(services)["frame"] == (1, 1))
    assert delivered(services)["words"] == (1, 1)


def test_the_page_keeps_its_own_words_where_the_service_refuses_it(
    browser: Browser, publisher: tuple[str, str], services: Services
) -> None:
    services.site_records.put(Site("courier", origins=("https://elsewhere.example",)))
    services.sites.lists_origin(publisher[0])
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(publisher[0])
    page.wait_for_function("document.querySelector('[data-standfirst-widget]').hasAttribute('data-standfirst-asked')")

    until(lambda: bool(complaints))
    assert page.inner_text("[data-standfirst-widget]") == "Nothing yet"
    page.close()
