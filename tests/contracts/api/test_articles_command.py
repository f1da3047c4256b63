"""`standfirst articles load`, `export` and `explain`, on a real store."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
import redis as redis_client
from click.testing import CliRunner, Result

from service.adapters.redis.content.article_store import RedisArticleStore
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.cli import ExitCode, main
from service.cli.terminal import progress as progress_module
from service.domain.content.article import Article
from service.domain.errors import StoreUnavailable
from service.domain.sites.site import Site

pytestmark = pytest.mark.redis

Run = Callable[..., Result]
HEADER = "id,url,title,published_at,text\n"
SAMPLE = "STANDFIRST_SAMPLE_DATA"


@pytest.fixture
def store(redis: redis_client.Redis) -> RedisArticleStore:
    RedisSiteStore(redis).put(Site("courier", timezone="Asia/Karachi"))
    return RedisArticleStore(redis)


@pytest.fixture
def run(store: RedisArticleStore, redis_url: str, tmp_path: Path) -> Run:
    def invoke(command: str, *words: str | Path) -> Result:
        options = ("--site", "courier", "--redis-url", redis_url, "--data-dir", str(tmp_path / "var"))
        return CliRunner().invoke(main, ["articles", command, *map(str, words), *options])

    return invoke


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "articles.csv"
    rows = [f"a-{n},https://courier.example/{n},Title {n},2026/3/{n},Text {n}." for n in range(1, 4)]
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def sums(result: Result) -> dict[str, int]:
    answer = orjson.loads(result.stdout)
    return {name: answer[name] for name in ("loaded", "updated", "unchanged", "refused")}


def test_an_export_that_ends_midway_leaves_the_file_that_was_there(
    run: Run, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load", table)
    exported = tmp_path / "exported.ndjson"
    assert run("export", "--output", exported).exit_code == ExitCode.DONE
    before, fetch = exported.read_bytes(), RedisArticleStore.fetch
    asked = []

    def fetch_once(store: RedisArticleStore, site_id: str, article_ids: list[str]) -> list[Article | None]:
        asked.append(article_ids)
        if len(asked) > 1:
            raise StoreUnavailable("away")
        return fetch(store, site_id, article_ids)

    monkeypatch.setattr("service.usecases.content.read_articles.AT_ONCE", 2)
    monkeypatch.setattr(RedisArticleStore, "fetch", fetch_once)
    assert run("export", "--output", exported).exit_code == ExitCode.FAILED
    assert exported.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if "exported" in path.name] == ["exported.ndjson"]


def test_a_file_is_loaded_and_the_same_file_changes_nothing(run: Run, table: Path, store: RedisArticleStore) -> None:
    first = run("load", table, "--json")
    assert (first.exit_code, sums(first)) == (0, {"loaded": 3, "updated": 0, "unchanged": 0, "refused": 0})
    version = store.version("courier")
    again = run("load", table, "--json")
    assert (again.exit_code, sums(again)) == (0, {"loaded": 0, "updated": 0, "unchanged": 3, "refused": 0})
    assert store.version("courier") == version


def test_a_time_without_a_zone_is_the_sites(run: Run, table: Path, store: RedisArticleStore) -> None:
    run("load", table)
    assert store.get("courier", "a-1").published_at.isoformat() == "2026-02-28T19:00:00+00:00"


def test_refused_rows_are_named_by_line_and_reason_and_the_others_are_loaded(
    run: Run, table: Path, store: RedisArticleStore, tmp_path: Path
) -> None:
    with table.open("a", encoding="utf-8") as file:
        file.write("a-4,ftp://x,,soon,\na-5,https://courier.example/5,Title 5,2026/3/5,Text 5.\n")
    report = tmp_path / "refused.txt"
    result = run("load", table, "--refused", report)
    assert result.exit_code == ExitCode.SOME_REFUSED
    expected = f"{table}:5 published_at 'soon' is not a date that can be read"
    assert report.read_text(encoding="utf-8").startswith(expected)
    assert expected in result.stderr
    for reason in ("url is no http or https address", "title is empty", "text is empty"):
        assert reason in result.stderr
    assert result.stdout.splitlines()[-1].split() == ["refused", "1"]
    assert store.count("courier") == 4


def test_only_the_first_refused_rows_are_shown_and_the_file_takes_all(run: Run, tmp_path: Path) -> None:
    path, report = tmp_path / "bad.csv", tmp_path / "refused.txt"
    path.write_text(HEADER + "x\n" * 30, encoding="utf-8")
    result = run("load", path, "--refused", report)
    assert len([line for line in result.stderr.splitlines() if "bad.csv:" in line]) == 20
    assert "and 10 more" in result.stderr
    assert len(report.read_text(encoding="utf-8").splitlines()) == 30


def test_where_refusals_cannot_be_written_it_is_said_before_a_load_or_after_it(
    run: Run, table: Path, store: RedisArticleStore, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere" / "refused.txt"
    result = run("load", table, "--refused", nowhere)
    assert (result.exit_code, store.count("courier")) == (ExitCode.FAILED, 0)
    assert f"{nowhere}: cannot be written: No such file" in result.stderr

    with table.open("a", encoding="utf-8") as file:
        file.write("a-4,ftp://x,,soon,\n" * 2_000)
    result = run("load", table, "--refused", "/dev/full")
    assert (result.exit_code, store.count("courier")) == (ExitCode.FAILED, 3)
    assert result.stdout.splitlines()[-1].split() == ["refused", "2,000"]
    assert "/dev/full: cannot be written: No space left" in result.stderr


def test_an_export_that_cannot_be_written_says_so(run: Run, table: Path) -> None:
    run("load", table)
    result = run("export", "--output", "/dev/full")
    assert result.exit_code == ExitCode.FAILED
    assert "/dev/full: cannot be written: No space left" in result.stderr
    assert "Wrote" not in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,url,title,text\n", "--map published_at=COLUMN"),
        (HEADER.encode() + b"a-1,https://courier.example/1,Caf\xe9,2026/3/1,Text.\n", ":2 byte 34 of the line (0xe9)"),
        (b'[{"id": "a-1"', "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing_even_behind_a_good_one(
    run: Run, table: Path, store: RedisArticleStore, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    result = run("load", table, path)
    assert result.exit_code == ExitCode.FAILED
    assert message in result.stderr
    assert store.count("courier") == 0


def test_an_ambiguous_date_is_refused_until_the_order_is_told(
    run: Run, store: RedisArticleStore, tmp_path: Path
) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(HEADER + "a-1,https://courier.example/1,Title,07/02/2026,Text.\n", encoding="utf-8")
    assert "say --day-first or --month-first" in run("load", path).stderr
    assert run("load", path, "--day-first").exit_code == 0
    assert store.get("courier", "a-1").published_at.month == 2
    assert run("load", path, "--month-first").exit_code == 0
    assert store.get("courier", "a-1").published_at.month == 7


def test_a_default_fills_what_a_row_lacks(run: Run, table: Path, store: RedisArticleStore) -> None:
    assert run("load", table, "--default", "section=World").exit_code == 0
    assert store.get("courier", "a-1").section == "World"


@pytest.mark.parametrize("words", [("--map", "link=url"), ("--map", "url"), ("--default", "x=y"), ("--nope",)])
def test_an_option_that_fits_nothing_is_wrong_use(run: Run, table: Path, words: tuple[str, ...]) -> None:
    assert run("load", table, *words).exit_code == ExitCode.WRONG_USE


def test_an_unknown_site_fails(run: Run, table: Path, redis_url: str) -> None:
    words = ["articles", "load", str(table), "--site", "nowhere", "--redis-url", redis_url]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == ExitCode.FAILED
    assert "There is no site 'nowhere'." in result.stderr


def test_a_log_gets_a_line_for_each_thousand_rows(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "many.ndjson"
    path.write_text("{}\n" * 2_500, encoding="utf-8")
    result = run("load", path, "--json")
    assert [line for line in result.stderr.splitlines() if line.endswith(" rows")] == ["1,000 rows", "2,000 rows"]
    assert len(orjson.loads(result.stdout)["refusals"]) == 2_500


def test_a_terminal_gets_a_bar(run: Run, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "_on_terminal", lambda: True)
    result = run("load", table)
    assert result.exit_code == 0
    assert "rows" not in result.stderr
    assert "Loading" in result.output


def test_what_is_exported_loads_again_as_unchanged(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rich.ndjson"
    article = {
        "id": "a-1",
        "url": "https://courier.example/1",
        "title": "&lt;Arts&gt; &amp;amp; Life",
        "html": "<p>Monitoring Desk: PORT ALDER: One.</p><p>Two &amp; three.</p>",
        "published_at": "Tue, 03 Mar 2026 10:11:12 +0500",
        "tags": ["war"],
        "image": {"url": "https://courier.example/1.jpg", "alt": "A quay"},
        "comment_count": 0,
        "evergreen": True,
    }
    path.write_bytes(orjson.dumps(article))
    assert run("load", path).exit_code == 0
    exported = tmp_path / "exported.ndjson"
    assert run("export", "--output", exported).exit_code == 0
    assert sums(run("load", exported, "--json")) == {"loaded": 0, "updated": 0, "unchanged": 1, "refused": 0}


def test_the_sample_of_real_articles_loads_and_its_faulty_rows_are_named(
    run: Run, store: RedisArticleStore, tmp_path: Path
) -> None:
    folder = os.environ.get(SAMPLE)
    if not folder:
        pytest.skip(f"{SAMPLE} does not name the folder of real sample data")
    path, report = Path(folder) / "newsarticles" / "NewsArticles.csv.gz", tmp_path / "refused.txt"
    maps = ("id=article_id", "url=article_source_link", "published_at=publish_date")
    words = [path, *(word for pair in maps for word in ("--map", pair)), "--refused", report]
    result = run("load", *words, "--json")
    assert result.exit_code == ExitCode.SOME_REFUSED
    assert sums(result) == {"loaded": 3_729, "updated": 0, "unchanged": 0, "refused": 95}
    reasons = Counter(line.split(" ", 1)[1] for line in report.read_text(encoding="utf-8").splitlines())
    assert reasons == {"title is empty": 59, "text is empty": 35, "title is empty; text is empty": 1}
    assert store.get("courier", "522").published_at.isoformat() == "2016-12-30T02:11:00+00:00"
    assert sums(run("load", *words, "--json"))["unchanged"] == 3_729


def test_an_article_is_explained_on_a_page_in_words_and_as_json(run: Run, tmp_path: Path) -> None:
    texts = ["Ferry crews strike in the harbour", "A cup final in the stadium", "Wind closed the bridge at noon"]
    rows = [f"a-{n},https://courier.example/{n},Title {n},2026/3/{n},{text}." for n, text in enumerate(texts, 1)]
    (tmp_path / "texts.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    run("load", tmp_path / "texts.csv")

    told = run("explain", "a-1", "a-3")
    assert told.exit_code == 0, told.output
    assert "'Title 3' on the page a-1" in told.stdout
    assert "must-read: Stands here, number 1." in told.stdout
    assert "recent-news: Stands in 'must-read' already." in told.stdout
    assert "score " in told.stdout

    values = orjson.loads(run("explain", "front", "a-3", "--widget", "recent-news:2", "--json").stdout)
    row = values["widgets"]["recent-news"]
    assert (row["position"], row["outcome"], row["article_id"]) == (1, "chosen", "a-3")
    assert sum(row["parts"].values()) == pytest.approx(row["score"], abs=2e-4)

    by_address = run("explain", "https://courier.example/1", "a-1", "--widget", "recent-news")
    assert "It is the page itself." in by_address.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a-1", "a-33"], "article: the site 'courier' has no article 'a-33'; known are 3, such as a-3"),
        (["nowhere", "a-1"], "page: the site 'courier' has no article 'nowhere'; known are 3, such as a-1, a-2, a-3"),
        (["https://courier.example/9", "a-1"], "'https://courier.example/9' is not known here"),
        (["a-1", "a-2", "--widget", "nonsense"], "'nonsense' is not a kind of widget here; known: "),
    ],
)
def test_an_explanation_of_what_is_not_there_says_what_is(
    run: Run, table: Path, words: list[str], message: str
) -> None:
    run("load", table)
    told = run("explain", *words)
    assert told.exit_code == ExitCode.FAILED
    assert message in told.stderr


def test_a_widgets_size_that_is_none_is_wrong_use(run: Run) -> None:
    assert run("explain", "a-1", "a-2", "--widget", "must-read:many").exit_code == ExitCode.WRONG_USE
