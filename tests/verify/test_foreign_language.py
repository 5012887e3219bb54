"""Texts that an English verifier must refuse, and English ones that it must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.types import Claim, Evidence, Passage
from groundwire.verify.nli import load_default_verifier
from groundwire.verify.readable import detect_foreign, detect_foreign_evidence

FOREIGN = [
    "La tour a été construite en fer puddlé entre 1887 et 1889 par Gustave Eiffel.",
    "Der Turm wurde zwischen 1887 und 1889 aus Eisen gebaut.",
    "La torre fue construida con hierro entre 1887 y 1889.",
    "Menara ini dibangun dari besi dan menjadi lambang kota Paris.",
    "Wieża została zbudowana z żelaza w latach 1887–1889.",
    "De toren werd tussen 1887 en 1889 van ijzer gebouwd.",
    "Kule 1887 ile 1889 arasında demirden inşa edildi.",
]
ENGLISH = [
    "The tower was built of iron between 1887 and 1889.",
    "Hydroxychloroquine cures covid-19.",
    "Pierre-Emerick Aubameyang",
    "Juneau, Alaska has an elevation below sea level.",
    "Angela Merkel met Emmanuel Macron, Giuseppe Conte, Pedro Sánchez and António Costa.",
    "Revenue rose 12 %; margins fell.",
    "Lindenstraße 14, 60325 Frankfurt, Deutschland",
    "Avenida de la Constitución 7, 41004 Sevilla",
    "Team: Ewa Nowicka, Tomasz Wilk, Zofia Król",
    "Instituto Nacional de Antropología",
    "Choux à la crème, éclair, mille-feuille",
    "Large, medium, small, extra small",
    "S. aureus, E. coli, K. pneumoniae",
    "docker run -d -p 8080:80 nginx:latest",
    "git commit -m fix; git push origin main",
    "✅ Washable ✅ Light ✅ Sturdy",
    "tel. +43 1 234 567, info@example.org",
    "The flat lies in Große Bleichen, Hamburg.",
    "No.",
    "42",
    "",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_in_latin_script_are_seen(text: str) -> None:
    assert detect_foreign(text) not in (None, "en")


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_not_refused(text: str) -> None:
    assert detect_foreign(text) is None
    assert detect_foreign_evidence(text) is None


def test_tables_and_lists_of_names_are_no_foreign_language() -> None:
    table = "Row 1: club: RC Lens; score: 1 - 0. Row 2: club: Olympique Lyonnais; score: 2 - 1."
    assert detect_foreign_evidence(table) is None


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [(FOREIGN[0], ENGLISH[0]), (ENGLISH[0], FOREIGN[0]), (FOREIGN[3], FOREIGN[3])],
)
def test_the_embedded_verifier_leaves_them_unchecked(claim: str, evidence: str) -> None:
    found = [Evidence(Passage(evidence, "d", 0, len(evidence)), 1.0)]
    (verdict,) = load_default_verifier().verify([Claim(claim, 0, len(claim))], [found])
    assert verdict.label == "unchecked"
    assert verdict.score is None
    assert "seems not to be English" in verdict.reason


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    assert detect_foreign(text) is None or len(detect_foreign(text) or "") >= 2
