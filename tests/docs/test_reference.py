"""The reference says all that the code has, with its default or purpose, and nothing that it has not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.docs import facts
from tests.docs.pages import HOME, pages
from tests.docs.write_reference import PAGES, REFERENCE

ROW = re.compile(r"^\| `([^`]+)` \| (.*) \|$", re.MULTILINE)


def rows_of(text: str) -> dict[str, tuple[str, ...]]:
    """The rows of a page's tables by the name in their first cell."""
    return {name: tuple(re.split(r" (?<!\\)\| ", cells)) for name, cells in ROW.findall(text)}


@pytest.mark.parametrize(("page", "expected"), PAGES.items(), ids=PAGES)
def test_each_table_holds_what_the_code_has(page: str, expected: Callable[[], facts.Rows]) -> None:
    wanted = expected()
    assert len(wanted) > 1
    assert rows_of((REFERENCE / page).read_text("utf-8")) == wanted


def test_each_command_stands_with_its_purpose_arguments_and_options() -> None:
    head, *sections = re.split(r"^## ", (REFERENCE / "commands.md").read_text("utf-8"), flags=re.MULTILINE)
    assert {name: cells[0] for name, cells in rows_of(head).items()} == facts.shared_options()

    told = {section.partition("\n")[0]: section for section in sections}
    wanted = facts.commands()
    assert list(told) == list(wanted)
    for name, (purpose, arguments, options) in wanted.items():
        assert f"\n\n{purpose}\n" in told[name]
        assert f"\n{name}{arguments}\n" in told[name]
        assert {spelled: cells[0] for spelled, cells in rows_of(told[name]).items()} == options


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(HOME)))
def test_no_page_names_a_setting_or_metric_that_does_not_exist(page: object) -> None:
    text = page.read_text("utf-8")  # type: ignore[attr-defined]
    named = set(re.findall(r"\bSTANDFIRST_[A-Z_]+\b", text)) - OF_TESTS
    assert named <= set(facts.settings())
    assert set(re.findall(r"\bstandfirst_[a-z_]+(?:_total|_seconds|_count)\b", text)) <= set(facts.metrics())


# What the tests, not the service, read from the environment; a variable of the nightly job; an example of a trap.
OF_TESTS = {"STANDFIRST_REQUIRE", "STANDFIRST_SAMPLE_DATA", "STANDFIRST_SITE", "STANDFIRST_PORT"}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(HOME)))
def test_no_page_names_a_command_that_does_not_exist(page: object) -> None:
    text = page.read_text("utf-8")  # type: ignore[attr-defined]
    known = {words for name in facts.commands() for words in beginnings(name)}
    for words in re.findall(r"(?:`|^)standfirst ((?:[a-z]+ ?){1,2})", text, re.MULTILINE):
        first, *rest = words.split()
        found = f"standfirst {first}"
        assert found in known, found
        if rest and f"{found} {rest[0]}" not in known:
            assert found in facts.commands(), f"{found} {rest[0]}"


def beginnings(name: str) -> list[str]:
    """A command's words, and those of the groups above it."""
    words = name.split()
    return [" ".join(words[:count]) for count in range(2, len(words) + 1)]
