"""A page's slots as they are asked to be filled, with what is known of the page and its reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.ads.slot import SlotRequest
from service.domain.ads.targeting.slot_facts import Beside
from service.domain.ports import TermIds
from service.domain.sites.site import Site
from service.usecases.ads.delivery.similar_pages import WeighedPage


@dataclass(frozen=True, slots=True)
class SlotsRequest:
    """A page's slots and what is known of the page and its reader; not `billable` means house ads only.

    `weighed` is the page as its model weighs it, `risk` that of its text to advertisers, `beside` what each of its
    widgets shows, by the widget's id. `reader_id` is known only with the reader's consent, which also says whether
    `third_parties` may count and run scripts.
    """

    site: Site
    page_view: str
    slots: tuple[SlotRequest, ...]
    section: str | None = None
    language: str | None = None
    term_ids: TermIds | None = None
    risk: int = 0
    beside: Mapping[str, Beside] = field(default_factory=dict)
    country: str | None = None
    device: str | None = None
    tags: tuple[int, ...] = ()
    region: str | None = None
    key_values: tuple[str, ...] = ()
    weighed: WeighedPage | None = None
    reader_id: str | None = None
    session: str | None = None
    third_parties: bool = False
    base_url: str = ""
    billable: bool = True
    explain: bool = False
    explain_flight: str | None = None
