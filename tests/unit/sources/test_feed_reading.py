"""What becomes of the bytes of a feed: of its entries, of its encoding, and of what is no feed."""

from __future__ import annotations

import codecs
from typing import Any

import pytest

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.feeds.feed_dates import feed_date
from service.adapters.sources.feeds.feed_entries import entry_id
from service.adapters.sources.feeds.feeds import FeedReading, read_feed
from service.domain.errors import InvalidInput
from service.domain.sites.site import Site
from service.web.api.newsroom.article_wire import read_article

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel><title>Courier</title><link>https://courier.example/</link><language>en-gb</language>
"""
TAIL = "</channel></rss>"
ITEM = """<item><title>Ferry strike ends &amp; boats sail</title><link>https://courier.example/4711</link>
<guid isPermaLink="false">4711</guid><pubDate>Sun, 01 Mar 2026 09:30:00 +0500</pubDate>
<description>Crews return.</description>
<content:encoded><![CDATA[<p>Crews return.</p><script>alert(1)</script><p>The first boat sails at dawn.</p>
<img src="/small.gif" width="1" height="1"><img src="/boat.jpg" alt="A boat" width="640" height="480">]]>
</content:encoded><dc:creator>Ada Quill</dc:creator><category>City</category><category>Harbour</category>
<slash:comments>12</slash:comments></item>"""


def rss(*items: str) -> bytes:
    return (HEAD + "".join(items) + TAIL).encode()


def item(inner: str) -> str:
    base = "<title>T</title><link>https://courier.example/1</link><pubDate>Sun, 01 Mar 2026 09:30:00 GMT</pubDate>"
    return f"<item>{base}<description>Words.</description>{inner}</item>"


def only(data: bytes, **how: Any) -> dict[str, Any]:
    (entry,) = read_feed(data, FeedReading(**how))
    return dict(entry)


def test_an_entry_becomes_an_article_with_all_that_it_tells() -> None:
    article = read_article(only(rss(ITEM)), Site("courier"), html_text)
    assert article.id.startswith("rss-")
    assert article.url == "https://courier.example/4711"
    assert article.title == "Ferry strike ends & boats sail"
    assert article.text == "Crews return.\nThe first boat sails at dawn."
    assert article.excerpt == "Crews return."
    assert article.published_at.isoformat() == "2026-03-01T04:30:00+00:00"
    assert (article.section, article.tags, article.authors) == ("City", ("City", "Harbour"), ("Ada Quill",))
    assert (article.language, article.comment_count) == ("en-gb", 12)
    assert article.image is not None
    assert (article.image.url, article.image.alt) == ("https://courier.example/boat.jpg", "A boat")
    assert (article.image.width, article.image.height) == (640, 480)


def test_a_section_that_is_given_goes_before_the_category() -> None:
    assert only(rss(ITEM), section="World")["section"] == "World"


def test_an_atom_entry_with_a_relative_link_belongs_to_the_feeds_own_host() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>C</title><entry>
      <id>tag:courier,2026:1</id>
      <title type="html">Fest &amp;amp; Flut</title><link rel="alternate" href="/fest"/>
      <published>2026-03-01T10:00:00Z</published><updated>2026-03-02T10:00:00Z</updated>
      <content type="html">&lt;p&gt;Viel Wasser.&lt;/p&gt;</content><author><name>Ada</name></author></entry></feed>"""
    article = read_article(only(atom, url="https://courier.example/feeds/all"), Site("courier"), html_text)
    assert article.url == "https://courier.example/fest"
    assert (article.title, article.text, article.language) == ("Fest & Flut", "Viel Wasser.", "de")
    assert article.updated_at is not None
    assert article.excerpt is None, "the text is not repeated"


@pytest.mark.parametrize(
    ("inner", "url"),
    [
        ('<enclosure url="https://c.example/a.jpg" type="image/jpeg" length="9"/>', "https://c.example/a.jpg"),
        ('<enclosure url="https://c.example/a.mp3" type="audio/mpeg" length="9"/>', None),
        (
            '<media:content url="https://c.example/s.jpg" width="140"/>\n<media:content url="https://c.example/l.jpg"/>',
            "https://c.example/s.jpg",
        ),
        ('<media:thumbnail url="https://c.example/t.jpg" width="200" height="100"/>', "https://c.example/t.jpg"),
        ('<media:thumbnail url="https://c.example/face.jpg" width="30" height="30"/>', None),
        ('<enclosure url="javascript:alert(1)" type="image/jpeg" length="9"/>', None),
    ],
)  # fmt: skip
def test_the_picture_is_the_largest_that_is_one(inner: str, url: str | None) -> None:
    assert only(rss(item(inner))).get("image", {}).get("url") == url


