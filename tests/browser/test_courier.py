"""The Harbour Courier as a reader has it: in a real browser, wide and narrow, by day and by night, on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.redis]

STORY = "/article/ferry-strike-ends-update"
PAGES = ("/", "/section/city", STORY)
WIDTHS = (1280, 768, 390)
HEADLINES = "main :is(h1, h2, h3):has(+ .deck) a, .block h3 a, .seconds h2 a, .row h2 a, .more h3 a"

Open = Callable[..., Any]
every_page = pytest.mark.parametrize("path", PAGES)
every_width = pytest.mark.parametrize("width", WIDTHS)


def brightness(colour: str) -> float:
    """The mean of a computed colour's red, green and blue."""
    parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
    return sum(parts) / 3


@every_width
@every_page
def test_nothing_is_wider_than_the_window(visit: Open, path: str, width: int) -> None:
    seen = visit(path, width=width)
    seen.see_all()

    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width


@every_width
@every_page
def test_the_side_column_has_its_three_parts_and_each_is_filled(visit: Open, path: str, width: int) -> None:
    seen = visit(path, width=width)

    assert seen.texts(".side h2") == ["Must read", "Recent News"]
    assert len(seen.texts(".must-read h3 a")) == 5
    assert len(seen.texts(".recent-news h3 a")) == 5
    advertisements = seen.page.locator(".side .ad")
    assert advertisements.count() == 2
    for place in range(2):
        assert advertisements.nth(place).locator(".ad-label").text_content() == "Advertisement"
        expect(advertisements.nth(place).locator("a img, .ad-headline").first).to_be_visible()


@every_page
def test_no_article_stands_twice_on_a_page(visit: Open, courier: str, path: str) -> None:
    seen = visit(path)

    stories = set()
    links = {link.get_attribute("href") for link in seen.page.locator(HEADLINES).all()}
    teasers = [link.get_attribute("href") for link in seen.page.locator(".side h3 a").all()]
    for teaser in teasers:
        answer = seen.page.request.get(teaser, max_redirects=0)
        assert answer.status == 302
        stories.add(urlsplit(answer.headers["location"]).path)

    assert len(teasers) == len(stories) == 10
    assert links
    assert stories.isdisjoint(links)
    assert path not in stories


def test_a_teaser_leads_to_its_story(visit: Open, courier: str) -> None:
    seen = visit(STORY)
    teaser = seen.page.locator(".recent-news h3 a").first
    headline = teaser.text_content()

    with seen.page.expect_navigation():
        teaser.click()

    assert seen.page.url.startswith(f"{courier}/article/")
    assert seen.page.url != f"{courier}{STORY}"
    assert seen.texts("h1") == [headline]


