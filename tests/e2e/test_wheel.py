"""The wheel, built and installed elsewhere, holds all it takes to run `serve` and `demo` from an empty folder."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tests.e2e.demonstration import Demonstration, alive, ask, begin, marked, until_up

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

ROOT = Path(__file__).parents[2]
PACKAGES = {"service": ROOT, "models": ROOT, "standfirst_client": ROOT / "clients" / "python"}
STYLE = Path("service", "demo", "renderer", "static", "courier.css")
TOUCH = "/* as installed */"
NOT_COPIED = shutil.ignore_patterns(".*", "var", "build", "dist", "*.egg-info", "__pycache__")


@dataclass(frozen=True)
class Installation:
    """The wheel installed in a folder of its own; the libraries are those of this environment."""

    folder: Path
    environment: dict[str, str]

    @property
    def program(self) -> Path:
        """Its `standfirst` command."""
        return self.folder / "bin" / "standfirst"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources so that nothing is left among them."""
    sources, target = tmp_path_factory.mktemp("sources") / "standfirst", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, sources, ignore=NOT_COPIED)
    words = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(sources)]
    built = subprocess.run([sys.executable, *words], cwd=target, capture_output=True, text=True, timeout=200)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = target.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel installed where nothing else is; its modules come before those of the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    words = ["--quiet", "--disable-pip-version-check", "install", "--no-deps", "--no-index", "--target", folder, wheel]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=folder, check=True, timeout=100)
    take_over_what_is_compiled(folder)
    return Installation(folder, {**environment, "PYTHONPATH": str(folder)})


def take_over_what_is_compiled(folder: Path) -> None:
    """Copies what numba keeps beside the checkout's code, which would take a minute to compile anew.

    Numba takes it for that of the same source by the source's size and time.
    """
    for kept in (ROOT / "service").rglob("*.nb[ic]"):
        shutil.copy(kept, folder / kept.relative_to(ROOT))
    for source in (ROOT / "service").rglob("*.py"):
        shutil.copystat(source, folder / source.relative_to(ROOT))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[PurePosixPath]:
    """The paths of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {PurePosixPath(name) for name in archive.namelist()}


def source_files(package: str) -> set[PurePosixPath]:
    """Returns the paths of all files of a package in the checkout, except what Python and editors leave."""
    home = PACKAGES[package]
    paths = (path.relative_to(home) for path in (home / package).rglob("*") if path.is_file())
    return {PurePosixPath(path) for path in paths if "__pycache__" not in path.parts and path.suffix != ".md"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_holds_every_file_of_the_package(names: set[PurePosixPath], package: str) -> None:
    wanted = source_files(package)
    assert PurePosixPath(package, "py.typed") in wanted
    assert wanted - names == set()


def test_the_wheel_holds_scripts_pages_and_content(names: set[PurePosixPath]) -> None:
    held = {path.suffix for path in names}
    assert {".lua", ".html", ".css", ".svg", ".ndjson", ".csv"} <= held


def test_the_wheel_holds_nothing_but_the_packages(names: set[PurePosixPath]) -> None:
    others = {path for path in names if path.parts[0] not in PACKAGES}
    assert {PurePosixPath(path.parts[0]).suffix for path in others} == {".dist-info"}
    assert not [path for path in names if "tests" in path.parts]


def test_the_wheel_may_not_be_uploaded_by_mistake(wheel: Path, names: set[PurePosixPath]) -> None:
    (metadata,) = [path for path in names if path.name == "METADATA"]
    with zipfile.ZipFile(wheel) as archive:
        assert b"\nClassifier: Private :: Do Not Upload\n" in archive.read(str(metadata))


def test_the_installed_modules_are_the_wheels_own(installed: Installation, tmp_path: Path) -> None:
    program = f"import {', '.join(PACKAGES)} as last; print(service.__file__, models.__file__, last.__file__)"
    words = [sys.executable, "-P", "-c", program]
    told = subprocess.run(
        words, cwd=tmp_path, env=installed.environment, capture_output=True, text=True, check=True, timeout=100
    )
    assert all(Path(path).is_relative_to(installed.folder) for path in told.stdout.split())


def test_serve_runs_from_an_empty_folder(installed: Installation, serve: Callable[..., Any]) -> None:
    served = serve(program=installed.program, PYTHONPATH=str(installed.folder))
    assert served.call("GET", "/readyz")[0] == 200
    status, problem = served.call("POST", "/v1/page", {"site": "courier"})
    assert (status, problem["title"]) == (401, "No valid token")
    assert served.stop() == 0
    assert "Traceback" not in served.grumbled


@pytest.fixture
def newspaper(installed: Installation, store_server: Path, tmp_path: Path) -> Iterator[Demonstration]:
    """The wheel's demonstration, running in an empty folder; its style sheet tells it from the checkout's."""
    with (installed.folder / STYLE).open("a") as style:
        style.write(TOUCH)
    demonstration = begin(tmp_path, installed.environment, command=(installed.program,))
    yield until_up(demonstration)
    if demonstration.process.poll() is None:
        demonstration.kill()


def test_demo_runs_from_an_empty_folder(newspaper: Demonstration, wait_until: Callable[..., Any]) -> None:
    page = ask(f"{newspaper.url}/article/summit-ceasefire-signed")
    assert len(page.links("aside .must-read h3 a")) == 5
    assert "Advertisement" in page.texts(".ad-label")
    assert ask(f"{newspaper.url}/static/courier.css").text.endswith(TOUCH)
    family = newspaper.family
    assert newspaper.end(signal.SIGINT) == 0
    wait_until(lambda: not any(map(alive, family)) and not list(marked(newspaper.folder)))
