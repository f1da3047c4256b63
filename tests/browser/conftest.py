"""One newspaper and one browser for all tests of this folder; each test has a window of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.demonstration import chromium, demonstration, find_chromium
from tests.conftest import skip_or_fail

PATIENCE_MS = 60_000
"""For what takes a second or two: a busy machine's browser may take half a minute to load a page."""


@dataclass
class Visit:
    """A page in a window, and what came of loading it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def texts(self, selector: str) -> list[str]:
        """Returns the words of every element that the selector finds."""
        return [text.strip() for text in self.page.locator(selector).all_text_contents()]

    def see_all(self) -> None:
        """Scrolls from top to end, so that pictures which load late do, and waits for them."""
        self.page.evaluate(
            """async () => {
                for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
                    scrollTo(0, y);
                    await new Promise(requestAnimationFrame);
                }
                for (const image of document.images) image.loading = 'eager';
                await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
                scrollTo(0, 0);
            }"""
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = find_chromium()
    if path is None:
        skip_or_fail("browser", "no Chromium was found on the PATH")
    assert path is not None
    expect.set_options(PATIENCE_MS)
    with chromium(path) as started:
        yield started


@pytest.fixture(scope="session")
def courier(store_server: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demonstration, run as a user runs it."""
    with demonstration(tmp_path_factory.mktemp("courier")) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, courier: str) -> Iterator[Callable[..., Visit]]:
    """Opens a page of the Courier in a new window: `visit("/", width=390, color_scheme="dark")`."""
    contexts = []

    def open_page(path: str, width: int = 1280, **settings: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        made = Visit(context.new_page())
        made.page.set_default_timeout(PATIENCE_MS)
        made.page.on("console", lambda said: made.complaints.append(f"{said.type}: {said.text}"))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("requestfailed", lambda sent: made.complaints.append(f"{sent.failure}: {sent.url}"))
        made.page.on("request", lambda sent: made.hosts.add(str(urlsplit(sent.url).hostname)))
        answer = made.page.goto(f"{courier}{path}", wait_until="load")
        assert answer is not None
        assert answer.status == 200
        return made

    yield open_page
    for context in contexts:
        context.close()
