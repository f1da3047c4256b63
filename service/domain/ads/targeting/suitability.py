"""Brand suitability: how risky a page is by topic, and which risks an advertiser stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["low", "medium", "high", "floor"]
LEVELS: tuple[Level, ...] = ("low", "medium", "high", "floor")


@dataclass(frozen=True, slots=True)
class SensitiveTopic:
    """A sensitive topic of the IAB Content Taxonomy 3.1, by its id there."""

    name: str
    taxonomy_id: str
    about: str


TOPICS = (
    SensitiveTopic("adult", "Rm3SiT", "explicit sexual content"),
    SensitiveTopic("arms", "avbNf2", "arms and ammunition"),
    SensitiveTopic("crime", "XtODT3", "crime, harm to people, violations of human rights"),
    SensitiveTopic("violence", "I4GWl6", "death, injury, military conflict, disasters"),
    SensitiveTopic("debated", "Z7rJBM", "disputed social questions"),
    SensitiveTopic("hate", "HxqYV1", "hate speech and aggression"),
    SensitiveTopic("drugs", "pg0WhF", "drugs, tobacco, vaping, alcohol"),
    SensitiveTopic("obscenity", "j9PaO9", "obscenity and profanity"),
    SensitiveTopic("piracy", "mm3UXx", "online piracy"),
    SensitiveTopic("spam", "6i4dB6", "spam and harmful programs"),
    SensitiveTopic("terrorism", "8FD8nI", "terrorism"),
)
TOPIC_NAMES = tuple(topic.name for topic in TOPICS)

# From which nearness to a topic's description a text has a level, the description being one of some 40 words. Set by
# looking at 2,500 news articles: from `high` on it is what the story is about, from `medium` on a part of it, and below
# `low` the words are there by chance. No model gives the floor: that is for a newsroom to say.
NEARNESS: Mapping[Level, float] = {"low": 0.025, "medium": 0.045, "high": 0.09}

FORCED = 1 << (len(TOPICS) * len(LEVELS))
"""The bit of an article that its newsroom called sensitive: only who is open to all stands beside it."""

SENSITIVE = FORCED | (FORCED - 1)
"""The risk of such an article: the floor of every topic."""

PRESETS: Mapping[str, str] = {
    "open": "floor",
    "standard": "low",
    "sensitive": "none",
}
"""What each preset takes at most, of every topic."""


def risk_of(nearness: Sequence[float]) -> int:
    """Returns the risk of a text as a bit mask, from its nearness to each of TOPICS in their order.

    Of each topic it has the bits of all levels up to its own.
    """
    mask = 0
    for topic, near in enumerate(nearness):
        for level, least in enumerate(NEARNESS.values()):
            if near >= least:
                mask |= _bit(topic, level)
    return mask


def refused_risks(suitability: Sequence[str]) -> int:
    """Returns the bits that an advertiser does not stand beside; none in common with a page's risk means suitable.

    `suitability` is a preset, topics with the most that is taken of each (`violence:medium`), or both; topics that are
    not named are as in the preset, without one as in `standard`. Empty takes all but what a newsroom called sensitive.
    """
    if not suitability:
        return FORCED
    preset = next((item for item in suitability if item in PRESETS), "standard")
    named = dict(item.split(":") for item in suitability if ":" in item)
    mask = 0 if preset == "open" and not named else FORCED
    for topic, name in enumerate(TOPIC_NAMES):
        taken = named.get(name, PRESETS[preset])
        for level in range(0 if taken == "none" else LEVELS.index(taken) + 1, len(LEVELS)):
            mask |= _bit(topic, level)
    return mask


def suitability_item(text: str) -> str:
    """Returns one item of a suitability cell, in lower case. Raises ValueError naming what there is."""
    item = "".join(text.lower().split())
    topic, colon, level = item.partition(":")
    if not colon and item in PRESETS:
        return item
    if topic not in TOPIC_NAMES or level not in ("none", *LEVELS):
        raise ValueError(
            f"'{text[:40]}' is not {', '.join(PRESETS)}, or a topic with the most that is taken of it, such as "
            f"violence:medium; topics: {', '.join(TOPIC_NAMES)}; levels: none, {', '.join(LEVELS)}"
        )
    return item


def contradicts(items: Sequence[str]) -> bool:
    """Returns whether a suitability names two presets, or one topic twice."""
    return sum(item in PRESETS for item in items) > 1 or len({item.partition(":")[0] for item in items}) < len(items)


def risky_topics(risk: int, refused: int) -> tuple[str, ...]:
    """Returns the topics for which a page of this risk is refused; `sensitive` where its newsroom said so."""
    if risk & refused & FORCED:
        return ("sensitive",)
    bits = (1 << len(LEVELS)) - 1
    return tuple(name for topic, name in enumerate(TOPIC_NAMES) if (risk & refused) >> (topic * len(LEVELS)) & bits)


def beside_risk(risk: int) -> int:
    """Returns the risk of a teaser to ads near it: its topics, without the newsroom's word for its own page."""
    return risk & ~FORCED


def joint_risk(risks: Iterable[int]) -> int:
    """Returns the risk of texts that stand together."""
    joint = 0
    for risk in risks:
        joint |= risk
    return joint


def _bit(topic: int, level: int) -> int:
    return 1 << (topic * len(LEVELS) + level)
