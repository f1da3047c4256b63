"""What numba keeps on disk is taken for stale when anything changes that is compiled into it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import service

TELL = "from service.domain.compiled import source_stamp; print(source_stamp().hex())"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the service's modules, in a folder of its own."""
    origin = Path(service.__file__).parent
    shutil.copytree(origin, tmp_path / "service", ignore=lambda _, names: {n for n in names if n == "__pycache__"})
    return tmp_path


def stamp(folder: Path) -> str:
    """The stamp that a process tells which imports the copy."""
    words = [sys.executable, "-B", "-c", TELL]
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True, timeout=200).stdout.strip()


def add_a_line(path: Path) -> None:
    path.write_text(path.read_text() + "\n# changed\n")


def test_a_change_of_what_is_compiled_or_imported_there_makes_it_stale_and_no_other(copied: Path):
    first = stamp(copied)
    add_a_line(copied / "service/domain/money/money.py")
    assert stamp(copied) == first
    seen = {first}
    for name in ("page/choosing/relations.py", "index/telling.py", "engagement/click_model.py"):
        add_a_line(copied / "service/domain" / name)
        seen.add(stamp(copied))
    assert len(seen) == 4
