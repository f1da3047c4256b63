"""The page call as it is written: what a renderer may send, every fault named by its path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from service.domain.ads.slot import MAX_SLOTS, SlotRequest
from service.domain.ads.targeting.slot_facts import key_value_of
from service.domain.call.page_call import MAX_WIDGETS, ArticleReference, PageRequest, Reader, WidgetRequest
from service.domain.sites.site import SITE_ID_PATTERN
from service.domain.widgets.kind import MAX_SIZE
from service.web.problems.plain_words import COUNTRY_PATTERN, KEY_PATTERN, REGION_PATTERN

MAX_HISTORY = 10_000
MAX_EXCLUDE = 1_000
MAX_QUERY_TEXT = 200_000

ShortText = Annotated[str, Field(min_length=1, max_length=128)]
UserAgent = Annotated[str, Field(max_length=2_000)]
Address = Annotated[str, Field(max_length=64)]


class OpenModel(BaseModel):
    """Part of a page call: unknown fields are left aside and named in the answer's warnings."""

    model_config = ConfigDict(extra="allow", frozen=True)
    parts: ClassVar[tuple[str, ...]] = ()
    """Names of the fields that are open models themselves, or lists of such."""

    def unknown(self, path: str = "") -> Iterator[str]:
        """Yields the paths of the fields that mean nothing here."""
        for name in self.model_extra or ():
            yield f"{path}{name}"
        for name in self.parts:
            value = getattr(self, name)
            if isinstance(value, OpenModel):
                yield from value.unknown(f"{path}{name}.")
            elif value:
                for place, part in enumerate(value):
                    yield from part.unknown(f"{path}{name}[{place}].")


class ArticleWire(OpenModel):
    """The page's own article: `id`, or `url`, or `title` and `text`."""

    id: ShortText | None = Field(None, description="Of an article that was loaded.")
    url: Annotated[str, Field(min_length=1, max_length=2_048)] | None = Field(None, description="The same, by address.")
    title: Annotated[str, Field(max_length=2_000)] | None = Field(None, description="Of a page that was never loaded.")
    text: str | None = Field(None, description=f"Of a longer one the first {MAX_QUERY_TEXT:,} characters are read.")
    section: Annotated[str, Field(max_length=128)] | None = None
    language: Annotated[str, Field(max_length=35)] | None = None
    tags: tuple[ShortText, ...] = Field((), max_length=100)

    @model_validator(mode="after")
    def _names_something(self) -> ArticleWire:
        if not (self.id or self.url or self.title or self.text):
            raise ValueError("give an id, a url, or a title and text; leave article out for a page without a story")
        return self

    def cut(self) -> Iterator[str]:
        """Yields what is said of a text of which only the beginning is read."""
        if self.text and len(self.text) > MAX_QUERY_TEXT:
            yield f"article.text: read to character {MAX_QUERY_TEXT:,}"


class WidgetWire(OpenModel):
    """One widget to fill."""

    id: ShortText = Field(description="What the answer calls it.")
    kind: ShortText = Field(description="`must-read`, `recent-news`, or another kind of the site.")
    size: int | None = Field(None, ge=1, le=MAX_SIZE, description="Teasers; without it the kind's own.")
    sections: tuple[ShortText, ...] = Field((), max_length=50, description="Only articles of these.")
    excerpt_words: int | None = Field(None, ge=1, le=80, description="Most words of an excerpt.")
    excerpt_chars: int | None = Field(None, ge=10, le=600, description="Most characters of an excerpt.")


class SlotWire(OpenModel):
    """One advertisement slot to fill."""

    id: ShortText = Field(description="What the answer calls it.")
    placement: ShortText
    near: tuple[ShortText, ...] | None = Field(
        None,
        max_length=MAX_WIDGETS,
        description="Ids of widgets it stands beside; by default the placement's, else all.",
    )
    creative: ShortText | None = Field(None, description="Show this one, as a preview; with a token of scope `ads`.")


Part = TypeVar("Part", WidgetWire, SlotWire)
Region = Annotated[str, Field(pattern=REGION_PATTERN)]
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
OneOrSome = ShortText | Annotated[tuple[ShortText, ...], Field(max_length=20)]
KeyValues = Annotated[dict[Key, OneOrSome], Field(max_length=50)]


class ConsentWire(OpenModel):
    """What the reader allows."""

    tcf: Annotated[str, Field(max_length=10_000)] | None = Field(default=None, description="The TC string (IAB TCF).")
    gpc: bool = Field(default=False, description="Global Privacy Control.")


