"""A teaser carries what a widget shows, under the contract's names."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from service.domain.content.article import Article, Image
from service.domain.content.teaser import teaser_fields
from service.domain.sites.site import Site

SITE = Site("courier")
ARTICLE = Article(
    id="a-1",
    url="https://courier.example/a-1",
    title="Two presidents meet",
    text="Monitoring Desk: PORT ALDER: " + " ".join(f"word{number}" for number in range(40)),
    published_at=datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=5))),
    section="World",
    image=Image("https://courier.example/a.jpg", None, 324, 235),
    comment_count=0,
)


def test_a_teaser_has_the_contracts_fields() -> None:
    assert teaser_fields(ARTICLE, SITE) == {
        "article_id": "a-1",
        "url": "https://courier.example/a-1",
        "title": "Two presidents meet",
        "excerpt": "PORT ALDER: " + " ".join(f"word{number}" for number in range(22)) + "…",
        "section": "World",
        "byline": "Monitoring Desk",
        "published_at": "2026-03-01T04:30:00Z",
        "comment_count": 0,
        "image": {"url": "https://courier.example/a.jpg", "alt": None, "width": 324, "height": 235},
    }


def test_the_excerpt_and_byline_that_were_given_are_kept() -> None:
    fields = teaser_fields(replace(ARTICLE, excerpt="In short.", byline="Jane Doe"), SITE)
    assert (fields["excerpt"], fields["byline"]) == ("In short.", "Jane Doe")


def test_a_given_byline_does_not_leave_the_credit_in_the_excerpt() -> None:
    assert teaser_fields(replace(ARTICLE, byline="Jane Doe"), SITE)["excerpt"].startswith("PORT ALDER:")


def test_an_unknown_comment_count_is_null_on_every_site() -> None:
    assert teaser_fields(replace(ARTICLE, comment_count=None), SITE)["comment_count"] is None


def test_a_site_may_hide_zero_comments_and_no_other_count() -> None:
    hiding = Site("courier", hide_zero_comments=True)
    assert teaser_fields(ARTICLE, hiding)["comment_count"] is None
    assert teaser_fields(replace(ARTICLE, comment_count=3), hiding)["comment_count"] == 3


def test_an_article_without_a_picture_has_a_null_image() -> None:
    assert teaser_fields(replace(ARTICLE, image=None), SITE)["image"] is None
