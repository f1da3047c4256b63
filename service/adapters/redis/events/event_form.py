"""How an event stands in a site's stream: the bytes that book.lua puts together, and what Python gives it of them."""

from __future__ import annotations

import struct

from service.domain.events.booking import AdEvent, EventStatus
from service.domain.events.recorded import RecordedEvent
from service.domain.events.tokens import EventKind, page_text, read_page_text
from service.domain.events.validity.agents import Device

VERSION = 1
_IMPLIED = 16
# book.lua's EVENT before and after its amount of seven bytes; and what follows the reason.
_HEAD = struct.Struct("<BBB")
_AMOUNT_END = 10
_REST = struct.Struct("<IIIII3sI")
_REASON_AT = _AMOUNT_END + _REST.size
_TAIL = struct.Struct("<IIB2s")
# book.lua's ASKED before its texts, each of which follows its length.
_ASKED = struct.Struct("<BIIIIIdIIIBIII")
_DEVICES = tuple(Device)
_DEVICE_CODES = {device: code for code, device in enumerate(_DEVICES)}
STATUSES = (
    EventStatus.BILLED,
    EventStatus.COUNTED,
    EventStatus.UNBILLED,
    EventStatus.REPLAY,
    EventStatus.EXPIRED,
    EventStatus.INVALID,
    EventStatus.UNKNOWN,
)
"""As book.lua numbers them."""

_KINDS = tuple(EventKind)


class UnreadableEvent(ValueError):
    """An entry of a stream that is none of ours, or of a form that this version cannot read."""


def packed_event(event: AdEvent) -> bytes:
    """Returns an event as book.lua takes it."""
    token, record, reason = event.token, event.record, (event.invalid or "").encode()
    segment, number, after = (record.segment.encode(), record.number, record.after) if record else (b"", 0, 0)
    tail = packed_tail(event)
    fixed = _ASKED.pack(
        token.kind, token.flight, token.epoch, token.minute, token.serial, token.model, token.price_micros,
        token.view_ppm, token.click_ppm, token.day, token.extra_minutes, event.received_at, number, after,
    )  # fmt: skip
    return b"%b%c%b%c%b%c%b" % (fixed, len(reason), reason, len(tail), tail, len(segment), segment)


def packed_tail(event: AdEvent) -> bytes:
    """Returns what an entry ends in: creative, placement, device, country, and the text of the page."""
    token = event.token
    tail = _TAIL.pack(token.creative, token.placement, _DEVICE_CODES[event.device], token.country.encode())
    return tail + page_text(token.section, token.near)


def read_event(entry_id: bytes, raw: bytes) -> RecordedEvent:
    """Returns the event of an entry, by its id and its field `e`. Raises UnreadableEvent."""
    try:
        return _read(entry_id, raw)
    except (struct.error, ValueError, IndexError) as error:
        raise UnreadableEvent(f"{error or 'cut short'}") from error


def _read(entry_id: bytes, raw: bytes) -> RecordedEvent:
    version, kind, status = _HEAD.unpack_from(raw)
    if version != VERSION:
        raise ValueError(f"form {version}, this version reads form {VERSION}")
    flight, campaign, advertiser, epoch, minute, serial, received = _REST.unpack_from(raw, _AMOUNT_END)
    reason_end = raw.index(0, _REASON_AT)
    creative, placement, device, country = _TAIL.unpack_from(raw, reason_end + 1)
    return RecordedEvent(
        entry_id.decode(),
        received or int(entry_id[: entry_id.index(b"-")]) // 1_000,
        _KINDS[kind % _IMPLIED],
        kind >= _IMPLIED,
        STATUSES[status],
        raw[_REASON_AT:reason_end].decode(),
        int.from_bytes(raw[_HEAD.size : _AMOUNT_END], "little"),
        flight,
        campaign,
        advertiser,
        creative,
        placement,
        epoch,
        minute,
        int.from_bytes(serial, "little"),
        _DEVICES[device],
        country.rstrip(b"\0").decode(),
        *read_page_text(raw[reason_end + 1 + _TAIL.size :].decode()),
    )
