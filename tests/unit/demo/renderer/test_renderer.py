"""The Harbour Courier's pages: complete without the service, safe with whatever it answers."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest

from service.demo.renderer.app import create_renderer
from service.domain.ads.reader.consent import consent_of

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
SECTIONS = ("World", "City", "Sport")
TOPICS = (
    "harbour",
    "ferry",
    "orchard",
    "violin",
    "glacier",
    "bakery",
    "comet",
    "tram",
    "oyster",
    "chess",
    "kite",
    "mural",
)


def story(number: int, **more: Any) -> dict[str, Any]:
    topic = TOPICS[number % len(TOPICS)]
    return {
        "id": f"s-{number}",
        "title": f"{topic.title()} {topic}ists gather for {topic} number {number}",
        "text": f"First words about the {topic}.\n\nSecond paragraph.",
        "section": SECTIONS[number % len(SECTIONS)],
        "tags": [topic],
        "byline": "Ada Quay",
        "published_at": (NOW - timedelta(hours=number + 1)).isoformat(),
        "comment_count": number,
        "image": {"hue": number * 30, "motif": "harbour", "alt": f"A picture of a {topic}"},
    } | more


STORIES = [story(number) for number in range(12)]


def teaser(number: int, **more: Any) -> dict[str, Any]:
    return {
        "article_id": f"s-{number}",
        "url": f"https://courier.example/article/s-{number}",
        "click_url": f"https://standfirst.example/c/{number}",
        "title": f"Teaser {number}",
        "excerpt": f"Excerpt {number}…",
        "published_at": "2026-11-20T10:00:00+00:00",
        "comment_count": 7,
        "image": {"url": f"https://pictures.example/{number}.svg", "alt": f"Alt text {number}"},
        "reason": {"code": "near", "text": f"Shares: word {number}"},
    } | more


def slot(**creative: Any) -> dict[str, Any]:
    shown = {"id": "k-1", "format": "image", "image": {"url": "/ads/k-1.svg", "alt": "A coil of rope"}} | creative
    return {
        "label": "Advertisement",
        "advertiser": "Alder Rope",
        "flight_id": "rope-autumn",
        "creative": shown,
        "click_url": "https://standfirst.example/c/ad",
        "impression_url": "https://events.example/i/ad",
    }


def answer(must_read: Any = (), recent_news: Any = (), **slots: Any) -> dict[str, Any]:
    return {
        "model": {"version": "m-7", "variant": "control"},
        "widgets": {
            "must-read": {"kind": "must-read", "fallback": "wider-window", "items": list(must_read)},
            "recent-news": {"kind": "recent-news", "fallback": None, "items": list(recent_news)},
        },
        "slots": slots,
        "took_ms": 1.84,
    }


@pytest.fixture
def reader(service: Any) -> Any:
    return create_renderer(service.url, "sf_1_s", "courier", STORIES, timeout_s=5, clock=lambda: NOW).test_client()


class Elements(HTMLParser):
    """All elements of a page, as tag and attributes, and its texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag and wanted.items() <= attrs.items()]


def read(reader: Any, path: str, **headers: str) -> Elements:
    response = reader.get(path, headers=headers)
    assert response.status_code == 200
    return Elements(response.text)


def test_the_front_page_asks_for_a_page_without_article_and_without_what_stands_on_it(
    service: Any, reader: Any
) -> None:
    page = read(reader, "/")

    (asked,) = service.asked
    assert "article" not in asked
    assert [widget["kind"] for widget in asked["widgets"]] == ["must-read", "recent-news"]
    assert {each["placement"] for each in asked["slots"]} == {"sidebar"}
    shown = {attrs["href"].removeprefix("/article/") for attrs in page.all("a") if "/article/" in (attrs["href"] or "")}  # type: ignore[union-attr]
    assert shown == set(asked["exclude"])
    assert {"World", "City", "Sport"} <= set(page.texts)


def test_no_story_stands_twice_on_the_front_page_nor_in_two_tellings() -> None:
    retold = story(12, title=STORIES[1]["title"] + " today", published_at=NOW.isoformat(), comment_count=0)
    away = create_renderer("http://127.0.0.1:1", None, "courier", [*STORIES, retold], clock=lambda: NOW)

    page = read(away.test_client(), "/")

    links = [attrs["href"] for attrs in page.all("a") if "/article/" in (attrs["href"] or "")]
    assert len(links) == len(set(links))
    assert len({"/article/s-12", "/article/s-1"} & set(links)) == 1


