"""Image files: what is read of each type, and what is none, or more than one."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.image import Image, image_id_of, image_path, read_image

FOLDER = Path(__file__).parent / "images"
FILES = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir())}
TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG's part."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, extra: bytes = b"") -> bytes:
    """A PNG of one colour, which says that it has this size."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\x00" * 64))
    return b"\x89PNG\r\n\x1a\n" + header + extra + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", FILES)
def test_type_and_size_are_read_from_the_bytes(name: str) -> None:
    image = read_image(FILES[name])
    assert (image.type, image.width, image.height) == (TYPES[Path(name).suffix], 12, 7)
    assert (image.id, image.size_bytes) == (hashlib.sha256(FILES[name]).hexdigest(), len(FILES[name]))


def test_every_type_is_among_the_files() -> None:
    assert {Path(name).suffix for name in FILES} == set(TYPES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut(name: str) -> None:
    whole = FILES[name]
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            read_image(whole[:length])


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_goes_on_after_its_image_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="goes on"):
        read_image(FILES[name] + b"*/=1;alert(1)")


@pytest.mark.parametrize(
    "markup",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"\n <!-- x --><svg/>",
        b"<!DOCTYPE html><html></html>",
    ],
)
def test_markup_is_refused_by_its_name(markup: bytes) -> None:
    with pytest.raises(ValueError, match="scripts"):
        read_image(markup)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF",
        b"alert(1)",
        b"\x00\x00\x00 ftypavif",
        b"BM" + b"\x00" * 60,
        b"%PDF-1.7",
        b"MZ",
        b"RIFF\x10\0\0\0WAVE",
    ],
)
def test_what_is_no_image_that_we_take_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"no image|cut off"):
        read_image(raw)


def test_a_script_that_begins_like_a_gif_is_refused() -> None:
    with pytest.raises(ValueError):
        read_image(b"GIF89a/*" + b"\x00" * 20 + b"*/=1;alert(document.cookie)//;")


@pytest.mark.parametrize("markup", [b"<script>alert(1)</script>", b"<?php system(1); ?>", b"<SVG onload=1>"])
def test_a_whole_image_that_carries_markup_is_refused(markup: bytes) -> None:
    with pytest.raises(ValueError, match="markup"):
        read_image(png(12, 7, chunk(b"tEXt", b"Comment\x00" + markup)))


def test_a_part_with_a_wrong_check_sum_is_refused() -> None:
    raw = bytearray(png(12, 7))
    raw[20] ^= 1
    with pytest.raises(ValueError, match="check sum"):
        read_image(bytes(raw))


@pytest.mark.parametrize(("width", "height"), [(0, 7), (12, 0), (10_001, 1), (9_000, 9_000), (2**31, 2**31)])
def test_a_size_that_no_browser_should_unpack_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        read_image(png(width, height))
    assert read_image(png(4_000, 4_000)).width == 4_000


@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_damaged_file_is_read_or_refused_in_time(name: str, data: st.DataObject) -> None:
    raw = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        image = read_image(bytes(raw))
    except ValueError:
        return
    assert 0 < image.width * image.height <= 16_000_000


def test_a_path_names_an_image_of_its_site_only() -> None:
    image = Image("ab" * 32, "image/jpeg", 1, 1, 1)
    path = image_path("courier", image)
    assert path == f"/images/courier/{'ab' * 32}.jpg"
    assert image_id_of(path, "courier") == image.id
    for other in (f"{path}x", path.upper(), f"https://x{path}", path.replace("courier", "courier/.."), f"{path}\n"):
        assert image_id_of(other, "courier") is None
    assert image_id_of(path, "herald") is None


def test_pixels_alone_make_no_png() -> None:
    empty = io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0)))
    with pytest.raises(ValueError):
        read_image(empty.getvalue() + chunk(b"IEND", b""))
