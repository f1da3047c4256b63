"""Event tokens: short, signed, read back whole or not at all."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.events.tokens import (
    MAX_NEAR_BYTES,
    MAX_SECTION_BYTES,
    AdToken,
    EventKind,
    TeaserToken,
    read_token,
    sign,
    sign_each,
)

KEY = b"k" * 32
numbers = st.integers(0, 2**31)
ad_tokens = st.builds(
    AdToken,
    kind=st.sampled_from([EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK]),
    site_id=st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True),
    epoch=numbers, minute=numbers, serial=numbers, flight=numbers, creative=numbers, placement=numbers,
    model=st.integers(0, 3), price_micros=st.integers(0, 9 * 10**9), view_ppm=st.integers(0, 10**6),
    click_ppm=st.integers(0, 10**6), day=st.integers(0, 10**6),
    country=st.sampled_from(["", "GB"]), section=st.sampled_from(["", "politics", "Börse"]),
    near=st.sampled_from(["", "recent", "recent|popular"]), third_parties=st.just(False),
    extra_minutes=st.integers(0, 13),
)  # fmt: skip
TOKEN = sign(AdToken(EventKind.CLICK, "courier", 1_795_000_000, 29_924_506, 7, 1, 2, 1, 1, 2_500_000), KEY)


@given(ad_tokens)
def test_an_ad_token_is_read_as_it_was_signed_and_stays_short(token: AdToken) -> None:
    text = sign(token, KEY)
    assert read_token(text, KEY) == token
    assert len(text) < 200


@pytest.mark.parametrize("site_length", range(1, 33))
def test_the_longest_token_is_short_and_can_be_read(site_length: int) -> None:
    most, near = 2**32 - 1, "|".join("abcdefghijklmnopqrstuvwxy")[:MAX_NEAR_BYTES]
    token = AdToken(
        EventKind.CLICK, "s" * site_length, most, most, most, most, most, most, 3, 9 * 10**9, 10**6, 10**6, 10**6, "GB",
        "s" * MAX_SECTION_BYTES, near, True, 13,
    )  # fmt: skip
    assert all(len(text) < 200 and read_token(text, KEY) for text in sign_each(token, KEY))


@given(ad_tokens, st.booleans())
def test_what_others_may_be_told_of_a_click_costs_its_address_nothing(token: AdToken, allowed: bool) -> None:
    asked = token._replace(third_parties=allowed)
    texts = sign_each(asked, KEY)
    kinds = (EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK)
    assert [len(text) for text in texts] == [len(sign(token, KEY))] * 3
    assert [read_token(text, KEY) for text in texts] == [
        asked._replace(kind=kind, third_parties=allowed and kind is EventKind.CLICK) for kind in kinds
    ]


@given(st.integers(0, 2**64 - 1))
def test_a_teaser_token_is_the_same_for_everyone(article_hash: int) -> None:
    token = TeaserToken("courier", article_hash)
    assert sign(token, KEY) == sign(token, KEY)
    assert read_token(sign(token, KEY), KEY) == token


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCabc019-_"))
def test_an_altered_token_is_refused(place: int, character: str) -> None:
    altered = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert altered == TOKEN or read_token(altered, KEY) is None


@pytest.mark.parametrize("cut", range(len(TOKEN)))
def test_a_cut_token_is_refused(cut: int) -> None:
    assert read_token(TOKEN[:cut], KEY) is None


@pytest.mark.parametrize("text", ["", "=", "é" * 20, "A" * 500, TOKEN + "=", TOKEN + "A", " " + TOKEN, "%00"])
def test_what_we_never_wrote_is_refused(text: str) -> None:
    assert read_token(text, KEY) is None


def test_another_key_signs_another_token() -> None:
    assert read_token(TOKEN, b"x" * 32) is None


def test_the_signature_covers_the_whole_token() -> None:
    raw = bytearray(base64.urlsafe_b64decode(TOKEN + "=" * (-len(TOKEN) % 4)))
    for place in range(len(raw)):
        changed = raw.copy()
        changed[place] ^= 1
        assert read_token(base64.urlsafe_b64encode(changed).rstrip(b"=").decode(), KEY) is None
