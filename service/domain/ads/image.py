"""A creative's image as a file: its type and size read from its own bytes, from the first to the last of them."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

ImageType = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
EXTENSIONS: Mapping[ImageType, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
}
MAX_PIXELS_A_SIDE = 10_000
# What a reader's browser has to unpack: 16 million pixels are 64 MB there.
MAX_PIXELS = 16_000_000
_MARKUP = re.compile(rb"<(?:script|svg[\s>]|html[\s>]|!doctype|iframe|\?php)", re.IGNORECASE)
_SVG = re.compile(rb"\s*(?:<\?xml|<svg|<!--|<!doctype)", re.IGNORECASE)
_PATH = re.compile(r"/images/(?P<site>[a-z0-9-]{1,32})/(?P<id>[0-9a-f]{64})\.(?P<extension>png|jpg|gif|webp)")

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Image:
    """An image by the digest of its bytes: its media type, and its size in pixels and in bytes."""

    id: str
    type: ImageType
    width: int
    height: int
    size_bytes: int

    @property
    def name(self) -> str:
        """The name that it is served by, within its site."""
        return f"{self.id}.{EXTENSIONS[self.type]}"


def image_path(site_id: str, image: Image) -> str:
    """Returns the path that the service serves the image at."""
    return f"/images/{site_id}/{image.name}"


def image_id_of(path: str, site_id: str) -> str | None:
    """Returns the id of the site's image that a path is for; None for any other path."""
    found = _PATH.fullmatch(path)
    return found["id"] if found and found["site"] == site_id else None


def image_type(raw: bytes) -> ImageType | None:
    """Returns the type that a file's first bytes tell, or None."""
    return next((kind for kind, begins in _BEGINNINGS.items() if begins(raw)), None)


def read_image(raw: bytes) -> Image:
    """Returns what an image file is. Raises ValueError unless it is a whole PNG, JPEG, GIF or WebP and nothing else."""
    kind = image_type(raw)
    if kind is None:
        if _SVG.match(raw):
            raise ValueError("is SVG or other markup, which can hold scripts; send it as PNG, JPEG, GIF or WebP")
        raise ValueError("is no image we take; send PNG, JPEG, GIF or WebP")
    try:
        (width, height), end = _READERS[kind](raw)
    except IndexError as error:
        raise ValueError("is cut off or damaged") from error
    if end != len(raw):
        raise ValueError("goes on after the image's end; save the image anew")
    if _MARKUP.search(raw):
        raise ValueError("holds markup or a script; save the image without its comments and metadata")
    if not (0 < width <= MAX_PIXELS_A_SIDE and 0 < height <= MAX_PIXELS_A_SIDE and width * height <= MAX_PIXELS):
        raise ValueError(f"is {width} x {height} pixels; at most {MAX_PIXELS:,}, {MAX_PIXELS_A_SIDE:,} a side")
    return Image(hashlib.sha256(raw).hexdigest(), kind, width, height, len(raw))


def _number(raw: bytes, at: int, length: int, order: Literal["big", "little"]) -> int:
    """The number in these bytes. Raises IndexError beyond the end."""
    if at + length > len(raw):
        raise IndexError(at)
    return int.from_bytes(raw[at : at + length], order)


def _png(raw: bytes) -> tuple[Size, int]:
    """Size and end of a PNG, each of whose chunks is whole (W3C PNG, chapter 5)."""
    at, size, pixels = 8, (0, 0), False
    while True:
        length, kind = _number(raw, at, 4, "big"), raw[at + 4 : at + 8]
        if zlib.crc32(raw[at + 4 : at + 8 + length]) != _number(raw, at + 8 + length, 4, "big"):
            raise ValueError("is damaged: a part of it has another check sum than it says")
        if (at == 8) != (kind == b"IHDR"):
            raise ValueError("is damaged: its parts are out of order")
        if kind == b"IHDR":
            size = (_number(raw, at + 8, 4, "big"), _number(raw, at + 12, 4, "big"))
        pixels = pixels or kind == b"IDAT"
        at += 12 + length
        if kind == b"IEND":
            return (size if pixels else (0, 0)), at


# Start of a frame: every one of C0 to CF but the tables DHT, JPG and DAC (ITU T.81, table B.1).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(raw: bytes) -> tuple[Size, int]:
    """Size and end of a JPEG: segment by segment, over the entropy-coded data of each scan."""
    at, size = 2, (0, 0)
    while True:
        if raw[at] != 0xFF:
            raise ValueError("is damaged: a marker is missing")
        marker = raw[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0xD9:
            return size, at + 2
        else:
            length = _number(raw, at + 2, 2, "big")
            if marker in _JPEG_FRAMES:
                size = (_number(raw, at + 7, 2, "big"), _number(raw, at + 5, 2, "big"))
            at += 2 + length
            if marker == 0xDA:
                at = _after_scan(raw, at)


_SCAN_END = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def _after_scan(raw: bytes, at: int) -> int:
    """Where the next marker stands; in a scan, FF is followed by 00 or by a restart marker."""
    found = _SCAN_END.search(raw, at)
    if not found:
        raise IndexError(at)
    return found.end() - 2


def _gif(raw: bytes) -> tuple[Size, int]:
    """Size and end of a GIF: block by block (GIF89a, appendix A)."""
    size = (_number(raw, 6, 2, "little"), _number(raw, 8, 2, "little"))
    at, pictures = 13 + _palette(raw[10]), 0
    while raw[at] != 0x3B:
        if raw[at] == 0x21:
            at += 2
        elif raw[at] == 0x2C:
            at += 11 + _palette(raw[at + 9])
            pictures += 1
        else:
            raise ValueError("is damaged: it holds an unknown block")
        while raw[at]:
            at += 1 + raw[at]
        at += 1
    return (size if pictures else (0, 0)), at + 1


def _palette(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(raw: bytes) -> tuple[Size, int]:
    """Size and end of a WebP: the RIFF container's, and the first chunk's header (RFC 9649)."""
    end = 8 + _number(raw, 4, 4, "little")
    kind = raw[12:16]
    if end > len(raw):
        raise IndexError(end)
    if kind == b"VP8X":
        return (1 + _number(raw, 24, 3, "little"), 1 + _number(raw, 27, 3, "little")), end
    if kind == b"VP8L" and _number(raw, 20, 1, "little") == 0x2F:
        bits = _number(raw, 21, 4, "little")
        return (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)), end
    if kind == b"VP8 " and raw[23:26] == b"\x9d\x01\x2a":
        return (_number(raw, 26, 2, "little") & 0x3FFF, _number(raw, 28, 2, "little") & 0x3FFF), end
    raise ValueError("is damaged: its first part is no picture")


_BEGINNINGS: Mapping[ImageType, Callable[[bytes], bool]] = {
    "image/png": lambda raw: raw.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": lambda raw: raw.startswith(b"\xff\xd8\xff"),
    "image/gif": lambda raw: raw.startswith((b"GIF87a", b"GIF89a")),
    "image/webp": lambda raw: raw.startswith(b"RIFF") and raw[8:12] == b"WEBP",
}
_READERS: Mapping[ImageType, Callable[[bytes], tuple[Size, int]]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
