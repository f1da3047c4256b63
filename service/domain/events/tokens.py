"""Event addresses: what an impression, view, click or teaser token says, packed and signed."""

from __future__ import annotations

import hmac
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

MAC_BYTES = 12
MAX_TOKEN_CHARS = 200
MAX_SECTION_BYTES = 32
MAX_NEAR_BYTES = 48
_NEAR_SEP, _REST_OF_NEAR = "|", "~"
_PAGE_SEP = "\x1f"
_CONTEXT = b"sf event 3"
# Bits beside the kind: of a click, that others may be told of it; and that extra minutes follow the other numbers.
_THIRD_PARTIES, _EXTRA_MINUTES = 0x80, 0x40
_NUMBERS = 11
_COUNTRY_BYTES = 2
_NO_COUNTRY = bytes(_COUNTRY_BYTES)
_FOR_ADDRESSES, _STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
VARINTS_KEPT = 4_096
"""Packed numbers that are kept, 0.2 kB each: flights, creatives, prices and minutes come again and again."""
PAGES_KEPT = 1_024
"""What tokens say of their pages, 0.5 kB each: a site has few countries, sections and neighbours of ads."""
# Of an address under MAX_TOKEN_CHARS, what is left for the payload.
_MAX_PAYLOAD_BYTES = MAX_TOKEN_CHARS * 3 // 4 - MAC_BYTES - 1


class EventKind(IntEnum):
    """What happened: the ad began to render, was seen, its link was followed; or a teaser's link was."""

    IMPRESSION = 0
    VIEW = 1
    CLICK = 2
    TEASER = 3


_KINDS = tuple(EventKind)


class AdToken(NamedTuple):
    """One single-use event of one reservation; `epoch` 0 marks a house ad, which has none and bills nothing.

    `price_micros` is the CPM or the price of a click; the rates are those that the reservation held, in millionths.
    `country` and `section` are those of the page, for reports; a long section is cut. Of a click, `third_parties` says
    that the reader lets others than us be told of it. The impression was waited for `extra_minutes` longer than others.
    `near` is what `near_text` makes of the widgets that the slot stood beside; empty where those are all of the page.
    """

    kind: EventKind
    site_id: str
    epoch: int
    minute: int
    serial: int
    flight: int
    creative: int
    placement: int
    model: int = 0
    price_micros: int = 0
    view_ppm: int = 0
    click_ppm: int = 0
    day: int = 0
    country: str = ""
    section: str = ""
    near: str = ""
    third_parties: bool = False
    extra_minutes: int = 0


@dataclass(frozen=True, slots=True)
class TeaserToken:
    """A followed teaser link: stable, used by many readers, counts nothing in the ledger."""

    site_id: str
    article_hash: int


def sign(token: AdToken | TeaserToken, key: bytes) -> str:
    """Returns the token as text for an address: base64url, under 200 characters."""
    return _as_text(pack_token(token), key)


def _as_text(payload: bytes, key: bytes) -> str:
    return _as_base64(payload + _mac(payload, key)).decode()


def _as_base64(raw: bytes) -> bytes:
    return b2a_base64(raw, newline=False).translate(_FOR_ADDRESSES).rstrip(b"=")


def sign_each(token: AdToken, key: bytes) -> tuple[str, str, str]:
    """Returns the tokens of a reservation's impression, view and click: alike but for their kind.

    Only the click's says what others may be told: no one but us is told of the other two by their address.
    """
    rest = pack_token(token)[1:]
    kinds = (_kind_byte(kind, token) for kind in (EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK))
    impression, view, click = (_as_text(bytes((kind,)) + rest, key) for kind in kinds)
    return impression, view, click


def read_token(text: str, key: bytes) -> AdToken | TeaserToken | None:
    """Returns what a token's text says, or None if it is cut, altered or not ours."""
    if len(text) >= MAX_TOKEN_CHARS:
        return None
    try:
        raw = _raw_of(text)
    except ValueError:
        return None
    payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not payload or not hmac.compare_digest(mac, _mac(payload, key)):
        return None
    return unpack_token(payload)


def _raw_of(text: str) -> bytes:
    """The bytes that a text is the base64url of. Raises ValueError for another spelling of them than ours.

    Base64 leaves unused bits at the end, and its reader lets much pass.
    """
    sent = text.encode("ascii")
    raw = a2b_base64(sent.translate(_STANDARD) + b"==")
    if _as_base64(raw) != sent:
        raise ValueError(text)
    return raw


