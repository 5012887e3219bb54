from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.letters import (
    LIGATURES,
    clean_and_place,
    clean_letters,
    spell_plainly,
    strip_accents,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("The o\ufb03ce on the \ufb01rst \ufb02oor", "The office on the first floor"),
        ("sti\ufb00 and \ufb04oor and \ufb06amp", "stiff and ffloor and stamp"),
        ("Decem\u00adber", "December"),
        ("Decem\u00ad\n  ber", "December"),
        ("a\u200bb\u2060c\ufeffd", "abcd"),
        ("shut o\0 it\x07", "shut o\ufffd it\ufffd"),
        ("a\uffffb\ufdd0c", "a\ufffdb\ufffdc"),
        ("œuvre, Ærø, Straße, naïve", "œuvre, Ærø, Straße, naïve"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
        ("a\tb\r\nc", "a\tb\r\nc"),
        ("\ufe8d\ufedf", "\u0627\u0644"),
        ("\ufefb \ufb2a", "\u0644\u0627 \u05e9\u05c1"),
    ],
)
def test_letters_are_what_they_mean(text: str, clean: str) -> None:
    assert clean_letters(text) == clean


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(sorted(LIGATURES))))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    clean = clean_letters(text)
    assert clean_letters(clean) == clean
    assert not set(clean) & set(LIGATURES)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"])))
def test_plain_text_stays(text: str) -> None:
    assert clean_letters(text) == text


@given(st.text(st.sampled_from("ab1 \n\u00ad\u200b\ufb01\ufb03\ufefb\0")))
def test_each_letter_knows_where_it_stood(text: str) -> None:
    clean, places = clean_and_place(text)
    assert clean == clean_letters(text)
    assert len(places) == len(clean)
    assert list(places) == sorted(places)
    assert all(clean[i] in clean_letters(text[at]) for i, at in enumerate(places))


@pytest.mark.parametrize(
    ("word", "ways"),
    [
        ("Łukasiewicz", {"lukasiewicz"}),
        ("Müller", {"muller", "mueller"}),
        ("Søren", {"soren"}),
        ("Weiß", {"weiss"}),
        ("Ardèche", {"ardeche"}),
        ("plain", {"plain"}),
    ],
)
def test_a_word_without_accents(word: str, ways: set[str]) -> None:
    assert spell_plainly(word) == ways
    assert strip_accents(word) in ways


@given(st.text(alphabet=st.characters(max_codepoint=0x17F)))
def test_plain_words_stay_plain(word: str) -> None:
    once = strip_accents(word)
    assert strip_accents(once) == once
