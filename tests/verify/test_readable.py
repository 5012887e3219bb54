"""Symbols that a verifier cannot read."""

from __future__ import annotations

from typing import Any

import pytest

from groundwire.verify.readable import explain_unreadable


class Reader:
    manifest: dict[str, Any] = {}  # noqa: RUF012

    def unknown_letters(self, text: str) -> int:
        return 0


@pytest.mark.parametrize(
    "text",
    [
        *("Ⓡⓔⓒⓐⓛⓛⓔⓓ", "⠗⠑⠉⠁⠇⠇⠑⠙", "🆁🅴🅲🅰🅻🅻🅴🅳", "The kettle is ⓤⓝⓢⓐⓕⓔ"),
        *("The kettle 🚫 switches off.", "❌ The kettle switches off.", "k\u0336e\u0336"),
        *("👍", "✅", "Safe | ❌"),
    ],
)
def test_letters_and_denials_set_as_symbols_are_not_read(text: str) -> None:
    assert explain_unreadable("claim", text, Reader())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["The pump! 🙂", "E = mc² ≈ 62 µg ± 3 %", "Acme™ is red.", "42", ""]
)
def test_other_signs_are_read(text: str) -> None:
    assert explain_unreadable("claim", text, Reader()) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "36. months",
        "(48) months of warranty",
        "It lasts\n36) months.",
        "60. Months of it",
        "6. May 2020",
    ],
)
def test_a_number_that_the_value_checks_skip_is_not_read(text: str) -> None:
    assert "as a list sets its items" in (explain_unreadable("claim", text, Reader()) or "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["2. Press the button.", "It ended in\n1990.", "6. May be unsafe."]
)
def test_a_number_of_an_item_is_read(text: str) -> None:
    assert explain_unreadable("claim", text, Reader()) is None  # type: ignore[arg-type]
