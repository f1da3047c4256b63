"""Languages of articles and pages: how tags are compared, and whose language holds where none is declared."""

from __future__ import annotations

from service.domain.site import Site


def primary_subtag(tag: str | None) -> str | None:
    """Returns a language tag's primary part in small letters, as languages are compared; None for no tag."""
    return tag.replace("_", "-").split("-")[0].lower() if tag else None


def language_of(site: Site, declared: str | None) -> str | None:
    """Returns the primary subtag of a text's language: the declared one, else the site's."""
    return primary_subtag(declared) or primary_subtag(site.language)