def test_a_story_asks_for_its_own_page_with_the_slot_at_its_foot(service: Any, reader: Any) -> None:
    page = read(reader, "/article/s-3")

    (asked,) = service.asked
    assert asked["article"] == {"id": "s-3"}
    assert [each["placement"] for each in asked["slots"]] == ["sidebar", "sidebar", "article-foot"]
    assert service.tokens == ["Bearer sf_1_s"]
    assert page.all("html", lang="en", dir="ltr")
    assert page.all("img", alt="A picture of a violin", src="/img/s-3.svg")
    assert {"First words about the violin.", "Second paragraph."} <= set(page.texts)


def test_teasers_show_picture_headline_comments_excerpt_and_date_and_link_through_the_click_address(
    service: Any, reader: Any
) -> None:
    service.answer = answer([teaser(1)], [teaser(2, comment_count=1), teaser(3, comment_count=0, image=None)])

    page = read(reader, "/article/s-9")

    for number in (1, 2, 3):
        assert page.all("a", href=f"https://standfirst.example/c/{number}")
    assert page.all("img", src="https://pictures.example/2.svg", alt="Alt text 2")
    assert not page.all("img", src="https://pictures.example/3.svg")
    assert {"Must read", "Recent News", "Excerpt 2…", "20 November", "7 comments", "1 comment"} <= set(page.texts)
    assert not [text for text in page.texts if text.startswith("0 comment")]


def test_how_the_column_was_chosen_names_model_time_fallback_and_reasons(service: Any, reader: Any) -> None:
    service.answer = answer([teaser(1)], [teaser(2)])

    texts = read(reader, "/").texts

    wanted = {"m-7 (control)", "1.8 ms", "filled in part by: wider window", "Shares: word 1", "Shares: word 2"}
    assert wanted <= set(texts)


def test_more_stories_begin_with_the_section_and_repeat_nothing_of_the_column(service: Any, reader: Any) -> None:
    service.answer = answer([teaser(0)], [teaser(6)])

    page = read(reader, "/article/s-3")  # World: 0, 3, 6, 9

    links = [attrs["href"] for attrs in page.all("a") if (attrs["href"] or "").startswith("/article/")]
    assert links == ["/article/s-9", "/article/s-1", "/article/s-2", "/article/s-4"]


@pytest.mark.parametrize("path", ["/", "/section/world", "/article/s-2"])
def test_without_the_service_the_page_stands_and_shows_no_empty_block(path: str) -> None:
    away = create_renderer("http://127.0.0.1:1", "sf_1_s", "courier", STORIES, clock=lambda: NOW).test_client()

    page = read(away, path)

    assert not page.all("aside")
    assert not {"Must read", "Recent News", "Advertisement", "How this column was chosen"} & set(page.texts)


def test_an_empty_block_has_no_heading(service: Any, reader: Any) -> None:
    service.answer = answer([], [teaser(2)], **{"sidebar-top": None})

    texts = read(reader, "/").texts

    assert "Recent News" in texts
    assert not {"Must read", "Advertisement"} & set(texts)


def test_an_advertisement_is_labelled_counted_and_followed_through_its_click_address(service: Any, reader: Any) -> None:
    service.answer = answer(**{"sidebar-top": slot()})

    page = read(reader, "/")

    assert "Advertisement" in page.texts
    assert page.all("a", href="https://standfirst.example/c/ad", rel="sponsored noopener")
    assert page.all("img", src="/ads/k-1.svg", alt="A coil of rope")
    assert page.all("img", src="https://events.example/i/ad", alt="")


def test_a_creative_in_html_is_framed_without_scripts(service: Any, reader: Any) -> None:
    service.answer = answer(**{"article-foot": slot(format="html", html="<b style='color:red'>&quot;Rope\"</b>")})

    response = reader.get("/article/s-1")

    (frame,) = Elements(response.text).all("iframe")
    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert (frame["srcdoc"] or "").endswith("<b style='color:red'>&quot;Rope\"</b>")
    assert "style-src 'self' 'unsafe-inline'" in response.headers["Content-Security-Policy"]


def test_an_advertisers_script_stands_in_a_sandbox_and_the_policy_names_it_alone(service: Any, reader: Any) -> None:
    script = "document.title = '</b>'"
    tag = f'<iframe sandbox="allow-scripts" srcdoc="{escape(f"<b>Rope</b><script>{script}</script>")}"></iframe>'
    service.answer = answer(**{"article-foot": slot(format="tag", html=tag)})

    response = reader.get("/article/s-1")

    (frame,) = Elements(response.text).all("iframe")
    assert set((frame["sandbox"] or "").split()) == {
        "allow-scripts", "allow-popups", "allow-popups-to-escape-sandbox",
    }  # fmt: skip
    assert (frame["srcdoc"] or "").endswith(tag)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"; script-src 'sha256-{digest}';" in response.headers["Content-Security-Policy"]
    service.answer = answer()
    assert "script-src" not in reader.get("/article/s-1").headers["Content-Security-Policy"]


