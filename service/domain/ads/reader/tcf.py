"""Reads what a consent string of the IAB's Transparency and Consent Framework, version 2, allows.

The layout is that of the TC string specification of IAB Tech Lab: a core segment of bit fields, then optional segments.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass

VERSION = 2
PURPOSES = 24
_PURPOSES_AT = 152
_VENDORS_AT = 213
_MOST_VENDORS_BITS, _ENTRIES_BITS, _VENDOR_BITS, _SEGMENT_BITS, _RESTRICTION_BITS = 16, 12, 16, 3, 8
_PUBLISHER_SEGMENT = 3
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class TcfChoices:
    """The purposes, by number, that a reader consented to, and those not objected to as a legitimate interest."""

    consents: frozenset[int]
    interests: frozenset[int]

    def allows(self, purpose: int) -> bool:
        """Returns whether the purpose may be pursued, by consent or by interest."""
        return purpose in self.consents or purpose in self.interests


class _Bits:
    """The bits of one segment, read from the front. Raises ValueError where they are no base64 or end too early."""

    def __init__(self, segment: str) -> None:
        if not _SEGMENT.fullmatch(segment):
            raise ValueError("is no base64")
        try:
            raw = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
        except binascii.Error as error:
            raise ValueError("is no base64") from error
        # As text: a part of it is cut out in no time, where a number of thousands of bits is shifted whole.
        self._bits, self._at = f"{int.from_bytes(raw, 'big'):0{8 * len(raw)}b}", 0

    def number(self, size: int) -> int:
        begin, self._at = self._at, self._at + size
        if self._at > len(self._bits):
            raise ValueError("ends too early")
        return int(self._bits[begin : self._at] or "0", 2)

    def purposes(self) -> frozenset[int]:
        field = self.number(PURPOSES)
        return frozenset(purpose for purpose in range(1, PURPOSES + 1) if field >> (PURPOSES - purpose) & 1)

    def pass_vendors(self) -> None:
        """Passes a list of vendors, a bit each or as ranges."""
        most = self.number(_MOST_VENDORS_BITS)
        if self.number(1):
            self.pass_ranges()
        else:
            self.number(most)

    def pass_ranges(self) -> None:
        """Passes vendors that are listed one by one or from one to another."""
        for _ in range(self.number(_ENTRIES_BITS)):
            self.number(2 * _VENDOR_BITS if self.number(1) else _VENDOR_BITS)


def read_tcf(text: str) -> TcfChoices | None:
    """Returns what the string allows the publisher; None where it is cut, no such string, or of another version.

    Where it has a segment on the publisher's own purposes that one says it, for this service works for the publisher.
    """
    core, *others = text.split(".")
    try:
        choices = _core(core)
        own = [found for found in map(_publisher, others) if found is not None]
    except ValueError:
        return None
    return own[0] if choices and own else choices


def _core(segment: str) -> TcfChoices | None:
    bits = _Bits(segment)
    if bits.number(6) != VERSION:
        return None
    bits.number(_PURPOSES_AT - 6)
    choices = TcfChoices(bits.purposes(), bits.purposes())
    bits.number(_VENDORS_AT - _PURPOSES_AT - 2 * PURPOSES)
    bits.pass_vendors()
    bits.pass_vendors()
    for _ in range(bits.number(_ENTRIES_BITS)):
        bits.number(_RESTRICTION_BITS)
        bits.pass_ranges()
    return choices


def _publisher(segment: str) -> TcfChoices | None:
    """What the segment says of the publisher's own purposes; None where it is another segment."""
    bits = _Bits(segment)
    if bits.number(_SEGMENT_BITS) != _PUBLISHER_SEGMENT:
        return None
    return TcfChoices(bits.purposes(), bits.purposes())
