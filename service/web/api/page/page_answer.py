"""What a page call is answered, for the description of the interface; the answer itself is joined from ready pieces."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field, RootModel


class Reason(BaseModel):
    """Why a teaser stands here."""

    code: str
    text: str


class TeaserImage(BaseModel):
    """A teaser's picture; sizes in pixels."""

    url: str
    alt: str | None
    width: int | None
    height: int | None


class TeaserAnswer(BaseModel):
    """One teaser. Link to `click_url`, which counts and leads on to `url`."""

    position: int = Field(description="From 1.")
    article_id: str
    url: str
    click_url: str
    title: str
    excerpt: str = Field(description="Cut at a word.")
    section: str | None
    byline: str | None
    published_at: str
    comment_count: int | None = Field(description="Null where it is unknown, or 0 and the site hides zeros.")
    image: TeaserImage | None
    score: float
    source: str = Field(description="`model`, `pin` or `fallback`.")
    reason: Reason


class WidgetAnswer(BaseModel):
    """One filled widget."""

    kind: str
    fallback: str | None = Field(description="What it fell back to where the model had too little.")
    items: list[TeaserAnswer]


class CreativeImage(BaseModel):
    """An ad's picture."""

    url: str
    alt: str


class CreativeAnswer(BaseModel):
    """What an ad shows; what its format lacks is null."""

    id: str
    format: str
    width: int | None
    height: int | None
    html: str | None
    image: CreativeImage | None
    headline: str | None
    body: str | None
    cta: str | None
    landing_domain: str | None
    impression_trackers: list[str] = Field(description="Pictures of others to load with the ad.")


class SlotAnswer(BaseModel):
    """One filled slot. Load `impression_url` when the ad is rendered, `view_url` when it was seen."""

    decision_id: str
    label: str = Field(description="The word above an ad, in the site's language.")
    advertiser: str
    campaign_id: str
    flight_id: str
    creative: CreativeAnswer
    click_url: str
    impression_url: str
    view_url: str


class OneSlotAnswer(RootModel[SlotAnswer | None]):
    """A slot asked for alone; null is an empty one."""


class PageModel(BaseModel):
    """The model that chose the teasers; its version is null where there is none."""

    version: str | None
    variant: str


class PageExplanation(BaseModel):
    """What became of each widget's candidates and, for each slot, of every flight; what the reader allows."""

    widgets: dict[str, list[dict[str, Any]]]
    slots: dict[str, list[dict[str, Any]]]
    consent: dict[str, Any] | None


class PageAnswer(BaseModel):
    """A filled page: widgets and slots by their ids. With `format=html` each is a piece of HTML."""

    request_id: str
    site: str
    page_view: str
    model: PageModel
    widgets: dict[str, WidgetAnswer | str]
    slots: dict[str, SlotAnswer | str | None] = Field(description="Null where there is nothing to show.")
    events_url: str
    warnings: list[str] = Field(description="What was unknown, ignored or lacking.")
    explain: PageExplanation | None = Field(None, description="Where it was asked for, and the token may read reports.")
    took_ms: float
