"""The Courier's drawer, Urdu pages and breaking news in a real browser; axe finds nothing serious on any page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.redis]

STORY = "/article/ferry-strike-ends-update"
URDU = "/article/ur-mushaira-harbour"
PAGES = ("/", "/section/business", "/language/ur", STORY, URDU)
NEWS_WITHIN_S = 100.0

Open = Callable[..., Any]


def serious(page: Any) -> list[str]:
    """Returns what axe finds serious or critical on a page, with the first place of each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['target']}" for each in found if each["impact"] in ("serious", "critical")
    ]


def open_drawer(page: Any) -> None:
    """Opens the drawer by keyboard."""
    page.locator(".drawer > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#try-title")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(visit: Open, path: str, scheme: str) -> None:
    assert serious(visit(path, color_scheme=scheme).page) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", f"{STORY}?history=tide-clock-restored&country=PK&gpc=1"])
def test_axe_finds_nothing_serious_in_an_open_drawer(visit: Open, path: str, width: int) -> None:
    seen = visit(path, width=width)
    if "?" not in path:
        open_drawer(seen.page)
    expect(seen.page.locator("#try-title")).to_be_visible()

    assert serious(seen.page) == []
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.complaints == []


def test_the_drawer_tells_what_was_asked_what_came_back_and_why(visit: Open) -> None:
    seen = visit(STORY)
    open_drawer(seen.page)

    assert '"id": "ferry-strike-ends-update"' in seen.texts(".drawer pre")[0]
    assert any("tfidf-" in text for text in seen.texts(".drawer dd"))
    must_read, recent, flights = (seen.page.locator(".drawer table").nth(place) for place in range(3))
    for table in (must_read, recent):
        assert table.locator("tr.chosen").count() == 5
        assert table.locator("tbody tr").count() == 12
    verdicts = [text.strip() for text in must_read.locator("tbody td:nth-child(2)").all_text_contents()]
    assert "Own article" in verdicts
    assert "Duplicate" in verdicts
    assert flights.locator("tbody tr").count() == 17


def test_everything_in_an_open_drawer_is_reached_by_keyboard(visit: Open) -> None:
    page = visit(STORY).page
    open_drawer(page)

    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))

    fields = ["try-title", "try-text", "try-history", "try-country", "try-device", "try-gpc"]
    assert reached[:11] == [*fields, "BUTTON", "PRE", "DIV", "DIV", "DIV"]


def test_another_text_another_history_and_another_reader_change_what_is_asked_and_what_comes(visit: Open) -> None:
    seen = visit(STORY)
    before = seen.texts(".must-read h3 a")
    open_drawer(seen.page)

    seen.page.fill("#try-title", "A comet over the harbour")
    seen.page.fill("#try-text", "Astronomers photograph the tail of comet Halvard-Osei.")
    seen.page.fill("#try-history", "comet-dark-night")
    seen.page.fill("#try-country", "PK")
    seen.page.select_option("#try-device", "mobile")
    seen.page.select_option("#try-gpc", "1")
    seen.page.get_by_role("button", name="Ask again").press("Enter")
    seen.page.wait_for_url(re.compile(r"/article/[^?]+\?"))

    (asked,) = seen.texts(".drawer pre")
    for told in ('"A comet over the harbour"', '"comet-dark-night"', '"PK"', '"mobile"', '"gpc": true'):
        assert told in asked
    after = seen.texts(".must-read h3 a")
    assert any("comet" in headline.lower() for headline in after)
    assert after != before
    assert not any("switch off its lamps" in headline for headline in after), "it has been read"
    expect(seen.page.locator("#try-title")).to_be_visible()

    seen.page.get_by_text("Ask as the page does").click()
    seen.page.wait_for_url(f"**{STORY}#drawer")
    assert '"id": "ferry-strike-ends-update"' in seen.texts(".drawer pre")[0]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_story_in_urdu_is_read_from_the_right(visit: Open, width: int) -> None:
    seen = visit(URDU, width=width)
    seen.see_all()

    sides = seen.page.evaluate(
        """[...document.querySelectorAll('h1, .body p')].map(element => {
            const range = document.createRange();
            range.selectNodeContents(element);
            const lines = [...range.getClientRects()], last = lines[lines.length - 1];
            const box = element.getBoundingClientRect();
            return {right: box.right - last.right, left: last.left - box.left};
        })"""
    )
    assert len(sides) > 3
    assert all(side["right"] < 2 for side in sides), "a last line does not begin at the right"
    assert max(side["left"] for side in sides) > 20
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.page.locator(".must-read h3[lang=ur][dir=rtl]").count() >= 3
    assert seen.complaints == []


def reload_until(page: Any, holds: Callable[[], bool]) -> None:
    """Loads the page again until something holds that comes about while one watches."""
    deadline = time.monotonic() + NEWS_WITHIN_S
    while not holds():
        assert time.monotonic() < deadline, "no news"
        time.sleep(0.5)
        page.reload()


def test_news_breaks_while_one_watches_and_the_column_knows_it_too(visit: Open, courier: str) -> None:
    page = visit("/").page
    reload_until(page, lambda: page.locator(".breaking a").count() > 0)

    assert page.locator(".breaking h2").text_content() == "Breaking"
    with page.expect_navigation():
        page.locator(".breaking li").last.locator("a").click()
    assert page.locator("h1").text_content() == "Container ship swings across the Alder channel and shuts the port"
    page.goto(f"{courier}{STORY}")
    told = re.compile("Meridian|Alder channel")
    reload_until(page, lambda: any(map(told.search, page.locator(".side h3").all_text_contents())))


def test_a_pinned_story_is_marked_and_the_drawer_names_the_rule(visit: Open) -> None:
    seen = visit("/")

    assert seen.texts(".must-read li:nth-child(2) .pinned") == ["Chosen by the editors"]
    assert "coffee" in seen.texts(".must-read li:nth-child(2) h3")[0]
    open_drawer(seen.page)
    (account,) = [text for text in seen.texts(".why .account") if text.startswith("Pinned here")]
    assert account.startswith("Pinned here, number 2, by the rule 'front-long-read' (Long read of the week).")


def test_a_blocked_story_is_absent_and_the_drawer_says_why(visit: Open) -> None:
    seen = visit("/article/hadrun-canal-blockage")

    assert not any("Wheat prices jump" in text for text in seen.texts(".side h3"))
    open_drawer(seen.page)
    accounts = [text for text in seen.texts(".why .account") if text.startswith("Blocked by the rule 'wire-report'")]
    assert len(accounts) == 2, "once for each widget"
