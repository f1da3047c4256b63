"""Raw events as Parquet: a file for each day of a batch, the same bytes for the same batch."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from service.domain.ads.entity_ids import EntityIds
from service.domain.ads.inventory import Kind
from service.domain.durations import DAY_S
from service.domain.errors import InvalidInput
from service.domain.events.recorded import RecordedEvent
from service.domain.events.sums.rollup import Batch

ENTITIES: tuple[tuple[str, Kind, Callable[[RecordedEvent], int]], ...] = (
    ("flight_id", "flights", attrgetter("flight")),
    ("campaign_id", "campaigns", attrgetter("campaign")),
    ("advertiser_id", "advertisers", attrgetter("advertiser")),
    ("creative_id", "creatives", attrgetter("creative")),
    ("placement", "placements", attrgetter("placement")),
)
"""Columns that name an entity, as reports call them; its kind, and its number in an event, 0 where there is none."""


class Named(NamedTuple):
    """What entities are called by their numbers, and in which currency advertisers pay by their ids."""

    ids: Mapping[tuple[Kind, int], str]
    currencies: Mapping[str, str]


class EventParquet:
    """An EventTable that makes Parquet. Files are partitioned as other tools read it: `site=.../day=.../`."""

    def __init__(self, ids: EntityIds) -> None:
        """`ids` tells what entities are called. Raises InvalidInput where pyarrow is missing."""
        try:
            import pyarrow as pa
        except ImportError as error:
            lack = "Parquet needs pyarrow: install standfirst[export]."
            raise InvalidInput.one("STANDFIRST_EXPORT_URL", lack) from error
        self._ids = ids
        words = pa.dictionary(pa.int32(), pa.string())
        self._schema = pa.schema({
            "event_id": pa.string(), "at": pa.timestamp("s", tz="UTC"), "kind": words, "implied": pa.bool_(),
            "status": words, "reason": words, "spend_micros": pa.int64(), "currency": words,
            "decision_id": pa.string(),
            **{column: words for column, _, _ in ENTITIES},
            "device": words, "country": words, "section": words, "near": words,
        })  # fmt: skip

    def __call__(self, site_id: str, batch: Batch) -> Mapping[str, bytes]:
        """Returns files by name: the UTC day of their events' receipt, then the batch's first and last id."""
        days: dict[int, list[RecordedEvent]] = {}
        for event in batch.events:
            days.setdefault(event.at // DAY_S, []).append(event)
        names = self._ids.of(site_id, {kind: {number(one) for one in batch.events} for _, kind, number in ENTITIES})
        payers = {names["advertisers", event.advertiser] for event in batch.events if event.advertiser}
        named = Named(names, self._ids.currencies(site_id, payers))
        name = f"{batch.first_id}_{batch.last_id}.parquet"
        return {f"site={site_id}/day={_iso(day)}/{name}": self._file(days[day], named) for day in sorted(days)}

    def _file(self, events: Sequence[RecordedEvent], named: Named) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        columns = zip(*(_row(event, named) for event in events), strict=True)
        arrays = [_array(values, kind.type) for values, kind in zip(columns, self._schema, strict=True)]
        out = io.BytesIO()
        parquet.write_table(pa.Table.from_arrays(arrays, schema=self._schema), out, compression="zstd")
        return out.getvalue()


def _array(values: Sequence[Any], kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode()
    return pa.array(values, kind)


def _row(event: RecordedEvent, named: Named) -> tuple[Any, ...]:
    """The values of the schema's columns."""
    names = {column: named.ids[kind, own] if (own := number(event)) else None for column, kind, number in ENTITIES}
    return (
        event.id, event.at, event.kind.name.lower(), event.implied, str(event.status), event.reason or None,
        event.amount_micros, named.currencies.get(names["advertiser_id"] or ""), event.decision_id or None,
        *names.values(),
        str(event.device), event.country or None, event.section or None, event.near or None,
    )  # fmt: skip


def _iso(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