def test_an_article_has_one_id_wherever_its_entry_is_read() -> None:
    assert only(rss(ITEM), url="https://courier.example/feed")["id"] == only(rss(ITEM))["id"]


def test_a_number_that_two_newsrooms_both_use_makes_two_ids() -> None:
    assert entry_id("12", "https://a.example/x") != entry_id("12", "https://b.example/x")
    assert entry_id("12", "https://a.example/x") == entry_id("12", "https://a.example/moved")
    assert entry_id("tag:a,2026:12", "https://a.example/x") == entry_id("tag:a,2026:12", "https://b.example/y")


def test_an_address_of_mail_is_nobodys_to_publish() -> None:
    assert only(rss(item("<author>ada@courier.test</author>"))).get("authors") is None
    assert only(rss(item("<author>ada@courier.test (Ada Quill)</author>")))["authors"] == ["Ada Quill"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Seg, 24 Set 2018 19:42:40 -0300", "2018-09-24T19:42:40-03:00"),
        ("lundi, 3 août 2020 10:00:00 +0200", "2020-08-03T10:00:00+02:00"),
        ("2026-03-01 10:00", "2026-03-01T10:00:00+00:00"),
    ],
)
def test_a_date_is_read_in_the_newsrooms_language(written: str, expected: str) -> None:
    moment = feed_date(written, None)
    assert not isinstance(moment, str | None)
    assert moment.isoformat() == expected


def test_a_date_that_cannot_be_read_refuses_its_entry_alone() -> None:
    broken = item("").replace("Sun, 01 Mar 2026 09:30:00 GMT", "soon")
    first, second = read_feed(rss(broken, ITEM), FeedReading())
    with pytest.raises(InvalidInput) as caught:
        read_article(dict(first), Site("courier"), html_text)
    assert [fault.path for fault in caught.value.faults] == ["published_at"]
    read_article(dict(second), Site("courier"), html_text)


URDU = "پل کی مرمت"
WORDS = "Müller – naïve café"


def titled(title: str, declared: str | None) -> str:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    whole = rss(item("")).decode().replace("<title>T</title>", f"<title>{title}</title>")
    return declaration + whole.partition("?>")[2]


@pytest.mark.parametrize(
    ("title", "declared", "written", "header"),
    [
        (URDU, "UTF-8", "utf-8", "iso-8859-1"),
        (URDU, "ISO-8859-1", "utf-8", None),
        (URDU, None, "utf-8", None),
        (URDU, "UTF-16", "utf-16", None),
        (URDU, "windows-1256", "cp1256", None),
        (WORDS, "ISO-8859-1", "cp1252", None),
        (WORDS, "UTF-8", "cp1252", None),
        (WORDS, None, "cp1252", "utf-8"),
        (WORDS, "no-such-charset", "utf-8", "nonsense"),
        ("日本の新聞", "ISO-2022-JP", "iso2022_jp", None),
    ],
)
def test_a_wrong_charset_does_not_garble_a_title(title: str, declared: str, written: str, header: str | None) -> None:
    if title == URDU and written == "cp1256":
        title = "مرحبا"
    assert only(titled(title, declared).encode(written), charset=header)["title"] == title


def test_a_byte_order_mark_counts_before_all_else() -> None:
    assert only(codecs.BOM_UTF8 + titled(URDU, "ISO-8859-1").encode(), charset="latin-1")["title"] == URDU


LAUGHS = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><rss version="2.0"><channel><title>&c;</title></channel></rss>"""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<!DOCTYPE html><html><body><rss>not really</rss></body></html>", "a page of HTML"),
        (b"<html><head><link rel='alternate' type='application/rss+xml'></head></html>", "a page of HTML"),
        (b"", "no RSS or Atom feed"),
        (b"/etc/passwd", "no RSS or Atom feed"),
        (b"http://127.0.0.1/feed", "no RSS or Atom feed"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "no RSS or Atom feed"),
        (bytes(range(256)), "no RSS or Atom feed"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "no RSS or Atom feed"),
        (LAUGHS.encode(), "entities"),
        (LAUGHS.encode("utf-16"), "entities"),
        (rss(ITEM)[: len(rss(ITEM)) // 2], "ends in the middle"),
        (b"\xff\xfeodd", "UTF-16"),
    ],
)
def test_what_is_no_whole_feed_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read_feed(data, FeedReading())


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read_feed(rss(), FeedReading()) == []


def test_a_feed_that_is_not_quite_xml_still_tells_its_entries() -> None:
    assert only(rss(item("<category>R&D</category>")))["title"] == "T"
