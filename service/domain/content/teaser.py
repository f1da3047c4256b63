"""A teaser: what a widget shows of an article, under the contract's field names."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from service.domain.content.article import Article, Image
from service.domain.content.article_record import rfc3339
from service.domain.content.excerpt import cut_excerpt
from service.domain.content.opening import read_opening
from service.domain.sites.site import Site


@dataclass(frozen=True, slots=True)
class Teaser:
    """Headline, excerpt, picture, comment count and link of one article; None where nothing is known."""

    article_id: str
    url: str
    title: str
    excerpt: str
    section: str | None
    byline: str | None
    published_at: str
    comment_count: int | None
    image: Image | None


def make_teaser(article: Article, site: Site) -> Teaser:
    """Returns the article's teaser: its own excerpt, or one cut from the text behind the desk's credit."""
    opening = read_opening(article.text)
    return Teaser(
        article_id=article.id,
        url=article.url,
        title=article.title,
        excerpt=article.excerpt or cut_excerpt(opening.story),
        section=article.section,
        byline=article.byline or opening.byline,
        published_at=rfc3339(article.published_at),
        comment_count=_shown_count(article.comment_count, site),
        image=article.image,
    )


def teaser_fields(article: Article, site: Site) -> dict[str, Any]:
    """Returns the teaser as JSON values: an item of a page's answer, but for what its place on the page decides."""
    return asdict(make_teaser(article, site))


def _shown_count(count: int | None, site: Site) -> int | None:
    return None if count == 0 and site.hide_zero_comments else count
