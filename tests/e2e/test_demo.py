"""`standfirst demo` as a visitor meets it: one command, a newspaper full of teasers and ads, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.demonstration import Demonstration, alive, ask, begin, marked, store_server, until_up

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

Wait = Callable[..., Any]
Begin = Callable[..., Demonstration]
GONE_WITHIN_S = 45.0
"""A second or two, but for a busy machine: what is tested is that nothing stays, and stops by itself."""


@pytest.fixture(scope="module", name="begin")
def beginning(store_server: Path, environment: dict[str, str]) -> Iterator[Begin]:
    """Starts demonstrations, and kills after the module what is left of them."""
    begun: list[Demonstration] = []

    def start(folder: Path, *words: str) -> Demonstration:
        begun.append(begin(folder, environment, *words))
        return begun[-1]

    yield start
    for demonstration in begun:
        for pid in demonstration.family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        demonstration.process.wait(30)


@pytest.fixture(scope="module")
def running(begin: Begin, tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """A demonstration in a fresh folder, which the tests that only look share."""
    return until_up(begin(tmp_path_factory.mktemp("courier")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one demonstration after the other runs and ends."""
    return tmp_path_factory.mktemp("again")


def nothing_left_of(family: set[int], demonstration: Demonstration) -> bool:
    """Returns whether none of the processes lives, nor any other that the demonstration started."""
    return not any(map(alive, family)) and not list(marked(demonstration.folder))


def visit(demonstration: Demonstration) -> None:
    """Reads the front page and a few stories, so that the renderer holds connections to the service."""
    stories = ask(demonstration.url).links("main a[href^='/article/']")[:6]
    assert all(ask(demonstration.url + path).status == 200 for path in ["/", *stories])


# What a visitor sees


def test_one_line_on_stdout_tells_the_address(running: Demonstration) -> None:
    (line,) = running.said
    assert re.fullmatch(r"The Harbour Courier is at http://127\.0\.0\.1:\d+/ \(Ctrl-C ends it\)", line)


@pytest.mark.parametrize("path", ["/", "/section/world", "/article/summit-ceasefire-signed"])
def test_every_kind_of_page_has_its_teasers_and_an_advertisement(running: Demonstration, path: str) -> None:
    page = ask(running.url + path)
    assert page.status == 200
    must_read, recent = page.links("aside .must-read h3 a"), page.links("aside .recent-news h3 a")
    assert (len(must_read), len(recent)) == (5, 5)
    assert "Advertisement" in page.texts(".ad-label")
    headlines = page.texts("aside h3")
    assert len(set(headlines)) == len(headlines)


def test_an_advertisement_for_urdu_readers_stands_on_urdu_pages_alone(running: Demonstration) -> None:
    urdu, english = ask(f"{running.url}/article/ur-mushaira-harbour"), ask(f"{running.url}/article/cup-final-won")
    assert urdu.texts(".ad-native[lang=ur][dir=rtl] .ad-cta") == ["میز محفوظ کریں"]
    assert english.texts(".ad-native[lang=ur]") == []
    assert "Languages" in english.texts(".why-slots td")
    assert len(urdu.texts(".must-read h3[lang=ur][dir=rtl]")) >= 3


def test_a_teasers_link_leads_by_way_of_the_service_to_the_story(running: Demonstration) -> None:
    page = ask(running.url)
    link, headline = page.links("aside .must-read h3 a")[0], page.texts("aside .must-read h3 a")[0]
    assert not link.startswith(running.url)
    redirect = ask(link)
    assert redirect.status == 302
    target = redirect.headers["Location"]
    assert target.startswith(f"{running.url}/article/")
    story = ask(target)
    assert story.status == 200
    assert headline in story.texts("h1")


def test_a_taken_port_is_told_and_nothing_is_started(
    running: Demonstration, begin: Begin, tmp_path: Path, wait_until: Wait
) -> None:
    port = running.url.rpartition(":")[2]
    second = begin(tmp_path, "--port", port)
    assert second.process.wait(GONE_WITHIN_S) == 1
    assert f"Port {port} of 127.0.0.1 is taken" in second.grumbled
    assert "--port" in second.grumbled
    assert second.said == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stderr", "stdout"]
    assert not list(marked(tmp_path))


def test_a_second_demonstration_in_the_same_folder_is_refused(running: Demonstration, environment: Any) -> None:
    command = [*map(os.fsdecode, Path(f"/proc/{running.process.pid}/cmdline").read_bytes().split(b"\0")[:-1])]
    second = subprocess.run(command, cwd=running.folder, env=environment, capture_output=True, text=True, timeout=100)
    assert second.returncode == 1
    assert "A demonstration runs in" in second.stderr
    assert "--data-dir" in second.stderr
    assert ask(running.url).status == 200


# How it ends


def stops_with_0_and_leaves_nothing(demonstration: Demonstration, number: signal.Signals, wait_until: Wait) -> None:
    """Tells a demonstration to stop, and looks whether it does as it should."""
    family = demonstration.family
    assert len(family) >= 8  # the command, the server with two workers, the worker, the renderer, store and watchdog
    asked_s = time.monotonic()
    assert demonstration.end(number, GONE_WITHIN_S) == 0
    store = family - {pid for pid in family if not alive(pid)}
    assert len(store) <= 2, "more than the store outlives the command"
    wait_until(lambda: nothing_left_of(family, demonstration), GONE_WITHIN_S)
    print(f"{number.name}: up in {demonstration.took_s:.1f} s, gone in {time.monotonic() - asked_s:.1f} s")
    assert "Traceback" not in demonstration.grumbled + worker_log(demonstration)


