"""Raw events as Parquet: a file for each day of a batch, the same bytes for the same batch."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.domain.errors import InvalidInput
from service.domain.events.recorded import RecordedEvent
from service.domain.events.rollup import Batch

DAY_S = 86_400


class EventParquet:
    """An EventTable that makes Parquet. Files are partitioned as other tools read it: `site=.../day=.../`."""

    def __init__(self) -> None:
        """Raises InvalidInput where pyarrow is missing."""
        try:
            import pyarrow as pa
        except ImportError as error:
            lack = "Parquet needs pyarrow: install standfirst[export]."
            raise InvalidInput.one("STANDFIRST_EXPORT_URL", lack) from error
        words, number = pa.dictionary(pa.int32(), pa.string()), pa.uint32()
        self._schema = pa.schema({
            "event_id": pa.string(), "at": pa.timestamp("s", tz="UTC"), "kind": words, "implied": pa.bool_(),
            "status": words, "reason": words, "spend_micros": pa.int64(), "decision_id": pa.string(),
            "flight": number, "campaign": number, "advertiser": number, "creative": number, "placement": number,
            "device": words, "country": words, "section": words,
        })  # fmt: skip

    def __call__(self, site_id: str, batch: Batch) -> Mapping[str, bytes]:
        """Returns files by name: the UTC day of their events' receipt, then the batch's first and last id."""
        days: dict[int, list[RecordedEvent]] = {}
        for event in batch.events:
            days.setdefault(event.at // DAY_S, []).append(event)
        name = f"{batch.first_id}_{batch.last_id}.parquet"
        return {f"site={site_id}/day={_iso(day)}/{name}": self._file(days[day]) for day in sorted(days)}

    def _file(self, events: Sequence[RecordedEvent]) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        columns = zip(*map(_row, events), strict=True)
        arrays = [_array(values, kind.type) for values, kind in zip(columns, self._schema, strict=True)]
        out = io.BytesIO()
        parquet.write_table(pa.Table.from_arrays(arrays, schema=self._schema), out, compression="zstd")
        return out.getvalue()


def _array(values: Sequence[Any], kind: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode()
    return pa.array(values, kind)


def _row(event: RecordedEvent) -> tuple[Any, ...]:
    """The values of the schema's columns."""
    return (
        event.id, event.at, event.kind.name.lower(), event.implied, str(event.status), event.reason or None,
        event.amount_micros, event.decision_id or None, event.flight, event.campaign, event.advertiser, event.creative,
        event.placement, str(event.device), event.country or None, event.section or None,
    )  # fmt: skip


def _iso(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
