"""The words in which a page explains itself to editors and readers; nothing else words an outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from service.domain.call.explanation import Outcome, SharedWord
from service.domain.call.page_call import Reason
from service.domain.content.article_record import rfc3339
from service.domain.editorial.rule import Rule
from service.domain.page.reasons.shared_words import LEAST_SHOWN

SHARES_WORDS, MOST_DISCUSSED, SAME_SUBJECT, SAME_SECTION, MOST_READ, RECENT, TRIED_OUT, PINNED = range(8)
"""Why teasers stand where they stand, by number: places among REASONS."""

REASONS = (
    Reason("shares-words", "Shares: "),
    Reason("most-discussed", " comments"),
    Reason("same-subject", "On a related subject"),
    Reason("same-section", "From the same section"),
    Reason("most-read", "Much read in the last hours"),
    Reason("recent", "Among the newest of the site"),
    Reason("tried-out", "New: shown to learn whether it is read"),
    Reason("pinned", "Chosen by the editors"),
)
SHARED_SHOWN = 5

PART_WORDS: Mapping[str, str] = {
    "relevance": "nearness to the page",
    "freshness": "freshness",
    "reads": "recent reads",
    "comments": "comments",
    "clicks": "clicks",
    "section": "section",
    "profile": "likeness to what the reader read",
    "learnt": "what readers' clicks have taught",
    "boost": "what the editors' rules add",
}
OUTCOME_WORDS: Mapping[Outcome, str] = {
    "chosen": "Stands here.",
    "chosen-elsewhere": "Stands in another widget of the page.",
    "outranked": "Others were ahead.",
    "duplicate": "A copy of one that stands.",
    "same-angle": "Its headline promises the same as one that stands.",
    "same-story": "Tells the same event as one that stands.",
    "other-language": "In another language than the page.",
    "other-section": "Of a section that the widget does not keep to.",
    "other-tag": "Carries none of the tags that the widget keeps to.",
    "too-old": "Older than the widget goes back.",
    "own-article": "It is the page itself.",
    "excluded": "The page shows it already, or left it out.",
    "not-visible": "Not to be shown now.",
    "blocked": "Blocked by the editors.",
    "no-candidate": "Never looked at: neither among the nearest to the page, nor the newest, nor the most read.",
}
"""What became of a candidate, where no more is known."""

RivalIs = Literal["teaser", "page"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one candidate of one widget when it is put into words.

    `age_s` counts back from now. `position` is where it stands, `pin` and `boosts` the rules that moved it, `idle_pin`
    one that could not, `block` the one that bars it. `rival` is the headline that it lost to or retells, by the part
    `lost_by` of the score, `lost` apart. `elsewhere` is the widget in which it stands.
    """

    outcome: Outcome
    age_s: int
    position: int | None = None
    has_page_text: bool = True
    shared: Sequence[SharedWord] = ()
    reads: float = 0.0
    comments: int = 0
    clicks: float = 0.0
    offered: float = 0.0
    looks: float = 0.0
    pin: Rule | None = None
    idle_pin: Rule | None = None
    boosts: Sequence[Rule] = ()
    block: Rule | None = None
    rival: str | None = None
    rival_is: RivalIs = "teaser"
    lost_by: str | None = None
    lost: float = 0.0
    elsewhere: str | None = None
    was_read: bool = False
    visible_from: int | None = None
    expired_at: int | None = None


def words_of(facts: Facts) -> str:
    """Returns why it stands there, or why not, and what speaks for it, as sentences."""
    return " ".join((_verdict(facts), *_merits(facts)))


def reason_of(number: int, shared: str, comments: int) -> Reason:
    """Returns a reason in a few words for readers; `shared` are the words that a teaser has in common with the page."""
    reason = REASONS[number]
    if number == SHARES_WORDS:
        return Reason(reason.code, reason.text + shared)
    return Reason(reason.code, f"{comments}{reason.text}") if number == MOST_DISCUSSED else reason


def rule_words(rule: Rule) -> str:
    """Returns a rule as a sentence names it: its id, and why if somebody wrote that down."""
    return f"the rule '{rule.id}'" + (f" ({rule.note})" if rule.note else "")


def age_words(age_s: int) -> str:
    """Returns an age in its largest whole unit: `3 hours old`."""
    for unit, length in (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = age_s // length
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} old"
    return "just out" if age_s >= 0 else "dated in the future"


