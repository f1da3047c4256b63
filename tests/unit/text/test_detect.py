"""Which language a text is in, of those that a site has."""

from __future__ import annotations

import json
import time
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.detect import detect

COURIER = ("en", "ur")
SENTENCES = {
    "en": "The council voted late on Tuesday to close the old bridge until the autumn.",
    "de": "Der Stadtrat beschloss am späten Dienstag, die alte Brücke bis zum Herbst zu sperren.",
    "fr": "Le conseil a voté mardi soir la fermeture du vieux pont jusqu'à l'automne.",
    "es": "El ayuntamiento votó el martes por la noche cerrar el puente viejo hasta el otoño.",
    "tr": "Belediye meclisi salı gecesi eski köprünün sonbahara kadar kapatılmasına karar verdi.",
    "id": "Dewan kota memutuskan pada Selasa malam untuk menutup jembatan lama sampai musim gugur.",
    "ur": "کونسل نے منگل کی رات پرانے پل کو خزاں تک بند رکھنے کا فیصلہ کیا۔",
    "fa": "شورای شهر سه‌شنبه شب تصمیم گرفت پل قدیمی را تا پاییز ببندد.",
    "ar": "قرر المجلس مساء الثلاثاء إغلاق الجسر القديم حتى الخريف.",
    "hi": "परिषद ने मंगलवार देर रात पुराने पुल को शरद ऋतु तक बंद रखने का फैसला किया।",
    "bn": "পরিষদ মঙ্গলবার গভীর রাতে পুরোনো সেতুটি শরৎকাল পর্যন্ত বন্ধ রাখার সিদ্ধান্ত নিয়েছে।",
}


def stories() -> list[tuple[str, str]]:
    """Every story of The Harbour Courier with its language."""
    folder = files("service.demo").joinpath("content", "articles")
    rows = [json.loads(line) for path in folder.iterdir() for line in path.read_text("utf-8").splitlines() if line]
    return [(f"{row['title']}\n{row['text']}", row.get("language") or "en") for row in rows]


def test_every_story_of_the_courier_is_told_by_its_text() -> None:
    found = [(detect(text, COURIER), language) for text, language in stories()]

    assert len(found) > 100
    assert {language for _, language in found} == {"en", "ur"}
    assert [pair for pair in found if pair[0] != pair[1]] == []


def test_every_headline_of_the_courier_is_told_or_left_undecided() -> None:
    found = [(detect(text.split("\n")[0], COURIER), language) for text, language in stories()]

    assert [pair for pair in found if pair[0] not in (pair[1], None)] == []
    assert sum(told is None for told, _ in found) < len(found) / 20


@pytest.mark.parametrize("language", SENTENCES)
def test_one_sentence_is_told_from_ten_other_languages(language: str) -> None:
    assert detect(SENTENCES[language], tuple(SENTENCES)) == language


@pytest.mark.parametrize("text", ["", "5", "😀🎉", "12.30 / 2024", "\u200f\ud800", "a b"])
def test_what_cannot_be_told_is_not(text: str) -> None:
    assert detect(text, ("en", "de", "fr")) is None


def test_a_word_of_a_script_of_its_own_is_told() -> None:
    assert detect("بندرگاہ", COURIER) == "ur"


@pytest.mark.parametrize("languages", [(), ("ur",), ("en", "xx"), ("xx", "yy")])
def test_without_two_languages_to_choose_from_nothing_is_told(languages: tuple[str, ...]) -> None:
    assert detect(SENTENCES["ur"], languages) is None


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Z", "Cf", "Cs"))))
def test_any_text_is_of_one_of_the_languages_or_undecided(text: str) -> None:
    assert detect(text, ("en", "ur", "de")) in ("en", "ur", "de", None)


def test_only_the_beginning_is_read() -> None:
    long = SENTENCES["en"] * 100_000
    detect(long, COURIER)
    began = time.process_time()

    assert detect(long + SENTENCES["ur"], COURIER) == "en"
    assert time.process_time() - began < 0.5
