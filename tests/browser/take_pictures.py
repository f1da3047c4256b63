"""Takes the picture that the README shows, of the real demonstration: `python -m tests.browser.take_pictures`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser.demonstration import chromium, demonstration, find_chromium

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "courier.png"
STORY = "/article/ferry-strike-ends-update"


def take(chromium_path: str, picture: Path) -> None:
    """Writes the top of a story's page, down to where Must read, an advertisement and Recent News are all in sight."""
    with tempfile.TemporaryDirectory() as folder, demonstration(Path(folder)) as address, chromium(chromium_path) as b:
        page = b.new_page(viewport={"width": 1280, "height": 1690})
        page.goto(f"{address}{STORY}", wait_until="networkidle")
        page.screenshot(path=picture)


if __name__ == "__main__":
    path = find_chromium() or sys.exit("no Chromium was found on the PATH")
    take(path, PICTURE)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} KB")
