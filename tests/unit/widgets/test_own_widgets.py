"""Widgets of a site's own on its pages: what they keep to, how many, and which is filled first."""

from __future__ import annotations

from dataclasses import replace

from service.domain.call.page_call import PageRequest
from service.domain.page.site_snapshot import SiteSnapshot
from service.usecases.page.filling.fill_page import FillPage
from tests.makers.filled_page import NO_NOTES, fill, widget
from tests.makers.newsroom import NOW, SITE, article, snapshot

DAY = 86_400


def words(number: int) -> str:
    return " ".join(f"{stem}{number}" for stem in ("word", "term", "name", "place"))


def stories(count: int = 30, **fields):
    return [article(f"a-{n}", f"Story {words(n)}", words(n) * 6, age_s=3_600 * n, **fields) for n in range(count)]


def tagged(number: int, age_s: float, *tags: str):
    return article(f"t-{number}", f"Tagged {words(900 + number)}", words(900 + number) * 6, age_s=age_s, tags=tags)


def test_a_kind_of_the_sites_own_fills_as_many_as_it_says():
    articles = stories()
    page = fill(snapshot(articles), articles, None, [widget("brief", None)],
                kinds={"brief": {"like": "recent-news", "size": 2}})  # fmt: skip

    assert page.ids == {"brief": ["a-0", "a-1"]}


def test_the_size_that_a_call_names_stands_before_that_of_the_kind():
    articles = stories()
    kinds = {"recent-news": {"size": 2}}
    page = fill(snapshot(articles), articles, None, [widget("recent-news", 3)], kinds=kinds)

    assert len(page.ids["recent-news"]) == 3


def test_tags_are_kept_to_however_old_their_articles_are():
    articles = [*stories(200), tagged(1, 300 * DAY, "Food", "Weekend"), tagged(2, 200 * DAY, "weekend"),
                tagged(3, 5, "food")]  # fmt: skip
    index = snapshot(articles[:-1], articles[-1:])
    page = fill(index, articles, "a-3", [widget("tips", 2)],
                kinds={"tips": {"like": "recent-news", "filters": {"tags": ["WEEKEND"]}}})  # fmt: skip

    assert sorted(page.ids["tips"]) == ["t-1", "t-2"]


def test_sections_and_tags_are_both_kept_to():
    articles = [*stories(20, section="City"), tagged(1, 10, "food")]
    both = {"filters": {"tags": ["food"], "sections": ["city"]}}
    page = fill(
        snapshot(articles), articles, None, [widget("tips", 2)], kinds={"tips": {"like": "recent-news", **both}}
    )

    assert page.widgets["tips"].fallback == "any-section"
    assert len(page.ids["tips"]) == 2


def test_nothing_older_than_the_kind_takes_stands_while_there_is_younger():
    articles = stories(40)
    kinds = {"fresh": {"like": "most-read", "filters": {"max_age": "3h"}}}
    page = fill(snapshot(articles), articles, None, [widget("fresh", 6)], kinds=kinds, reads={"a-20": 90})

    assert sorted(page.ids["fresh"]) == ["a-0", "a-1", "a-2", "a-3"]


def test_a_filter_with_nothing_left_yields_and_says_so():
    articles = stories(10)
    kinds = {"tips": {"like": "recent-news", "filters": {"tags": ["none of these"]}}}
    page = fill(snapshot(articles), articles, None, [widget("tips", 3)], kinds=kinds)

    assert page.ids["tips"] == ["a-0", "a-1", "a-2"]
    assert page.widgets["tips"].fallback == "any-article"


def test_the_kind_of_the_lowest_order_takes_first_and_the_answer_keeps_the_order_asked():
    articles = stories(12)
    asked = [widget("recent-news", 3), widget("first", 3)]
    page = fill(snapshot(articles), articles, None, asked, kinds={"first": {"like": "recent-news", "order": 1}})

    assert list(page.ids) == ["recent-news", "first"]
    assert page.ids["first"] == ["a-0", "a-1", "a-2"]
    assert page.ids["recent-news"] == ["a-3", "a-4", "a-5"]


def test_pages_are_decided_anew_when_the_site_changes_a_kind():
    articles = stories(12)
    held = SiteSnapshot(snapshot(articles), {})
    pages = FillPage(lambda _: held, None, NO_NOTES, lambda: NOW)
    request = PageRequest(SITE.id, "view", None, (widget("recent-news", None),))

    def shown(kinds) -> int:
        return len(pages.fill(replace(SITE, widgets=kinds), request, "").page.widgets[0].teasers)

    assert [shown({}), shown({"recent-news": {"size": 2}}), shown({"recent-news": {"size": 2}}), shown({})] == [
        5,
        2,
        2,
        5,
    ]
