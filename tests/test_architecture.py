"""The house keeps its shape: imports point inwards, functions fit a screen, files are one idea, words are ours."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scheduling import together

ROOT = Path(__file__).parents[1]
ROOMS = ("service", "models", "clients/python/standfirst_client")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
LONGEST_FUNCTION = 40
LONGEST_FILE = 300
FULLEST_ROOM = 9
# A few need more lines than a screen, each for its reason.
LONG_FUNCTIONS = {
    "service/bootstrap/services.py:build_services": "the composition root: a flat list of what each room gives",
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "data", "info"}
BROAD_CATCHES = {
    "service/usecases/upkeep.py": "a thread that a bug ends would leave its process behind for good; it is logged",
    "service/worker/feed_rounds.py": "a source that trips a bug must not end the rounds of all others; it is logged",
    "service/worker/event_rounds.py": "events of all sites must not wait because one trips a bug; it is logged",
    "service/worker/export_rounds.py": "events of all sites must not wait because one trips a bug; it is logged",
    "service/web/event_gate.py": "a bug ahead of Flask is answered and logged as one within: Flask gets it to tell",
}
# The client library of the metrics takes its folder from the environment alone, where it is put; the demonstration's
# renderer is another program, which knows nothing of the service's settings.
ENVIRONMENT_READERS = {"service/config.py", "service/observability.py", "service/demo/renderer/__main__.py"}


def name_of(path: Path) -> str:
    """Returns a module's path from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yields every function of a module with its name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{name_of(path)}:{node.name}", node


def test_the_modules_are_found() -> None:
    assert len(MODULES) > 50


def test_imports_point_inwards() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr


def test_functions_fit_a_screen() -> None:
    lengths = {
        name: (node.end_lineno or node.lineno) - node.lineno + 1 for path in MODULES for name, node in functions(path)
    }
    assert {
        name: length for name, length in lengths.items() if length > LONGEST_FUNCTION
    }.keys() <= LONG_FUNCTIONS.keys()
    assert LONG_FUNCTIONS.keys() <= lengths.keys()


def test_a_file_is_one_idea() -> None:
    lengths = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_a_room_is_taken_in_at_a_glance() -> None:
    rooms = Counter(name_of(path.parent) for path in MODULES if path.name != "__init__.py")
    assert {room: count for room, count in rooms.items() if count > FULLEST_ROOM} == {}


def test_every_module_says_in_one_sentence_what_it_is_for() -> None:
    silent = [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_every_public_function_says_what_it_returns() -> None:
    silent = [
        name
        for path in MODULES
        for name, node in _public(ast.parse(path.read_text()), name_of(path))
        if not ast.get_docstring(node)
    ]
    assert silent == []


def _public(tree: ast.Module, module: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yields the functions and methods that other modules may call; a stub of a protocol may be silent."""
    bodies = [("", tree.body)] + [
        (f"{node.name}.", node.body) for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"
    ]
    for prefix, body in bodies:
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.name[0] != "_" and not _is_stub(node):
                yield f"{module}:{prefix}{node.name}", node


def _is_stub(node: ast.FunctionDef) -> bool:
    last = node.body[-1]
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is Ellipsis


@pytest.mark.parametrize("room", ROOMS)
def test_files_are_named_for_what_they_hold(room: str) -> None:
    vague = [name_of(path) for path in (ROOT / room).rglob("*") if path.stem in VAGUE_NAMES]
    assert vague == []


def test_only_the_configuration_reads_the_environment() -> None:
    def reads(path: Path) -> bool:
        return any(
            isinstance(node, ast.Attribute)
            and node.attr in ("environ", "getenv")
            and isinstance(node.ctx, ast.Load)
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
            for node in ast.walk(ast.parse(path.read_text()))
        )

    readers = {name_of(path) for path in MODULES if reads(path)}
    assert readers <= ENVIRONMENT_READERS


def test_errors_are_caught_by_name() -> None:
    broad = {
        name_of(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    }
    assert broad <= BROAD_CATCHES.keys()


def test_every_lua_script_says_what_its_keys_and_arguments_hold() -> None:
    scripts = list((ROOT / "service").rglob("*.lua"))
    assert scripts
    for script in scripts:
        opening = script.read_text().lstrip().splitlines()[0]
        assert opening.startswith("--"), name_of(script)


def test_no_package_of_tests_hides_ours() -> None:
    assert [name_of(path) for path in (ROOT / "tests").rglob("__init__.py")] == []


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_tests_that_share_a_server_stay_in_one_process() -> None:
    serving = {together(f"tests/e2e/test_serve.py::{name}") for name in ("test_a", "test_b[x]")}
    watched = {together(f"tests/browser/{name}::test_a") for name in ("test_courier.py", "test_embed.py")}
    others = {together(f"tests/unit/page/filling/test_filling.py::{name}") for name in ("test_a", "test_b")}
    assert (len(serving), len(watched), len(others)) == (1, 1, 2)
