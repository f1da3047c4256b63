"""What was compiled is read where an image brought it, in folders that may only be read; what lacks costs time."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import service

CODE = """
from service.domain.compiled import compiled

@compiled
def doubled(number):
    return number + number
"""
CALL = """
import sys
from counted import doubled
assert doubled(2) == 4 and (len(sys.argv) == 1 or doubled(0.5) == 1.0)
print(sum(doubled.stats.cache_hits.values()), sum(doubled.stats.cache_misses.values()))
"""


def call(folder: Path, *more: str, under: tuple[str, ...] = (), **settings: str) -> str:
    """How often a process that imports the module read what was compiled, and how often it had to compile."""
    own = {**os.environ, "PYTHONPATH": f"{folder}:{Path(service.__file__).parents[1]}", "HOME": str(folder), **settings}
    own.pop("NUMBA_CACHE_DIR", None)
    words = [*under, sys.executable, "-B", "-c", CALL, *more]
    done = subprocess.run(words, cwd=folder, env=own, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def read_only(tmp_path: Path) -> tuple[str, ...]:
    """The words before a command that may write only where modes of files let it: root is held to them as well."""
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and there is no setpriv to forbid it")
    return "setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"


def test_a_folder_that_may_only_be_read_is_read_and_a_call_that_is_new_is_answered(
    tmp_path: Path, read_only: tuple[str, ...]
) -> None:
    (tmp_path / "counted.py").write_text(CODE)
    generic = {"NUMBA_CPU_NAME": "generic"}
    assert call(tmp_path, **generic) == "0 1"
    kept = tmp_path / "__pycache__"
    before = sorted(kept.iterdir())
    for folder in (kept, tmp_path):
        folder.chmod(0o555)
    assert call(tmp_path, under=read_only, **generic) == "1 0"
    assert call(tmp_path, "another type", under=read_only, **generic) == "1 1"
    assert call(tmp_path, under=read_only, NUMBA_CPU_NAME="x86-64-v2") == "0 1", "of another processor"
    assert sorted(kept.iterdir()) == before
    for folder in (kept, tmp_path):
        folder.chmod(0o755)


def test_where_nothing_can_be_kept_each_process_compiles(tmp_path: Path, read_only: tuple[str, ...]) -> None:
    (tmp_path / "counted.py").write_text(CODE)
    tmp_path.chmod(0o555)
    assert call(tmp_path, under=read_only).split()[0] == "0"
    tmp_path.chmod(0o755)
    assert [path.name for path in tmp_path.iterdir()] == ["counted.py"]


def test_what_an_earlier_version_kept_of_code_that_has_moved_is_compiled_anew(tmp_path: Path) -> None:
    (tmp_path / "counted.py").write_text(CODE)
    assert call(tmp_path) == "0 1"
    [kept] = (tmp_path / "__pycache__").glob("*.nbi")
    kept.write_bytes(pickle.dumps(numba.__version__) + b"cservice.moved.away\nKind\n.")
    assert call(tmp_path) == "0 1"
    assert call(tmp_path) == "1 0"
