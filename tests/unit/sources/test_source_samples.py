"""Every real feed and export of the sample data loads, or each of its entries is refused with a reason."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.feeds.feeds import FeedReading, read_feed
from service.adapters.sources.wordpress.export import exported_posts, read_export
from service.domain.errors import InvalidInput
from service.domain.sites.site import Site
from service.usecases.content.take_entries import draft_of, faults_line
from service.web.api.newsroom.article_wire import read_article

SAMPLE = os.environ.get("STANDFIRST_SAMPLE_DATA")
pytestmark = pytest.mark.skipif(not SAMPLE, reason="STANDFIRST_SAMPLE_DATA names no folder of sample data")

# By file: how many entries load, and why the others are refused.
FEEDS = {
    "atom-customfields.atom": (15, {}),
    "content-encoded.rss": (7, {}),
    "craigslist.rss": (25, {}),
    "customfields.rss": (15, {}),
    "encoding.rss": (36, {"html holds no text": 4}),
    "feedburner.atom": (25, {}),
    "guardian.rss": (55, {}),
    "gulp-atom.atom": (10, {}),
    "heise.atom": (15, {}),
    "many-links.rss": (25, {}),
    "narro.rss": (1, {}),
    "pagination-links.rss": (1, {}),
    "rss-1.rss": (0, {"html holds no text": 69}),
    "uolNoticias.rss": (11, {"html holds no text": 4}),
    "xml2js-options.rss": (0, {"html holds no text": 69}),
}
EXPORTS = {
    "64-block-test-data.xml": (60, {"html holds no text": 1, "page": 1, "wp_navigation": 1, "attachment": 9}),
    "themeunittestdata.wordpress.xml": (
        50,
        {
            "html holds no text": 4,
            "title is empty": 1,
            "page": 21,
            "attachment": 37,
            "nav_menu_item": 70,
            "future": 1,
            "draft": 1,
            "protected by a password": 1,
        },
    ),
}


def outcome(values: object) -> str:
    draft = draft_of(1, values, Site("courier"), lambda given, site: read_article(dict(given), site, html_text))  # type: ignore[arg-type]
    return faults_line(draft.faults) if draft.article is None else "loads"


@pytest.mark.parametrize("name", FEEDS)
def test_each_entry_of_a_feed_loads_or_has_its_reason(name: str) -> None:
    loads, refused = FEEDS[name]
    entries = read_feed((Path(SAMPLE or "") / "feeds" / name).read_bytes(), FeedReading())
    outcomes = Counter(outcome(entry) for entry in entries)
    assert outcomes.pop("loads", 0) == loads
    assert outcomes == refused


@pytest.mark.parametrize("name", EXPORTS)
def test_each_item_of_an_export_loads_or_has_its_reason(name: str) -> None:
    loads, others = EXPORTS[name]
    path = Path(SAMPLE or "") / "wordpress" / name
    posts = exported_posts(path, read_export(path), "wp")
    outcomes = Counter(item if isinstance(item, str) else outcome(item) for _, item in posts)
    assert outcomes.pop("loads", 0) == loads
    assert outcomes == others


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_cut_anywhere_is_refused(name: str, tmp_path: Path) -> None:
    data = (Path(SAMPLE or "") / "wordpress" / name).read_bytes()
    for part in (0.1, 0.5, 0.99):
        (tmp_path / "cut.xml").write_bytes(data[: int(len(data) * part)])
        with pytest.raises(InvalidInput, match="cut or broken"):
            read_export(tmp_path / "cut.xml")


def test_no_file_of_the_sample_is_left_out() -> None:
    found = {path.name for folder in ("feeds", "wordpress") for path in (Path(SAMPLE or "") / folder).iterdir()}
    assert found == FEEDS.keys() | EXPORTS.keys()
