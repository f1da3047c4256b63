"""What stands in a widget when too little is about the page: its section, what is read, then the newest."""

from __future__ import annotations

from tests.makers.filled_page import fill, widget
from tests.makers.newsroom import article, snapshot

DAY = 86_400


def other(number: int, *, age_s: float, section: str = "World", stem: str = "w"):
    own = " ".join(f"{stem}{number}{part}" for part in ("one", "two", "three", "four"))
    return article(f"{stem}-{number}", own, own * 3, age_s=age_s, section=section)


PAGE = article("page", "ferry strike harbour", "ferry strike harbour crews " * 4, age_s=9_000, section="City")
NEAR = article("near", "ferry talks", "ferry harbour crews talks " * 4, age_s=8_000, section="Sport")
WORLD = [other(n, age_s=60 * n) for n in range(12)]
CITY = [other(n, age_s=7_000 + n, section="City", stem="c") for n in range(3)]
MUST_READ = [widget("must-read", 4)]


def must_read(*articles, size=4, **options):
    page = fill(snapshot(list(articles)), articles, "page", [widget("must-read", size)], **options)
    return page.ids["must-read"], page.widgets["must-read"]


def test_what_is_near_comes_first_and_then_the_pages_section():
    ids, filled = must_read(PAGE, NEAR, *WORLD, *CITY)

    assert ids[0] == "near"
    assert set(ids[1:]) == {"c-0", "c-1", "c-2"}
    assert filled.fallback == "same-section"
    assert [teaser.source for teaser in filled.teasers] == ["model", "fallback", "fallback", "fallback"]


def test_behind_the_section_stands_what_is_read():
    ids, filled = must_read(PAGE, *WORLD, CITY[0], size=3, reads={"w-9": 30, "w-7": 5})

    assert ids[0] == "c-0"
    assert set(ids[1:]) == {"w-9", "w-7"}
    assert filled.fallback == "popular"


def test_at_the_end_of_the_chain_stand_the_newest():
    ids, filled = must_read(PAGE, *WORLD, size=3)

    assert ids == ["w-0", "w-1", "w-2"]
    assert filled.fallback == "recent"


def test_a_section_that_rests_for_longer_than_the_window_is_no_better_than_the_newest():
    old = other(1, age_s=400 * DAY, section="City", stem="c")
    ids, filled = must_read(PAGE, *WORLD, old, size=2)

    assert ids == ["w-0", "w-1"]
    assert filled.fallback == "recent"


def test_the_pages_section_is_looked_for_beyond_the_newest():
    many = [other(n, age_s=n, stem="m") for n in range(200)]
    quiet = [other(n, age_s=20 * DAY + n, section="City", stem="c") for n in range(2)]
    ids, filled = must_read(PAGE, *many, *quiet, size=2)

    assert set(ids) == {"c-0", "c-1"}
    assert filled.fallback == "same-section"


def test_what_is_near_is_looked_for_in_older_windows_before_chance_words_of_this_month_count():
    """One word of a text in common, and what is about the same a year ago: the latter is looked for, and stands."""
    chance = [
        article(f"m-{n}", f"own{n} words{n}", f"harbour own{n} words{n} other{n} thing{n} more{n} " * 2, age_s=n)
        for n in range(6)
    ]
    old = article("old", "ferry crews", "ferry strike harbour crews mediator " * 4, age_s=200 * DAY)
    ids, filled = must_read(PAGE, *chance, old, *WORLD, size=1)

    assert ids == ["old"]
    assert filled.fallback == "wider-window"


def test_a_site_that_asks_for_more_nearness_has_it_looked_for_in_older_windows_too():
    nearest = article("old", "harbour strike ferry", "crews harbour strike ferry " * 4, age_s=200 * DAY)
    kinds = {"must-read": {"min_relevance": 0.9}}

    assert must_read(PAGE, NEAR, nearest, *WORLD, size=1)[0] == ["near"]
    assert must_read(PAGE, NEAR, nearest, *WORLD, size=1, kinds=kinds)[0] == ["old"]


def test_each_teaser_says_at_which_stage_it_was_taken():
    _, filled = must_read(PAGE, NEAR, *WORLD, CITY[0], size=4, reads={"w-9": 30})

    codes = [teaser.reason.code for teaser in filled.teasers]
    assert codes == ["shares-words", "same-section", "most-read", "recent"]


def test_a_lower_demand_lets_more_stand_as_what_they_are():
    kinds = {"must-read": {"min_relevance": 0.0}}
    _, filled = must_read(PAGE, NEAR, *WORLD, kinds=kinds)

    assert filled.fallback is None
