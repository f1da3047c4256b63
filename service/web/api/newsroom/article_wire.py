"""Articles as a newsroom sends them, whole or in part, and the way from there to an Article."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from service.domain.content.article import Article, Image
from service.domain.content.plain import plain_line, plain_text, shows_nothing
from service.domain.errors import Fault, InvalidInput
from service.domain.sites.site import ENTITY_ID_PATTERN, Site
from service.domain.web_address import LONGEST_URL_CHARS, is_web_address
from service.web.endpoints.json_wire import WireModel
from service.web.problems.plain_words import LANGUAGE_PATTERN
from service.web.problems.problem import faults_of

MAX_COUNT = 2_000_000_000
EARLIEST_YEAR, LATEST_YEAR = 1800, 2200
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_ENTITY_ID = re.compile(ENTITY_ID_PATTERN)

HtmlText = Callable[[str], str]


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("is no time with an offset as of RFC 3339, such as 2026-03-01T09:30:00+05:00")
    try:
        moment = datetime.fromisoformat(value.upper())
    except ValueError as error:
        raise ValueError(f"names no moment of the calendar: {error}") from error
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(f"the year is not within {EARLIEST_YEAR} to {LATEST_YEAR}")
    return moment


def _web_address(value: str) -> str:
    if not is_web_address(value):
        raise ValueError("is no http or https address")
    return value


def _filled_line(value: str) -> str:
    line = plain_line(value)
    if not line:
        raise ValueError("is empty")
    return line


def _visible_line(value: str) -> str:
    line = _filled_line(value)
    if shows_nothing(line):
        raise ValueError("has only signs that nobody sees, such as marks of direction")
    return line


def _filled_text(value: str) -> str:
    text = plain_text(value)
    if not text:
        raise ValueError("is empty")
    return text


Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)]
WebAddress = Annotated[
    str, Field(max_length=LONGEST_URL_CHARS, json_schema_extra={"format": "uri"}), AfterValidator(_web_address)
]
OptionalLine = Annotated[str, AfterValidator(plain_line)]
ListedLine = Annotated[str, Field(max_length=200), AfterValidator(_filled_line)]
ListedLines = Annotated[list[ListedLine], Field(max_length=100)]


class ImageBody(WireModel):
    """A picture of an article."""

    model_config = ConfigDict(strict=True)

    url: WebAddress = Field(description="http or https address of the picture.")
    alt: Annotated[OptionalLine, Field(max_length=1_000)] | None = Field(None, description="Words that stand for it.")
    width: int | None = Field(None, ge=1, le=100_000, description="Pixels.")
    height: int | None = Field(None, ge=1, le=100_000, description="Pixels.")

    def image(self) -> Image:
        """Returns the picture; an empty text for it counts as none."""
        return Image(self.url, self.alt or None, self.width, self.height)


class ArticleFields(WireModel):
    """The fields that every article may have; what is left out is unknown."""

    model_config = ConfigDict(strict=True)

    excerpt: Annotated[OptionalLine, Field(max_length=5_000)] | None = Field(
        None, description="Cut from the text when none is given."
    )
    section: Annotated[OptionalLine, Field(max_length=100)] | None = None
    tags: ListedLines = Field(default_factory=list)
    authors: ListedLines = Field(default_factory=list)
    byline: Annotated[OptionalLine, Field(max_length=300)] | None = Field(
        None, description="A leading desk credit of the text is read as one."
    )
    language: str | None = Field(None, pattern=LANGUAGE_PATTERN, description="Language tag.")
    updated_at: Moment | None = None
    expires_at: Moment | None = Field(None, description="From then on the article is not shown.")
    embargo_until: Moment | None = Field(None, description="Before then the article is not shown.")
    image: ImageBody | None = None
    comment_count: int | None = Field(None, ge=0, le=MAX_COUNT, description="`null` is unknown.")
    evergreen: bool = Field(False, description="Does not age.")
    sensitive: bool = False


def _on_own_host(url: str, info: ValidationInfo) -> str:
    site: Site | None = (info.context or {}).get("site")
    hosts = {domain.lower() for domain in site.domains} if site else set()
    if hosts and (urlsplit(url).hostname or "") not in hosts:
        raise ValueError(f"is not on a host of the site, which are: {', '.join(sorted(hosts))}")
    return url


Headline = Annotated[str, Field(max_length=500), AfterValidator(_visible_line)]
ArticleUrl = Annotated[WebAddress, AfterValidator(_on_own_host)]


class ArticleBody(ArticleFields):
    """A whole article: `url`, `title`, `published_at`, and either `text` or `html`."""

    url: ArticleUrl = Field(description="http or https address, on one of the site's domains where it has some.")
    title: Headline
    published_at: Moment
    html: str | None = Field(None, description="Becomes text; block ends become spaces.")
    text: str | None = Field(None, validate_default=True, description="Plain text, a line for each paragraph.")

    @field_validator("text")
    @classmethod
    def _text_or_html(cls, text: str | None, info: ValidationInfo) -> str | None:
        html = info.data.get("html", "")  # absent where it has a fault of its own
        if text is not None and html:
            raise ValueError("give text or html, not both")
        if text is None and html is None:
            raise ValueError("is required, or html in its place")
        return text if text is None else _filled_text(text)


class ArticlePatch(ArticleFields):
    """The fields to change; `null` forgets an optional one."""

    url: ArticleUrl | None = None
    title: Headline | None = None
    published_at: Moment | None = None
    html: str | None = None
    text: Annotated[str, AfterValidator(_filled_text)] | None = None

    @field_validator("url", "title", "published_at", "html", "text", mode="before")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("cannot be forgotten; give another, or leave it out")
        return value

    @field_validator("text")
    @classmethod
    def _not_both(cls, text: str, info: ValidationInfo) -> str:
        if info.data.get("html") is not None:
            raise ValueError("give text or html, not both")
        return text

    @field_validator("tags", "authors", "evergreen", "sensitive", mode="before")
    @classmethod
    def _default_for_null(cls, value: object, info: ValidationInfo) -> object:
        lists = info.field_name in ("tags", "authors")
        return ([] if lists else False) if value is None else value


def checked_id(article_id: object) -> str:
    """Returns the id. Raises InvalidInput for one that is no article's."""
    if not isinstance(article_id, str) or not _ENTITY_ID.fullmatch(article_id):
        raise InvalidInput.one("id", "is 1 to 128 letters, digits and . _ : - and begins with a letter or digit")
    return article_id


