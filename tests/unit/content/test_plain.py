"""Fields are cleaned once, and cleaning them again changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.content.plain import plain_line, plain_text

MARKUP = st.text(st.sampled_from("ab <>&;/#amplt39x\n\r\t\0\u00a0\u0085\u2028p="), max_size=60)


@pytest.mark.parametrize(
    ("given_line", "clean"),
    [
        ("Arts &amp; Life", "Arts & Life"),
        ("AT&T and H&M", "AT&T and H&M"),
        ("It&#8217;s &quot;fine&quot;", 'It’s "fine"'),
        ("<b>Bold</b> <i>words</i>", "Bold words"),
        ("One<br/>two", "One two"),
        ("H<sub>2</sub>O", "H2O"),
        ("Spurs 2 < 3 Leeds", "Spurs 2 < 3 Leeds"),
        ("two\n lines\t", "two lines"),
        ("nul\0l", "null"),
    ],
)
def test_a_line_is_free_of_entities_tags_and_line_breaks(given_line: str, clean: str) -> None:
    assert plain_line(given_line) == clean


def test_a_text_keeps_its_paragraphs_and_loses_blank_lines() -> None:
    assert plain_text(" One \t two.\r\n\r\n \nThree.\r") == "One two.\nThree."


@given(MARKUP)
def test_a_clean_line_stays_as_it_is(text: str) -> None:
    once = plain_line(text)
    assert plain_line(once) == once
    assert "\n" not in once


@given(MARKUP)
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    once = plain_text(text)
    assert plain_text(once) == once
