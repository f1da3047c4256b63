"""Removes WordPress's shortcodes from a post, and restores the paragraphs that it makes of blank lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

_MARK = re.compile(r"\[(?P<close>/?)(?P<name>[a-z][\w-]*)(?P<rest>[^\[\]]*)\]", re.IGNORECASE)
# What these enclose is a picture's caption, an address or code, no prose of the story.
_WITH_CONTENT = frozenset(["caption", "wp_caption", "gallery", "playlist", "audio", "video", "embed", "code"])
_KNOWN = _WITH_CONTENT | frozenset(["more", "archives", "latex", "polldaddy", "recent_posts"])
_BLANK_LINE = re.compile(r"\r?\n[ \t]*\r?\n\s*")


def without_shortcodes(html: str) -> str:
    """Returns the post's HTML without shortcodes; what a pair of unknown ones encloses stays, `[[x]]` becomes `[x]`.

    Words in brackets are the author's own ("[sic]"), unless they have attributes, come in pairs, or are known.
    """
    marks = list(_MARK.finditer(html))
    closings = _closings(marks)
    pieces: list[str] = []
    position = 0
    for place, mark in enumerate(marks):
        if mark.start() < position:
            continue  # inside of what was left out
        if html[mark.start() - 1 : mark.start()] == "[" and html[mark.end() : mark.end() + 1] == "]":
            pieces.append(html[position : mark.start() - 1] + mark[0])
            position = mark.end() + 1
            continue
        name = mark["name"].lower()
        behind = bisect_right(closings[name], place)
        closing = closings[name][behind] if behind < len(closings[name]) else None
        if not _is_shortcode(mark, paired=closing is not None):
            continue
        last = marks[closing] if closing is not None and name in _WITH_CONTENT and not mark["close"] else mark
        pieces += [html[position : mark.start()], " "]
        position = last.end()
    return "".join(pieces) + html[position:]


def post_html(content: str) -> str:
    """Returns the HTML of a post as it was written: without shortcodes, a paragraph after each blank line."""
    return _BLANK_LINE.sub("\n<p>\n", without_shortcodes(content))


def _closings(marks: Sequence[re.Match[str]]) -> defaultdict[str, list[int]]:
    """Returns by name the places of the marks that close."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for place, mark in enumerate(marks):
        if mark["close"]:
            found[mark["name"].lower()].append(place)
    return found


def _is_shortcode(mark: re.Match[str], *, paired: bool) -> bool:
    return paired or bool(mark["close"]) or "=" in mark["rest"] or mark["name"].lower() in _KNOWN
