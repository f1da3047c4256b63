"""The documentation's pages, and the commands that stand in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parents[2]
BACKGROUND = "test: in the background"
NOT_RUN = "not run: "
_BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page, with what a comment right above it says of it."""

    language: str
    body: str
    mark: str


def pages() -> list[Path]:
    """Returns every page that a reader of the repository may open."""
    return [*sorted(HOME.glob("*.md")), *sorted(HOME.glob("docs/**/*.md")), HOME / "clients" / "python" / "README.md"]


def blocks(page: Path) -> list[Block]:
    """Returns the page's fenced blocks, in order."""
    found = _BLOCK.finditer(page.read_text("utf-8"))
    return [Block(each["language"], each["body"], each["mark"] or "") for each in found]
