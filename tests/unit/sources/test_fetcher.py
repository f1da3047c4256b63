"""What a fetcher takes and what it refuses, from real servers on loopback."""

from __future__ import annotations

import gzip
import ipaddress
import shutil
import ssl
import subprocess
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from service.adapters.sources.fetching.addresses import is_public, system_resolve
from service.adapters.sources.fetching.fetcher import Fetcher
from service.domain.errors import SourceTooLarge, SourceUnavailable

PUBLIC = "93.184.215.14"


def test_an_answer_comes_with_its_status_headers_and_body(newsroom, fetcher: Fetcher) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", "hello", 200, ETag='"7"')
    answer = fetcher.get(newsroom.url(), {"If-None-Match": '"6"'})
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"hello", '"7"')
    ((_, headers),) = newsroom.asked
    assert headers["if-none-match"] == '"6"'
    assert headers["host"] == newsroom.host


@pytest.mark.parametrize(
    "url",
    [
        "ftp://courier.example/feed",
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1]/",
        "http://user:secret@courier.example/",
        "http://",
        "http://[",
        "http://courier.example:99999/",
    ],
)
def test_an_address_that_leads_inside_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(SourceUnavailable):
        Fetcher(timeout_s=30).get(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 # nothing is bound
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_only_addresses_of_the_public_network_are_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("found", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:10.0.0.1"]])
def test_a_public_name_that_leads_inside_is_refused(found: list[str]) -> None:
    fetcher = Fetcher(resolve=lambda *_: found, timeout_s=30)
    with pytest.raises(SourceUnavailable, match="private network"):
        fetcher.get("http://courier.example/feed")


def test_a_name_is_looked_up_once_and_that_very_address_is_used(newsroom) -> None:  # type: ignore[no-untyped-def]
    port = newsroom.host.rpartition(":")[2]
    looked_up: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["127.0.0.99"]

    newsroom.says("/feed", "hello")
    fetcher = Fetcher(private_hosts=[f"news.example:{port}"], resolve=resolve)
    assert fetcher.get(f"http://news.example:{port}/feed").body == b"hello"
    assert looked_up == ["news.example"]
    assert newsroom.asked[0][1]["host"] == f"news.example:{port}"


def test_the_next_address_of_a_host_is_tried_where_one_takes_no_connection(newsroom) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", "hello")
    port = newsroom.host.rpartition(":")[2]
    fetcher = Fetcher(private_hosts=["news.example"], resolve=lambda *_: ["127.0.0.9", "127.0.0.1"])
    assert fetcher.get(f"http://news.example:{port}/feed").body == b"hello"


def test_a_redirect_is_followed_and_the_last_address_is_told(newsroom, fetcher: Fetcher) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", b"", 301, Location="moved/here?a=b")
    newsroom.says("/moved/here", "hello")
    answer = fetcher.get(newsroom.url())
    assert (answer.body, answer.url) == (b"hello", newsroom.url("/moved/here?a=b"))


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "ftp://x.example/", "http://[", ""]
)
def test_a_redirect_inside_is_refused(newsroom, fetcher: Fetcher, location: str) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", b"", 302, Location=location)
    with pytest.raises(SourceUnavailable):
        fetcher.get(newsroom.url())
    assert len(newsroom.asked) == 1


def test_a_redirect_to_another_port_of_an_allowed_host_is_refused(newsroom, other_newsroom, fetcher: Fetcher) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", b"", 302, Location=other_newsroom.url())
    with pytest.raises(SourceUnavailable, match="private network"):
        fetcher.get(newsroom.url())
    assert other_newsroom.asked == []


def test_redirects_without_end_are_refused_after_five(newsroom, fetcher: Fetcher) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", b"", 307, Location="/feed")
    with pytest.raises(SourceUnavailable, match="more than 5 redirects"):
        fetcher.get(newsroom.url())
    assert len(newsroom.asked) == 6


def endless(newsroom):  # type: ignore[no-untyped-def]
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        while not newsroom.closing.is_set():
            request.wfile.write(b"1000\r\n" + b"<item/>." * 512 + b"\r\n")

    return answer


