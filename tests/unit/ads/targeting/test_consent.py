"""What a reader allows: Global Privacy Control, TCF strings as real platforms write them, and the site's default."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.reader.consent import Consent, consent_of
from service.domain.ads.reader.tcf import read_tcf


def bits(*fields: tuple[int, int]) -> str:
    """A segment of numbers, each of so many bits."""
    text = "".join(f"{value:0{size}b}" for value, size in fields)
    text += "0" * (-len(text) % 8)
    return urlsafe_b64encode(int(text, 2).to_bytes(len(text) // 8, "big")).decode().rstrip("=")


def field(purposes: set[int]) -> tuple[int, int]:
    return sum(1 << (24 - purpose) for purpose in purposes), 24


def tcf(*consents: int, interests: tuple[int, ...] = (), version: int = 2) -> str:
    """A consent string of these purposes, without vendors."""
    return bits((version, 6), (0, 146), field(set(consents)), field(set(interests)), (0, 13), (0, 17), (0, 17), (0, 12))


def publisher(*consents: int) -> str:
    return bits((3, 3), field(set(consents)), field(set()), (0, 6))


@pytest.mark.parametrize(
    ("text", "identifier", "personalised"),
    [
        (tcf(1, 2, 3, 4), True, True),
        (tcf(1, 2), True, False),
        (tcf(1, interests=(2,)), True, False),
        (tcf(1, 2, 3, interests=(4,)), True, False),
        (tcf(2, 3, 4), False, False),
        (tcf(1, 3, 4), False, False),
        (tcf(2, 3, 4, interests=(1,)), False, False),
        (tcf(), False, False),
    ],
)
def test_a_stored_identifier_needs_purposes_1_and_2_and_personal_ads_3_and_4_too(
    text: str, identifier: bool, personalised: bool
) -> None:
    assert consent_of(text, False, "granted") == Consent(identifier, personalised, "tcf")


@pytest.mark.parametrize(
    ("text", "remembered"),
    [(tcf(1, 5, 6), True), (tcf(1, 2, 3, 4), False), (tcf(5, 6), False), (tcf(1, 5, interests=(6,)), False)],
)
def test_what_is_read_is_kept_with_purposes_1_5_and_6(text: str, remembered: bool) -> None:
    assert consent_of(text, False, "granted").remembered is remembered


def test_the_segment_on_the_publishers_own_purposes_goes_before_the_vendors() -> None:
    other = bits((1, 3), (0, 17))
    assert consent_of(f"{tcf(1, 2, 3, 4)}.{other}.{publisher(1)}", False, "granted").identifier is False
    assert consent_of(f"{tcf()}.{publisher(1, 2)}", False, "denied").identifier is True
    assert consent_of(f"{tcf(1, 2)}.{other}", False, "denied").identifier is True


def test_global_privacy_control_refuses_whatever_else_is_said() -> None:
    assert consent_of(tcf(1, 2, 3, 4), True, "granted") == Consent(False, False, "gpc")


@pytest.mark.parametrize("said", [None, ""])
def test_where_nothing_is_said_the_sites_default_holds(said: str | None) -> None:
    assert consent_of(said, False, "granted") == Consent(True, True, "site-default", remembered=True)
    assert consent_of(said, False, "denied") == Consent(False, False, "site-default")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense", "é", "C", "CP...", f"{tcf(1, 2)}.", f".{tcf(1, 2)}", tcf(1, 2)[:-6], f"{tcf(1, 2)}=",
        f"{tcf(1, 2)}!",
        f"{tcf(1, 2)}.{publisher(1)[:4]}", tcf(1, 2, version=1), tcf(1, 2, version=3),
        bits((2, 6), (0, 146), field({1, 2}), field(set()), (0, 13), (9_999, 16), (0, 1)),
        bits((2, 6), (0, 146), field({1, 2}), field(set()), (0, 13), (9, 16), (1, 1), (4_000, 12), (0, 40)),
    ],
)  # fmt: skip
def test_a_string_that_cannot_be_read_is_no_consent(text: str) -> None:
    assert consent_of(text, False, "granted") == Consent(False, False, "unreadable-tcf")


@given(st.text() | st.text("ABCabc019-_.", max_size=400) | st.binary().map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    consent = consent_of(text, False, "denied")
    assert consent.identifier or not consent.personalised


def samples() -> list[dict[str, Any]]:
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    if not folder:
        pytest.skip("STANDFIRST_SAMPLE_DATA is not set: no consent strings of other people's")
    lines = (Path(folder) / "tcf" / "tc_strings.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_strings_of_other_peoples_suites_are_read_as_they_read_them() -> None:
    known = samples()
    assert len(known) == 82
    for one in known:
        core = read_tcf(one["tc"].split(".")[0])
        assert (core is not None) == (one["version"] == 2), one["tc"]
        assert core is None or sorted(core.consents) == one["purposes_consent"], one["tc"]
        assert (read_tcf(one["tc"]) is None) == (core is None)