def _mac(payload: bytes, key: bytes) -> bytes:
    mac = _keyed(key).copy()
    mac.update(payload)
    return mac.digest()


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> blake2b:
    """Returns a hash that has taken in a key of any length, as one of 32 bytes: BLAKE2b takes 64 at most."""
    short = blake2b(key, digest_size=32, person=_CONTEXT).digest()
    return blake2b(digest_size=MAC_BYTES, key=short, person=_CONTEXT)


def pack_token(token: AdToken | TeaserToken) -> bytes:
    """Returns the token's bytes, unsigned."""
    site = token.site_id.encode()
    if isinstance(token, TeaserToken):
        return bytes([EventKind.TEASER, len(site)]) + site + token.article_hash.to_bytes(8)
    numbers = (
        token.epoch, token.minute, token.serial, token.flight, token.creative, token.placement,
        token.model, token.price_micros, token.view_ppm, token.click_ppm, token.day,
    )  # fmt: skip
    payload = bytes([_kind_byte(token.kind, token), len(site)]) + site + b"".join(map(_varint, numbers))
    if token.extra_minutes:
        payload += _varint(token.extra_minutes)
    country = token.country.encode()
    payload += country if len(country) == _COUNTRY_BYTES else _NO_COUNTRY
    return payload + page_text(token.section, token.near, _MAX_PAYLOAD_BYTES - len(payload))


@lru_cache(maxsize=PAGES_KEPT)
def page_text(section: str, near: str, room: int = _MAX_PAYLOAD_BYTES) -> bytes:
    """Returns a section and, behind a separator, the widgets beside an ad, in so many bytes of UTF-8 at most."""
    cut = section.partition(_PAGE_SEP)[0].encode()[: max(0, min(MAX_SECTION_BYTES, room))]
    beside = near_text(near.split(_NEAR_SEP), min(MAX_NEAR_BYTES, room - len(cut) - 1)) if near else ""
    return (cut.decode(errors="ignore") + (_PAGE_SEP + beside if beside else "")).encode()


def read_page_text(text: str) -> tuple[str, str]:
    """Returns the section and the widgets beside the ad of a page's text."""
    section, _, near = text.partition(_PAGE_SEP)
    return section, near


def near_text(widgets: Sequence[str], room: int = MAX_NEAR_BYTES) -> str:
    """Returns ids of widgets joined by `|` in so many bytes of UTF-8; the last ones are `~` where not all fit."""
    named = list(widgets)
    text = _NEAR_SEP.join(named)
    while named and len(text.encode()) > room:
        named.pop()
        text = _NEAR_SEP.join([*named, _REST_OF_NEAR])
    return text if len(text.encode()) <= room else ""


def unpack_token(payload: bytes) -> AdToken | TeaserToken | None:
    """Returns the token of these bytes; None where they are none's. Raises IndexError or ValueError for cut ones."""
    kind, length = payload[0], payload[1]
    third_parties, has_extra = bool(kind & _THIRD_PARTIES), bool(kind & _EXTRA_MINUTES)
    kind &= ~(_THIRD_PARTIES | _EXTRA_MINUTES)
    site, rest = payload[2 : 2 + length].decode(), payload[2 + length :]
    if kind == EventKind.TEASER:
        return TeaserToken(site, int.from_bytes(rest))
    if kind > EventKind.TEASER:
        return None
    wanted = _NUMBERS + has_extra
    numbers, page = _varints(rest, wanted)
    if len(numbers) < wanted:
        return None
    extra = numbers.pop() if has_extra else 0
    return AdToken._make([_KINDS[kind], site, *numbers, *_read_page(page), third_parties, extra])


@lru_cache(maxsize=PAGES_KEPT)
def _read_page(raw: bytes) -> tuple[str, str, str]:
    """The country, the section and the widgets beside the ad of what follows a token's numbers."""
    return raw[:_COUNTRY_BYTES].rstrip(b"\0").decode(), *read_page_text(raw[_COUNTRY_BYTES:].decode())


def _kind_byte(kind: EventKind, token: AdToken) -> int:
    third_parties = _THIRD_PARTIES if token.third_parties and kind is EventKind.CLICK else 0
    return kind | third_parties | (_EXTRA_MINUTES if token.extra_minutes else 0)


@lru_cache(maxsize=VARINTS_KEPT)
def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the high bit says that more follow."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varints(raw: bytes, count: int) -> tuple[list[int], bytes]:
    """The first numbers, so many at most, and what follows them."""
    numbers: list[int] = []
    number = shift = 0
    for at, byte in enumerate(raw, 1):
        if byte & 0x80:
            number |= (byte & 0x7F) << shift
            shift += 7
            continue
        numbers.append(number | byte << shift)
        if len(numbers) == count:
            return numbers, raw[at:]
        number = shift = 0
    return numbers, b""
