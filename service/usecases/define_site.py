"""Creates or changes a site, after checking every field of it."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from service.domain.errors import Conflict, Fault, InvalidInput
from service.domain.ports import SiteStore
from service.domain.site import SITE_ID_PATTERN, Site

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*", re.ASCII)
CONSENTS = ("granted", "denied")


def define_site(sites: SiteStore, site: Site, *, only_new: bool = False) -> bool:
    """Keeps the site; returns True if it is new.

    Raises InvalidInput with every faulty field, Conflict where the site exists already and `only_new` was asked.
    """
    faults = list(site_faults(site))
    if faults:
        raise InvalidInput(faults, f"The site has {len(faults)} faulty field{'s' if len(faults) > 1 else ''}.")
    if only_new and any(known.id == site.id for known in sites.all()):
        raise Conflict(f"The site '{site.id}' exists already.")
    return sites.put(site)


def site_faults(site: Site) -> Iterator[Fault]:
    """Yields what is wrong with the site, a fault per faulty field or list member."""
    if not re.fullmatch(SITE_ID_PATTERN.strip("^$"), site.id, re.ASCII):
        yield Fault("id", "use 1 to 32 small letters, digits and hyphens, a letter or digit first")
    if len(site.name) > 200:
        yield Fault("name", "is longer than 200 characters")
    yield from _each("domains", site.domains, _is_host, "give a host name such as www.example.org, without scheme")
    yield from _each("origins", site.origins, _is_origin, "give an origin such as https://www.example.org, no path")
    if not LANGUAGE.fullmatch(site.language):
        yield Fault("language", "give a language tag such as en, ur or pt-BR")
    if site.timezone not in zoneinfo.available_timezones():
        yield Fault("timezone", "give a zone of the IANA database such as Europe/Berlin")
    if not CURRENCY.fullmatch(site.currency):
        yield Fault("currency", "give an ISO 4217 code of three capital letters such as EUR")
    if site.consent_default not in CONSENTS:
        yield Fault("consent_default", "is one of granted, denied")


def _each(name: str, values: tuple[str, ...], fits: Callable[[str], bool], remedy: str) -> Iterator[Fault]:
    for place, value in enumerate(values):
        if not fits(value):
            yield Fault(f"{name}[{place}]", remedy)


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
