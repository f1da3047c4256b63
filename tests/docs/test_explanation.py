"""What is told of the decision is what the code does: its weights, windows, limits and codes."""

from __future__ import annotations

import re
from typing import get_args

from models.engagement import click_model as clicks
from models.relevance import meaning
from models.text import analyzer, detect, policies
from service.adapters.redis.page.shown_log import MOST_EVENTS
from service.domain.ads.booking import budget_terms, ledger
from service.domain.ads.plan import allocation
from service.domain.ads.targeting import checklist as targeting
from service.domain.call.explanation import Outcome
from service.domain.call.page_call import Fallback, ReasonCode
from service.domain.editorial import rule
from service.domain.engagement import examination, rates, read_decay
from service.domain.events.booking import EventStatus
from service.domain.events.tokens import EventKind
from service.domain.events.validity import flood, rules
from service.domain.page.candidates import candidates, taste
from service.domain.page.choosing import relations
from service.domain.page.ranking import exploration, ranking
from service.domain.widgets.kind import KINDS, NEAR, PARTS, WidgetKind
from service.domain.widgets.settings import settings_json
from service.usecases.ads.delivery import limit_reservations
from service.usecases.engagement import learn_examination
from service.usecases.engagement.reader_counts import READS_HOURS
from service.usecases.events import judge_events, roll_up_events
from service.usecases.page.filling.draws import COHORTS
from service.usecases.page.filling.fill_page import HISTORY_LIMIT
from tests.docs.pages import HOME

EXPLANATION = HOME / "docs" / "explanation"


def words_of(name: str) -> str:
    """A page as one line of single-spaced words, without markup of its lines."""
    return re.sub(r"\s+", " ", (EXPLANATION / name).read_text("utf-8"))


def row_of(kind: WidgetKind) -> str:
    """A kind of widget as a row of the table."""
    shown = settings_json(kind)
    weights = (f"{shown['weights'].get(part, 0):g}" for part in PARTS)
    others = (shown["half_life"], ", ".join(shown["windows"]), f"{kind.min_relevance:g}", f"order {kind.order}")
    return f"| {' | '.join((f'`{kind.name}`', *weights, *others))} |"


def test_the_table_of_widgets_holds_every_kind_and_no_other() -> None:
    lines = (EXPLANATION / "how-a-page-is-decided.md").read_text("utf-8").splitlines()
    told = [line for line in lines if re.search(r"\| order \d+ \|$", line)]
    assert told == [row_of(kind) for kind in KINDS.values()]


def test_the_constants_of_a_page_stand_as_they_are() -> None:
    text = words_of("how-a-page-is-decided.md")
    for said in (
        f"the {candidates.RELATED_LIMIT} articles nearest",
        f"the site's {candidates.RECENT_LIMIT} newest, and the {candidates.FILTERED_LIMIT} newest",
        f"the {candidates.POPULAR_LIMIT} most read",
        f"the last two days that were looked at fewer than {exploration.FEW_LOOKS:.0f} times",
        f"fewer than {exploration.LEAST_OFFERED} candidates were ever offered",
        f"fall into {COHORTS} cohorts",
        f"d is {KINDS['must-read'].diversity} in `must-read`",
        f"{KINDS['recent-news'].diversity} in `recent-news`, and 0 elsewhere",
        f"At most {KINDS['recent-news'].section_cap} of `recent-news`",
        f"{KINDS['must-read'].exploration} in `must-read` and in `recent-news`",
        f"the {candidates.EVERGREEN_LIMIT} newest that do not age",
        f"the last {taste.READ_LAST} known articles",
        f"the last {taste.LOOKED_THROUGH} are looked up, and the last {HISTORY_LIMIT:,} kept off",
        f"cosine of {ranking.cosine_at(NEAR):.2g}: of pairs",
        f"{NEAR} is a cosine of {ranking.cosine_at(NEAR):.2g}.",
        f"A site of {meaning.LEAST_ARTICLES:,} articles or more",
        f"learns {meaning.TOPICS} topics",
        f"The nearest {2 * candidates.RELATED_LIMIT} by words are put in order by {meaning.WORDS_SHARE} times",
        f"c / (c + {ranking.HALF_RELEVANCE_COSINE})",
        f"At least {relations.DUPLICATE_CONTAINMENT} of the shorter text's two-word runs",
        f"at least {relations.DUPLICATE_RESEMBLANCE} of the runs of both",
        f"less {relations.DAY_LIKENESS} for each day between them, is at least {relations.SAME_STORY_LIKENESS}",
        f"the same thing, a cosine of at least {relations.SAME_ANGLE_COSINE}.",
        f"up to {candidates.NAMED_LIMIT} articles that editors",
        f"stay within {rule.LEAST_FACTOR:g} to {rule.MOST_FACTOR:g} and -{rule.MOST_POINTS:g} to {rule.MOST_POINTS:g},",
        f"for {rates.HORIZON_H} hours, a count weighing half after {rates.HALF_LIFE_H}.",
        f"the last {READS_HOURS} hours, the reads of an hour weighing half after {read_decay.HALF_LIFE_H}.",
        f"beacons of the last {learn_examination.DAYS} days",
        f"{examination.SURE_AFTER:g} clicks at a place weigh as much",
        f"fewer look at its place, up to {clicks.MOST_WEIGHT:g} times",
        f"A model takes {clicks.LEAST_CLICKS} clicks to learn, from a log of the last {MOST_EVENTS:,} events",
        f"alpha {rates.NEW_SITE.alpha:g} and beta {rates.NEW_SITE.beta:g},",
        f"from {rates.MIN_ARTICLES} articles on",
        f"The first {allocation.PAID_CANDIDATES} for each placement",
        f"the most read among the first {candidates.READ_LOOKED_AT}",
        f"its first {detect.CHARS_READ:,} characters",
        f"grams of {analyzer.GRAM} letters",
        f"{policies.STEMS_POWER} for stems and {policies.GRAMS_POWER} for grams",
    ):
        assert said in text


