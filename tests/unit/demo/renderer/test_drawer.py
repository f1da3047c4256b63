"""The Courier's drawer: what a visitor tries reaches the service, bounded and as text, and the reasons come back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from service.demo.renderer.app import create_renderer
from service.demo.renderer.side_column.reasons import CANDIDATE_COUNT, reasons_of
from service.demo.renderer.side_column.trial import HISTORY_IDS, TEXT_CHARS, TITLE_CHARS, Trial, trial_of
from standfirst_client import Page

NASTY = '"><script>alert(1)</script>'
STORIES: list[dict[str, Any]] = [
    {
        "id": f"s-{number}",
        "title": f"{topic} gather at the quay",
        "text": f"First words of {topic}.\n\nSecond paragraph.",
        "section": "World",
        "published_at": f"2026-11-23T0{number}:00:00Z",
    }
    for number, topic in enumerate(("Boats", "Herons", "Bakers", "Pilots"))
]


def candidate(article_id: str, outcome: str, score: float) -> dict[str, Any]:
    parts = {"relevance": score - 0.1, "freshness": 0.1}
    title = f"Title of {article_id}"
    return {
        "article_id": article_id,
        "title": title,
        "outcome": outcome,
        "score": score,
        "cosine": 0.25,
        "parts": parts,
    }


EXPLAINED: dict[str, Any] = {
    "widgets": {"must-read": [candidate("s-1", "chosen", 0.9), candidate("s-2", "same-angle", 0.5)]},
    "slots": {
        "sidebar-top": [{"flight_id": "rope", "outcome": "budget"}, {"flight_id": "tea", "outcome": "chosen"}],
        "sidebar-foot": [{"flight_id": "rope", "outcome": "chosen"}],
    },
}


@pytest.fixture
def reader(service: Any) -> Any:
    return create_renderer(service.url, "sf_1_s", "courier", STORIES, timeout_s=5).test_client()


def drawer(reader: Any, path: str) -> Any:
    response = reader.get(path)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def asked_of(service: Any, reader: Any, path: str, **query: str) -> dict[str, Any]:
    assert reader.get(f"{path}?{urlencode(query)}").status_code == 200
    (asked,) = service.asked
    return dict(asked)


# What is asked


def test_the_request_is_shown_as_it_was_sent(service: Any, reader: Any) -> None:
    page = drawer(reader, "/article/s-1")

    (asked,) = service.asked
    (shown,) = page.css(".drawer pre")
    assert json.loads(shown.text()) == asked
    assert asked["explain"] is True


def test_the_forms_own_words_are_no_other_words(service: Any, reader: Any) -> None:
    form = drawer(reader, "/article/s-1")
    title, text = form.css("#try-title")[0].attributes["value"], form.css("#try-text")[0].text()
    service.asked.clear()

    crlf = (text or "").replace("\n", "\r\n")
    asked = asked_of(service, reader, "/article/s-1", title=title or "", text=crlf, history="", country="", gpc="")

    assert asked["article"] == {"id": "s-1"}
    assert "history" not in asked["reader"]


def test_other_words_are_sent_instead_of_the_id_and_the_story_itself_is_left_out(service: Any, reader: Any) -> None:
    asked = asked_of(service, reader, "/article/s-1", title="Comets", text="Ice and dust.")

    assert asked["article"] == {"title": "Comets", "text": "Ice and dust.", "section": "World"}
    assert asked["exclude"] == ["s-1"]


def test_a_front_page_takes_words_too(service: Any, reader: Any) -> None:
    assert asked_of(service, reader, "/", text="Ice and dust.")["article"] == {"title": "", "text": "Ice and dust."}


def test_the_reader_can_be_another(service: Any, reader: Any) -> None:
    asked = asked_of(
        service, reader, "/section/world", history="s-2, s-3\r\ns-2", country="pk", device="tablet", gpc="1"
    )

    wanted = {"history": ["s-2", "s-3"], "country": "PK", "device": "tablet", "consent": {"gpc": True}}
    assert asked["reader"] == wanted


def test_consent_can_be_given_where_the_browser_refuses_it(service: Any, reader: Any) -> None:
    reader.get("/?gpc=0", headers={"Sec-GPC": "1"})

    assert service.asked[0]["reader"]["consent"] == {"gpc": False}


@pytest.mark.parametrize("query", [{"country": "PAK"}, {"country": "1a"}, {"device": "fridge"}, {"gpc": "yes"}, {}])
def test_what_is_no_answer_changes_nothing(query: dict[str, str]) -> None:
    assert trial_of(query, "Title", "Text") == Trial()
    assert not trial_of(query)


def test_everything_is_bounded() -> None:
    trial = trial_of({"title": "t" * 9_000, "text": "x\0" * 9_000, "history": " ".join(map(str, range(900)))})

    assert (len(trial.title), len(trial.text), len(trial.history)) == (TITLE_CHARS, TEXT_CHARS, HISTORY_IDS)
    assert "\0" not in trial.text
    assert all(len(each) <= 128 for each in trial_of({"history": "i" * 900}).history)


# What is shown


def test_the_drawer_is_shut_until_something_is_tried_and_then_shows_what(service: Any, reader: Any) -> None:
    assert drawer(reader, "/article/s-1").css("details.drawer:not([open])")

    page = drawer(reader, f"/article/s-1?title={quote(NASTY)}&history=s-2&country=pk&device=mobile&gpc=0")

    assert page.css("details.drawer[open]")
    assert page.css_first("#try-title").attributes["value"] == NASTY
    assert page.css_first("#try-history").text() == "s-2"
    assert page.css_first("#try-country").attributes["value"] == "PK"
    assert page.css_first("#try-device [selected]").attributes["value"] == "mobile"
    assert page.css_first("#try-gpc [selected]").attributes["value"] == "0"
    assert page.css_first(".drawer .note a").attributes["href"] == "/article/s-1#drawer"
    assert not page.css("script")
    assert page.css_first("h1").text() == "Herons gather at the quay", "the story itself stays as it was written"


def test_candidates_stand_with_what_became_of_them_and_why(service: Any, reader: Any) -> None:
    service.answer = {"explain": EXPLAINED, "widgets": {}, "slots": {}}

    page = drawer(reader, "/article/s-3")

    (table, flights) = page.css(".drawer table")
    rows = [[cell.text(strip=True) for cell in row.css("th, td")] for row in table.css("tr")]
    assert rows[0] == ["Story", "What became of it", "Score", "Nearness", "Relevance", "Freshness"]
    assert rows[1] == ["Title of s-1s-1", "Chosen", "0.900", "0.250", "0.800", "0.100"]
    assert rows[2][1] == "Same angle"
    assert [row.css_first("code").text() for row in table.css("tr.chosen")] == ["s-1"]
    rows = [[cell.text(strip=True) for cell in row.css("th, td")] for row in flights.css("tr")]
    assert rows[1:] == [["tea", "Chosen", ""], ["rope", "Budget", "Chosen"]]


def test_of_many_candidates_the_foremost_stand_and_all_that_were_chosen_or_blocked() -> None:
    became = {3: "chosen", 40: "chosen", 50: "chosen", 55: "blocked"}
    rows = [candidate(f"s-{n}", became.get(n, "outranked"), 1 - n / 100) for n in range(60)]

    (shown,) = reasons_of(Page(raw={"explain": {"widgets": {"must-read": rows}}})).widgets

    assert [each.article_id for each in shown.shown if each.is_chosen] == ["s-3", "s-40", "s-50"]
    assert shown.shown[-1].verdict == "Blocked"
    assert (len(shown.shown), shown.total) == (CANDIDATE_COUNT, 60)


@pytest.mark.parametrize(
    "told",
    [None, [], {"widgets": 1, "slots": []}, {"widgets": {"a": None}, "slots": {"b": [1, {}]}},
     {"widgets": {"a": [{"score": "high", "cosine": True, "parts": [1]}, 7]}}],
)  # fmt: skip
def test_a_misshapen_explanation_leaves_the_page_standing(service: Any, reader: Any, told: Any) -> None:
    service.answer = {"explain": told}

    assert drawer(reader, "/").css("details.drawer")


def test_the_services_own_account_stands_under_each_headline(service: Any, reader: Any) -> None:
    row = candidate("s-1", "blocked", 0.9) | {"text": "Blocked by the rule 'wire' (Held): article s-1."}
    service.answer = {"explain": {"widgets": {"must-read": [row]}}}

    page = drawer(reader, "/article/s-3")

    assert page.css_first(".drawer .account").text() == row["text"]


def test_markup_in_an_explanation_is_text(service: Any, reader: Any) -> None:
    row = candidate(NASTY, NASTY, 1.0) | {"title": NASTY, "parts": {NASTY: 1}, "text": NASTY}
    service.answer = {
        "explain": {"widgets": {NASTY: [row]}, "slots": {NASTY: [{"flight_id": NASTY, "outcome": NASTY}]}},
        "warnings": [NASTY],
    }

    page = drawer(reader, "/")

    assert not page.css("script")
    assert NASTY in page.css_first(".drawer").text()


def test_without_the_service_the_drawer_says_so() -> None:
    away = create_renderer("http://127.0.0.1:1", None, "courier", STORIES).test_client()

    assert "Nothing: connection" in drawer(away, "/").css_first(".came").text()


def test_the_form_may_be_sent_to_the_paper_and_nowhere_else(reader: Any) -> None:
    assert "form-action 'self'" in reader.get("/").headers["Content-Security-Policy"]
