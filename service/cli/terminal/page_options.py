"""The page that an explanation is asked of: its argument, and its widgets."""

from __future__ import annotations

from collections.abc import Sequence

import click

from service.domain.call.page_call import WidgetRequest
from service.domain.widgets.kind import MAX_SIZE

USUAL_WIDGETS = ("must-read", "recent-news")
SIZE = 5

PAGE = click.argument("page", metavar="PAGE")
WIDGETS = click.option("--widget", "widgets", multiple=True, metavar="KIND[:SIZE]",
                       help="A widget of the page; repeatable.  [default: must-read:5 and recent-news:5]")  # fmt: skip


def widgets_of(given: Sequence[str]) -> list[WidgetRequest]:
    """Returns the widgets of `KIND` or `KIND:SIZE` each. Raises UsageError for a size that is none."""
    widgets = []
    for text in given or USUAL_WIDGETS:
        kind, _, size = text.partition(":")
        if size and not (size.isdecimal() and 1 <= int(size) <= MAX_SIZE):
            raise click.UsageError(f"--widget {text}: the size is 1 to {MAX_SIZE}")
        widgets.append(WidgetRequest(kind, kind, int(size) if size else SIZE))
    return widgets
