"""Turns an article's HTML into text: block ends as spaces, a line per paragraph, nothing that is not prose."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from service.domain.content.plain import plain_text

# What a page carries beside the story's words; a figure's caption describes the picture.
_NO_PROSE = "script, style, template, noscript, iframe, object, svg, math, form, button, select, figcaption, head"
_PARAGRAPH_TAGS = (
    "address article aside blockquote dd div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre "
    "section table tr ul"
)
_PARAGRAPHS = frozenset(_PARAGRAPH_TAGS.split())
_BREAKS = frozenset(["br", "td", "th", "caption"])


def html_text(html: str) -> str:
    """Returns the words of the HTML: paragraphs end a line, other blocks leave a space, entities are resolved."""
    tree = LexborHTMLParser(html)
    for node in tree.css(_NO_PROSE):
        node.decompose()
    body = tree.body
    return plain_text("".join(_pieces(body))) if body is not None else ""


def _pieces(root: LexborNode) -> list[str]:
    """Returns the text of the tree in document order, without recursion: real pages nest without end."""
    pieces: list[str] = []
    waiting: list[LexborNode | str] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
        elif node.tag == "-text":
            pieces.append(_one_line(node.text_content or ""))
        else:
            edge = _edge(node.tag or "")
            waiting.append(edge)
            waiting.extend(reversed(list(node.iter(include_text=True))))
            pieces.append(edge)
    return pieces


def _edge(tag: str) -> str:
    if tag in _PARAGRAPHS:
        return "\n"
    return " " if tag in _BREAKS else ""


def _one_line(text: str) -> str:
    """Returns the text with each run of white space as one space; those at its ends count."""
    inner = " ".join(text.split())
    if not inner:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{inner}{' ' if text[-1].isspace() else ''}"
