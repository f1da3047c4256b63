"""A site: one publication, to which every other entity belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.money.exchange import Exchange, rate_of

SITE_ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,31}$"
ENTITY_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:\-]{0,127}$"

# "Advertisement" as readers of each language are used to see it above an ad.
ADVERTISEMENT_LABELS: Mapping[str, str] = {
    "ar": "إعلان",
    "bn": "বিজ্ঞাপন",
    "de": "Anzeige",
    "en": "Advertisement",
    "es": "Publicidad",
    "fa": "آگهی",
    "fr": "Publicité",
    "hi": "विज्ञापन",
    "id": "Iklan",
    "it": "Pubblicità",
    "ja": "広告",
    "pt": "Publicidade",
    "tr": "Reklam",
    "ur": "اشتہار",
    "zh": "广告",
}


@dataclass(frozen=True, slots=True)
class Site:
    """One publication: its addresses, language, zone, money, and what it says of its widgets.

    `languages` are its articles', where they have more than one; a page keeps to its own unless `mix_languages`.
    `domains` are host names that its articles live on, `origins` those whose browsers may call without a token.
    `rates` say, by currency, what a unit of it is worth in the site's own, as decimal text.
    `widgets` holds the site's changes to widget kinds, by kind.
    """

    id: str
    name: str = ""
    domains: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    language: str = "en"
    languages: tuple[str, ...] = ()
    mix_languages: bool = False
    timezone: str = "UTC"
    currency: str = "EUR"
    rates: Mapping[str, str] = field(default_factory=dict)
    consent_default: str = "denied"
    hide_zero_comments: bool = False
    widgets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def exchange(self) -> Exchange:
        """What money of other currencies is worth in its own."""
        return Exchange(self.currency, {currency: rate_of(rate) for currency, rate in self.rates.items()})

    @property
    def advertisement_label(self) -> str:
        """The word above an ad, in the site's language; English where we have none."""
        return ADVERTISEMENT_LABELS.get(self.language.split("-")[0].lower(), ADVERTISEMENT_LABELS["en"])
