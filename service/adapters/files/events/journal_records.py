"""How an event stands in a segment of the journal: a mark, its length, a checksum, its number, and its bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from service.domain.events.booking import AdEvent, JournalRecord
from service.domain.events.tokens import AdToken, pack_token, unpack_token
from service.domain.events.validity.agents import Device

MARK = b"\xa5J"
# Mark, length of what follows the checksum, and the checksum of that.
_HEAD = struct.Struct("<2sHI")
# Form, number in the segment, second of receipt, device, length of the reason.
_BODY = struct.Struct("<BIIBB")
_FORM = 1
_DEVICES = tuple(Device)


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a segment that are no record, although records follow them."""

    raw: bytes


def pack_record(event: AdEvent, number: int) -> bytes:
    """Returns the record of an event, which is the segment's `number`th."""
    reason = (event.invalid or "").encode()
    body = _BODY.pack(_FORM, number, event.received_at, _DEVICES.index(event.device), len(reason))
    body += reason + pack_token(event.token)
    return _HEAD.pack(MARK, len(body), crc32(body)) + body


def read_records(raw: bytes, segment: str) -> Iterator[AdEvent | Damage]:
    """Yields the events of a segment in their order, and what is damaged between them.

    What follows the last whole record is a write that was cut off, which nobody was told of: it is left out.
    """
    at = 0
    before: dict[str, int] = {}
    while True:
        start = _next_record(raw, at)
        if start is None:
            return
        if start > at:
            yield Damage(raw[at:start])
        length = _HEAD.unpack_from(raw, start)[1]
        at = start + _HEAD.size + length
        event = _read_body(raw[start + _HEAD.size : at], segment, before)
        yield event or Damage(raw[start:at])


def _next_record(raw: bytes, at: int) -> int | None:
    """Where the next record with a right checksum begins."""
    while (at := raw.find(MARK, at)) >= 0:
        if at + _HEAD.size > len(raw):
            return None
        _, length, checksum = _HEAD.unpack_from(raw, at)
        body = raw[at + _HEAD.size : at + _HEAD.size + length]
        if len(body) == length and crc32(body) == checksum:
            return at
        at += 1
    return None


def _read_body(body: bytes, segment: str, before: dict[str, int]) -> AdEvent | None:
    """The event of a record, None for one of another form; `before` is each site's last number, and is kept up."""
    if body[0] != _FORM:
        return None
    _, number, received_at, device, reason_bytes = _BODY.unpack_from(body)
    token_at = _BODY.size + reason_bytes
    token = unpack_token(body[token_at:])
    if not isinstance(token, AdToken):
        return None
    record = JournalRecord(segment, number, before.get(token.site_id, 0))
    before[token.site_id] = number
    return AdEvent(token, body[_BODY.size : token_at].decode() or None, _DEVICES[device], received_at, record)