def _verdict(facts: Facts) -> str:
    found: str | None = None
    if facts.outcome == "chosen":
        found = _standing(facts)
    elif facts.outcome == "blocked" and facts.block is not None:
        name, value = facts.block.subject
        law = ", a legal one" if facts.block.legal else ""
        found = f"Blocked by {rule_words(facts.block)}{law}: {name} {value}."
    elif facts.outcome == "outranked":
        found = _outranked(facts)
    elif facts.outcome == "chosen-elsewhere" and facts.elsewhere:
        found = f"Stands in '{facts.elsewhere}' already."
    elif facts.outcome == "excluded" and facts.was_read:
        found = "The reader has read it."
    elif facts.outcome == "not-visible":
        found = _not_visible(facts)
    elif facts.outcome in _RETELLINGS and (facts.rival or facts.rival_is == "page"):
        rival = "the page's own story" if facts.rival_is == "page" else f"'{facts.rival}', which stands"
        found = f"{_RETELLINGS[facts.outcome]} {rival}."
    return found or OUTCOME_WORDS[facts.outcome]


_RETELLINGS: Mapping[Outcome, str] = {
    "duplicate": "A copy of",
    "same-angle": "Its headline promises the same as",
    "same-story": "Tells the same event as",
}


def _standing(facts: Facts) -> str:
    if facts.pin is None:
        return f"Stands here, number {facts.position}." if facts.position else OUTCOME_WORDS["chosen"]
    moved = "" if facts.position == facts.pin.position else f", moved up from {facts.pin.position} for want of others"
    return f"Pinned here, number {facts.position}, by {rule_words(facts.pin)}{moved}."


def _outranked(facts: Facts) -> str:
    if facts.rival is None:
        return OUTCOME_WORDS["outranked"]
    ahead = f"Not here: '{facts.rival}' was ahead"
    if facts.lost_by == "nearness":
        return f"{ahead}, for this one is not about the same as the page."
    if facts.lost_by == "window":
        return f"{ahead}, for this one is older than the widget had to look back."
    if facts.lost_by is None:
        return f"{ahead} in turn, though not in score."
    return f"{ahead}; what parted them most is {PART_WORDS.get(facts.lost_by, facts.lost_by)}, by {facts.lost:.2f}."


def _not_visible(facts: Facts) -> str | None:
    if facts.visible_from is not None:
        return f"Not to be shown before {_moment(facts.visible_from)}."
    return None if facts.expired_at is None else f"Expired at {_moment(facts.expired_at)}."


def _moment(at: int) -> str:
    return rfc3339(datetime.fromtimestamp(at, UTC))


def _merits(facts: Facts) -> Iterator[str]:
    """Yields what is known of it beside the verdict: shared words, age, readers, rules."""
    if facts.has_page_text and facts.outcome != "own-article":
        weighty = [each for each in facts.shared if each.weight >= LEAST_SHOWN][:SHARED_SHOWN]
        words = ", ".join(f"{word} {weight:.2f}" for word, weight in weighty)
        yield f"Shares with the page: {words}." if words else "Shares no weighty word with the page."
    yield f"It is {age_words(facts.age_s)}."
    if facts.offered >= 1 or facts.clicks >= 1:
        yield f"Offered {facts.offered:.0f} times lately{_worth(facts)}, followed {facts.clicks:.0f}."
    if facts.reads >= 1:
        yield f"Read {facts.reads:.0f} times lately."
    if facts.comments > 0:
        yield "1 comment." if facts.comments == 1 else f"{facts.comments} comments."
    if facts.idle_pin is not None:
        yield f"Pinned at {facts.idle_pin.position} by {rule_words(facts.idle_pin)}, which has no effect here."
    for rule in facts.boosts:
        yield f"{_effect(rule)} by {rule_words(rule)}."


def _worth(facts: Facts) -> str:
    """Says what offers in worse places come to."""
    first = round(facts.looks)
    return f", which is worth {first} in first position" if first != round(facts.offered) else ""


def _effect(rule: Rule) -> str:
    if rule.factor is not None:
        return f"Score times {rule.factor:g}"
    return f"Score {'raised' if (rule.points or 0) >= 0 else 'lowered'} by {abs(rule.points or 0):g}"
