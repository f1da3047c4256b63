"""What the Courier draws, words and colours: deterministic, well-formed, legible."""

from __future__ import annotations

import ast
import json
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import service.demo.renderer as renderer
from service.demo.renderer.art.advertisement import artwork_of, draw_advertisement
from service.demo.renderer.art.picture import SCENES, draw_picture
from service.demo.renderer.side_column.column import is_web_address
from service.demo.renderer.wording import comments, date_line, deck, when

HOME = Path(str(files(renderer)))
NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize("motif", SCENES)
def test_a_picture_is_well_formed_and_the_same_every_time(motif: str) -> None:
    drawn = [draw_picture(f"story-{number}", number * 47, motif, "Boats & <quays>") for number in range(8)]

    for picture in drawn:
        root = ElementTree.fromstring(picture)  # noqa: S314 - our own drawing
        assert root.findtext("{*}title") == "Boats & <quays>"
        assert root.get("viewBox") == "0 0 600 400"
    assert len(set(drawn)) == len(drawn), "each story has a picture of its own"
    assert drawn[3] == draw_picture("story-3", 3 * 47, motif, "Boats & <quays>")


@pytest.mark.parametrize("creative", ["blue-pennant-crossing", "unheard-of-wares", "x", "<b>&\"'"])
def test_an_advertisement_is_well_formed_and_carries_its_words(creative: str) -> None:
    artwork = artwork_of(creative)

    root = ElementTree.fromstring(draw_advertisement(artwork))  # noqa: S314 - our own drawing

    words = " ".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert artwork.advertiser.upper() in words
    assert artwork.headline in words


def test_every_image_creative_of_the_demonstration_has_its_own_artwork() -> None:
    listed = json.loads((HOME / "art" / "creatives.json").read_text("utf-8"))
    sheet = (HOME.parent / "content" / "inventory.csv").read_text("utf-8")

    creatives = set(re.findall(r"\{site\}/ads/([\w-]+)\.svg", sheet))

    assert creatives
    assert creatives <= set(listed)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "1 minute ago"),
        (timedelta(minutes=59, seconds=20), "59 minutes ago"),
        (timedelta(minutes=90), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(hours=24), "22 November"),
        (timedelta(days=400), "19 October 2025"),
        (timedelta(hours=-2), "23 November"),
    ],
)
def test_a_date_is_told_as_a_reader_would(age: timedelta, words: str) -> None:
    assert when(NOW - age, NOW) == words


def test_counts_decks_and_the_date_line_are_in_plain_words() -> None:
    assert [comments(count) for count in (None, 0, 1, 1200)] == ["", "", "1 comment", "1,200 comments"]
    assert deck("Few words.") == "Few words."
    assert deck("word " * 29 + "last, more") == "word " * 29 + "last…"
    assert date_line(NOW) == "Monday, 23 November 2026"


@pytest.mark.parametrize("address", ["https://a.example/x", "http://127.0.0.1:8000/", "/ads/x.svg"])
def test_web_addresses_are_let_through(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [None, "", "javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "//evil.example", "\\\\evil.example", "x/y",
     "/\\evil.example", " https://a.example", "java\nscript:x", "http:///x", "http://[::1", "ftp://a.example"],
)  # fmt: skip
def test_other_addresses_are_not(address: str | None) -> None:
    assert not is_web_address(address)


@given(st.text())
def test_no_address_makes_the_check_itself_fail(address: str) -> None:
    assert is_web_address(address) in (True, False)


def luminance(colour: str) -> float:
    """Returns the relative luminance as WCAG 2.2 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


STYLES = (HOME / "static" / "courier.css").read_text("utf-8")
SCHEMES = [dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in re.findall(r":root \{([^}]*#[^}]*)\}", STYLES)]


@pytest.mark.parametrize("scheme", SCHEMES, ids=["day", "night", "paper"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
@pytest.mark.parametrize("colour", ["ink", "soft", "accent"])
def test_text_is_legible_by_day_by_night_and_on_paper(scheme: dict[str, str], ground: str, colour: str) -> None:
    assert contrast(scheme[colour], scheme[ground]) >= 4.5


def test_styles_and_templates_fetch_nothing_from_elsewhere() -> None:
    assert "url(" not in STYLES
    assert "@import" not in STYLES
    for template in (HOME / "templates").glob("*.html"):
        assert "://" not in template.read_text("utf-8"), template.name


def test_the_renderer_knows_the_service_by_http_alone() -> None:
    for path in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.split(".")[0] != "models", path
                assert name.split(".")[0] != "service" or name.startswith("service.demo.renderer"), path
