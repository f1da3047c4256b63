"""HTML becomes the words a reader reads, none glued to the next."""

from __future__ import annotations

import pytest

from service.adapters.sources.articles.html_text import html_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("<h1>World</h1>Headline", "World\nHeadline"),
        ("<div>One</div>two", "One\ntwo"),
        ("one<br>two<br/>three", "one two three"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "one two"),
        ("w<b>or</b>d <i>and</i> H<sub>2</sub>O", "word and H2O"),
        ("Arts &amp; Life&nbsp;&#8212; &eacute;", "Arts & Life — é"),
        ("<p>One\n   line</p>", "One line"),
        ("<p>a</p><script>x = '<p>no</p>'</script><style>p{}</style><p>b</p>", "a\nb"),
        ("<figure><img alt='no'><figcaption>A quay</figcaption></figure><p>Text</p>", "Text"),
        ("<html><head><title>no</title></head><body><p>Text</p></body></html>", "Text"),
        ("one<!-- no -->two", "onetwo"),
        ("just text", "just text"),
        ("<p>2 < 3 & 4", "2 < 3 & 4"),
        ("<p> </p>", ""),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, text: str) -> None:
    assert html_text(html) == text


def test_a_page_nested_without_end_is_read() -> None:
    assert html_text("<div>" * 5_000 + "deep") == "deep"
