"""Bodies of advertisers, campaigns, flights and creatives on the wire, made from the sheet's columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, create_model

from service.domain.ads.inventory import FlightCreative, Kind
from service.domain.sheet.columns import BY_NAME
from service.domain.sheet.entity import COLUMN_OF, EntityFields
from service.domain.sheet.reading.cells import cell_text
from service.web.endpoints.json_wire import WireModel

CellText = Annotated[str, BeforeValidator(cell_text, json_schema_input_type=str | int | float | list[str | int] | None)]


class CreativeLink(WireModel):
    """A creative that runs in a flight."""

    id: str
    weight: int = Field(1, ge=1, le=1_000_000, description="Its share of the flight's choices.")


_MORE: Mapping[Kind, Mapping[str, Any]] = {
    "flights": {"creatives": (list[CreativeLink], Field(default_factory=list, max_length=1_000))},
    "creatives": {"status": (str, Field("", description="active, or killed for good; as it was where left out"))},
}


def _body(kind: Kind) -> type[WireModel]:
    cells: dict[str, Any] = {
        field: (CellText, Field("", description=BY_NAME[column].holds)) for field, column in COLUMN_OF[kind].items()
    }
    name = kind.removesuffix("s")
    told = f"A whole {name}, as `GET` answers it; what is left out is as in an empty cell of the sheet."
    identity: Any = (str | None, Field(None, description="May be left out; else the path's."))
    return create_model(
        f"{name.title()}Body", __base__=WireModel, __doc__=told, id=identity, **cells, **_MORE.get(kind, {})
    )


AdvertiserBody, CampaignBody = _body("advertisers"), _body("campaigns")
FlightBody, CreativeBody = _body("flights"), _body("creatives")


def entity_fields(kind: Kind, entity_id: str, body: WireModel) -> EntityFields:
    """Returns what a body says of the entity of this id."""
    texts = {field: getattr(body, field) for field in COLUMN_OF[kind]}
    links = [FlightCreative(link.id, link.weight) for link in getattr(body, "creatives", ())]
    return EntityFields(kind, entity_id, texts, links, getattr(body, "status", "") if kind == "creatives" else "")