class ReaderWire(OpenModel):
    """What the renderer says of its reader."""

    parts = ("consent",)

    id: ShortText | None = Field(None, description="Used only where consent allows.")
    history: tuple[ShortText, ...] = Field((), max_length=MAX_HISTORY, description="Ids of articles read, newest last.")
    country: Annotated[str, Field(pattern=COUNTRY_PATTERN)] | None = Field(None, description="ISO 3166, such as `PK`.")
    device: ShortText | None = Field(None, description="`mobile`, `tablet`, `desktop` or `tv`.")
    user_agent: UserAgent | None = Field(None, description="As the browser told it.")
    address: Address | None = Field(None, description="IP address; limits ads by network.")
    consent: ConsentWire | None = Field(None, description="Without it the site's `consent_default` holds.")
    session: ShortText | None = Field(None, description="An id of this visit, for caps where no reader is known.")
    region: Region | None = Field(None, description="ISO 3166-2, such as `ES-MD`.")
    key_values: KeyValues = Field(default_factory=dict, description="What flights may be targeted at.")


class PageBody(OpenModel):
    """A page call: the page's article, the widgets and slots to fill, the reader."""

    parts = ("article", "widgets", "slots", "reader")

    site: Annotated[str, Field(pattern=SITE_ID_PATTERN)] | None = Field(
        None, description="Implied by a token of one site."
    )
    article: ArticleWire | None = Field(None, description="What the page is about; without it a front page.")
    widgets: tuple[WidgetWire, ...] = Field((), max_length=MAX_WIDGETS)
    slots: tuple[SlotWire, ...] = Field((), max_length=MAX_SLOTS)
    reader: ReaderWire | None = None
    language: Annotated[str, Field(min_length=1, max_length=35)] | None = Field(
        None, description="Of a page without an article, on a site of several languages."
    )
    page_view: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="A random id; a call with the same gets the same ads. One is made where it is left out."
    )
    exclude: tuple[ShortText, ...] = Field(
        (), max_length=MAX_EXCLUDE, description="Ids of articles that stand already."
    )
    explain: bool = Field(False, description="Tell of all candidates; with a token of scope `reports`.")
    explain_article: ShortText | None = Field(None, description="Tell of this article too, wherever it ended.")
    explain_flight: ShortText | None = Field(None, description="Tell of this flight too, where there are very many.")
    key_values: KeyValues = Field(default_factory=dict, description="What flights may be targeted at.")

    @field_validator("widgets", "slots")
    @classmethod
    def _ids_are_unique(cls, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        ids = [part.id for part in parts]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"the id '{twice}' stands twice; the answer is keyed by id, so give each its own")
        return parts


def page_request(
    body: PageBody, site_id: str, page_view: str, *, billable: bool, explain: bool, gpc: bool
) -> PageRequest:
    """Returns the call as the domain knows it; `gpc` is True where the call itself has Global Privacy Control."""
    return PageRequest(
        site=site_id,
        page_view=page_view,
        article=_article(body.article) if body.article else None,
        widgets=tuple(_widget(widget) for widget in body.widgets),
        slots=tuple(SlotRequest(slot.id, slot.placement, slot.near) for slot in body.slots),
        reader=_reader(body.reader, gpc=gpc) if body.reader else Reader(gpc=gpc),
        exclude=body.exclude,
        language=body.language,
        billable=billable,
        explain=explain,
        explain_article=body.explain_article if explain else None,
        explain_flight=body.explain_flight if explain else None,
        key_values=(*_key_values(body.key_values), *_key_values(body.reader.key_values if body.reader else {})),
    )


def _key_values(told: KeyValues) -> Iterator[str]:
    for key, values in told.items():
        for value in (values,) if isinstance(values, str) else values:
            yield key_value_of(key, value)


def _reader(reader: ReaderWire, *, gpc: bool) -> Reader:
    consent = reader.consent or ConsentWire()
    return Reader(
        reader.id, reader.history, reader.country, reader.device, reader.session, consent.tcf, consent.gpc or gpc,
        reader.region,
    )  # fmt: skip


def _article(article: ArticleWire) -> ArticleReference:
    text = article.text[:MAX_QUERY_TEXT] if article.text else article.text
    return ArticleReference(
        article.id, article.url, article.title, text, article.section, article.language, article.tags
    )


def _widget(widget: WidgetWire) -> WidgetRequest:
    return WidgetRequest(
        widget.id, widget.kind, widget.size, widget.sections, widget.excerpt_words, widget.excerpt_chars
    )
