"""On a site of several languages a page keeps to its own, and says so where there is too little in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.detect import detect
from service.domain.call.page_call import ArticleReference
from service.domain.content.article import Article
from service.domain.sites.language import language_code, language_of, language_of_code, languages_of
from service.domain.sites.site import Site
from tests.makers.filled_page import BOTH, Filled, fill, widget
from tests.makers.newsroom import SITE, article, snapshot

MIXED = replace(SITE, languages=("en", "ur"))
WORDS = ("ferry", "crane", "tide", "market", "school", "council", "bakery", "library", "stadium", "museum", "bridge")
OTHERS = ("gate", "crew", "moon", "price", "lesson", "vote", "oven", "novel", "match", "statue", "river")
URDU = ("بندرگاہ", "کشتی", "بازار", "اسکول", "عدالت", "پل", "ہسپتال", "میلہ", "سڑک", "دریا", "کتاب")
OTHERS_URDU = ("مزدور", "طوفان", "قیمت", "امتحان", "فیصلہ", "مرمت", "دوا", "مشاعرہ", "ٹریفک", "سیلاب", "ناول")
KINDS = ("must-read", "recent-news", "related", "most-read", "most-discussed", "latest-in-section")


def english(count: int, age_s: int = 0) -> list[Article]:
    """So many stories in English, all of the harbour and no two of one event, the first the newest."""
    told = [(f"{one} {other}", f"harbour {one} {other}s") for one, other in zip(WORDS, OTHERS, strict=True)]
    return _stories("en", told[:count], age_s)


def urdu(count: int, age_s: int = 0) -> list[Article]:
    """So many stories in Urdu, all of the city and no two of one event."""
    told = [(f"{one} {other}", f"شہر {one} {other}") for one, other in zip(URDU, OTHERS_URDU, strict=True)]
    return _stories("ur", told[:count], age_s)


def _stories(language: str, told: list[tuple[str, str]], age_s: int) -> list[Article]:
    return [
        article(f"{language[0]}-{n}", title, text, age_s=age_s + 60 * n, language=language)
        for n, (title, text) in enumerate(told)
    ]


def filled(articles: Sequence[Article], page: str | ArticleReference | None, site: Site = MIXED, **asked) -> Filled:
    return fill(snapshot(list(articles)), articles, page, site=site, **asked)


def test_a_page_in_urdu_shows_urdu_and_a_page_in_english_english() -> None:
    articles = [*english(11), *urdu(11, age_s=7_200)]

    for page in ("u-0", "e-0"):
        shown = filled(articles, page)
        assert len(shown.all_ids) == 10
        assert {i[0] for i in shown.all_ids} == {page[0]}
        assert "any-language" not in {each.fallback for each in shown.widgets.values()}


@pytest.mark.parametrize(
    "kind", ["must-read", "recent-news", "related", "most-read", "most-discussed", "latest-in-section"]
)
def test_every_kind_of_widget_keeps_to_the_language_though_others_are_newer_and_more_read(kind: str) -> None:
    articles = [
        *(replace(a, comment_count=50, section="City") for a in english(11)),
        *(replace(a, comment_count=1, section="City") for a in urdu(11, age_s=7_200)),
    ]
    reads = {f"e-{n}": 90.0 for n in range(11)} | {"u-3": 1.0}

    shown = filled(articles, "u-0", widgets=[widget(kind)], reads=reads)

    assert len(shown.all_ids) == 5
    assert {i[0] for i in shown.all_ids} == {"u"}


def test_a_language_of_few_articles_is_found_behind_hundreds_of_others() -> None:
    many = [replace(english(11)[n % 11], id=f"e-{n}", url=f"https://courier.example/e-{n}") for n in range(400)]
    articles = [*many, *urdu(6, age_s=90_000)]

    shown = filled(articles, "u-0", widgets=[widget("recent-news")])

    assert sorted(shown.all_ids) == [f"u-{n}" for n in range(1, 6)]


def test_what_is_lacking_is_filled_from_any_language_behind_the_pages_own_and_said() -> None:
    shown = filled([*english(11), *urdu(4, age_s=7_200)], "u-0", widgets=[widget("recent-news")])

    assert [i[0] for i in shown.all_ids] == ["u", "u", "u", "e", "e"]
    assert shown.widgets["recent-news"].fallback == "any-language"
    assert [teaser.source for teaser in shown.widgets["recent-news"].teasers][3:] == ["fallback", "fallback"]


def test_two_widgets_share_the_few_in_the_pages_language() -> None:
    shown = filled([*english(11), *urdu(5, age_s=7_200)], "u-0")

    assert all("u" in {i[0] for i in ids} for ids in shown.ids.values())


def test_a_widget_is_never_empty_for_want_of_its_language() -> None:
    shown = filled([*english(11), *urdu(1)], "u-0")

    assert {each.fallback for each in shown.widgets.values()} == {"any-language"}
    assert len(shown.all_ids) == 10


def test_a_site_that_mixes_languages_shows_the_newest_of_any() -> None:
    articles = [*english(11), *urdu(11, age_s=7_200)]

    shown = filled(articles, "u-0", replace(MIXED, mix_languages=True), widgets=[widget("recent-news")])

    assert "e" in {i[0] for i in shown.all_ids}


def test_a_site_of_one_language_asks_for_none() -> None:
    shown = filled([*english(11), *urdu(3, age_s=7_200)], "u-0", SITE, widgets=[widget("recent-news")])

    assert shown.widgets["recent-news"].fallback != "any-language"
    assert len(shown.all_ids) == 5


@pytest.mark.parametrize(
    ("page", "language", "first"),
    [
        (None, "ur", "u"),
        (None, "ur-PK", "u"),
        (None, None, "e"),
        (ArticleReference(id="unknown", language="ur"), None, "u"),
        (ArticleReference(title="شہر کی خبر", text="شہر کی کہانی"), None, "u"),
        (ArticleReference(title="شہر کی خبر", text="شہر کی کہانی"), "en", "e"),
        (ArticleReference(title="The harbour", text="A story of the harbour and the ferry."), None, "e"),
        (ArticleReference(id="u-0", language="en"), None, "e"),
    ],
)
def test_the_page_is_of_the_language_that_is_declared_known_or_detected(page, language, first) -> None:
    articles = [*english(11), *urdu(11)]

    shown = filled(articles, page, widgets=BOTH, language=language, detect=detect)

    assert {i[0] for i in shown.all_ids} == {first}


def test_nothing_is_detected_on_a_site_of_one_language_nor_for_a_known_article() -> None:
    def refuse(*_: object) -> str:
        pytest.fail("a language was detected")

    articles = [*english(11), *urdu(11)]

    filled(articles, ArticleReference(title="The harbour", text="A story."), SITE, detect=refuse)
    filled(articles, "u-0", MIXED, detect=refuse)
    filled(articles, None, MIXED, detect=refuse)


def test_the_own_language_of_a_site_comes_first() -> None:
    assert languages_of(Site("s", language="pt-BR", languages=("en", "pt", "ur-PK"))) == ("pt", "en", "ur")
    assert languages_of(Site("s", language="en")) == ("en",)


def test_a_declared_language_wins_over_the_text() -> None:
    assert language_of(MIXED, "de-AT", "شہر کی خبر شہر کی کہانی", detect) == "de"
    assert language_of(MIXED, None, "شہر کی خبر شہر کی کہانی", detect) == "ur"
    assert language_of(MIXED, None, "7", detect) == "en"


@given(st.from_regex(r"[a-z]{2,3}", fullmatch=True))
def test_a_code_stands_for_one_subtag(subtag: str) -> None:
    if subtag not in ("iw", "in", "ji"):
        assert language_of_code(language_code(subtag.upper() + "-Latn-XX")) == subtag
    assert 0 < language_code(subtag) < 2**16


@given(st.text())
def test_any_tag_has_a_code_that_fits(tag: str) -> None:
    assert 0 <= language_code(tag) < 2**16
