"""Reads the sample collection of real news, where STANDFIRST_SAMPLE_DATA names its folder."""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class NewsArticle:
    """One article of the collection: its number, day, publisher's host, address, headline and text."""

    id: int
    day: date
    publisher: str
    url: str
    title: str
    text: str


def news_file() -> Path | None:
    """Returns the collection's file, or None where the variable or the file is missing."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    path = Path(folder, "newsarticles", "NewsArticles.csv.gz") if folder else None
    return path if path is not None and path.is_file() else None


@cache
def news_articles(path: Path) -> tuple[NewsArticle, ...]:
    """Returns every article with a headline, a text and a date, by number."""
    csv.field_size_limit(2**24)
    with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="") as lines:
        read = (_article(row) for row in csv.DictReader(lines))
        return tuple(sorted((a for a in read if a is not None), key=lambda a: a.id))


def _article(row: dict[str, str]) -> NewsArticle | None:
    title, text, url = row["title"].strip(), row["text"].strip(), row["article_source_link"].strip()
    try:
        day = datetime.strptime(row["publish_date"].split()[0], "%Y/%m/%d").date()  # noqa: DTZ007 - a day has no zone
    except (ValueError, IndexError):
        return None
    return NewsArticle(int(row["article_id"]), day, urlsplit(url).netloc, url, title, text) if title and text else None
