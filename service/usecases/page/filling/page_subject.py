"""Works out what a page is about: its article, known here or sent along, its text's vector and its language."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from service.domain.call.page_call import ArticleReference, PageRequest
from service.domain.identity import hash64, tag_hash
from service.domain.index.article_index import ArticleIndex, TermVector
from service.domain.index.telling import Telling
from service.domain.page.ranking.pool import PageContext
from service.domain.sites.language import (
    ANY_LANGUAGE,
    Detect,
    is_mixed,
    language_code,
    language_of,
    language_of_code,
    primary_subtag,
)
from service.domain.sites.site import Site

Notes = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PageSubject:
    """What the page is about: the hash of its article's id if that is known here, its context, and what it lacks."""

    known_hash: int | None
    context: PageContext
    notes: Notes = ()


def tell_nothing(_: str, __: Sequence[str]) -> None:
    """Tells no language: for sites of one."""


def identity(named: ArticleReference | None) -> Hashable:
    """Returns what tells one page's article from another's; of a text sent along a digest, for texts are long."""
    if named is None or not (named.title or named.text):
        return named
    text = blake2b(f"{named.title}\0{named.text}".encode(errors="surrogatepass"), digest_size=16).digest()
    return named.id, named.url, text, named.section, named.language, named.tags


def page_subject(site: Site, index: ArticleIndex, request: PageRequest, now: int, detect: Detect) -> PageSubject:
    """Returns what is known of the page; a text sent along is taken as published `now`.

    Its language is what the call says of its article, else that article's, else what the call says of the page, else
    what is detected in a text sent along, else the site's.
    """
    named = request.article
    declared = named.language if named else None
    subject = _known(named, index)
    own = primary_subtag(declared) or (subject.context.language if subject else None)
    if own is None:
        text = f"{named.title or ''}\n{named.text or ''}" if named else ""
        own = language_of(site, request.language, text, detect)
    if subject is None:
        subject = _unknown(named, index, own, now)
    keeps_to = language_code(own) if is_mixed(site) and not site.mix_languages else ANY_LANGUAGE
    return replace(subject, context=replace(subject.context, language=own, keeps_to=keeps_to))


def _known(named: ArticleReference | None, index: ArticleIndex) -> PageSubject | None:
    """Returns the page of an article that is known here, else None."""
    row = _row_of(named, index) if named else None
    if row is None:
        return None
    columns = index.columns(np.array([row], np.int64))
    known_hash, language = int(columns.id_hash[0]), language_of_code(int(columns.language[0]))
    context = _of_text(index, index.vector(row), index.telling(row), known_hash, index.section(row))
    tags = tuple(index.tags(np.array([row], np.int64)).tag_hash.tolist())
    return PageSubject(known_hash, replace(context, language=language, risk=index.risk(row), tags=tags))


def _unknown(named: ArticleReference | None, index: ArticleIndex, language: str | None, now: int) -> PageSubject:
    """Returns the page of a text that was sent along, of an article that nothing is known of, or of none."""
    if named is None:
        return PageSubject(None, PageContext())
    own_hash = hash64(named.id) if named.id else None
    tags = tuple(map(tag_hash, named.tags))
    if named.title or named.text:
        vector, telling = index.encode(named.title or "", named.text or "", language)
        context = _of_text(index, vector, telling._replace(published_at=now), own_hash, named.section)
        return PageSubject(None, replace(context, risk=index.risk_of_text(vector, language), tags=tags))
    note = f"article: '{named.id or named.url}' is not known here; send its title and text along."
    return PageSubject(None, PageContext(own_hash=own_hash, section=named.section, tags=tags), (note,))


def _row_of(named: ArticleReference, index: ArticleIndex) -> int | None:
    return index.row_of(named.id) if named.id else index.row_of_url(named.url) if named.url else None


def _of_text(
    index: ArticleIndex, vector: TermVector, telling: Telling, own_hash: int | None, section: str | None
) -> PageContext:
    known = vector if index.model_version is not None else None
    return PageContext(vector.terms, known, telling, own_hash, section)
