"""Today's edition of The Harbour Courier: its stories and its inventory, dated back from the moment it starts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

from service.domain.content.article import Article, Image

CONTENT = files("service.demo") / "content"
IMAGE_SIZE = (600, 400)
FLIGHT_DAYS = 14

Story = Mapping[str, Any]


def stories(start: datetime) -> list[Story]:
    """Returns every story with `published_at` in place of `minutes_ago`."""
    folder = CONTENT / "articles"
    files_of_sections = sorted(folder.iterdir(), key=lambda file: file.name)
    return [_dated(story, start) for file in files_of_sections for story in _rows(file.read_text("utf-8"))]


def breaking_stories() -> Sequence[Story]:
    """Returns the stories that arrive while a visitor watches, in their order, without a date."""
    return _rows((CONTENT / "breaking.ndjson").read_text("utf-8"))


def _rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.split("\n") if line]


def _dated(story: dict[str, Any], start: datetime) -> Story:
    published = start - timedelta(minutes=story.pop("minutes_ago"))
    return {**story, "published_at": published.isoformat(timespec="seconds")}


def articles(edition: Sequence[Story], address: str) -> list[Article]:
    """Returns the stories as articles of the paper that is served at this address."""
    return [_article(story, address) for story in edition]


def _article(story: Story, address: str) -> Article:
    width, height = IMAGE_SIZE
    picture = story.get("image")
    return Article(
        id=story["id"],
        url=f"{address}/article/{story['id']}",
        title=story["title"],
        text=story["text"],
        published_at=datetime.fromisoformat(story["published_at"]),
        section=story["section"],
        tags=tuple(story.get("tags", ())),
        byline=story.get("byline"),
        language=story.get("language"),
        image=Image(f"{address}/img/{story['id']}.svg", picture["alt"], width, height) if picture else None,
        comment_count=story.get("comment_count"),
        evergreen=story.get("evergreen", False),
    )


def inventory_sheet(start: datetime, address: str) -> bytes:
    """Returns the advertising sheet as CSV, its flights beginning today and its pictures on the paper's address."""
    sheet = (CONTENT / "inventory.csv").read_text("utf-8")
    first_day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last_day = first_day + timedelta(days=FLIGHT_DAYS)
    marks = {"{start}": first_day.isoformat(), "{end}": last_day.isoformat(), "{site}": address}
    for mark, value in marks.items():
        sheet = sheet.replace(mark, value)
    return sheet.encode()