def test_every_point_of_the_checklist_is_named_in_order() -> None:
    told = words_of("how-a-page-is-decided.md").partition("a checklist holds: ")[2].partition(".")[0]
    named = ["exclude_keywords" if name == "excluded keywords" else name for name in told.split(", ")]
    assert named == list(targeting.CHECKLIST)


def test_every_fallback_reason_and_outcome_of_the_code_is_told() -> None:
    text = words_of("how-a-page-is-decided.md")
    told = re.findall(r"\| `([a-z-]+)` \|", text.partition("What an answer says")[2].partition("Each teaser")[0])
    assert told == ["fallback", "null", *reversed(get_args(Fallback))]
    for name in get_args(ReasonCode):
        assert f"`{name}`" in text
    told = re.findall(r"\| `([a-z-]+)` \|", text.partition("## Asking why")[2])
    assert told == list(get_args(Outcome))


def test_the_windows_of_the_ledger_stand_as_they_are() -> None:
    text = words_of("money.md")
    minutes = ledger.WINDOW_MINUTES
    assert (
        f"lapses {minutes[EventKind.IMPRESSION]} minutes after an impression was due, {minutes[EventKind.VIEW]} after"
        f" a view, {minutes[EventKind.CLICK]} after a click" in text
    )
    assert f"within {ledger.PAGE_VIEW_TTL_S // 60} minutes gets the same answer" in text
    assert ledger.LATE_MINUTES == 120
    assert "After two hours it is refused" in text
    for model in budget_terms.MODEL_CODES:
        assert f"| `{model}` |" in text


def test_the_rules_of_validity_stand_as_they_are() -> None:
    text = words_of("validity-of-events.md")
    for rule_ in rules.RULES:
        assert f"| `{rule_.reason}` |" in text
        assert f"| {rule_.source.split(':')[0]} |" in text
    for reason in ("flood", "not-seen", "other-site", "replay", "expired", "unknown-ledger", "future"):
        assert f"| `{reason}` |" in text
    for limit, said in (
        (judge_events.READER, "of one reader: a network and a user agent"),
        (judge_events.NETWORK, "of one network"),
        (judge_events.NETWORK_FLIGHT, "of one network on one flight"),
        (judge_events.READER_FLIGHT_CLICKS, "clicks of one reader on one flight"),
    ):
        assert f"| {said} | {limit.most:,} |" in text
        assert limit.window_s == 60
    for reserved in (limit_reservations.NETWORK, limit_reservations.TOKEN, limit_reservations.SITE):
        assert f"{reserved.most:,}" in text
    assert f"takes {4 * flood.CELLS * flood.ROWS // 1024} KiB" in text
    assert f"more than {flood.CELLS:,} senders" in text


def test_what_is_told_of_how_events_survive_is_what_the_code_does() -> None:
    text = words_of("durability.md")
    assert roll_up_events.DEAD_AFTER_MS == 30_000
    assert "its batch is taken over after half a minute" in text
    assert ledger.MARKS_KEPT_MINUTES >= 24 * 60 + ledger.LATE_MINUTES
    assert "One that waited longer than a day is refused" in text
    assert f"`{EventStatus.JOURNALED}`" in text
