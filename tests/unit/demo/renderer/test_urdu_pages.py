"""Stories in Urdu: from right to left, named as such, with dates and counts in their own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from service.demo.renderer.app import create_renderer
from service.demo.renderer.wording import comments, when, written_in

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
HEADLINES = ("بندرگاہ کھل گئی", "روٹی مہنگی ہو گئی", "نئی ٹرام چل پڑی", "مشاعرہ رات بھر جاری")


def story(story_id: str, hours_ago: int, title: str, **more: Any) -> dict[str, Any]:
    return {
        "id": story_id,
        "title": title,
        "text": "پہلا پیرا۔\n\nدوسرا پیرا۔" if more.get("language") else "First.\n\nSecond.",
        "section": "City",
        "byline": "زہرہ عثمانی" if more.get("language") else "Ada Quay",
        "comment_count": 3,
        "published_at": (NOW - timedelta(hours=hours_ago)).isoformat(),
        **more,
    }


STORIES = [
    *(story(f"u-{n}", n + 1, title, language="ur") for n, title in enumerate(HEADLINES)),
    *(story(f"e-{n}", n + 1, f"{word} gather") for n, word in enumerate(("Herons", "Bakers", "Pilots", "Rowers"))),
]


@pytest.fixture
def reader(service: Any) -> Any:
    return create_renderer(service.url, None, "courier", STORIES, timeout_s=5, clock=lambda: NOW).test_client()


def read(reader: Any, path: str) -> Any:
    response = reader.get(path)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def test_a_story_in_urdu_runs_from_right_to_left_on_a_page_that_does_not(service: Any, reader: Any) -> None:
    page = read(reader, "/article/u-1")

    assert page.css("html[lang=en][dir=ltr]")
    assert page.css("article.text[lang=ur][dir=rtl] h1[lang=ur][dir=rtl]")
    assert len(page.css(".body p[lang=ur][dir=rtl]")) == 2
    assert page.css_first(".rail time").text() == "2 گھنٹے پہلے"
    assert page.css_first(".rail .comments").text() == "3 تبصرے"
    assert page.css_first(".byline").text() == "زہرہ عثمانی"
    assert page.css_first(".sections [aria-current=true][lang=ur]").text() == "اردو"


def test_the_service_is_told_of_the_language_so_that_ads_can_be_for_it(service: Any, reader: Any) -> None:
    read(reader, "/article/u-1")
    read(reader, "/article/e-1")

    assert [asked["article"] for asked in service.asked] == [{"id": "u-1", "language": "ur"}, {"id": "e-1"}]


def test_pages_in_the_papers_own_language_leave_out_the_others_and_not_the_other_way(service: Any, reader: Any) -> None:
    for path in ("/article/e-1", "/section/city", "/", "/article/u-1"):
        read(reader, path)

    urdu = {f"u-{n}" for n in range(4)}
    assert [urdu <= set(asked.get("exclude", ())) for asked in service.asked] == [True, True, True, False]


def test_teasers_in_urdu_are_named_so(service: Any, reader: Any) -> None:
    teasers = [
        {
            "article_id": each["id"],
            "title": each["title"],
            "excerpt": "x",
            "comment_count": 1,
            "url": "https://c.example/a",
        }
        for each in (STORIES[2], STORIES[6])
    ]
    service.answer = {"widgets": {"must-read": {"kind": "must-read", "items": teasers}}}

    first, second = read(reader, "/article/u-0").css(".must-read article")

    assert first.css("h3[lang=ur][dir=rtl]")
    assert first.css(".excerpt[lang=ur][dir=rtl]")
    assert first.css_first(".comments").text() == "1 تبصرہ"
    assert second.css("h3[dir=auto]:not([lang])")


def test_the_papers_sections_and_lead_are_in_its_own_language_and_urdu_has_a_page(reader: Any) -> None:
    front, section, urdu = (read(reader, path) for path in ("/", "/section/city", "/language/ur"))

    assert front.css_first(".lead h2").text() in {"Herons gather", "Bakers gather"}
    assert [link.attributes["href"] for link in front.css(".block-language h3 a")] == [
        f"/article/u-{n}" for n in range(3)
    ]
    assert not section.css("main [lang=ur]")
    assert len(urdu.css(".list[lang=ur][dir=rtl] h2[lang=ur]")) == 4
    assert urdu.css_first("h1").text() == "اردو"


@pytest.mark.parametrize("code", ["en", "fr", "x"])
def test_other_languages_have_no_page(reader: Any, code: str) -> None:
    assert reader.get(f"/language/{code}").status_code == 404


def test_more_stories_are_in_the_language_of_the_one_that_was_read(reader: Any) -> None:
    page = read(reader, "/article/u-0")

    assert [link.attributes["href"] for link in page.css(".more a")] == ["/article/u-1", "/article/u-2", "/article/u-3"]


def test_dates_and_counts_are_in_urdu() -> None:
    assert when(NOW - timedelta(seconds=40), NOW, "ur") == "1 منٹ پہلے"
    assert when(NOW - timedelta(hours=1), NOW, "ur") == "1 گھنٹہ پہلے"
    assert when(NOW - timedelta(days=30), NOW, "ur") == "24 اکتوبر"
    assert [comments(count, "ur") for count in (None, 0, 1, 1200)] == ["", "", "1 تبصرہ", "1,200 تبصرے"]


def test_an_advertisement_is_in_the_language_that_it_is_written_in() -> None:
    assert [written_in(text) for text in ("گھر کا ذائقہ", "Home cooking, گھر", "4", "", None)] == ["ur"] + [None] * 4
