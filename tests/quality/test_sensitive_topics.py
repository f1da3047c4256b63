"""Sensitive topics on real news, by what headlines and sections say: the wars are found, the sports pages are not."""

from __future__ import annotations

import re

from models.relevance.model import untrained
from models.topics import topic_scorer
from service.domain.ads.targeting.suitability import TOPIC_NAMES, refused_risks, risk_of
from tests.quality.news_articles import NewsArticle

GRAVE = {"violence", "crime", "terrorism"}
# A headline that says outright that people were killed, and an address that says that it is the sports page.
KILLED = re.compile(r"\b(kills?|killed|dead|airstrikes?|bombing|suicide bomb\w*|murder\w*)\b", re.I)
PLAYED = re.compile(r"/sports?[/-]", re.I)


def share_refused(news: list[NewsArticle]) -> float:
    """The share that an advertiser of the standard refuses for a grave topic."""
    model = untrained()
    scorer = topic_scorer(model)
    refused = 0
    for article in news:
        scores = scorer.scores(model.encode(article.title, article.text[:6_000], "en"), "en")
        grave = [near if name in GRAVE else 0.0 for name, near in zip(TOPIC_NAMES, scores.tolist(), strict=True)]
        refused += bool(risk_of(grave) & refused_risks(["standard"]))
    return refused / len(news)


def test_most_stories_of_killing_are_refused_and_hardly_any_of_games(news: tuple[NewsArticle, ...]) -> None:
    written = [article for article in news if len(article.text) > 400]
    killed = [one for one in written if KILLED.search(one.title) and not PLAYED.search(one.url)]
    played = [one for one in written if PLAYED.search(one.url) and not KILLED.search(one.title)]
    assert len(killed) > 100
    assert len(played) > 15
    told = share_refused(killed), share_refused(played)
    assert told[0] > 0.6
    assert told[1] < 0.1
