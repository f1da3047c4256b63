"""A desk's credit is a byline, a dateline is for readers only, and a sentence is neither."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.domain.content.article import Article
from service.domain.content.opening import model_text, read_opening


@pytest.mark.parametrize(
    ("text", "byline", "story"),
    [
        ("Monitoring Desk: Rain fell.", "Monitoring Desk", "Rain fell."),
        ("Web Desk : Rain fell.", "Web Desk", "Rain fell."),
        ("News Desk — Rain fell.", "News Desk", "Rain fell."),
        ("Sports Desk - Rain fell.", "Sports Desk", "Rain fell."),
        ("By Our Correspondent\nRain fell.", "Our Correspondent", "Rain fell."),
        ("By Our Staff Reporter: Rain fell.", "Our Staff Reporter", "Rain fell."),
        ("Staff Report\nRain fell.", "Staff Report", "Rain fell."),
        ("Agencies: Rain fell.", "Agencies", "Rain fell."),
        ("Monitoring Desk PORT ALDER: Rain fell.", "Monitoring Desk", "PORT ALDER: Rain fell."),
        ("ویب ڈیسک: بارش ہوئی۔", "ویب ڈیسک", "بارش ہوئی۔"),
    ],
)
def test_a_leading_credit_is_read_as_byline_and_taken_off(text: str, byline: str, story: str) -> None:
    opening = read_opening(text)
    assert (opening.byline, opening.story) == (byline, story)


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("ISLAMABAD: Rain fell.", "ISLAMABAD:"),
        ("NEW YORK/LONDON: Rain fell.", "NEW YORK/LONDON:"),
        ("PORT ALDER (Agency) — Rain fell.", "PORT ALDER (Agency) —"),
        ("Port Alder (Agency) - Rain fell.", "Port Alder (Agency) -"),
        ("LONDON, March 3 (Reuters) - Rain fell.", "LONDON, March 3 (Reuters) -"),
        ("TEL AVIV, Israel (AP) — Rain fell.", "TEL AVIV, Israel (AP) —"),
        ("MOSCOW, February 3. /TASS/. Rain fell.", "MOSCOW, February 3. /TASS/."),
        ("Hong Kong (CNN)Rain fell.", "Hong Kong (CNN)"),
        ("(CNN)Rain fell.", "(CNN)"),
        ("اسلام آباد (ویب ڈیسک) Rain fell.", "اسلام آباد (ویب ڈیسک)"),
    ],
)
def test_a_dateline_stays_in_the_story_and_not_in_the_body(text: str, dateline: str) -> None:
    opening = read_opening(text)
    assert (opening.byline, opening.dateline, opening.story, opening.body) == (None, dateline, text, "Rain fell.")


@pytest.mark.parametrize(
    "text",
    [
        "Warning: this story has pictures.",
        "WARNING: this story has pictures.",
        "Q: What happened? A: Rain.",
        "UN: report says rain will fall.",
        "BREAKING NEWS: rain falls.",
        "READ MORE: rain falls.",
        "Sports Desk staff were told of rain.",
        "Our Correspondent writes that it rains.",
        "The Desk: a history of a piece of furniture.",
        "A Reporter: a life in papers.",
        "Trump (R) - said he - would come.",
        "Rain - heavy - fell (again) on Monday.",
        "ATTORNEY GENERAL JEFF SMITH said: no.",
        "Monitoring Desk",
        "",
    ],
)
def test_an_ordinary_sentence_is_left_alone(text: str) -> None:
    opening = read_opening(text)
    assert (opening.byline, opening.dateline, opening.story, opening.body) == (None, None, text, text)


def test_a_credit_is_only_read_at_the_very_start() -> None:
    text = "Rain fell.\nMonitoring Desk: more rain."
    assert read_opening(text).byline is None


def test_a_text_that_is_only_a_dateline_is_still_fed_to_the_model() -> None:
    assert read_opening("ISLAMABAD: ").body == "ISLAMABAD:"


def test_the_model_reads_neither_credit_nor_dateline() -> None:
    text = "Monitoring Desk: PORT ALDER: The two presidents met."
    article = Article("a-1", "https://courier.example/a", "Talks", text, datetime(2026, 3, 1, tzinfo=UTC))
    assert model_text(article) == "The two presidents met."
