"""The widgets of a page: never empty, nothing twice, no copies, the nearest and the freshest in their places."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.call.page_call import ArticleReference
from service.domain.errors import InvalidInput
from service.domain.page.choosing.relations import SAME_ANGLE_COSINE, cosine, is_copy, same_story
from service.domain.widgets.kind import KINDS
from tests.makers.filled_page import BOTH, fill, widget
from tests.makers.newsroom import article, model_of, snapshot

DAY = 86_400
TOPICS = {
    "ferry": "ferry crews strike harbour pay owners pier sailing dock timetable",
    "cup": "cup final crowd stadium goal keeper striker penalty whistle coach",
    "storm": "storm wind rain flood roof warning gust river bridge forecast",
    "summit": "summit president war ceasefire border talks minister treaty envoy army",
}
FILLER = [f"word{n}" for n in range(400)]


def story(article_id: str, topic: str, *, seed: int, age_s: float = 0, **fields):
    """An article of a topic, in words of its own."""
    chosen = np.random.default_rng(seed)
    words = [*chosen.choice(TOPICS[topic].split(), 30), *chosen.choice(FILLER, 60)]
    chosen.shuffle(words)
    title = " ".join([*chosen.choice(TOPICS[topic].split(), 2, replace=False), *chosen.choice(FILLER, 4)])
    return article(article_id, title, " ".join(words), age_s=age_s, **fields)


def site(count: int, *, spacing_s: float = 3_600, **fields):
    """A site whose stories go through the topics in turn, the newest first."""
    names = list(TOPICS)
    return [story(f"{names[n % 4]}-{n}", names[n % 4], seed=n, age_s=n * spacing_s, **fields) for n in range(count)]


def test_must_read_is_about_the_page_and_recent_news_is_fresh():
    articles = site(80)
    page = fill(snapshot(articles), articles, "ferry-40")

    assert all(i.startswith("ferry-") for i in page.ids["must-read"])
    assert len(page.ids["recent-news"]) == 5
    assert all(int(i.split("-")[1]) < 40 for i in page.ids["recent-news"])
    assert page.widgets["must-read"].fallback is None


def test_the_reason_names_what_is_shared():
    articles = site(80)
    page = fill(snapshot(articles), articles, "summit-3")

    texts = [teaser.reason.text for teaser in page.widgets["must-read"].teasers]
    assert all(text.startswith("Shares: ") for text in texts)
    assert {teaser.source for teaser in page.widgets["must-read"].teasers} == {"model"}


@given(
    count=st.integers(1, 40),
    spacing_s=st.sampled_from([60, 3_600, 10 * DAY]),
    size=st.integers(1, 12),
    own=st.integers(-1, 39),
    excluded=st.sets(st.integers(0, 39), max_size=6),
    kinds=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4, unique=True),
    copies=st.integers(0, 5),
)
@settings(max_examples=120)
def test_every_page_holds_the_rules(count, spacing_s, size, own, excluded, kinds, copies):
    originals = site(count, spacing_s=spacing_s)
    copied = [
        article(f"copy-{n}", f"Copy {a.title}", a.text + " appended", age_s=30)
        for n, a in enumerate(originals[:copies])
    ]
    articles = originals + copied
    own_id = articles[own].id if 0 <= own < len(articles) else None
    dropped = [articles[n].id for n in excluded if n < len(articles)]
    index = snapshot(articles[::2], articles[1::2], model_of(articles) if len(articles) > 1 else None)

    page = fill(index, articles, own_id, [widget(kind, size) for kind in kinds], exclude=dropped)

    shown = page.all_ids
    assert len(shown) == len(set(shown))
    assert own_id not in shown
    assert set(dropped).isdisjoint(shown)
    tellings = [int(i.split("-")[1]) if i.startswith("copy") else articles.index(_by_id(articles, i)) for i in shown]
    if own_id is not None and not own_id.startswith("copy"):
        tellings.append(own)
    assert len(tellings) == len(set(tellings)), "a text stands beside its copy"
    if own_id is None and not dropped:
        assert len(shown) == size * len(kinds) or all(
            stands_for(index, article_id, shown) for article_id in {a.id for a in articles} - set(shown)
        ), "a position is empty while an article may stand there"
        in_turn = sorted(kinds, key=lambda kind: KINDS[kind].order)
        assert all(page.ids[kind] for kind in in_turn[: len(shown)])


def stands_for(index, article_id: str, shown: list[str]) -> bool:
    """True if a copy of the article, its headline's promise or its event is among those shown."""
    one = index.telling(index.row_of(article_id))
    others = [index.telling(index.row_of(i)) for i in shown]
    return any(
        is_copy(one.text, other.text) or cosine(one.title, other.title) >= SAME_ANGLE_COSINE or same_story(one, other)
        for other in others
    )


def _by_id(articles, article_id):
    return next(a for a in articles if a.id == article_id)


def test_of_equals_the_newer_stands_first():
    texts = [article(f"a-{n}", f"unique{n} headline{n}", "same " * 5 + f"w{n} v{n} u{n}", age_s=n) for n in range(6)]
    page = fill(snapshot(texts), texts, None, [widget("recent-news", 6)])

    assert page.ids["recent-news"] == [f"a-{n}" for n in range(6)]


def test_a_page_years_older_than_the_rest_still_has_full_widgets():
    articles = [*site(40), story("old", "summit", seed=99, age_s=9 * 365 * DAY)]
    page = fill(snapshot(articles), articles, "old")

    assert [len(ids) for ids in page.ids.values()] == [5, 5]
    assert page.ids["must-read"][0].startswith("summit-")


