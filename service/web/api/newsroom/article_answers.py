"""Articles as a newsroom gets them back."""

from __future__ import annotations

from pydantic import BaseModel, Field

from service.domain.content.article import Article
from service.domain.content.article_record import article_record


class ImageAnswer(BaseModel):
    """A picture as it is kept."""

    url: str
    alt: str | None = None
    width: int | None = None
    height: int | None = None


class ArticleAnswer(BaseModel):
    """An article as it is kept; times in UTC; null is unknown."""

    id: str
    url: str
    title: str
    text: str | None = Field(None, description="Left out of lists.")
    published_at: str
    excerpt: str | None = None
    section: str | None = None
    tags: list[str] = Field(default_factory=list)
    authors: list[str] = Field(default_factory=list)
    byline: str | None = None
    language: str | None = None
    updated_at: str | None = None
    expires_at: str | None = None
    embargo_until: str | None = None
    image: ImageAnswer | None = None
    comment_count: int | None = None
    evergreen: bool = False
    sensitive: bool = False


class WrittenAnswer(BaseModel):
    """What became of a written article; `version` counts the site's changes of articles."""

    id: str
    outcome: str = Field(description="`loaded`, `updated` or `unchanged`.")
    version: int


class ArticleList(BaseModel):
    """Some articles, without their texts, in the order of their last change; `cursor` leads to the next ones."""

    items: list[ArticleAnswer]
    cursor: str | None


def article_answer(article: Article, *, with_text: bool = True) -> ArticleAnswer:
    """Returns the article as it is answered."""
    record = article_record(article)
    return ArticleAnswer.model_validate(record if with_text else record | {"text": None})
