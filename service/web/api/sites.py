"""Sites over HTTP: an administrator puts them, reads them and lists them."""

from __future__ import annotations

from dataclasses import asdict
from operator import attrgetter
from typing import Annotated, Any

from flask import Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from service.domain.money.exchange import rate_of, rate_text
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.usecases.sites.define_site import RULES, define_site, site_json
from service.web import access
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.etag import if_match, tagged
from service.web.endpoints.json_wire import WireModel, json_answer
from service.web.endpoints.paging import ListQuery, part_of

api = Api("sites", __name__)

DEFAULTS = Site("")
MAX_LANGUAGES = 50


def rate_told(value: object) -> str:
    """Returns a rate, told as decimal text or as a number, in its one form. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("give a decimal such as 0.92")
    return rate_text(rate_of(str(value)))


Named = Annotated[str, AfterValidator(RULES["name"].check)]
Domain = Annotated[str, AfterValidator(RULES["domains"].check)]
Origin = Annotated[str, AfterValidator(RULES["origins"].check)]
Language = Annotated[str, AfterValidator(RULES["language"].check)]
Zone = Annotated[str, AfterValidator(RULES["timezone"].check)]
Currency = Annotated[str, AfterValidator(RULES["currency"].check)]
Rate = Annotated[str, BeforeValidator(rate_told)]
Consent = Annotated[str, AfterValidator(RULES["consent_default"].check)]


class SiteBody(WireModel):
    """A site's fields; what is left out has its default."""

    name: Named = Field(DEFAULTS.name, description="What readers call the publication.")
    domains: tuple[Domain, ...] = Field((), description="Host names that its articles live on.")
    origins: tuple[Origin, ...] = Field((), description="Origins whose browsers may call without a token.")
    language: Language = Field(DEFAULTS.language, description="Language tag, such as `en` or `pt-BR`.")
    languages: tuple[Language, ...] = Field(
        (), max_length=MAX_LANGUAGES, description="Its articles' languages, if more than one; by default its own alone."
    )
    mix_languages: bool = Field(
        DEFAULTS.mix_languages,
        description="Let teasers of every language stand on any page; else a page keeps to its own.",
    )
    timezone: Zone = Field(DEFAULTS.timezone, description="Zone of the IANA database.")
    currency: Currency = Field(DEFAULTS.currency, description="ISO 4217 code.")
    rates: dict[str, Rate] = Field(
        default_factory=dict,
        description="What a unit of each other currency is worth in the site's, by its code; auctions compare by it.",
    )
    consent_default: Consent = Field(
        DEFAULTS.consent_default, description="`granted` or `denied`, where nothing is known."
    )
    hide_zero_comments: bool = Field(False, description="Leave a comment count of 0 out of teasers.")
    widgets: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="By kind of widget, the settings that the site changes; a new kind names one that it is `like`.",
    )


class SiteAnswer(BaseModel):
    """A site with its id and every field; `kinds` are all its kinds of widgets with every setting, by name."""

    id: str
    name: str
    domains: tuple[str, ...]
    origins: tuple[str, ...]
    language: str
    languages: tuple[str, ...]
    mix_languages: bool
    timezone: str
    currency: str
    rates: dict[str, str]
    consent_default: str
    hide_zero_comments: bool
    widgets: dict[str, dict[str, Any]]
    kinds: dict[str, dict[str, Any]]


class SiteList(BaseModel):
    """Sites that the token is valid for by id, and where the next answer begins (none at the end)."""

    sites: list[SiteAnswer]
    cursor: str | None


@api.endpoint(
    "PUT",
    "/v1/sites/<site_id>",
    scope=Scope.ADMIN,
    site_from="none",
    summary="Create a site, or change it as a whole.",
    body=SiteBody,
    answer=SiteAnswer,
    statuses=(200, 201, 412),
)
def put_site(call: Call[SiteBody], site_id: str) -> Response:
    """Answers 201 for a new site, 200 for a changed one."""
    access.require_own(call.principal, site_id)
    fields = call.body.model_dump()
    if call.body.languages and "language" not in call.body.model_fields_set:
        fields["language"] = call.body.languages[0]
    site = Site(id=site_id, **fields)
    new = define_site(call.services.sites, site, guard=if_match(asdict))
    return tagged(site_json(site), asdict(site), 201 if new else 200)


@api.endpoint(
    "GET",
    "/v1/sites/<site_id>",
    scope=Scope.ADMIN,
    site_from="none",
    summary="Every field of a site.",
    answer=SiteAnswer,
    statuses=(200, 404),
)
def get_site(call: Call[None], site_id: str) -> Response:
    """Answers the site as the store has it now."""
    access.require_own(call.principal, site_id)
    site = call.services.site_records.get(site_id)
    return tagged(site_json(site), asdict(site))


@api.endpoint(
    "GET",
    "/v1/sites",
    scope=Scope.ADMIN,
    site_from="none",
    summary="The sites of the token.",
    query=ListQuery,
    answer=SiteList,
)
def list_sites(call: Call[None]) -> Response:
    """Answers every site to a token of every site; to a token of one site, that one."""
    own = call.principal.site
    known = [site for site in call.services.sites.all() if own in (None, site.id)]
    part, cursor = part_of(known, attrgetter("id"), call.query)
    return json_answer({"sites": [site_json(site) for site in part], "cursor": cursor})