def test_a_visitor_may_try_that_all_is_allowed(service: Any, reader: Any) -> None:
    reader.get("/?gpc=tcf", headers={"Sec-GPC": "1"})

    consent = service.asked[0]["reader"]["consent"]
    assert (consent["gpc"], consent_of(consent["tcf"], False, "denied").third_parties) == (False, True)


@pytest.mark.parametrize(
    "unsafe",
    [
        slot() | {"click_url": "javascript:alert(1)"},
        slot(image={"url": "data:image/svg+xml,<svg/>"}),
        slot(format="html", html=""),
        slot(format="tag", html=""),
        slot(format="native", headline=None),
    ],
)
def test_an_advertisement_that_cannot_be_shown_leaves_no_trace(service: Any, reader: Any, unsafe: Any) -> None:
    service.answer = answer([teaser(1)], **{"sidebar-top": unsafe})

    assert "Advertisement" not in read(reader, "/").texts


def test_whatever_the_service_sends_is_text_not_markup(service: Any, reader: Any) -> None:
    nasty = '"><script>alert(1)</script>'
    service.answer = answer(
        [teaser(1, title=nasty, excerpt=nasty, section=nasty, image={"url": "https://p.example/x", "alt": nasty})],
        [teaser(2, title="Gone", click_url="javascript:alert(1)"), teaser(3, image={"url": "javascript:alert(1)"})],
        **{"sidebar-top": slot(format="native", headline=nasty, body=nasty, cta=nasty, image=None)},
    )

    page = read(reader, "/")

    assert not page.all("script")
    assert nasty in page.texts
    assert "Gone" not in page.texts
    assert not [attrs for _, attrs in page.found if any("javascript:" in (value or "") for value in attrs.values())]


def test_the_policy_allows_no_script_and_only_the_pages_own_pictures(service: Any, reader: Any) -> None:
    service.answer = answer([teaser(1)], **{"sidebar-top": slot()})

    response = reader.get("/")

    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["style-src"] == "'self'"
    assert policy["img-src"].split() == ["'self'", "https://events.example", "https://pictures.example"]
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<style|\sstyle=|\son\w+=", response.text)


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Purpose": "prefetch"}])
def test_a_prefetch_uses_up_no_advertisement(service: Any, reader: Any, headers: dict[str, str]) -> None:
    read(reader, "/article/s-1", **headers)
    reader.head("/article/s-1")

    assert [asked.get("slots") for asked in service.asked] == [None, None]


def test_the_reader_is_told_of_by_device_and_privacy_signal_alone(service: Any, reader: Any) -> None:
    read(reader, "/", **{"Sec-GPC": "1", "User-Agent": "Phone Mobile"})

    assert service.asked[0]["reader"] == {"device": "mobile", "consent": {"gpc": True}}


@pytest.mark.parametrize("path", ["/article/none", "/section/none", "/img/none.svg", "/x", f"/ads/{'x' * 101}.svg"])
def test_what_does_not_exist_is_not_found_on_a_page_of_ours(reader: Any, path: str) -> None:
    response = reader.get(path)

    assert response.status_code == 404
    assert "The Harbour Courier" in response.text


def test_a_section_is_found_in_any_case(reader: Any) -> None:
    assert "City" in read(reader, "/section/CITY").texts


def test_a_pinned_teaser_is_marked_and_the_front_page_asks_for_widgets_of_its_own(service: Any, reader: Any) -> None:
    reason = {"code": "pinned", "text": "Chosen by the editors"}
    service.answer = answer([teaser(1), teaser(2, source="pin", reason=reason)], [teaser(3)])

    page = reader.get("/").text

    assert [widget["id"] for widget in service.asked[0]["widgets"]] == ["front-must-read", "front-recent-news"]
    assert page.count('<p class="pinned">Chosen by the editors</p>') == 1
    assert page.index("Teaser 2") < page.index('class="pinned"') < page.index("Teaser 3")
    read(reader, "/article/s-1")
    assert [widget["id"] for widget in service.asked[1]["widgets"]] == ["must-read", "recent-news"]
