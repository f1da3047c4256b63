"""Sensitive topics: a story on a bombing is told from one on a striker's shot, by what stands around the words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.relevance.model import untrained
from models.topics import LANGUAGES, TOPICS, topic_scorer
from service.domain.ads.targeting.suitability import LEVELS, TOPIC_NAMES, refused_risks, risk_of

Story = dict[str, str]

MODEL = untrained()
SCORER = topic_scorer(MODEL)
# None was looked at when the descriptions and thresholds were set. Harmless ones use the words of the risky ones.
STORIES: list[Story] = [
    json.loads(line)
    for line in Path(__file__).with_name("topic_stories.ndjson").read_text("utf-8").splitlines()
]  # fmt: skip
RISKY = [story for story in STORIES if story["risky"]]
HARMLESS = [story for story in STORIES if not story["risky"]]


def named(story: Story) -> str:
    return f"{story['language']}: {story['title']}"


def risk(story: Story) -> int:
    language = story["language"]
    return risk_of(SCORER.scores(MODEL.encode(story["title"], story["text"], language), language).tolist())


@pytest.mark.parametrize("story", RISKY, ids=named)
def test_a_story_on_a_sensitive_topic_is_refused_by_who_is_careful(story: Story) -> None:
    assert risk(story) & refused_risks([f"{story['topic']}:low"])
    assert risk(story) & refused_risks(["standard"])
    assert not risk(story) & refused_risks(["open"])


@pytest.mark.parametrize("story", HARMLESS, ids=named)
def test_a_story_that_only_uses_such_words_is_refused_by_nobody(story: Story) -> None:
    assert risk(story) == 0


def test_topics_and_levels_fit_their_bits() -> None:
    assert TOPIC_NAMES == TOPICS
    assert risk_of([1.0] * len(TOPICS)).bit_length() == len(TOPICS) * len(LEVELS) - 1


def test_a_language_without_descriptions_is_near_to_nothing() -> None:
    assert not SCORER.scores(MODEL.encode("Bomb", "Bomb kills", "pl"), "pl").any()
    assert {story["language"] for story in STORIES} == set(LANGUAGES)
