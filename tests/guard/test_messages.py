"""The message in place of a blocked answer: in the reader's language, or the user's own."""

from __future__ import annotations

import pytest

from groundwire import Guard
from groundwire.guard.messages import BLOCKED_MESSAGE, MESSAGES, choose_message
from groundwire.testing import FakeVerifier

FACT = "The warranty lasts 24 months."

QUESTIONS = {
    "ar": "ما مدة الضمان؟",
    "cs": "Jak dlouho trvá záruka?",
    "de": "Wie lange dauert die Garantie in Deutschland?",
    "el": "Πόσο διαρκεί η εγγύηση;",
    "es": "¿Cuánto dura la batería?",
    "fi": "Kuinka kauan takuu kestää?",
    "fr": "Combien de temps dure la garantie ?",
    "he": "כמה זמן נמשכת האחריות?",
    "hi": "वारंटी कितने समय की है?",
    "it": "Quanto dura la batteria?",
    "ja": "保証期間はどれくらいですか?",
    "ko": "보증 기간은 얼마나 되나요?",
    "nl": "Hoe lang is de garantie?",
    "no": "Hvor lenge varer garantien?",
    "pl": "Jak długo trwa gwarancja?",
    "pt": "Quanto tempo dura a bateria?",
    "ru": "Сколько длится гарантия?",
    "sv": "Hur länge gäller garantin?",
    "th": "การรับประกันนานเท่าไหร่",
    "tr": "Garanti ne kadar sürer?",
    "uk": "Скільки триває гарантія?",
    "vi": "Thời gian bảo hành là bao lâu?",
    "zh": "保修期多长?",
}


@pytest.mark.parametrize("language", QUESTIONS)
def test_the_language_of_the_question_is_that_of_the_message(language: str) -> None:
    assert choose_message(QUESTIONS[language], "It sings opera.") == MESSAGES[language]


@pytest.mark.parametrize(
    "question",
    [
        "How long is the warranty?",
        "Is Tom Müller in Berlin?",
        "Warranty?",
        "Refund policy",
        "",
        None,
    ],
)
def test_english_and_what_is_too_short_to_tell_is_answered_in_english(question: str | None) -> None:
    assert choose_message(question, "It sings opera at the fair.") == BLOCKED_MESSAGE


def test_a_language_without_a_message_is_answered_in_english() -> None:
    assert choose_message("Dhamana inadumu kwa muda gani?", "") == BLOCKED_MESSAGE


def test_the_answer_tells_where_the_question_does_not() -> None:
    answer = "Die Garantie dauert in der Regel drei Jahre ab dem Tag des Kaufs."
    assert choose_message("Garantie?", answer) == MESSAGES["de"]
    assert choose_message(None, answer) == MESSAGES["de"]


def test_a_blocked_report_speaks_the_language_of_its_question() -> None:
    guard = Guard(verifier=FakeVerifier())
    report = guard.check("It sings opera.", FACT, QUESTIONS["fr"])
    assert (report.decision.action, report.text) == ("block", MESSAGES["fr"])
    assert guard.choose_blocked_message(QUESTIONS["fr"], "") == MESSAGES["fr"]
    assert guard.blocked_message == BLOCKED_MESSAGE


def test_a_message_of_the_user_stays_in_any_language() -> None:
    guard = Guard(verifier=FakeVerifier(), blocked_message="Ask a person.")
    for made in (guard, guard.with_verifier(FakeVerifier())):
        assert made.check("It sings opera.", FACT, QUESTIONS["fr"]).text == "Ask a person."
        assert made.choose_blocked_message(QUESTIONS["fr"], "") == made.blocked_message
    plain = Guard(verifier=FakeVerifier()).with_verifier(FakeVerifier())
    assert plain.check("It sings opera.", FACT, QUESTIONS["fr"]).text == MESSAGES["fr"]