def worker_log(demonstration: Demonstration) -> str:
    """Returns the logs of the children."""
    return "".join(path.read_text() for path in (demonstration.folder / "var" / "demo" / "logs").iterdir())


def test_many_signals_at_once_end_it_no_worse_than_one(begin: Begin, folder: Path, wait_until: Wait) -> None:
    demonstration = until_up(begin(folder))
    visit(demonstration)
    family = demonstration.family
    for pid in family:  # an impatient reader, and a supervisor that tells everyone
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(ProcessLookupError):  # the first that they are sent may have ended it
                os.kill(pid, number)
    assert demonstration.process.wait(GONE_WITHIN_S) == 0
    wait_until(lambda: nothing_left_of(family, demonstration), GONE_WITHIN_S)


def test_ctrl_c_while_it_starts_ends_it_too(begin: Begin, tmp_path: Path, wait_until: Wait) -> None:
    demonstration = begin(tmp_path)
    wait_until(lambda: "Loaded" in demonstration.grumbled, 100)
    family = demonstration.family
    assert demonstration.end(signal.SIGINT) == 0
    assert demonstration.said == []
    assert "Traceback" not in demonstration.grumbled
    wait_until(lambda: nothing_left_of(family, demonstration), GONE_WITHIN_S)


def test_the_next_start_is_quick_and_trains_nothing_and_ends_with_its_terminal(
    begin: Begin, folder: Path, wait_until: Wait
) -> None:
    if not (folder / "var").exists():
        assert until_up(begin(folder)).end(signal.SIGINT) == 0
    demonstration = until_up(begin(folder))
    visit(demonstration)
    stops_with_0_and_leaves_nothing(demonstration, signal.SIGHUP, wait_until)
    assert "Trained" not in demonstration.grumbled


def test_without_one_of_its_processes_it_ends_with_1_and_leaves_nothing(
    begin: Begin, folder: Path, wait_until: Wait
) -> None:
    """The service, whose workers must go too; tests/unit/demo/test_processes.py kills each in turn."""
    demonstration = until_up(begin(folder))
    family = demonstration.family
    os.kill(service_of(demonstration), signal.SIGKILL)
    assert demonstration.process.wait(GONE_WITHIN_S) == 1
    assert "service was ended by SIGKILL" in demonstration.grumbled
    assert "Traceback" not in demonstration.grumbled
    wait_until(lambda: nothing_left_of(family, demonstration), GONE_WITHIN_S)


def service_of(demonstration: Demonstration) -> int:
    """Returns the id of the demonstration's server, not that of one of its workers."""
    children = Path(f"/proc/{demonstration.process.pid}/task/{demonstration.process.pid}/children").read_text()
    (found,) = [pid for pid in children.split() if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    return int(found)


def test_killed_with_9_it_takes_its_processes_along_and_the_next_run_revokes_its_token_and_ends_as_told(
    begin: Begin, folder: Path, command: Callable[..., subprocess.CompletedProcess[str]], wait_until: Wait
) -> None:
    def tokens() -> set[str]:
        told = command(folder, "tokens", "list", "--data-dir", "var/demo", "--json")
        return {token["id"] for token in json.loads(told.stdout) if token["name"] == "demo renderer"}

    killed = until_up(begin(folder))
    visit(killed)
    family = killed.family
    killed.kill()
    wait_until(lambda: nothing_left_of(family, killed), GONE_WITHIN_S)
    (left,) = tokens()
    after = until_up(begin(folder))
    (new,) = tokens()
    assert new != left
    visit(after)
    stops_with_0_and_leaves_nothing(after, signal.SIGTERM, wait_until)
    assert tokens() == set()


def test_a_store_killed_with_its_watchdog_comes_back_and_the_pages_with_it_until_ctrl_c(
    begin: Begin, folder: Path, wait_until: Wait
) -> None:
    demonstration = until_up(begin(folder))
    (server,) = store_server(demonstration.store)
    watchdog = int(Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[1])
    assert watchdog in demonstration.family
    for pid in (watchdog, server):
        with contextlib.suppress(ProcessLookupError):  # Linux ends the server with its watchdog
            os.kill(pid, signal.SIGKILL)
    wait_until(lambda: store_server(demonstration.store) - {server})
    address = f"{demonstration.url}/article/summit-ceasefire-signed"
    # Asked while the store is on its way back, the renderer's client may give up on the service for five seconds.
    wait_until(lambda: ask(address).links(".ad a[rel~=sponsored]"))
    stops_with_0_and_leaves_nothing(demonstration, signal.SIGINT, wait_until)


def test_a_port_taken_by_another_program_is_told_too(begin: Begin, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        demonstration = begin(tmp_path, "--port", str(other.getsockname()[1]))
        assert demonstration.process.wait(GONE_WITHIN_S) == 1
    assert "is taken" in demonstration.grumbled
    assert not list(marked(tmp_path))