def read_article(raw: dict[str, Any], site: Site, html_text: HtmlText) -> Article:
    """Returns the article of plain values with its id. Raises InvalidInput with every fault."""
    fields = {name: value for name, value in raw.items() if name != "id"}
    faults: list[Fault] = []
    try:
        article_id = checked_id(raw.get("id"))
    except InvalidInput as error:
        faults += error.faults if "id" in raw else (Fault("id", "is required"),)
    try:
        body = ArticleBody.model_validate(fields, context={"site": site})
    except ValidationError as error:
        faults += faults_of(error)
    if faults:
        raise InvalidInput(faults)
    return to_article(article_id, body, html_text)


def to_article(article_id: str, body: ArticleBody, html_text: HtmlText) -> Article:
    """Returns the article. Raises InvalidInput where its HTML holds no text."""
    text = body.text if body.html is None else _text_of(body.html, html_text)
    return Article(id=article_id, **_values(body, set(ArticleBody.model_fields)) | {"text": text})


def amendment(patch: ArticlePatch, html_text: HtmlText) -> Callable[[Article], Article]:
    """Returns the change that the patch makes of an article. Raises InvalidInput where its HTML holds no text."""
    values = _values(patch, patch.model_fields_set)
    if patch.html is not None:
        values["text"] = _text_of(patch.html, html_text)
    return lambda article: replace(article, **values)


def _text_of(html: str, html_text: HtmlText) -> str:
    text = html_text(html)
    if not text:
        raise InvalidInput.one("html", "holds no text")
    return text


def _values(body: ArticleFields, names: set[str]) -> dict[str, Any]:
    return {name: _value(getattr(body, name)) for name in names - {"html"}}


def _value(value: Any) -> Any:
    if isinstance(value, ImageBody):
        return value.image()
    if isinstance(value, list):
        return tuple(value)
    return None if value == "" else value
