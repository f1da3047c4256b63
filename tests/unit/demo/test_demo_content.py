"""The Harbour Courier's content and the acceptance page keep what the demonstration and the other tests rely on."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

CONTENT = files("service.demo") / "content"
SEED_PAGE = Path(__file__).parents[2] / "seed_page.json"
SECTIONS = {"World", "City", "Business", "Sport", "Culture", "Science"}
MOTIFS = {
    *("harbour", "city", "sport", "market", "lab", "stage", "globe", "weather", "wind", "mountain", "comet", "road"),
    "board",
}
WEEKDAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
DAY_NAMES = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
THIRTY_DAYS_MIN = 30 * 24 * 60
STANDS_ANYWHERE = {"language", "evergreen"}
ARTICLE_FIELDS = {
    *("id", "title", "text", "section", "tags", "byline", "minutes_ago", "comment_count", "image"),
}
SHEET_COLUMNS = {
    *("advertiser", "campaign", "flight", "status", "starts_at", "ends_at", "timezone", "tier", "goal_type", "goal"),
    *("price_model", "price", "currency", "cap_unit", "daily_cap", "lifetime_cap", "campaign_daily_cap"),
    *("campaign_lifetime_cap", "advertiser_daily_cap", "advertiser_lifetime_cap", "cap_timezone", "pacing"),
    *("frequency_cap", "placements", "sections", "keywords", "exclude_keywords", "countries", "devices"),
    *("languages", "days", "hours", "labels", "exclude_labels", "suitability", "creative", "format", "width"),
    *("height", "headline", "body", "image_url", "image_alt", "cta", "html", "tag", "landing_url", "weight"),
}

Row = dict[str, Any]


def rows_of(text: str) -> list[Row]:
    return [json.loads(line) for line in text.splitlines()]


@cache
def shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def shared(first: str, second: str) -> float:
    one, other = shingles(first), shingles(second)
    return len(one & other) / len(one | other)


def title_overlap(first: str, second: str) -> float:
    one, other = set(re.findall(r"\w+", first.lower())), set(re.findall(r"\w+", second.lower()))
    return len(one & other) / len(one | other)


def proper_names(text: str) -> set[str]:
    return set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}", text)) - WEEKDAYS


def word_count(row: Row) -> int:
    return len(row["text"].split())


@pytest.fixture(scope="module")
def articles() -> dict[str, Row]:
    rows = [row for file in (CONTENT / "articles").iterdir() for row in rows_of(file.read_text(encoding="utf-8"))]
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def breaking() -> list[Row]:
    return rows_of((CONTENT / "breaking.ndjson").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pairs() -> Row:
    content: Row = json.loads((CONTENT / "pairs.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def inventory() -> list[dict[str, str]]:
    lines = (CONTENT / "inventory.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, strict=True))


@pytest.fixture(scope="module")
def seed_page() -> Row:
    page: Row = json.loads(SEED_PAGE.read_text(encoding="utf-8"))
    return page


def test_the_paper_has_enough_articles_in_each_of_its_six_sections(articles: dict[str, Row]) -> None:
    counts = Counter(row["section"] for row in articles.values())
    assert len(articles) >= 120
    assert set(counts) == SECTIONS
    assert min(counts.values()) >= 14


def test_each_file_holds_one_section_or_the_urdu_stories_the_newest_first() -> None:
    for file in (CONTENT / "articles").iterdir():
        rows = rows_of(file.read_text(encoding="utf-8"))
        held = {row.get("language") or row["section"].lower() for row in rows}
        assert held == {"ur" if file.name == "urdu.ndjson" else file.name.removesuffix(".ndjson")}
        ages = [row["minutes_ago"] for row in rows]
        assert ages == sorted(ages), file.name


def test_ten_or_more_articles_are_in_urdu_from_most_sections(articles: dict[str, Row]) -> None:
    urdu = [row for row in articles.values() if row.get("language") == "ur"]
    assert len(urdu) >= 10
    assert len({row["section"] for row in urdu}) >= 5
    for row in urdu:
        for told in (row["title"], row["text"], row["byline"], row["image"]["alt"], " ".join(row["tags"])):
            letters = [letter for letter in told if letter.isalpha()]
            assert all("\u0600" <= letter <= "\u06ff" for letter in letters), row["id"]
    assert all(not re.search("[\u0600-\u06ff]", row["text"]) for row in articles.values() if row not in urdu)


def test_no_text_names_a_weekday_for_the_paper_may_start_on_any(articles: dict[str, Row], breaking: list[Row]) -> None:
    for row in (*articles.values(), *breaking):
        assert not DAY_NAMES.search(row["title"] + row["text"]), row["id"]


def test_five_stories_break_and_the_first_names_what_the_others_follow_up(
    articles: dict[str, Row], breaking: list[Row]
) -> None:
    assert len(breaking) == 5
    assert not {row["id"] for row in breaking} & set(articles)
    for row in breaking:
        assert set(row) == ARTICLE_FIELDS - {"minutes_ago"} | {"breaking"}
        assert row["breaking"] is True
        assert row["section"] in SECTIONS
        assert 150 <= word_count(row) <= 400, (row["id"], word_count(row))
        assert "Meridian Aurora" in row["title"] + row["text"]
    for first, second in combinations([*breaking, *articles.values()], 2):
        if first in breaking:
            assert shared(first["text"], second["text"]) < 0.08, (first["id"], second["id"])


def test_every_article_has_every_field_and_a_page_of_text(articles: dict[str, Row]) -> None:
    for row in articles.values():
        assert set(row) - STANDS_ANYWHERE == ARTICLE_FIELDS, row["id"]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", row["id"])
        assert 180 <= word_count(row) <= 400, (row["id"], word_count(row))
        assert "\n\n" in row["text"], row["id"]
        assert not re.search(r"(?<!\n)\n(?!\n)|\n{3}|<\w", row["text"]), row["id"]
        assert row["title"].strip(), row["id"]
        assert row["byline"], row["id"]
        assert len(row["tags"]) >= 2, row["id"]


def test_ages_differ_and_spread_over_thirty_days_with_some_of_the_last_hours(articles: dict[str, Row]) -> None:
    ages = [row["minutes_ago"] for row in articles.values()]
    assert len(set(ages)) == len(ages)
    assert min(ages) > 0
    assert THIRTY_DAYS_MIN * 0.95 < max(ages) <= THIRTY_DAYS_MIN
    days = {age // (24 * 60) for age in ages}
    assert len(days) >= 25, "hardly a day without a story"
    assert sum(age <= 180 for age in ages) >= 4


def test_comment_counts_and_pictures_are_in_range_and_sometimes_missing(articles: dict[str, Row]) -> None:
    counts = [row["comment_count"] for row in articles.values()]
    pictures = [row["image"] for row in articles.values()]
    assert None in counts
    assert all(0 <= count <= 140 for count in counts if count is not None)
    assert 5 <= pictures.count(None) <= 20
    for picture in filter(None, pictures):
        assert set(picture) == {"hue", "motif", "alt"}
        assert 0 <= picture["hue"] <= 360
        assert picture["motif"] in MOTIFS
        assert picture["alt"].endswith((".", "۔"))
    assert {picture["motif"] for picture in filter(None, pictures)} == MOTIFS


def test_two_articles_are_evergreen(articles: dict[str, Row]) -> None:
    assert sum(bool(row.get("evergreen")) for row in articles.values()) == 2


def test_some_articles_open_with_a_desk_credit_and_some_with_a_dateline(articles: dict[str, Row]) -> None:
    texts = [row["text"] for row in articles.values()]
    assert sum(bool(re.match(r"\w+ Desk: [A-Z ]+: ", text)) for text in texts) >= 3
    assert sum(bool(re.match(r"[A-Z ]+ — ", text)) for text in texts) >= 3


def test_pairs_and_running_stories_name_existing_articles(articles: dict[str, Row], pairs: Row) -> None:
    assert set(pairs) == {"same_story", "duplicate", "same_angle", "running"}
    assert [len(pairs[kind]) for kind in ("same_story", "duplicate", "same_angle")] == [4, 7, 4]
    groups = [*pairs["same_story"], *pairs["duplicate"], *pairs["same_angle"], *pairs["running"].values()]
    for group in groups:
        assert len(set(group)) == len(group)
        assert set(group) <= set(articles)
    assert len(pairs["running"]) >= 18
    assert all(3 <= len(group) <= 6 for group in pairs["running"].values())
    told_by = [{articles[each]["byline"] for each in group} for group in pairs["running"].values()]
    assert sum(len(reporters) >= 2 for reporters in told_by) >= 14, "most are told from several sides"


def test_near_duplicates_share_their_wording_and_nothing_else_in_the_paper_does(
    articles: dict[str, Row], pairs: Row
) -> None:
    duplicates = {frozenset(pair) for pair in pairs["duplicate"]}
    for first, second in combinations(articles.values(), 2):
        share = shared(first["text"], second["text"])
        if {first["id"], second["id"]} in duplicates:
            assert 0.7 <= share < 1, (first["id"], second["id"])
        else:
            assert share < 0.08, (first["id"], second["id"])


def test_the_same_story_told_twice_keeps_its_names_but_not_its_headline(articles: dict[str, Row], pairs: Row) -> None:
    for first, second in pairs["same_story"]:
        one, other = articles[first], articles[second]
        names = [proper_names(row["text"]) for row in (one, other)]
        assert len(names[0] & names[1]) >= 2, (first, second)
        assert title_overlap(one["title"], other["title"]) < 0.4, (first, second)
        assert one["byline"] != other["byline"]
        assert abs(one["minutes_ago"] - other["minutes_ago"]) < 12 * 60


def test_listicles_of_the_same_angle_have_near_identical_headlines(articles: dict[str, Row], pairs: Row) -> None:
    for first, second in pairs["same_angle"]:
        assert title_overlap(articles[first]["title"], articles[second]["title"]) >= 0.6, (first, second)


def test_the_inventory_has_flights_of_every_tier_with_columns_of_the_sheet(inventory: list[dict[str, str]]) -> None:
    assert set(inventory[0]) <= SHEET_COLUMNS
    for row in inventory:
        assert None not in row
        assert None not in row.values()
    assert len({row["flight"] for row in inventory}) == len(inventory)
    paid = [row for row in inventory if row["tier"] != "house"]
    assert len(paid) >= 12
    assert len({row["advertiser"] for row in paid}) >= 6
    tiers = Counter(row["tier"] for row in inventory)
    assert tiers == {"sponsorship": 2, "standard": 4, "price": 9, "house": 2}


def test_one_flight_is_for_urdu_pages_and_one_for_telephones(inventory: list[dict[str, str]]) -> None:
    assert [row["flight"] for row in inventory if row["languages"] == "ur"] == ["dastarkhwan-urdu-cpm"]
    assert [row["flight"] for row in inventory if row["devices"] == "mobile"] == ["tidewell-mobile-cpm"]


def test_paid_flights_have_different_prices_and_modest_caps(inventory: list[dict[str, str]]) -> None:
    paid = [row for row in inventory if row["tier"] != "house"]
    assert len({(row["price_model"], row["price"]) for row in paid}) == len(paid)
    assert [row["price_model"] for row in paid].count("cpc") == 2
    for row in paid:
        assert re.fullmatch(r"\d+\.\d\d", row["price"])
        assert re.fullmatch(r"\d{1,3}\.\d\d", row["lifetime_cap"])
        assert row["cap_unit"] == "money"
    assert any(row["sections"] for row in paid)
    assert any("ferry" in row["keywords"].split("|") for row in paid)


def test_every_flight_runs_for_the_demonstration_in_known_placements(inventory: list[dict[str, str]]) -> None:
    for row in inventory:
        assert (row["status"], row["currency"]) == ("active", "EUR")
        assert (row["starts_at"], row["ends_at"]) == ("{start}", "{end}")
        assert set(row["placements"].split("|")) <= {"sidebar", "article-foot"}
        assert set(filter(None, row["sections"].split("|"))) <= SECTIONS
        assert row["landing_url"].startswith(f"https://{row['advertiser']}.example/")
    placed = {name for row in inventory if row["tier"] == "house" for name in row["placements"].split("|")}
    assert placed == {"sidebar", "article-foot"}


def test_creatives_are_pictures_with_alt_text_and_a_few_natives(inventory: list[dict[str, str]]) -> None:
    pictures = [row for row in inventory if row["format"] == "image"]
    natives = [row for row in inventory if row["format"] not in ("image", "tag")]
    for row in pictures:
        assert (row["width"], row["height"]) == ("300", "250")
        assert row["image_url"] == f"{{site}}/ads/{row['creative']}.svg"
        assert row["image_alt"]
    assert len(natives) == 3
    for row in natives:
        assert row["format"] == "native"
        assert row["headline"]
        assert row["body"]
        assert row["cta"]


def test_one_creative_is_an_advertisers_own_script_that_loads_nothing_from_elsewhere(
    inventory: list[dict[str, str]],
) -> None:
    (tagged,) = (row for row in inventory if row["tag"])
    assert (tagged["format"], tagged["placements"]) == ("tag", "sidebar")
    assert "<script>" in tagged["tag"]
    assert "{click_url}" in tagged["tag"]
    assert not re.search(r"https?:|//", tagged["tag"])


def test_the_seed_story_is_seven_years_older_than_its_teasers(seed_page: Row) -> None:
    story, teasers = seed_page["story"], seed_page["teasers"]
    assert story["section"] == "World"
    assert re.match(r"Monitoring Desk: [A-Z]+: The presidents ", story["text"])
    assert word_count(story) >= 250
    published = [datetime.fromisoformat(row["published_at"]) for row in (story, *teasers)]
    assert all(at.tzinfo for at in published)
    assert published[0].date().isoformat() == "2017-02-10"
    assert {(at.year, at.month) for at in published[1:]} == {(2024, 2)}
    assert len({at.date() for at in published[1:]}) == 5


def test_the_seed_teasers_have_the_form_of_articles(seed_page: Row) -> None:
    rows = [seed_page["story"], *seed_page["teasers"]]
    assert len({row["id"] for row in rows}) == len({row["url"] for row in rows}) == 6
    for row in rows:
        assert set(row) - {"image"} == {
            *("id", "title", "text", "section", "url", "published_at", "comment_count"),
        }
        assert row["comment_count"] == 0
        assert word_count(row) >= 150
        assert row.get("image") is None or row["image"]["alt"] != row["title"]
    assert 0 < sum("image" in row for row in seed_page["teasers"]) < 5


def test_the_seed_listicles_promise_alike_and_tell_different_things(seed_page: Row) -> None:
    first, second = (row for row in seed_page["teasers"] if "Shampoo" in row["title"])
    assert title_overlap(first["title"], second["title"]) > 0.7
    assert shared(first["text"], second["text"]) < 0.03


def test_the_other_seed_teasers_belong_to_the_war_of_the_story(seed_page: Row) -> None:
    others = [row for row in seed_page["teasers"] if "Shampoo" not in row["title"]]
    assert len(others) == 3
    for row in others:
        assert row["section"] == "World"
        assert {"Sarvenia", "Ostmar"} <= set(re.findall(r"\w+", row["text"]))
