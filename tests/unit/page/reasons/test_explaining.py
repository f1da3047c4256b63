"""Why a teaser stands where it stands, and why another does not, in words that an editor understands."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import orjson
import pytest

from service.domain.call.explanation import Outcome
from service.domain.call.page_call import ArticleReference, PageRequest, Reader
from service.domain.editorial.in_force import EditorialRules
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import counts_of, engagement_of
from service.domain.identity import hash64
from service.domain.page.reasons.words import OUTCOME_WORDS, PART_WORDS, age_words
from service.domain.page.site_snapshot import SiteSnapshot
from service.domain.widgets.kind import PARTS
from service.usecases.page.filling.fill_page import FillPage
from tests.makers.filled_page import NO_NOTES, widget
from tests.makers.newsroom import NOW, SITE, article, snapshot

HOUR = 3_600
TOPICS = ("ferry strike harbour crews", "cup final stadium crowd", "storm bridge wind closure")


def story(n, topic=None, **fields):
    words = TOPICS[n % 3] if topic is None else topic
    body = f"{words} " * 3 + f"detail{n} moment{n} person{n} " * 6
    return article(f"a-{n}", f"{words} headline{n} part{n * 7}", body, age_s=HOUR * n, section=f"S{n % 3}", **fields)


ARTICLES = [story(n) for n in range(30)]


BOTH = (widget("must-read", 3), widget("recent-news", 3))


class Desk:
    """A page of one article whose explanation an editor reads."""

    def __init__(self, *rules, articles=ARTICLES, **counted):
        self.index = snapshot(list(articles))
        self.held = SiteSnapshot(self.index, counted.get("reads", {}), rules=EditorialRules(rules))
        if "engagement" in counted:
            self.held = replace(self.held, engagement=counted["engagement"])

    def explained(self, page="a-0", widgets=BOTH, about=None, **fields):
        """By widget and article, what became of it."""
        pages = FillPage(lambda _: self.held, None, NO_NOTES, lambda: NOW)
        named = ArticleReference(id=page) if page else None
        asked = PageRequest(SITE.id, "view", named, tuple(widgets), explain=True, explain_article=about, **fields)
        filled = pages.fill(SITE, asked, "")
        self.filled = filled
        told = filled.page.explanation.widgets
        return {name: {self.id_of(each.row): each for each in rows} for name, rows in told.items()}

    def id_of(self, row):
        return orjson.loads(b"{%b}" % self.index.teaser(row))["article_id"]


def test_a_chosen_teaser_tells_its_place_its_words_its_age_and_its_readers():
    counts = engagement_of(counts_of([(hash64("a-3"), 12, 400)]))
    desk = Desk(engagement=counts, reads={hash64("a-3"): 35.0})

    told = desk.explained()["must-read"]["a-3"]

    assert told.outcome == "chosen"
    assert told.text.startswith("Stands here, number 1. Shares with the page: ")
    for part in ("ferry 0.", "It is 3 hours old.", "Offered 400 times lately, followed 12.", "Read 35 times lately."):
        assert part in told.text
    assert {word for word, _ in told.shared} >= {"ferry", "strike", "harbour", "crews"}
    assert sum(weight for _, weight in told.shared) <= told.cosine + 1e-3


def test_one_that_is_outranked_names_its_rival_and_the_part_that_parted_them():
    of_recent = Desk().explained(None, [widget("recent-news", 3)])["recent-news"]

    told = of_recent["a-8"]

    assert told.outcome == "outranked"
    assert told.lost_by == "freshness"
    rival = of_recent[Desk().id_of(told.rival)]
    assert rival.outcome == "chosen"
    gap = rival.parts["freshness"] - told.parts["freshness"]
    assert f"was ahead; what parted them most is freshness, by {gap:.2f}." in told.text


def test_one_that_is_not_about_the_page_says_so():
    told = Desk().explained(widgets=[widget("must-read", 3)])["must-read"]["a-1"]

    assert told.lost_by == "nearness"
    assert "is not about the same as the page" in told.text
    assert "Shares no weighty word with the page." in told.text


def test_a_pin_a_boost_and_a_block_name_their_rules_and_why():
    desk = Desk(
        Rule("lead", "pin", article="a-29", widget="recent-news", position=2, note="Harbour week"),
        Rule("sea", "boost", section="S0", factor=1.5),
        Rule("calm", "boost", article="a-2", points=-0.25),
        Rule("court", "block", article="a-4", legal=True, note="Order of 3 March"),
        Rule("oil", "block", tag="oil"),
        articles=[*ARTICLES[:5], story(5, tags=("Oil",)), *ARTICLES[6:]],
    )
    told = desk.explained(widgets=[widget("recent-news", 3)])["recent-news"]

    assert told["a-29"].text.startswith("Pinned here, number 2, by the rule 'lead' (Harbour week).")
    assert "Score times 1.5 by the rule 'sea'." in told["a-3"].text
    assert "Score lowered by 0.25 by the rule 'calm'." in told["a-2"].text
    assert told["a-4"].outcome == "blocked"
    assert told["a-4"].text.startswith("Blocked by the rule 'court' (Order of 3 March), a legal one: article a-4.")
    assert told["a-5"].text.startswith("Blocked by the rule 'oil': tag oil.")
    assert [told[i].rules for i in ("a-29", "a-3", "a-2", "a-4", "a-1")] == [
        ("lead",), ("sea",), ("calm",), ("court",), ()]  # fmt: skip


def test_a_pin_that_moved_up_says_from_where():
    desk = Desk(Rule("lead", "pin", article="a-2", widget="recent-news", position=5), articles=ARTICLES[:3])
    told = desk.explained(None, [widget("recent-news")])["recent-news"]["a-2"]
    assert "Pinned here, number 3, by the rule 'lead', moved up from 5 for want of others." in told.text


def test_a_pin_that_a_block_or_the_pages_own_story_keeps_out_is_told_with_what_keeps_it_out():
    desk = Desk(
        Rule("lead", "pin", article="a-4", widget="recent-news", position=2, note="Harbour week"),
        Rule("own", "pin", article="a-1", widget="recent-news", position=1),
        Rule("court", "block", article="a-4"),
        articles=ARTICLES[:9],
    )
    told = desk.explained("a-1", [widget("recent-news")])["recent-news"]

    assert told["a-4"].text.startswith("Blocked by the rule 'court': article a-4.")
    assert "Pinned at 2 by the rule 'lead' (Harbour week), which has no effect here." in told["a-4"].text
    assert "Pinned at 1 by the rule 'own', which has no effect here." in told["a-1"].text
    assert told["a-4"].rules == ("court",)
    assert all("no effect" not in told[other].text for other in ("a-2", "a-3"))


def test_a_copy_and_a_second_promise_name_what_they_retell():
    copied = article("copied", "Quite another headline", ARTICLES[1].text, age_s=1)
    promise = article("promise", ARTICLES[2].title, "another text of other words altogether " * 5, age_s=1)
    desk = Desk(articles=[*ARTICLES[:9], copied, promise])
    told = desk.explained(None, [widget("recent-news", 6)])["recent-news"]

    assert told["a-1"].outcome == "duplicate"
    assert told["a-1"].text.startswith("A copy of 'Quite another headline', which stands.")
    assert told["a-2"].outcome == "same-angle"
    assert desk.id_of(told["a-2"].rival) == "promise"


def test_a_copy_of_the_page_itself_says_so():
    copied = article("copied", "Quite another headline", ARTICLES[0].text, age_s=1)
    told = Desk(articles=[*ARTICLES[:9], copied]).explained()["recent-news"]["copied"]
    assert told.text.startswith("A copy of the page's own story.")


def test_what_may_not_stand_says_why():
    late = replace(ARTICLES[4], embargo_until=ARTICLES[0].published_at.replace(year=2030))
    gone = replace(ARTICLES[5], expires_at=ARTICLES[5].published_at)
    desk = Desk(articles=[*ARTICLES[:4], late, gone, *ARTICLES[6:]], reads={hash64("a-4"): 9, hash64("a-5"): 9})

    told = desk.explained(exclude=("a-7",), reader=Reader(history=("a-8",)))["recent-news"]

    assert told["a-0"].text.startswith("It is the page itself.")
    assert told["a-4"].text.startswith("Not to be shown before 2030-")
    assert told["a-5"].text.startswith("Expired at 2024-")
    assert told["a-7"].text.startswith("The page shows it already, or left it out.")
    assert told["a-8"].text.startswith("The reader has read it.")


def test_one_that_stands_in_another_widget_names_it():
    told = Desk().explained()["recent-news"]["a-3"]
    assert (told.outcome, told.text.startswith("Stands in 'must-read' already.")) == ("chosen-elsewhere", True)


def test_one_that_was_never_looked_at_is_explained_too_and_changes_nothing():
    many = [story(n) for n in range(400)]
    desk = Desk(articles=many)
    desk.explained()
    before = desk.filled.page.widgets

    told = desk.explained(about="a-397")["recent-news"]["a-397"]

    assert told.outcome == "no-candidate"
    assert "Never looked at" in told.text
    assert np.isclose(sum(told.parts.values()), told.score, atol=5e-4)
    assert desk.filled.page.widgets == before


def test_an_article_that_is_not_known_is_told():
    desk = Desk()
    desk.explained(about="a-999")
    assert desk.filled.page.warnings == ("explain_article: 'a-999' is not known here.",)


def test_every_outcome_and_every_part_has_words():
    assert set(OUTCOME_WORDS) == set(get_args(Outcome))
    assert set(PART_WORDS) >= {*PARTS, "boost"}


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (-5, "dated in the future"),
        (59, "just out"),
        (60, "1 minute old"),
        (7_199, "1 hour old"),
        (86_400 * 3, "3 days old"),
        (86_400 * 800, "2 years old"),
    ],
)
def test_ages_are_told_in_their_largest_unit(age_s, words):
    assert age_words(age_s) == words
