"""The analyzer: which terms a text is made of, in each language."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import distinct_term_ids, read, term_hash, tokens, words
from models.text.folding import fold
from models.text.policies import POLICIES
from models.text.stop_words import LANGUAGES, stop_words

EVERY_LANGUAGE = sorted({*POLICIES, *LANGUAGES, "sw"})
languages = st.sampled_from([*EVERY_LANGUAGE, None])
# Letters of many scripts, marks, joiners, emoji, direction marks and lone surrogates, often beside one another.
texts = st.one_of(
    st.text(),
    st.text(
        alphabet=st.characters(categories=("Lu", "Ll", "Lt", "Lo", "Lm", "Mn", "Mc", "Nd", "No", "Cf", "Cs", "Zs"))
    ),
    st.text(alphabet="aÄßİIıéﬁ½ＡªǅΣςکيةآأُّٰـ۵\u200c\u200d\u200f\u00ad क़ँ়北ー한ไ😀'’"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Minister's 5G plan", ["minist", "5g", "plan"]),
        ("Strikes, striking, strike", ["strike", "strike", "strike"]),
        ("Harris, Harry; Ferris, ferry", ["harris", "harri", "ferris", "ferri"]),
        ("Iraqis in taxis", ["iraqi", "taxi"]),
        ("Erdoğan, Erdogan; café CAFE", ["erdogan", "erdogan", "cafe", "cafe"]),
        ("İstanbul ﬁre", ["istanbul", "fire"]),
        ("covid東京fund", ["covid", "東京", "fund"]),
        ("كتـــاب", ["كتاب"]),
        ("a 7 b2", ["b2"]),
        ("The U.S. told us that US troops met J.K. Rowling.", ["us", "told", "us", "troop", "met", "jk", "rowl"]),
        ("The WHO, who else; Washington, D.C.The end", ["who", "washington", "dc", "end"]),
        ("Mr Mueller met Mrs. Clinton", ["mueller", "met", "clinton"]),
        ("$3 mln, billions of euros", ["euro"]),
        ("", []),
    ],
)
def test_english_words_become_their_stems(text, expected):
    assert tokens(text, "en") == expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Straße STRASSE", ["strasse", "strasse"]),
        ("es", "El año que viene no hay ano", ["año", "viene", "ano"]),
        ("es", "La acción, la ACCION", ["accion", "accion"]),
        ("es", "EE.UU. y la EEUU", ["eeuu", "eeuu"]),
        ("fr", "L'école de l'État", ["école", "état"]),
        ("de", "Müller und Mueller in der Straße", ["mueller", "mueller", "strasse"]),
        ("de", "schon schön", ["schon", "schoen"]),
        ("tr", "İstanbul'da IŞIK ışık", ["istanbul", "ışık", "ışık"]),
        ("tr", "Resmî Gazete’nin kararı", ["resmi", "gazete", "kararı"]),
        ("id", "yang menyerukan perdamaian", ["menyerukan", "perdamaian"]),
        ("ur", "اُردُو زبان کی خبریں۔", ["اردو", "زبان", "خبریں"]),
        ("ur", "كراچي، کراچی", ["کراچی", "کراچی"]),
        ("ur", "پاکستان میں ۵۰ ہزار", ["پاکستان", "50", "ہزار"]),
        ("ur", "هفته اور ہفتہ", ["ہفتہ", "ہفتہ"]),
        ("ur", "۳ کروڑ روپے", ["روپے"]),
        ("ur", "فیصلہ کردیا گیا، جلسہ ہوگیا", ["فیصلہ", "جلسہ"]),
        ("fa", "می‌رود کتاب‌ها ۱۴۰۳", ["میرود", "کتابها", "1403"]),
        ("fa", "علي و علی", ["علی", "علی"]),
        ("fa", "گفته می‌شود این‌که نمی‌تواند میشود", []),
        ("ar", "مُحَمَّد ومحمـــد", ["محمد", "ومحمد"]),
        ("ar", "إلى القاهرة القاهره أحمد احمد", ["القاهره", "القاهره", "احمد", "احمد"]),
        ("hi", "संयुक्त राष्ट्र में ख़बर", ["संयुक्त", "राष्ट्र", "खबर"]),
        ("hi", "चाँद चांद १२", ["चांद", "चांद", "12"]),
        ("hi", "हिन्दी हिंदी पञ्जाब पंजाब जन्म", ["हिंदी", "हिंदी", "पंजाब", "पंजाब", "जन्म"]),
        ("bn", "ঢাকা থেকে বাংলাদেশের", ["ঢাকা", "বাংলাদেশের"]),
        ("zh", "北京大学", ["北京", "京大", "大学"]),
        ("ja", "東京で", ["東京", "京で"]),
        ("ko", "대통령은", ["대통", "통령", "령은"]),
        ("th", "ข่าว", ["ข่", "่า", "าว"]),
        (None, "Habari za Dar", ["habari", "za", "dar"]),
    ],
)
def test_words_stand_in_one_form_without_what_holds_the_sentence_together(language, text, expected):
    assert words(text, language) == expected


INFLECTED = {
    "ur": ("عدالتیں", "عدالتوں"),
    "bn": ("সরকার", "সরকারের"),
    "de": ("Wahlkampf", "Wahlkampfs"),
    "tr": ("seçimler", "seçimlerde"),
    "sw": ("uchaguzi", "uchaguzini"),
    None: ("wybory", "wyborów"),
}


@pytest.mark.parametrize("language", INFLECTED)
def test_where_no_stemmer_serves_inflections_share_grams(language):
    one, other = (set(tokens(word, language)) for word in INFLECTED[language])

    assert one & other
    assert one - other or other - one


def test_parts_of_a_german_compound_are_found():
    assert {" wahl", "kampf", "ampf "} <= set(tokens("Wahlkampf", "de"))


@pytest.mark.parametrize("language", ["es", "fr"])
def test_plural_and_singular_share_a_stem(language):
    one, other = {"es": ("elección", "elecciones"), "fr": ("élection", "élections")}[language]

    assert tokens(one, language) == tokens(other, language)


def test_a_capital_of_french_without_its_accent_is_the_same_word():
    assert tokens("ETAT", "fr") == tokens("État", "fr")


def test_a_term_is_told_with_the_word_it_stands_in():
    reading = read("Ferries strike in Rotterdam", "en")

    assert list(zip(reading.terms, reading.printed, strict=True)) == [
        ("ferri", "Ferries"), ("strike", "strike"), ("rotterdam", "Rotterdam")]  # fmt: skip


def test_words_that_news_needs_are_not_stop_words():
    assert stop_words("en").isdisjoint({"bill", "fire", "system", "interest", "detail", "find"})


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_text_of_stop_words_alone_has_no_terms(language):
    assert tokens(" ".join(sorted(stop_words(language))), language) == []


@pytest.mark.parametrize("text", ["😀🎉 🚢", "\u200f\u200e\u202b", "\ud800\udfff", "،۔؟ — …", "\x00\x01"])
@pytest.mark.parametrize("language", ["en", "ur", None])
def test_a_text_without_words_has_no_terms(text, language):
    assert tokens(text, language) == []


def test_direction_marks_part_no_word():
    assert words("\u202bکرا\u200fچی\u202c", "ur") == ["کراچی"]


def test_a_language_that_names_a_file_of_ours_reads_none():
    assert tokens("the ferry", "../stop_words/en") == tokens("the ferry", None)


def test_term_ids_stand_sorted_and_once():
    ids = distinct_term_ids("harbour ship harbour", "en")

    assert ids.tolist() == sorted({term_hash("harbour"), term_hash("ship")})


@pytest.mark.parametrize(
    ("language", "text", "printed"),
    [
        ("zh", "中国北京暴雨", ["中国", "国北", "北京", "京暴", "暴雨"]),
        ("zh", "暴雨过后，", ["暴雨过后"]),
        ("ja", "東京オリンピックの開会式", ["東京", "オリンピック", "開会式"]),
        ("ko", "대통령은", ["대통령은"]),
        ("en", "covid東京fund", ["covid東京fund", "東京"]),
    ],
)
def test_readers_are_told_words_and_no_clause(language, text, printed):
    assert list(dict.fromkeys(read(text, language).printed)) == printed


@given(texts, languages)
def test_any_text_in_any_language_gives_terms_that_say_something(text, language):
    reading = read(text, language)

    assert reading.terms == tokens(text, language)
    assert reading.words == words(text, language)
    assert len(reading.printed) == len(reading.terms)
    assert all(term.strip() for term in reading.terms)
    assert all(word in text or word in fold(text, language) for word in reading.printed)


@given(st.lists(st.sampled_from(["harbour", "خبر", "пожар", "कहानी", "bridge"])), languages)
def test_words_keep_their_order(chosen, language):
    assert words(" ".join(chosen), language) == chosen


@pytest.mark.parametrize("language", EVERY_LANGUAGE)
def test_two_hundred_thousand_words_are_read_in_seconds(language):
    text = " ".join(f"{'abcdefghij'[n % 10] * 3}{chr(1575 + n % 20)}word{n % 9_000}" for n in range(200_000))
    began = time.process_time()

    assert len(words(text, language)) == 200_000
    assert time.process_time() - began < 10


def test_a_word_without_end_is_cut():
    assert len(tokens("z" * 1_000_000, None)) < 100
