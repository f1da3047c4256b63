"""What a newsroom sends becomes an article, or every fault of it is named at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.adapters.sources.articles.html_text import html_text
from service.domain.content.article import Article, Image
from service.domain.content.article_record import article_record
from service.domain.errors import InvalidInput
from service.domain.sites.site import Site
from service.web.api.newsroom.article_answers import article_answer
from service.web.api.newsroom.article_wire import ArticlePatch, amendment, read_article
from service.web.endpoints.json_wire import validate

SITE = Site("courier", domains=("courier.example",))
WHOLE: dict[str, Any] = {
    "id": "a-1",
    "url": "https://courier.example/a-1",
    "title": "Arts &amp; Life",
    "text": "One.\r\n\r\nTwo.",
    "published_at": "2026-03-01T09:30:00+05:00",
}


def read(**changes: Any) -> Article:
    return read_article(WHOLE | changes, SITE, html_text)


def faulty_paths(**changes: Any) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read(**changes)
    return [fault.path for fault in caught.value.faults]


def amended(**changes: Any) -> Article:
    patch = validate(ArticlePatch, changes, SITE)
    assert isinstance(patch, ArticlePatch)
    full = read(section="World", tags=["war"], comment_count=3, image={"url": "https://courier.example/a.jpg"})
    return amendment(patch, html_text)(full)


def test_an_article_is_cleaned_as_it_is_read() -> None:
    article = read(
        section=" World ", excerpt="", tags=["war"], image={"url": "https://courier.example/a.jpg", "alt": ""}
    )
    assert (article.title, article.text, article.section) == ("Arts & Life", "One.\nTwo.", "World")
    assert article.published_at == datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
    assert (article.excerpt, article.tags) == (None, ("war",))
    assert article.image == Image("https://courier.example/a.jpg", None)


def test_html_becomes_the_text() -> None:
    assert read(text=None, html="<p>One.</p>Two.").text == "One.\nTwo."


def test_every_fault_is_named_at_once() -> None:
    paths = faulty_paths(
        id="-x",
        url="https://elsewhere.example/",
        title=" ",
        text=7,
        published_at="2026-03-01",
        comment_count=-1,
        image={"url": "ftp://x", "width": 0},
        titel="typo",
    )
    assert sorted(paths) == sorted(
        ["id", "url", "title", "text", "published_at", "comment_count", "image.url", "image.width", "titel"]
    )


def test_what_is_required_is_named_where_nothing_is_given() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_article({}, SITE, html_text)
    assert [(fault.path, fault.message) for fault in caught.value.faults] == [
        ("id", "is required"),
        ("url", "is required"),
        ("title", "is required"),
        ("published_at", "is required"),
        ("text", "is required, or html in its place"),
    ]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"html": "<p>x"}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": None, "html": "<p> </p>"}, "html"),
        ({"title": "x" * 501}, "title"),
        ({"title": "&nbsp;<b></b>"}, "title"),
        ({"url": "courier.example/a"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://courier.example.evil.example/"}, "url"),
        ({"url": "https://user@courier.example/"}, "url"),
        ({"url": "https://courier.example/a b"}, "url"),
        ({"url": "https://[::1/"}, "url"),
        ({"published_at": 1_486_462_272}, "published_at"),
        ({"published_at": "2026-02-30T00:00:00Z"}, "published_at"),
        ({"published_at": "1700-01-01T00:00:00Z"}, "published_at"),
        ({"comment_count": "3"}, "comment_count"),
        ({"comment_count": True}, "comment_count"),
        ({"comment_count": 2**40}, "comment_count"),
        ({"evergreen": "yes"}, "evergreen"),
        ({"tags": "war"}, "tags"),
        ({"tags": ["war", ""]}, "tags[1]"),
        ({"language": "English please"}, "language"),
        ({"id": "a/1"}, "id"),
        ({"id": "a-1\n"}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"id": 7}, "id"),
        ({"image": {"alt": "no url"}}, "image.url"),
    ],
)
def test_a_fault_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    assert faulty_paths(**changes) == [path]


def test_any_host_will_do_for_a_site_without_domains() -> None:
    article = read_article(WHOLE | {"url": "http://127.0.0.1:8000/x"}, Site("courier"), html_text)
    assert article.url == "http://127.0.0.1:8000/x"


def test_a_patch_changes_what_it_names_and_nothing_else() -> None:
    before = amended()
    after = amended(comment_count=9)
    assert after.comment_count == 9
    assert article_record(after) | {"comment_count": 3} == article_record(before)


def test_null_in_a_patch_forgets_what_is_optional() -> None:
    after = amended(section=None, tags=None, comment_count=None, image=None, evergreen=None)
    assert (after.section, after.tags, after.comment_count, after.image, after.evergreen) == (
        None,
        (),
        None,
        None,
        False,
    )


@pytest.mark.parametrize("name", ["url", "title", "published_at", "text", "html"])
def test_null_in_a_patch_cannot_forget_what_is_required(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        amended(**{name: None})
    assert [fault.path for fault in caught.value.faults] == [name]


def test_a_patch_may_bring_html() -> None:
    assert amended(html="<p>New.</p>").text == "New."


def test_a_patch_with_text_and_html_is_refused() -> None:
    with pytest.raises(InvalidInput):
        amended(text="New.", html="<p>New.</p>")


def test_an_answer_loaded_again_is_the_same_article() -> None:
    article = read(section="World", comment_count=0, image={"url": "https://courier.example/a.jpg", "width": 3})
    answer = article_answer(article).model_dump(mode="json")
    assert read_article(answer, SITE, html_text) == article
    assert article_answer(article, with_text=False).text is None
