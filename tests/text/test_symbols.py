"""Symbols that say yes or no, and pictures that say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.symbols import find_ornament_end, has_denial


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("🎉 The gate opens at dawn.", "The gate opens at dawn."),
        ("☀️ 🌿 The gate opens at dawn.", "The gate opens at dawn."),
        ("👩‍🍳 The kitchen closes early.", "The kitchen closes early."),
        ("✅ The gate is open.", "✅ The gate is open."),
        ("❌ The gate is open.", "❌ The gate is open."),
        ("🐕 allowed in the yard", "🐕 allowed in the yard"),
        ("🐕 Allowed here", "🐕 Allowed here"),
        ("🇫🇷 The gate opens at dawn.", "🇫🇷 The gate opens at dawn."),
        ("🎉", "🎉"),
        ("", ""),
    ],
)
def test_a_picture_before_a_sentence_is_an_ornament(text: str, rest: str) -> None:
    assert text[find_ornament_end(text) :] == rest


@given(st.text(alphabet="🎉❌✅☀️ Aa.\n🇫", max_size=30))
def test_an_ornament_holds_no_word(text: str) -> None:
    end = find_ornament_end(text)
    assert not any(char.isalnum() for char in text[:end])
    assert not text[:end].strip() or not has_denial(text[:end])
