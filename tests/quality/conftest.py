"""The sample collection of real news for the gates of quality; they skip aloud without it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from models.relevance.model import RelevanceModel
from models.relevance.train import TrainingText, train
from tests.quality.news_articles import NewsArticle, news_articles, news_file


@pytest.fixture(scope="session")
def news() -> tuple[NewsArticle, ...]:
    """Every article of the collection, by number."""
    path = news_file()
    if path is None:
        pytest.skip("STANDFIRST_SAMPLE_DATA does not name a folder that holds newsarticles/NewsArticles.csv.gz")
    return news_articles(path)


@pytest.fixture(scope="session")
def news_by_id(news: tuple[NewsArticle, ...]) -> Mapping[int, NewsArticle]:
    """The same by number."""
    return {article.id: article for article in news}


@pytest.fixture(scope="session")
def news_model(news: tuple[NewsArticle, ...]) -> RelevanceModel:
    """A model trained on the whole collection."""
    return train([TrainingText(str(a.id), a.title, a.text, "en") for a in news], now=0.0).model
