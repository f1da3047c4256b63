"""Faults that pydantic finds are told in words of our own: what would be right, and never how it was checked."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from service.web.api.newsroom.article_wire import ArticleBody
from service.web.api.newsroom.feeds import FeedBody
from service.web.api.page.page_wire import PageBody
from service.web.problems.problem import faults_of


@pytest.mark.parametrize(
    ("model", "body", "path", "words"),
    [
        (PageBody, {"widgets": [{"id": str(n), "kind": "k"} for n in range(21)]}, "widgets",
         "has 21 entries; 20 at most"),
        (PageBody, {"widgets": [{"id": "a", "kind": "k", "size": 51}]}, "widgets[0].size", "must be at most 50"),
        (PageBody, {"widgets": [{"id": "a", "kind": "k", "size": 0}]}, "widgets[0].size", "must be at least 1"),
        (PageBody, {"widgets": [{"id": "a", "kind": "k", "size": "x"}]}, "widgets[0].size", "must be a whole number"),
        (PageBody, {"widgets": [{"id": "", "kind": "k"}]}, "widgets[0].id", "is empty"),
        (PageBody, {"widgets": [{"kind": "k"}]}, "widgets[0].id", "is required"),
        (PageBody, {"widgets": [7]}, "widgets[0]", "must be an object"),
        (PageBody, {"widgets": 7}, "widgets", "must be a list"),
        (PageBody, {"explain": "perhaps"}, "explain", "must be true or false"),
        (PageBody, {"reader": {"country": "Pakistan"}}, "reader.country", "give a country's two letters, such as PK"),
        (PageBody, {"reader": {"region": "Madrid"}}, "reader.region", "give a region of ISO 3166-2, such as ES-MD"),
        (PageBody, {"page_view": "v" * 65}, "page_view", "is over 64 characters"),
        (PageBody, {"page_view": 5}, "page_view", "must be a text"),
        (PageBody, {"site": "No Site"}, "site",
         "use 1 to 32 small letters, digits and hyphens, a letter or digit first"),
        (FeedBody, {"url": "https://a.example", "kind": "atom"}, "kind", "must be 'rss' or 'wordpress'"),
        (FeedBody, {"url": "https://a.example", "every": 5}, "every", "is not a field here; check its spelling"),
        (ArticleBody, {"url": "https://a.example", "title": "T", "text": "t", "published_at": "2026-01-01T00:00:00Z",
                       "language": "English!"}, "language", "give a language tag, such as en or pt-BR"),
    ],
)  # fmt: skip
def test_a_fault_says_what_would_be_right(model: Any, body: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    assert [(fault.path, fault.message) for fault in faults_of(refused.value)] == [(path, words)]