def test_a_reader_sees_why_each_teaser_was_chosen(visit: Open) -> None:
    seen = visit(STORY)
    reasons = seen.page.locator(".how em")
    expect(reasons.first).to_be_hidden()

    seen.page.get_by_text("How this column was chosen").click()

    expect(reasons.first).to_be_visible()
    assert len(seen.texts(".how li em")) == 10
    assert any(text.startswith("Shares: ") and "ferry" in text for text in seen.texts(".how li em"))
    assert any("tfidf-" in text for text in seen.texts(".how dd"))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Open, courier: str, width: int) -> None:
    seen = visit(STORY, width=width)
    wanted = seen.page.evaluate("[...document.querySelectorAll('a, summary')].map(e => e.getAttribute('href') || '')")

    reached = []
    for _ in wanted:
        seen.page.keyboard.press("Tab")
        focus = seen.page.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
                return {href: at.getAttribute('href') || '', outline: style.outlineStyle, width: style.outlineWidth,
                        shown: box.bottom > 0 && box.top < innerHeight && box.width > 0};
            }"""
        )
        assert focus["shown"], f"{focus['href']} has the focus out of sight"
        assert focus["outline"] != "none", f"{focus['href']} does not show that it has the focus"
        assert float(focus["width"].removesuffix("px")) >= 2
        reached.append(focus["href"])

    assert reached[0] == "#main"
    assert sorted(reached) == sorted(wanted)
    assert f"{courier}/section/sport".endswith(reached[5])


def test_the_skip_link_moves_the_focus_to_the_news(visit: Open) -> None:
    seen = visit("/")

    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")

    expect(seen.page.locator("#main")).to_be_focused()


@every_page
def test_every_picture_is_there_and_says_what_it_shows(visit: Open, path: str) -> None:
    seen = visit(path)
    seen.see_all()

    pictures = seen.page.evaluate(
        """[...document.images].filter(i => !i.classList.contains('pixel'))
               .map(i => ({src: i.src, alt: i.getAttribute('alt'), width: i.naturalWidth}))"""
    )
    assert len(pictures) >= 5
    assert [picture["src"] for picture in pictures if not picture["alt"]] == []
    assert [picture["src"] for picture in pictures if picture["width"] == 0] == []
    pixels = seen.page.evaluate(
        "[...document.querySelectorAll('.pixel')].map(i => [i.getAttribute('alt'), i.complete])"
    )
    assert pixels
    assert all(pixel == ["", True] for pixel in pixels)


def test_by_night_the_page_is_dark_and_its_words_are_light(visit: Open) -> None:
    colours = "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    by_day = visit(STORY, color_scheme="light").page.evaluate(colours)
    by_night = visit(STORY, color_scheme="dark").page.evaluate(colours)

    assert brightness(by_day[0]) - brightness(by_day[1]) > 150
    assert brightness(by_night[1]) - brightness(by_night[0]) > 150


def test_on_paper_stands_the_story_and_nothing_else(visit: Open) -> None:
    seen = visit(STORY)

    seen.page.emulate_media(media="print")

    for shown in ("h1", ".body p", ".byline", "figure img"):
        expect(seen.page.locator(shown).first).to_be_visible()
    for hidden in ("nav", ".side", ".more", ".skip", ".ad", ".colophon"):
        expect(seen.page.locator(hidden).first).to_be_hidden()
    told = seen.page.evaluate("getComputedStyle(document.querySelector('.rail time'), '::after').content")
    assert re.fullmatch(r'"\w+, \d+ \w+ \d{4}"', told), "paper does not know when 'two hours ago' was"


@every_width
@every_page
def test_nothing_is_loaded_from_elsewhere_and_the_console_stays_empty(visit: Open, path: str, width: int) -> None:
    seen = visit(path, width=width)
    seen.see_all()
    seen.page.wait_for_load_state("networkidle")

    assert seen.hosts == {"127.0.0.1"}
    assert seen.complaints == []


def test_an_advertisers_script_runs_where_it_is_allowed_and_cannot_reach_the_page(visit: Open) -> None:
    assert visit(STORY).page.locator("iframe").count() == 0, "nobody has allowed it"

    seen = visit(f"{STORY}?gpc=tcf")
    box = seen.page.frame_locator("iframe.ad-frame").frame_locator("iframe")
    box.locator("#left").filter(has_text=re.compile(r"^\d+$")).wait_for()
    assert seen.complaints == []

    (inside,) = (frame for frame in seen.page.frames if not frame.child_frames)
    for reached in (
        "top.document.title", "parent.parent.document.body", "top.location.href", "localStorage.length",
        "document.cookie", "frameElement.id", "top.location = 'https://elsewhere.example/'",
    ):  # fmt: skip
        told = inside.evaluate(f"() => {{ try {{ return String({reached}) }} catch (error) {{ return error.name }} }}")
        assert told in ("SecurityError", "TypeError"), reached
    assert inside.evaluate("origin") == "null"
    assert seen.page.url.endswith("?gpc=tcf")
    link = box.locator("a")
    assert re.fullmatch(r"http://[^/]+/c/[\w-]+", link.get_attribute("href") or "")
    assert link.get_attribute("rel") == "sponsored"
    assert len(seen.hosts) == 1
