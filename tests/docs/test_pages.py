"""The documentation names nothing that does not exist: files, make's targets, commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from service.cli import main
from tests.docs.pages import HOME, pages

LINK = re.compile(r"\]\(([^)\s]+)\)")
SHOWN = re.compile(r"^\$ (?:[A-Z_]+=\S+ )?standfirst (.+)$", re.MULTILINE)
NAMES = [str(page.relative_to(HOME)) for page in pages()]
NAMED = re.compile(r"`((?:bench|clients|docs|k8s|models|service|tests)/[\w./-]+)`")
TARGETS = re.findall(r"^([a-z-]+):", (HOME / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file_or_heading_that_exists(name: str) -> None:
    page = HOME / name
    for link in LINK.findall(page.read_text("utf-8")):
        if link.startswith(("http:", "https:")):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if heading:
            assert heading in anchors(target), link


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_is_there(name: str) -> None:
    named = NAMED.findall((HOME / name).read_text("utf-8"))
    assert [path for path in named if not (HOME / path).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_target_of_make_exists(name: str) -> None:
    text = (HOME / name).read_text("utf-8")
    assert set(re.findall(r"(?:`|^    |^)make ([a-z-]+)", text, re.MULTILINE)) <= set(TARGETS)


def anchors(page: Path) -> set[str]:
    """The addresses of a page's headings, as a forge makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    "line", sorted({line for page in pages() for line in SHOWN.findall(page.read_text("utf-8"))}), ids=str
)
def test_a_command_that_is_shown_and_not_run_is_one(line: str) -> None:
    """Those of the pages that are run as they are written stand in blocks of `sh`."""
    command: click.Command | None = main
    words = shlex.split(line)
    while isinstance(command, click.Group):
        name, *words = words
        command = command.get_command(click.Context(command), name)
    assert command is not None
    command.make_context(name, words)
