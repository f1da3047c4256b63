"""An answer becomes typed values; what is unknown, missing or misshapen never breaks the page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst_client import Creative, Image, Model, Reason, Slot, Teaser
from standfirst_client.parsing import MalformedAnswerError, parse_page

BASE_URL = "http://standfirst.example/"
TEASER = {
    "position": 1,
    "article_id": "a-31",
    "url": "https://courier.example/a-31",
    "click_url": "https://standfirst.example/c/t",
    "title": "Truce holds",
    "excerpt": "A quiet night …",
    "section": "World",
    "byline": "Ada Quay",
    "published_at": "2026-11-20T08:30:00+05:00",
    "comment_count": 0,
    "image": {"url": "https://courier.example/i.svg", "alt": "A bridge", "width": 324, "height": 235},
    "score": 0.71,
    "source": "pin",
    "reason": {"code": "same-story-area", "text": "Shares: summit, truce"},
}
SLOT = {
    "decision_id": "d-1",
    "label": "Advertisement",
    "advertiser": "Alder Rope",
    "campaign_id": "c-1",
    "flight_id": "f-1",
    "creative": {
        "id": "k-1",
        "format": "native",
        "width": 300,
        "height": 250,
        "headline": "Rope that holds",
        "body": "Since 1871",
        "cta": "See how",
        "landing_domain": "rope.example",
        "image": {"url": "/ads/k-1.svg", "alt": "A coil of rope"},
    },
    "click_url": "/c/s",
    "impression_url": "/i/s",
    "view_url": "https://standfirst.example/v/s",
}


def page_with(teaser: object) -> Any:
    return parse_page({"widgets": {"w": {"kind": "related", "items": [teaser]}}}, BASE_URL)


def test_every_field_of_the_contract_arrives() -> None:
    page = parse_page(
        {
            "request_id": "r-1",
            "page_view": "pv-1",
            "model": {"version": "m-3", "variant": "control"},
            "widgets": {"must-read": {"kind": "must-read", "fallback": "popular", "items": [TEASER]}},
            "slots": {"top": SLOT, "foot": None},
            "events_url": "/v1/events",
            "warnings": ["unknown field: colour"],
            "took_ms": 1.8,
        },
        BASE_URL,
    )

    assert (page.request_id, page.page_view, page.model) == ("r-1", "pv-1", Model("m-3", "control"))
    assert (page.took_ms, page.warnings) == (1.8, ("unknown field: colour",))
    assert page.events_url == "http://standfirst.example/v1/events"
    assert page.widgets["must-read"].fallback == "popular"
    assert page.teasers("must-read") == (
        Teaser(
            position=1,
            article_id="a-31",
            url="https://courier.example/a-31",
            click_url="https://standfirst.example/c/t",
            title="Truce holds",
            excerpt="A quiet night …",
            section="World",
            byline="Ada Quay",
            published_at=datetime(2026, 11, 20, 3, 30, tzinfo=UTC),
            comment_count=0,
            image=Image("https://courier.example/i.svg", "A bridge", 324, 235),
            score=0.71,
            source="pin",
            reason=Reason("same-story-area", "Shares: summit, truce"),
        ),
    )
    assert page.slots["foot"] is None
    assert page.slot("top") == Slot(
        label="Advertisement",
        advertiser="Alder Rope",
        creative=Creative(
            id="k-1",
            format="native",
            width=300,
            height=250,
            image=Image("/ads/k-1.svg", "A coil of rope"),
            headline="Rope that holds",
            body="Since 1871",
            cta="See how",
            landing_domain="rope.example",
        ),
        click_url="http://standfirst.example/c/s",
        impression_url="http://standfirst.example/i/s",
        view_url="https://standfirst.example/v/s",
        decision_id="d-1",
        campaign_id="c-1",
        flight_id="f-1",
    )


def test_unknown_fields_are_kept_in_raw() -> None:
    page = parse_page({"colour": "sea", "widgets": {"w": {"shape": 1, "items": [TEASER | {"mood": "calm"}]}}}, BASE_URL)

    assert page.raw["colour"] == "sea"
    assert page.widgets["w"].raw["shape"] == 1
    assert page.teasers("w")[0].raw["mood"] == "calm"


def test_a_teaser_needs_only_a_title_and_an_address() -> None:
    (teaser,) = page_with({"title": "Truce", "url": "https://courier.example/t"}).teasers("w")

    assert teaser == Teaser(1, "", "https://courier.example/t", "https://courier.example/t", "Truce")


@pytest.mark.parametrize(
    "faulty", [None, 7, {}, {"title": "No address"}, {"url": "https://a.example"}, TEASER | {"title": ""}]
)
def test_half_a_teaser_is_left_out(faulty: object) -> None:
    assert page_with(faulty).teasers("w") == ()


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("comment_count", None, None),
        ("comment_count", -3, None),
        ("comment_count", True, None),
        ("comment_count", "12", None),
        ("published_at", "yesterday", None),
        ("published_at", "2026-11-20T08:30:00", None),
        ("published_at", 5, None),
        ("score", float("inf"), None),
        ("score", 10**400, None),
        ("image", {"alt": "no address"}, None),
        ("title", "half a pair \ud83d", "half a pair ?"),
    ],
)
def test_a_misshapen_field_gets_its_default(field: str, value: object, expected: object) -> None:
    (teaser,) = page_with(TEASER | {field: value}).teasers("w")

    assert getattr(teaser, field) == expected


@pytest.mark.parametrize("missing", ["creative", "click_url"])
def test_a_slot_without_creative_or_address_is_empty(missing: str) -> None:
    page = parse_page({"slots": {"top": {key: value for key, value in SLOT.items() if key != missing}}}, BASE_URL)

    assert page.slots == {"top": None}


def test_answers_cannot_be_changed() -> None:
    page = parse_page({"widgets": {"w": {"items": []}}}, BASE_URL)

    with pytest.raises(TypeError):
        page.widgets["x"] = page.widgets["w"]


NAMES = st.sampled_from(["widgets", "slots", "items", "creative", "image", "url", "title", "click_url", "model", "w"])
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


@given(st.dictionaries(NAMES, ANYTHING) | ANYTHING)
def test_no_answer_at_all_makes_parsing_raise_anything_but_its_own_error(answer: object) -> None:
    try:
        page = parse_page(answer, BASE_URL)
    except MalformedAnswerError:
        return
    for widget in page.widgets.values():
        for teaser in widget.items:
            teaser.title.encode()
