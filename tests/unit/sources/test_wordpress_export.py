"""What becomes of a WordPress export file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.adapters.sources.articles.html_text import html_text
from service.adapters.sources.wordpress.export import exported_posts, read_export
from service.adapters.sources.wordpress.shortcodes import post_html, without_shortcodes
from service.domain.errors import InvalidInput
from service.domain.sites.site import Site
from service.web.api.newsroom.article_wire import read_article

HEAD = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
 xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>
<title>Courier</title><language>ur</language><wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login>ada</wp:author_login><wp:author_display_name>Ada Quill</wp:author_display_name></wp:author>
"""
TAIL = "</channel></rss>"
POST = """<item><title>Ferry strike ends</title><link>https://courier.example/12</link><dc:creator>ada</dc:creator>
<pubDate>Sun, 01 Mar 2026 08:00:00 +0000</pubDate>
<content:encoded><![CDATA[Crews return.

[caption id="a" width="3"]<img src="x.jpg"/> A boat[/caption]
The first boat sails [sic] at dawn. [gallery ids="1,2"]]]></content:encoded>
<excerpt:encoded><![CDATA[Crews are <b>back</b>.]]></excerpt:encoded>
<wp:post_id>12</wp:post_id><wp:post_date_gmt>2026-03-01 08:00:00</wp:post_date_gmt>
<wp:post_modified_gmt>2026-03-02 09:00:00</wp:post_modified_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>
<category domain="category" nicename="uncategorized">Uncategorized</category>
<category domain="category" nicename="city">City</category><category domain="post_tag" nicename="sea">Sea</category>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>13</wp:meta_value></wp:postmeta>
<wp:comment><wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type></wp:comment>
<wp:comment><wp:comment_approved>1</wp:comment_approved><wp:comment_type></wp:comment_type></wp:comment>
<wp:comment><wp:comment_approved>0</wp:comment_approved><wp:comment_type></wp:comment_type></wp:comment>
<wp:comment><wp:comment_approved>1</wp:comment_approved><wp:comment_type>pingback</wp:comment_type></wp:comment>
</item>"""
PICTURE = """<item><title>boat</title><wp:post_id>13</wp:post_id><wp:status>inherit</wp:status>
<wp:post_type>attachment</wp:post_type><wp:attachment_url>https://courier.example/boat.jpg</wp:attachment_url>
<wp:postmeta><wp:meta_key>_wp_attachment_image_alt</wp:meta_key><wp:meta_value>A boat</wp:meta_value></wp:postmeta>
</item>"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.xml"
    path.write_text(HEAD + POST + PICTURE + TAIL, encoding="utf-8")
    return path


def items(path: Path) -> list[dict[str, Any] | str]:
    return [item for _, item in exported_posts(path, read_export(path), "wp")]


def test_a_published_post_becomes_an_article(export: Path) -> None:
    values, attachment = items(export)
    assert attachment == "attachment"
    assert isinstance(values, dict)
    article = read_article(values, Site("courier"), html_text)
    assert (article.id, article.url, article.title) == ("wp-12", "https://courier.example/12", "Ferry strike ends")
    assert article.text == "Crews return.\nThe first boat sails [sic] at dawn."
    assert article.excerpt == "Crews are back."
    assert article.published_at.isoformat() == "2026-03-01T08:00:00+00:00"
    assert article.updated_at is not None
    assert (article.section, article.tags, article.authors) == ("City", ("City", "Sea"), ("Ada Quill",))
    assert (article.language, article.comment_count) == ("ur", 2), "approved comments count, pingbacks do not"
    assert article.image is not None
    assert (article.image.url, article.image.alt) == ("https://courier.example/boat.jpg", "A boat")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<wp:post_type>post<", "<wp:post_type>page<", "page"),
        ("<wp:status>publish<", "<wp:status>draft<", "draft"),
        ("<wp:post_password><", "<wp:post_password>enter<", "protected by a password"),
    ],
)
def test_what_is_no_published_post_is_skipped_with_its_reason(export: Path, old: str, new: str, reason: str) -> None:
    export.write_text(export.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert items(export)[0] == reason


def test_a_post_whose_time_in_utc_is_missing_has_that_of_its_feed(export: Path) -> None:
    text = export.read_text("utf-8").replace(
        "<wp:post_date_gmt>2026-03-01 08:00:00", "<wp:post_date_gmt>0000-00-00 00:00:00"
    )
    export.write_text(text, encoding="utf-8")
    values = items(export)[0]
    assert isinstance(values, dict)
    assert values["published_at"] == "2026-03-01T08:00:00Z"


LAUGHS = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text[: len(text) // 2], "cut or broken XML: line"),
        (lambda text: text.replace("</channel>", "</chanel>"), "cut or broken XML"),
        (lambda text: text.replace("<rss", LAUGHS + "<rss", 1).replace("Crews are", "&b;"), "entities"),
        (lambda text: text.replace("<rss", OUTSIDE + "<rss", 1).replace("Courier", "&a;"), "entities"),
        (lambda text: text.replace("<wp:wxr_version>1.2</wp:wxr_version>", ""), "no WordPress export"),
        (lambda _: "<html><body>Log in</body></html>", "no WordPress export"),
        (lambda _: "not XML", "is not XML"),
        (lambda _: "", "is not XML"),
    ],
)
def test_a_file_that_is_no_whole_export_is_refused_with_its_reason(export: Path, change: Any, reason: str) -> None:
    export.write_text(change(export.read_text("utf-8")), encoding="utf-8")
    with pytest.raises(InvalidInput, match=reason):
        read_export(export)


def test_a_missing_file_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        read_export(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a [gallery] b", "a   b"),
        ('a [contact-form-7 id="1" title="x"] b', "a   b"),
        ("a [sic] and [simple boat] b", "a [sic] and [simple boat] b"),
        ("a [box]inner [b]bold[/b][/box] b", "a  inner  bold   b"),
        ("a [video src=x]fallback[/video] b", "a   b"),
        ("a [[gallery]] b", "a [gallery] b"),
        ("a [caption]never closed", "a  never closed"),
        ("a [/lost] b", "a   b"),
        ("numbers [1] and [] stay", "numbers [1] and [] stay"),
    ],
)
def test_shortcodes_go_and_the_authors_brackets_stay(html: str, expected: str) -> None:
    assert without_shortcodes(html) == expected


def test_shortcodes_that_never_close_take_no_longer_than_others() -> None:
    html = "[caption x=1]" * 50_000
    assert without_shortcodes(html).strip() == ""


def test_a_blank_line_begins_a_paragraph() -> None:
    assert html_text(post_html("One\nline.\r\n\r\nAnother.")) == "One line.\nAnother."
