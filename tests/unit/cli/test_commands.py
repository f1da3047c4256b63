"""The command line: shared options, sites, tokens, and what a caller's exit code tells."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import COMMANDS, main
from service.cli.terminal.session import Output

Run = Callable[..., Result]


@pytest.fixture
def run(redis_url: str, tmp_path: Path, redis: object) -> Run:
    """Runs `standfirst WORDS...` in this process, on the tests' store."""

    def invoke(*words: str) -> Result:
        settings = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_DATA_DIR": str(tmp_path / "var")}
        return CliRunner().invoke(main, list(words), env=settings)

    return invoke


def test_the_help_lists_every_command_and_loads_none() -> None:
    program = "import sys; from service.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    for name, (_, purpose) in COMMANDS.items():
        assert name in told
        assert purpose.split()[0] in told
    loaded = set(told.splitlines()[-1].split())
    assert loaded.isdisjoint({"redis", "flask", "numpy", "gunicorn", "sklearn", "numba", "scipy"})


def test_serving_starts_without_what_only_training_needs() -> None:
    program = (
        "import sys, service.server, service.app, service.bootstrap.services, service.cli.running.serve\n"
        "from service.adapters.files.index.site_index import empty_snapshot\n"
        "empty_snapshot(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "service.bootstrap.services" in loaded
    assert set(loaded).isdisjoint({"sklearn", "numba", "scipy"})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_the_shared_options(name: str) -> None:
    def commands(words: list[str]) -> list[list[str]]:
        told = CliRunner().invoke(main, [*words, "--help"]).output
        if "Commands:" not in told:
            return [words]
        names = [line.split()[0] for line in told.partition("Commands:")[2].splitlines() if line.startswith("  ")
                 and not line.startswith("   ")]  # fmt: skip
        return [found for each in names for found in commands([*words, each])]

    for words in commands([name]):
        told = CliRunner().invoke(main, [*words, "--help"])
        assert told.exit_code == 0, told.output
        for option in ("--data-dir", "--redis-url", "--json"):
            assert option in told.output, f"{' '.join(words)} lacks {option}"


@pytest.mark.redis
def test_a_site_is_created_listed_and_shown(run: Run) -> None:
    made = run("sites", "create", "courier", "--name", "The Harbour Courier", "--domain", "courier.example",
               "--origin", "https://courier.example", "--language", "ur", "--timezone", "Asia/Karachi")  # fmt: skip
    assert made.exit_code == 0, made.output
    assert "courier" in run("sites", "list").output
    shown = json.loads(run("sites", "show", "courier", "--json").stdout)
    assert (shown["name"], shown["timezone"], shown["domains"]) == (
        "The Harbour Courier", "Asia/Karachi", ["courier.example"]
    )  # fmt: skip


@pytest.mark.redis
def test_a_site_that_exists_is_left_as_it_is(run: Run) -> None:
    run("sites", "create", "courier", "--name", "First")
    again = run("sites", "create", "courier", "--name", "Second")
    assert again.exit_code == 1
    assert "exists already" in again.stderr
    assert json.loads(run("sites", "show", "courier", "--json").stdout)["name"] == "First"


@pytest.mark.redis
def test_a_change_of_a_site_leaves_what_it_does_not_name(run: Run, tmp_path: Path) -> None:
    kinds = tmp_path / "kinds.json"
    kinds.write_text('{"must-read": {"size": 4}}')
    run("sites", "create", "courier", "--name", "The Harbour Courier", "--language", "en", "--language", "ur",
        "--hide-zero-comments")  # fmt: skip

    changed = run("sites", "change", "courier", "--origin", "https://courier.example", "--no-hide-zero-comments",
                  "--widgets", str(kinds), "--json")  # fmt: skip

    site = json.loads(changed.stdout)
    assert site == json.loads(run("sites", "show", "courier", "--json").stdout)
    assert (site["origins"], site["hide_zero_comments"]) == (["https://courier.example"], False)
    assert site["kinds"]["must-read"]["size"] == 4
    assert (site["name"], site["languages"]) == ("The Harbour Courier", ["en", "ur"])


@pytest.mark.redis
def test_a_faulty_change_of_a_site_changes_nothing(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "kinds.json"
    broken.write_text('["must-read"]')
    run("sites", "create", "courier", "--name", "First")

    refused = run("sites", "change", "courier", "--name", "Second", "--origin", "courier.example")

    assert (refused.exit_code, "origins[0]" in refused.stderr) == (1, True)
    assert run("sites", "change", "courier", "--name", "Second", "--widgets", str(broken)).exit_code == 2
    assert run("sites", "change", "courier").exit_code == 2
    assert run("sites", "change", "gazette", "--name", "Second").exit_code == 1
    assert json.loads(run("sites", "show", "courier", "--json").stdout)["name"] == "First"


@pytest.mark.redis
def test_every_fault_of_a_site_is_named_at_once(run: Run) -> None:
    refused = run("sites", "create", "courier", "--timezone", "Mars/Olympus", "--origin", "courier.example", "--json")
    assert refused.exit_code == 1
    assert {error["path"] for error in json.loads(refused.stderr)["errors"]} == {"timezone", "origins[0]"}
    assert json.loads(run("sites", "list", "--json").stdout) == []


@pytest.mark.redis
def test_a_token_is_told_once_and_then_only_named(run: Run) -> None:
    run("sites", "create", "courier")
    made = run("tokens", "create", "--site", "courier", "--scope", "render", "--scope", "ads", "--json")
    token = json.loads(made.stdout)
    assert token["token"].startswith(f"sf_{token['id']}_")
    listed = run("tokens", "list", "--json")
    assert json.loads(listed.stdout)[0]["scopes"] == ["ads", "render"]
    assert token["token"].rpartition("_")[2] not in listed.stdout
    assert run("tokens", "revoke", token["id"]).exit_code == 0
    assert json.loads(run("tokens", "list", "--json").stdout) == []
    assert run("tokens", "revoke", token["id"]).exit_code == 1


@pytest.mark.redis
def test_only_the_token_stands_on_stdout_for_scripts_to_read(run: Run) -> None:
    run("sites", "create", "courier")
    assert len(run("tokens", "create", "--site", "courier", "--scope", "admin").stdout.split()) == 1


@pytest.mark.redis
def test_a_token_for_a_site_that_is_not_there_is_not_made(run: Run) -> None:
    assert run("tokens", "create", "--site", "nowhere", "--scope", "admin").exit_code == 1
    assert json.loads(run("tokens", "list", "--json").stdout) == []


@pytest.mark.parametrize(
    "words",
    [
        ("tokens", "create", "--scope", "admin"),
        ("tokens", "create", "--site", "a", "--all-sites", "--scope", "admin"),
        ("tokens", "create", "--site", "a", "--scope", "everything"),
        ("sites", "list", "--redis-url", "http://somewhere"),
        ("sites", "burn"),
        ("serve", "--port", "70000"),
    ],
)
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(main, list(words)).exit_code == 2


def test_a_store_that_is_away_ends_with_1_and_says_so(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["sites", "list", "--redis-url", f"unix://{tmp_path}/nobody"])
    assert refused.exit_code == 1
    assert "The store did not answer" in refused.stderr
    assert "Traceback" not in refused.output


@pytest.mark.redis
def test_a_site_is_deleted_when_that_is_confirmed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.usecases.sites.erase_site.SETTLED_S", 0.0)
    run("sites", "create", "courier")
    assert run("sites", "delete", "courier").exit_code == 1  # nobody there to ask
    assert len(json.loads(run("sites", "list", "--json").stdout)) == 1
    done = run("sites", "delete", "courier", "--yes", "--json")
    assert json.loads(done.stdout) == {"tokens": 0, "keys": 1, "files": 0}
    assert json.loads(run("sites", "list", "--json").stdout) == []
    assert run("sites", "delete", "courier", "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (["sites", "show", "herald"], "standfirst sites create"),
        (["ads", "report", "--site", "herald"], "standfirst sites list"),
        (["tokens", "revoke", "nobody"], "standfirst tokens list"),
        (["ads", "pause", "nothing", "--site", "courier"], "standfirst ads report"),
        (["sites", "list", "--redis-url", "redis://127.0.0.1:1"], "standfirst doctor"),
    ],
)
def test_an_error_names_what_to_do(run: Run, words: list[str], remedy: str) -> None:
    run("sites", "create", "courier")
    told = run(*words)
    assert (told.exit_code, remedy in told.output) == (1, True), told.output


def test_a_fault_that_is_the_whole_error_is_told_once(run: Run) -> None:
    run("sites", "create", "courier")
    told = run("articles", "load", "nowhere.csv", "--site", "courier")
    assert told.output.count("nowhere.csv") == 1
    assert run("articles", "feed", "ftp://a.example/f", "--site", "courier").output.count("ftp://a.example/f") == 1
    assert run("models", "clicks", "--site", "courier").output.count("no page view of this site is logged") == 1


@pytest.mark.redis
def test_a_fault_names_the_option_that_holds_it(run: Run) -> None:
    run("sites", "create", "courier")
    assert "--by: 'colour' is none of" in run("ads", "report", "--site", "courier", "--by", "colour").output
    monthless = run("ads", "statement", "--site", "courier", "--advertiser", "acme", "--month", "nov")
    assert "--month: 'nov'" in monthless.output
    assert monthless.output.count("nov") == 1


@pytest.mark.redis
def test_lists_have_headings_and_help_is_not_cut(run: Run) -> None:
    run("sites", "create", "courier", "--name", "The Harbour Courier")
    run("tokens", "create", "--site", "courier", "--scope", "render")
    for words in (("sites", "list"), ("tokens", "list")):
        head, row = run(*words).output.splitlines()
        assert head.index("site") == row.index("courier")
    for name in COMMANDS:
        assert "..." not in run(name, "--help").output.partition("Commands:")[2]


def test_what_takes_long_says_so_and_what_does_not_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    output, said, deadline = Output(json=False), "", time.monotonic() + 60
    with output.note_if_slow("Compiling ...", after_s=60.0):
        pass
    assert capsys.readouterr().err == ""
    with output.note_if_slow("Compiling ...", after_s=0.0):
        while not said and time.monotonic() < deadline:
            said = capsys.readouterr().err
    assert said == "Compiling ...\n"