def slow(newsroom, text: bytes):  # type: ignore[no-untyped-def]
    """A byte at a time, each well within any timeout for one read."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        for byte in text * 1_000:
            request.wfile.write(bytes([byte]))
            if newsroom.closing.wait(0.05):
                return

    return answer


def test_an_endless_feed_is_cut_off_at_the_limit(newsroom) -> None:  # type: ignore[no-untyped-def]
    newsroom.answers["/feed"] = endless(newsroom)
    fetcher = Fetcher(private_hosts=[newsroom.host], limit_bytes=100_000, timeout_s=60)
    with pytest.raises(SourceTooLarge, match="more than 100,000 bytes"):
        fetcher.get(newsroom.url())


@pytest.mark.parametrize(
    "text", [b"HTTP/1.1 200 OK\r\n\r\nslow body ", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["body", "headers"]
)
def test_a_slow_feed_is_cut_off_at_the_deadline(newsroom, text: bytes) -> None:  # type: ignore[no-untyped-def]
    newsroom.answers["/feed"] = slow(newsroom, text)
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"to the end within 0\.4 s"):
        Fetcher(private_hosts=[newsroom.host], timeout_s=0.4).get(newsroom.url())
    assert time.monotonic() - began < 30, "all of it takes minutes"


def test_a_slow_name_server_is_not_waited_for() -> None:
    waiting = threading.Event()

    def resolve(*_: object) -> list[str]:
        waiting.wait(100)
        return [PUBLIC]

    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="not found"):
        Fetcher(resolve=resolve, timeout_s=0.2).get("http://courier.example/")
    waiting.set()
    assert time.monotonic() - began < 50


def test_an_answer_that_breaks_off_is_no_answer(newsroom, fetcher: Fetcher) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", "<rss>", Content_Length="100")
    with pytest.raises(SourceUnavailable, match="did not answer"):
        fetcher.get(newsroom.url())


def test_a_server_that_takes_no_connection_is_told_of(newsroom, fetcher: Fetcher) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SourceUnavailable, match="did not answer"):
        Fetcher(private_hosts=["127.0.0.1"], timeout_s=30).get("http://127.0.0.1:1/")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", raw_deflate),
     ("gzip", lambda data: gzip.compress(data[:3]) + gzip.compress(data[3:]))],
    ids=["gzip", "zlib", "deflate", "gzip in two members"],
)  # fmt: skip
def test_a_packed_answer_is_unpacked(newsroom, fetcher: Fetcher, encoding: str, pack) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", pack(b"<rss>hello</rss>"), Content_Encoding=encoding)
    assert fetcher.get(newsroom.url()).body == b"<rss>hello</rss>"


def test_an_answer_that_unpacks_to_too_much_is_cut_off(newsroom) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(SourceTooLarge, match="unpacks to more than"):
        Fetcher(private_hosts=[newsroom.host], limit_bytes=1_000_000).get(newsroom.url())


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"x"), ("gzip", b"x"), ("gzip", gzip.compress(b"hello", mtime=0)[:-4])]
)
def test_a_packing_that_cannot_be_undone_is_refused(newsroom, fetcher: Fetcher, encoding: str, body: bytes) -> None:  # type: ignore[no-untyped-def]
    newsroom.says("/feed", body, Content_Encoding=encoding)
    with pytest.raises(SourceUnavailable):
        fetcher.get(newsroom.url())


def test_the_system_knows_this_machine() -> None:
    assert "127.0.0.1" in system_resolve("localhost", 80)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for news.example with its key, made for this test."""
    if not shutil.which("openssl"):
        pytest.skip("openssl was not found on the PATH")
    path = tmp_path / "both.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=news.example", "-addext", "subjectAltName=DNS:news.example"]  # fmt: skip
    subprocess.run(["openssl", *words, "-keyout", path, "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "cert.pem").read_text())
    return path


def test_over_tls_the_name_is_asked_for_and_its_certificate_is_checked(certificate: Path) -> None:
    names: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None: ...

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    port = server.server_address[1]
    trusting = ssl.create_default_context(cafile=str(certificate))
    ask = Fetcher(private_hosts=["news.example", "other.example"], resolve=lambda *_: ["127.0.0.1"], tls=trusting)
    try:
        assert ask.get(f"https://news.example:{port}/").body == b"ok"
        assert names == ["news.example"]
        with pytest.raises(SourceUnavailable, match=r"(?i)certificate|hostname"):
            ask.get(f"https://other.example:{port}/")
        with pytest.raises(SourceUnavailable, match=r"(?i)certificate"):
            Fetcher(private_hosts=["news.example"], resolve=lambda *_: ["127.0.0.1"]).get(
                f"https://news.example:{port}/"
            )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
