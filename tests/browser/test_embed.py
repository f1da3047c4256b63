"""A page of another publisher's own: the script fills its places, and reports what is seen or followed alone."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Request, expect
from werkzeug.serving import make_server

from service.adapters.files.index.warming import warm_up
from service.adapters.redis.page.teaser_counter import RedisTeaserCounter
from service.app import create_app
from service.domain.content.article import Article
from service.domain.engagement.teaser_events import day_of
from service.domain.events.tokens import TeaserToken, sign
from service.domain.identity import hash64
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.upkeep import Upkeep
from tests.browser.conftest import PATIENCE_MS

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
<p id="own" data-standfirst-kind="own" data-standfirst-teaser="{teaser}" data-standfirst-position="1">A teaser</p>
<div data-standfirst-slot="sidebar" id="second">House notice</div>
</main>
<script src="{service}/embed.js" data-site="courier" data-article="a0" data-session="tab-1"></script></body></html>"""


@pytest.fixture
def publisher(services: Services) -> Iterator[tuple[str, str]]:
    """The addresses of a publisher's own server, which has one page, and of the service."""
    service, page = create_app(services), Flask("publisher")
    servers = [make_server("127.0.0.1", 0, app, threaded=True) for app in (service, page)]
    addresses = [f"http://127.0.0.1:{server.port}" for server in servers]
    teaser = sign(TeaserToken("courier", hash64("a0")), services.secret)
    page.add_url_rule("/", view_func=lambda: PAGE.format(service=addresses[0], teaser=teaser))
    services.site_records.put(Site("courier", origins=(addresses[1],)))
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers]
    for thread in threads:
        thread.start()
    yield addresses[1], addresses[0]
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def batches() -> list[list[str]]:
    """The kinds of the events in each batch that the page sent."""
    return []


@pytest.fixture
def open_page(
    browser: Browser,
    publisher: tuple[str, str],
    services: Services,
    web: Any,
    bearer: Callable[..., dict[str, str]],
    batches: list[list[str]],
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
    warm_up()  # else the page's own time limit of three seconds would run while this process reads compiled code
    headers = bearer("ads", site="courier")
    loaded = web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=headers)
    assert loaded.status_code == 200, loaded.json
    services.ads.snapshots.refresh("courier")
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("request", lambda sent: batches.append(kinds(sent)) if "/v1/events" in sent.url else None)
    page.goto(publisher[0])
    page.wait_for_selector("[data-standfirst-slot=sidebar][data-standfirst-filled]")
    yield page
    context.close()


def delivered(services: Services) -> dict[str, tuple[int, int]]:
    """Impressions and views of each flight."""
    rows = services.ads.reports.by_flight("courier", "EUR", list).rows
    return {row["flight_id"]: (row["net_impressions"], row["views"]) for row in rows}


def told_of_teasers(services: Services) -> dict[tuple[str, str, int], int]:
    """What was told of the widget's teasers so far, by act, kind of widget and position."""
    counter = RedisTeaserCounter(services.client)
    for work in services.background:
        if isinstance(work, Upkeep):
            work.write_down()
    [counts] = counter.days("courier", [day_of(services.clock())])
    found: Counter[tuple[str, str, int]] = Counter()
    for (act, at), count in counts.items():
        found[act, at.widget, at.position] += count
    return dict(found)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Waits for what the browser does by itself, in Playwright's way: what it reports is heard of only in its calls."""
    deadline = time.monotonic() + PATIENCE_MS / 1_000
    while not holds():
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)


def test_its_places_are_filled_and_what_nothing_came_for_stays(open_page: Page) -> None:
    expect(open_page.locator("[data-standfirst-widget] li")).to_have_count(3)
    expect(open_page.locator("[data-standfirst-slot=sidebar] .sf-ad-headline")).to_have_text("Cars for the quay")
    expect(open_page.frame_locator("iframe").locator("p")).to_have_text("Boats")
    assert open_page.inner_text("#second") == "House notice", "one flight stands on a page once"
    assert Axe().run(open_page).response["violations"] == []


def test_an_ad_in_sight_is_reported_as_seen_and_one_below_only_once_it_is_scrolled_to(
    open_page: Page, services: Services
) -> None:
    until(open_page, lambda: delivered(services) == {"words": (1, 1), "frame": (1, 0)})

    open_page.locator("iframe").scroll_into_view_if_needed()

    until(open_page, lambda: delivered(services) == {"words": (1, 1), "frame": (1, 1)})


def test_teasers_are_told_when_they_begin_to_render_when_seen_and_when_followed(
    open_page: Page, batches: list[list[str]], services: Services
) -> None:
    begun = {("impression", "must-read", position): 1 for position in (1, 2, 3)} | {("impression", "own", 1): 1}
    seen = {("view", "must-read", position): 1 for position in (1, 2, 3)}

    until(open_page, lambda: told_of_teasers(services) == begun | seen)
    open_page.evaluate("document.addEventListener('click', event => event.preventDefault())")
    open_page.click("[data-standfirst-position='2'] a")

    until(open_page, lambda: told_of_teasers(services) == begun | seen | {("click", "must-read", 2): 1})
    until(open_page, lambda: ["view"] * 3 in batches)  # what is seen together is told together


def test_a_teaser_of_the_pages_own_html_is_told_too_and_seen_only_once_it_is_scrolled_to(
    open_page: Page, services: Services
) -> None:
    until(open_page, lambda: ("view", "must-read", 3) in told_of_teasers(services))
    assert told_of_teasers(services)["impression", "own", 1] == 1
    assert ("view", "own", 1) not in told_of_teasers(services)

    open_page.locator("#own").scroll_into_view_if_needed()

    until(open_page, lambda: told_of_teasers(services).get(("view", "own", 1)) == 1)


def test_what_was_followed_is_gone_when_the_page_is_loaded_again(open_page: Page, services: Services) -> None:
    followed = open_page.inner_text("[data-standfirst-widget] [data-standfirst-position='1'] a")
    open_page.evaluate("document.addEventListener('click', event => event.preventDefault())")
    open_page.click("[data-standfirst-widget] [data-standfirst-position='1'] a")
    until(open_page, lambda: ("click", "must-read", 1) in told_of_teasers(services))

    open_page.reload()
    open_page.wait_for_selector("[data-standfirst-widget][data-standfirst-filled]")

    left = open_page.locator("[data-standfirst-widget] li a").all_text_contents()
    assert (len(left), followed in left) == (2, False)


def kinds(sent: Request) -> list[str]:
    """The kinds of the events in a batch."""
    return [event["kind"] for event in (sent.post_data_json or {"events": []})["events"]]


def test_the_page_keeps_its_own_words_where_the_service_refuses_it(
    browser: Browser, publisher: tuple[str, str], services: Services
) -> None:
    services.site_records.put(Site("courier", origins=("https://elsewhere.example",)))
    services.sites.lists_origin(publisher[0])
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    # Waiting in Playwright's own way: the browser's reports reach nobody while the test sleeps.
    with page.expect_console_message(lambda said: "Standfirst" in said.text) as complaint:
        page.goto(publisher[0])

    assert f"{publisher[0]} in the site's origins" in complaint.value.text
    assert page.inner_text("[data-standfirst-widget]") == "Nothing yet"
    page.close()
