"""Opens an XLSX file as the archive it is, within limits, and leaves of it only the parts that a sheet needs."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from service.domain.errors import InvalidInput, TooLarge

MAX_ENTRIES = 1_000
# Sheets of 20,000 rows pack to a tenth or a twentieth; what packs far better holds nothing but repetitions.
MAX_RATIO = 100
RATIO_FROM_BYTES = 10_000_000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_KEPT = re.compile(r"\[Content_Types\]\.xml$|_rels/\.rels$|xl/[^/]+\.xml$|xl/_rels/[^/]+\.rels$")
_NO_WORKBOOK = "This is no XLSX workbook; save the sheet as .xlsx or as CSV."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheet that is read, its part in the archive, and the archive with that sheet alone."""

    sheet: str
    part: str
    archive: bytes


def open_workbook(raw: bytes, max_bytes: int, wanted: str, check: Callable[[str, bytes], None]) -> Workbook:
    """Returns the workbook with the sheet named `wanted`, else with the first that shows.

    Every part that is kept is checked by `check(part, content)` first. The archive returned is written anew from what
    was unpacked here, so that no other reader can find more in it. Raises InvalidInput, and TooLarge for what unpacks
    to over `max_bytes`.
    """
    with _archive(raw) as archive:
        sizes = _checked_sizes(archive, max_bytes)
        part, sheet = _sheet(archive, wanted)
        if part not in sizes:
            raise InvalidInput.one("", _NO_WORKBOOK)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as kept:
            for name in [*filter(_KEPT.match, sizes), part]:
                content = archive.read(name)
                check(name, content)
                kept.writestr(name, content)
        return Workbook(sheet, part, out.getvalue())


@contextmanager
def _archive(raw: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield archive
    except _BROKEN as error:
        raise InvalidInput.one("", f"{_NO_WORKBOOK} ({error})") from error


def _checked_sizes(archive: zipfile.ZipFile, max_bytes: int) -> dict[str, int]:
    """The parts' unpacked sizes, as the directory tells them: reading never yields more than it told."""
    entries = archive.infolist()
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"The workbook has over {MAX_ENTRIES:,} parts; send it as CSV.")
    if unpacked > max_bytes:
        raise TooLarge(f"The workbook unpacks to over {max_bytes:,} bytes; send it as CSV.")
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed:
        raise TooLarge(f"The workbook unpacks to over {MAX_RATIO} times its size; send it as CSV.")
    for entry in entries:
        if entry.flag_bits & 1:
            raise InvalidInput.one("", "The workbook is protected by a password; save it without one.")
        if entry.compress_type not in _METHODS:
            raise InvalidInput.one("", _NO_WORKBOOK)
    return {entry.filename: entry.file_size for entry in entries}


def _sheet(archive: zipfile.ZipFile, wanted: str) -> tuple[str, str]:
    """The part and the name of the sheet that is read."""
    workbook, relations = _xml(archive, "xl/workbook.xml"), _xml(archive, "xl/_rels/workbook.xml.rels")
    targets = {
        one.get("Id", ""): posixpath.normpath(posixpath.join("/xl", one.get("Target", ""))).lstrip("/")
        for one in relations
        if one.get("Type", "").endswith("/worksheet")
    }
    sheets = [
        (targets[relation], one.get("name", ""), one.get("state", "visible"))
        for one in workbook.iter()
        if _local(one.tag) == "sheet" and (relation := _relation(one)) in targets
    ]
    named = [sheet for sheet in sheets if sheet[1].strip().lower() == wanted]
    shown = [sheet for sheet in sheets if sheet[2] == "visible"]
    for part, name, _ in (*named, *shown):
        return part, name
    raise InvalidInput.one("", "The workbook has no sheet that shows.")


def _xml(archive: zipfile.ZipFile, name: str) -> Element:
    try:
        found: Element = fromstring(archive.read(name), forbid_dtd=True)
    except (LookupError, ParseError, DefusedXmlException) as error:  # no such part, or no such encoding
        raise InvalidInput.one("", _NO_WORKBOOK) from error
    return found


def _relation(sheet: Element) -> str:
    return next((value for name, value in sheet.items() if _local(name) == "id" and name != "id"), "")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