def test_when_all_articles_are_old_freshness_counts_from_the_newest():
    articles = site(40)
    years_later = fill(snapshot(articles), articles, "cup-1", now=1_708_000_000 + 9 * 365 * DAY)
    at_once = fill(snapshot(articles), articles, "cup-1")

    assert years_later.ids == at_once.ids


def test_a_window_with_too_little_widens_and_says_so():
    articles = site(12, spacing_s=20 * DAY)
    page = fill(snapshot(articles), articles, "ferry-4")

    assert len(page.ids["recent-news"]) == 5
    assert page.widgets["recent-news"].fallback == "wider-window"


def test_few_articles_are_shared_out_so_that_no_widget_is_empty():
    articles = site(5)
    page = fill(snapshot(articles), articles, "ferry-0")

    assert len(page.all_ids) == 4
    assert all(page.ids.values())


def test_one_article_fills_the_first_widget():
    articles = site(2)
    page = fill(snapshot(articles), articles, "ferry-0")

    assert page.ids == {"must-read": ["cup-1"], "recent-news": []}


def test_two_headlines_with_the_same_promise_stand_once_on_a_page():
    twins = [
        article("dry", "10 Best Shampoos For Dry Hair You Can Buy Today", "alpha beta gamma delta " * 20, age_s=1),
        article("oily", "10 Best Shampoos For Oily Hair You Can Buy Today", "one two three four " * 20, age_s=2),
    ]
    articles = [*twins, *site(20)]
    page = fill(snapshot(articles), articles, None)

    assert len({"dry", "oily"} & set(page.all_ids)) == 1


def test_nothing_read_or_excluded_is_shown():
    articles = site(20)
    page = fill(snapshot(articles), articles, "ferry-0", history=["ferry-4", "cup-1"], exclude=["storm-2"])

    assert {"ferry-4", "cup-1", "storm-2"}.isdisjoint(page.all_ids)


def test_without_a_model_the_page_is_filled_and_says_so():
    from models.relevance.model import untrained

    articles = site(20)
    page = fill(snapshot(articles, model=untrained()), articles, "ferry-0")

    assert [len(ids) for ids in page.ids.values()] == [5, 5]
    assert {filled.fallback for filled in page.widgets.values()} == {"no-model"}


def test_a_page_never_ingested_is_filled_from_the_text_sent_along():
    articles = site(40)
    text = ArticleReference(title="Ferry crews strike", text=TOPICS["ferry"])
    page = fill(snapshot(articles), articles, text)

    assert all(i.startswith("ferry-") for i in page.ids["must-read"])


def test_a_copy_of_the_text_sent_along_is_not_shown():
    articles = site(40)
    page = fill(snapshot(articles), articles, ArticleReference(title=articles[4].title, text=articles[4].text))

    assert articles[4].id not in page.all_ids


def test_an_unknown_article_is_told_and_the_page_is_filled():
    articles = site(20)
    page = fill(snapshot(articles), articles, "nowhere")

    assert "'nowhere' is not known here" in page.warnings[0]
    assert len(page.all_ids) == 10


def test_a_section_is_kept_to_unless_it_has_nothing():
    articles = [*site(12), *site(8, section="World")]
    articles = [*articles[:12], *[story(f"w-{n}", "summit", seed=50 + n, section="World") for n in range(3)]]
    index = snapshot(articles)

    kept = fill(index, articles, None, [widget("recent-news", 3, sections=("world",))])
    assert kept.ids["recent-news"] == [i for i in kept.ids["recent-news"] if i.startswith("w-")]

    none = fill(index, articles, None, [widget("recent-news", 3, sections=("Opera",))])
    assert len(none.ids["recent-news"]) == 3
    assert none.widgets["recent-news"].fallback == "any-section"


def test_a_section_that_has_not_been_written_for_lately_is_found():
    old = [story(f"w-{n}", "summit", seed=900 + n, age_s=400 * DAY + n, section="Opera") for n in range(3)]
    articles = [*site(300), *old]
    page = fill(snapshot(articles), articles, "ferry-0", [widget("recent-news", 3, sections=("opera",))])

    assert set(page.ids["recent-news"]) == {"w-0", "w-1", "w-2"}


def test_many_articles_read_before_leave_the_page_filled():
    articles = site(400)
    read = [a.id for a in articles[:300]]
    page = fill(snapshot(articles), articles, None, history=read)

    assert [len(ids) for ids in page.ids.values()] == [5, 5]
    assert set(read).isdisjoint(page.all_ids)


def test_much_read_articles_lead_most_read():
    articles = site(30)
    page = fill(snapshot(articles), articles, None, [widget("most-read", 2)], reads={"cup-9": 50, "storm-2": 20})

    assert page.ids["most-read"] == ["cup-9", "storm-2"]


def test_a_widget_of_an_unknown_kind_is_empty_and_leaves_the_page_as_it_is():
    articles = site(30)
    right = fill(snapshot(articles), articles, None, BOTH)
    page = fill(snapshot(articles), articles, None, [BOTH[0], widget("nonsense"), BOTH[1]])

    assert page.ids == {**right.ids, "nonsense": []}
    assert list(page.widgets) == [BOTH[0].id, "nonsense", BOTH[1].id]
    assert page.widgets["nonsense"].fallback == "unknown-kind"
    assert [warning.partition(";")[0] for warning in page.warnings] == [
        "widgets[1].kind: 'nonsense' is not a kind of widget here"
    ]


def test_a_page_of_unknown_kinds_alone_is_refused_naming_each():
    articles = site(3)
    with pytest.raises(InvalidInput) as caught:
        fill(snapshot(articles), articles, None, [widget("nonsense"), widget("folly")])

    assert [fault.path for fault in caught.value.faults] == ["widgets[0].kind", "widgets[1].kind"]
    assert "known: " in caught.value.faults[0].message
