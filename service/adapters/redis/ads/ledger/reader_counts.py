"""How often ads were shown to a reader or on a page view, read as reader.lua and ask.lua write it, without counting."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping

from service.adapters.redis.ads.ledger.form import ANSWER
from service.domain.ads.reader.frequency import WINDOWS, Capped, Window
from service.domain.ads.reader.shown_ads import Counted

_HEAD = struct.Struct("<BH")
# By the form: in the first all decisions waited as long for their impressions.
_WAITING_BYTES = {1: 24, 2: 25}
_COUNT = struct.Struct("<BIIH")
_TEXTS = struct.Struct("<HH")
_KEY = struct.Struct("<H")
_OWNERS = struct.Struct("<II")


def counts_of_reader(raw: bytes | None, windows: tuple[Window, ...], now: float) -> Mapping[Counted, int]:
    """Returns how often what has caps was shown to a reader or session, in the windows that hold at `now`."""
    if raw is None or raw[0] not in _WAITING_BYTES:
        return {}
    form, waiting = _HEAD.unpack_from(raw)
    found = {}
    for code, number, start, shown in _COUNT.iter_unpack(raw[_HEAD.size + waiting * _WAITING_BYTES[form] :]):
        what, window = divmod(code, len(WINDOWS))
        asked = windows[window]
        if start >= (asked.ends_at if now >= asked.ends_at else asked.starts_at):
            found[Capped(what), number, window] = shown
    return found


def counts_of_view(raw: bytes | None) -> Mapping[Counted, int]:
    """Returns how often a page view was given what; all windows are one there."""
    counts: Counter[Counted] = Counter()
    for numbers in _given(raw) if raw else ():
        for what, number in zip(Capped, numbers, strict=True):
            counts.update((what, number, window) for window in range(len(WINDOWS)))
    return counts


def _given(raw: bytes) -> Iterator[tuple[int, int, int, int]]:
    """The creative, flight, campaign and advertiser of each slot that was given one."""
    at = _TEXTS.size + sum(_TEXTS.unpack_from(raw))
    while at < len(raw):
        (length,) = _KEY.unpack_from(raw, at)
        at += _KEY.size + length
        flight, creative, *_ = ANSWER.unpack_from(raw, at)
        yield creative, flight, *_OWNERS.unpack_from(raw, at + ANSWER.size)
        at += ANSWER.size + _OWNERS.size
