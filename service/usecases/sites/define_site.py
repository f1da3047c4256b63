"""Creates or changes a site, after checking every field of it."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from service.domain.errors import Conflict, Fault, InvalidInput
from service.domain.guard import Guard
from service.domain.money.exchange import PAR, rate_of
from service.domain.ports import SiteStore
from service.domain.sites.site import SITE_ID_PATTERN, Site
from service.domain.widgets.kinds import site_kinds
from service.domain.widgets.settings import settings_json
from service.usecases.currencies import is_known

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*", re.ASCII)
CONSENTS = ("granted", "denied")
MAX_RATES = 200


def define_site(
    sites: SiteStore, site: Site, *, only_new: bool = False, guard: Guard[Site] | None = None
) -> bool:  # fmt: skip
    """Keeps the site; returns True if it is new.

    Raises InvalidInput with every faulty field, Conflict where the site exists already and `only_new` was asked.
    """
    faults = list(site_faults(site))
    if faults:
        raise InvalidInput(faults, f"The site has {len(faults)} faulty field{'s' if len(faults) > 1 else ''}.")
    if only_new and any(known.id == site.id for known in sites.all()):
        raise Conflict(f"The site '{site.id}' exists already; `standfirst sites change` or PUT /v1/sites changes it.")
    return sites.put(site, guard)


def site_faults(site: Site) -> Iterator[Fault]:
    """Yields what is wrong with the site, a fault per faulty field or list member."""
    if not re.fullmatch(SITE_ID_PATTERN.strip("^$"), site.id, re.ASCII):
        yield Fault("id", "use 1 to 32 small letters, digits and hyphens, a letter or digit first")
    yield from site_kinds(site.widgets).faults
    yield from _rate_faults(site)
    for name, rule in RULES.items():
        value = getattr(site, name)
        for path, text in [(name, value)] if isinstance(value, str) else _members(name, value):
            if not rule.fits(text):
                yield Fault(path, rule.remedy)


def _rate_faults(site: Site) -> Iterator[Fault]:
    if len(site.rates) > MAX_RATES:
        yield Fault("rates", f"has over {MAX_RATES} currencies")
    for currency, text in site.rates.items():
        path = f"rates.{currency}"
        if not is_known(currency):
            yield Fault(path, RULES["currency"].remedy)
        try:
            rate = rate_of(text)
        except ValueError as error:
            yield Fault(path, str(error))
            continue
        if currency == site.currency and rate != PAR:
            yield Fault(path, "is the site's own currency, whose rate is 1; leave it out")


def site_json(site: Site) -> dict[str, Any]:
    """Returns every field of the site, and under `kinds` each of its kinds of widgets with every setting."""
    kinds = site_kinds(site.widgets).kinds
    languages = site.languages or (site.language,)
    return {
        **asdict(site),
        "languages": languages,
        "kinds": {name: settings_json(kind) for name, kind in kinds.items()},
    }


def _members(name: str, values: Sequence[str]) -> list[tuple[str, str]]:
    return [(f"{name}[{place}]", value) for place, value in enumerate(values)]


def _is_host(text: str) -> bool:
    return HOST_NAME.fullmatch(text) is not None


def _is_origin(text: str) -> bool:
    """True for what a browser sends as Origin: scheme, host and a port that is not the scheme's own, nothing more."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or port == {"http": 80, "https": 443}[parts.scheme]:
        return False
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    exact = f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")
    return text == exact and (":" in host or _is_host(host))


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text of one field must be, and what to say where it is not."""

    fits: Callable[[str], bool]
    remedy: str

    def check(self, text: str) -> str:
        """Returns the text. Raises ValueError with the remedy where it does not fit."""
        if not self.fits(text):
            raise ValueError(self.remedy)
        return text


# By field; of a list, each member is held to it.
RULES: Mapping[str, Rule] = {
    "name": Rule(lambda text: len(text) <= 200, "is longer than 200 characters"),
    "domains": Rule(_is_host, "give a host name such as www.example.org, without scheme"),
    "origins": Rule(_is_origin, "give an origin such as https://www.example.org, no path"),
    "language": Rule(lambda text: bool(LANGUAGE.fullmatch(text)), "give a language tag such as en, ur or pt-BR"),
    "languages": Rule(lambda text: bool(LANGUAGE.fullmatch(text)), "give language tags such as en, ur or pt-BR"),
    "timezone": Rule(
        lambda text: text in zoneinfo.available_timezones(), "give a zone of the IANA database such as Europe/Berlin"
    ),
    "currency": Rule(is_known, "give an ISO 4217 code of three capital letters such as EUR"),
    "consent_default": Rule(lambda text: text in CONSENTS, "is one of granted, denied"),
}
