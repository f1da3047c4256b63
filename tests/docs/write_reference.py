"""Writes the reference's tables anew from the code: `python -m tests.docs.write_reference`. The prose stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.docs import facts
from tests.docs.pages import HOME

REFERENCE = HOME / "docs" / "reference"
PAGES: Mapping[str, Callable[[], facts.Rows]] = {
    "settings.md": facts.settings,
    "redis-keys.md": facts.keys,
    "metrics.md": facts.metrics,
    "routes.md": facts.routes,
    "widgets.md": facts.widget_settings,
    "flight-outcomes.md": facts.flight_outcomes,
}
_ROWS = re.compile(r"(?<=\|---\|\n)(\|[^\n]*\n)*")


def rows(cells: Iterable[tuple[str, ...]]) -> str:
    """Returns the lines of a table, the first cell of each as code."""
    return "".join(f"| `{name}` | {' | '.join(others)} |\n" for name, *others in cells)


def with_table(page: str, cells: facts.Rows) -> str:
    """Returns the page with these rows in its table."""
    return _ROWS.sub(lambda _: rows((name, *others) for name, others in cells.items()), page, count=1)


def command_section(name: str, purpose: str, arguments: str, options: Mapping[str, str]) -> str:
    """Returns what stands below a command's heading."""
    table = f"\n| option | what it is |\n|---|---|\n{rows(options.items())}" if options else ""
    return f"\n## {name}\n\n{purpose}\n\n```text\n{name}{arguments}\n```\n{table}"


def write(path: Path) -> None:
    """Writes every table of the reference in this folder."""
    for name, cells in PAGES.items():
        page = path / name
        page.write_text(with_table(page.read_text("utf-8"), cells()), "utf-8")
    page = path / "commands.md"
    head = page.read_text("utf-8").split("\n## ", maxsplit=1)[0]
    shared = {option: (text,) for option, text in facts.shared_options().items()}
    sections = (command_section(name, *told) for name, told in facts.commands().items())
    page.write_text(with_table(head.rstrip("\n") + "\n", shared) + "".join(sections), "utf-8")


if __name__ == "__main__":
    write(REFERENCE)
