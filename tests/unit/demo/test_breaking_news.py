"""News that breaks: sent over HTTP like a newsroom's, on the paper before its teaser, on a strip on the front page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from service.demo.breaking import BreakingNews, Pace, write_stories
from service.demo.renderer.app import create_renderer
from service.demo.renderer.content_file import ContentFile
from standfirst_client import StandfirstClient

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
AT_ONCE = Pace(first_after_s=0, apart_s=0, retry_s=0.01)


def story(number: int, minutes_ago: int = 60, **more: Any) -> dict[str, Any]:
    return {
        "id": f"s-{number}",
        "title": ("", "Herons gather", "Bakers strike", "Ferry aground", "Tugs arrive")[number],
        "text": "First words.\n\nSecond paragraph.",
        "section": "City",
        "published_at": (NOW - timedelta(minutes=minutes_ago + number)).isoformat(),
        **more,
    }


def breaking(number: int) -> dict[str, Any]:
    picture = {"hue": 200, "motif": "harbour", "alt": "A ship."}
    return {key: value for key, value in story(number, breaking=True, image=picture).items() if key != "published_at"}


class Paper:
    """Notes what was before it when the service got each story."""

    def __init__(self) -> None:
        self.written: list[list[str]] = []

    def write(self, stories: Sequence[Any]) -> None:
        self.written.append([each["id"] for each in stories])


@pytest.fixture
def newsroom(service: Any) -> Any:
    with StandfirstClient(service.url, "sf_1_content", "courier", timeout_s=30) as client:
        yield client


def test_each_story_is_written_for_the_paper_and_then_sent(
    service: Any, newsroom: StandfirstClient, wait_until: Callable[..., Any]
) -> None:
    paper = Paper()
    news = BreakingNews(newsroom, [breaking(1), breaking(2)], paper.write, "http://paper.example")

    news.start(AT_ONCE)
    wait_until(lambda: len(service.put) == 2, 60)
    news.stop()

    assert paper.written == [["s-1"], ["s-1", "s-2"]]
    assert [path for path, _ in service.put] == ["/v1/articles/s-1?site=courier", "/v1/articles/s-2?site=courier"]
    assert set(service.tokens) == {"Bearer sf_1_content"}
    sent = service.put[0][1]
    assert sent["url"] == "http://paper.example/article/s-1"
    assert sent["image"] == {"url": "http://paper.example/img/s-1.svg", "alt": "A ship."}
    assert datetime.fromisoformat(sent["published_at"]) <= datetime.now(UTC)
    assert not {"breaking", "id", "minutes_ago"} & set(sent)


def test_a_service_that_is_away_is_asked_again_and_one_that_refuses_is_not(
    service: Any, newsroom: StandfirstClient, wait_until: Callable[..., Any]
) -> None:
    service.refusals = [503, 500, 201, 400]
    news = BreakingNews(newsroom, [breaking(1), breaking(2), breaking(3)], Paper().write, "http://paper.example")

    news.start(AT_ONCE)
    wait_until(lambda: len(service.put) == 2, 60)
    news.stop()

    assert [path.partition("?")[0] for path, _ in service.put] == ["/v1/articles/s-1", "/v1/articles/s-3"]


def test_told_to_stop_before_anything_happened_nothing_does(service: Any, newsroom: StandfirstClient) -> None:
    news = BreakingNews(newsroom, [breaking(1)], Paper().write, "http://paper.example")

    news.start(Pace(first_after_s=600))
    news.stop()

    assert service.put == []


# On the paper


def page(app: Any, path: str) -> Any:
    response = app.test_client().get(path)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def paper_of(path: Path) -> Any:
    file = ContentFile(path)
    return create_renderer(
        "http://127.0.0.1:1", None, "courier", file.read(), arrivals=file.arrivals, clock=lambda: NOW
    )


def test_a_story_that_arrives_has_its_page_at_once_and_stands_on_the_strip(tmp_path: Path) -> None:
    path = tmp_path / "edition.ndjson"
    write_stories(path, [story(1), story(2)])
    app = paper_of(path)
    assert not page(app, "/").css(".breaking")

    write_stories(path, [story(1), story(2), story(3, 0, breaking=True), story(4, 1, breaking=True)])

    strip = [link.attributes["href"] for link in page(app, "/").css(".breaking a")]
    assert strip == ["/article/s-3", "/article/s-4"]
    links = [link.attributes["href"] for link in page(app, "/").css("main a[href^='/article/']")]
    assert len(set(links)) == len(links) == 4
    assert page(app, "/article/s-3").css_first("h1").text() == story(3)["title"]


def test_after_some_hours_nothing_breaks_any_more() -> None:
    old = [story(1), story(2, 200, breaking=True)]
    app = create_renderer("http://127.0.0.1:1", None, "courier", old, clock=lambda: NOW)

    assert not page(app, "/").css(".breaking")
    assert page(app, "/article/s-2")


@pytest.mark.parametrize("faulty", ["{", '{"id": "half"}\n', "[1]\n"])
def test_a_faulty_file_leaves_the_paper_as_it_is(tmp_path: Path, faulty: str) -> None:
    path = tmp_path / "edition.ndjson"
    write_stories(path, [story(1)])
    app = paper_of(path)

    path.write_text(faulty, "utf-8")
    os.utime(path, (1, 1))

    assert page(app, "/").css_first(".lead h2").text() == story(1)["title"]


def test_a_file_that_has_not_moved_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "edition.ndjson"
    write_stories(path, [story(1)])
    file = ContentFile(path)

    assert [each["id"] for each in file.read()] == ["s-1"]
    assert file.arrivals() is None
    path.write_text(json.dumps(story(2)), "utf-8")
    assert [each["id"] for each in file.arrivals() or ()] == ["s-2"]
    assert file.arrivals() is None
