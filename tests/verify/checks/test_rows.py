"""Values of one row said of another, through the premise that a claim is read against."""

from __future__ import annotations

import pytest

from groundwire.evidence.documents import make_documents
from groundwire.text.overlap import WordRarity
from groundwire.types import Claim, Evidence, Finding, Passage
from groundwire.verify.checks.rows import check_rows
from groundwire.verify.premise import Premise, build_premise

DRONES = (
    "| Drone | Range (km) | Maker |\n|---|---|---|\n| Tern | 41 | Ostra |\n| Skua | 55 | Velm |"
)
CREW = [
    {"name": "Ida Brekke", "role": "pilot", "shift": "07:10", "pay": 41000},
    {"name": "Olav Moe", "role": "cook", "shift": "09:45", "pay": 52000},
]


def build(text: str, evidence: object) -> tuple[Claim, Premise]:
    claim = Claim(text, 0, len(text))
    found = [
        Evidence(Passage(d.text, d.source, 0, len(d.text)), 1.0) for d in make_documents(evidence)
    ]
    return claim, build_premise(claim, found, WordRarity({}), 150)


def check(text: str, evidence: object) -> list[Finding]:
    claim, premise = build(text, evidence)
    return check_rows(claim, premise.kept, premise.dropped)


@pytest.mark.parametrize(
    ("evidence", "text", "claimed", "found"),
    [
        (DRONES, "The Tern flies 55 km.", "55 km", "41 km"),
        (DRONES, "The Tern is made by Velm.", "Velm", "Ostra"),
        (CREW, "Ida Brekke starts at 9:45.", "9:45", "07:10"),
        (CREW, "Olav earns 41,000.", "41,000", "52000"),
        (CREW, "Ida Brekke is the cook.", "cook", "pilot"),
    ],
)
def test_a_value_of_another_row_is_a_conflict(
    evidence: object, text: str, claimed: str, found: str
) -> None:
    (finding,) = check(text, evidence)
    assert (finding.kind, finding.status) == ("row", "conflict")
    assert (finding.claimed, finding.found) == (claimed, found)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (DRONES, "The Tern flies 41 km."),
        (DRONES, "The Skua flies 55 km, farther than the Tern."),
        (DRONES, "The Tern does not fly 55 km."),
        (DRONES, "The Tern flies at least 40 km."),
        (DRONES, "One of them flies 55 km."),
        (CREW, "Olav Moe and Ida Brekke are cook and pilot."),
        (CREW, "Does Ida Brekke start at 9:45?"),
        (CREW[:1], "Ida Brekke earns 52,000."),
    ],
)
def test_what_compares_denies_or_is_stated_is_none(evidence: object, text: str) -> None:
    assert check(text, evidence) == []


def test_a_premise_holds_one_record_as_it_is_read_and_quotes_it_exactly() -> None:
    _, premise = build("The Tern flies 41 km.", DRONES)
    assert premise.text == "Drone: Tern; Range: 41 km; Maker: Ostra."
    (quote,) = premise.sentences
    assert quote.text == "| Tern | 41 | Ostra |" == DRONES[quote.start : quote.end]


def test_prose_beside_a_table_stays_in_scope() -> None:
    evidence = [f"All drones are sold in Bergen.\n\n{DRONES}", "The Tern is blue."]
    _, premise = build("The Tern is blue and sold in Bergen.", evidence)
    assert "Skua" not in premise.text
    assert "Bergen" in premise.text and "blue" in premise.text


def test_records_given_one_by_one_are_told_apart() -> None:
    _, premise = build("Ida Brekke starts at 7:10.", CREW)
    assert "Olav" not in premise.text and "shift: 07:10" in premise.text


def test_without_records_nothing_is_left_out() -> None:
    evidence = ["Ida Brekke starts at 7:10.", "Olav Moe starts at 9:45."]
    _, premise = build("Ida Brekke starts at 7:10.", evidence)
    assert premise.dropped == () and len(premise.sentences) == 2


CABINS = (
    "| Cabin | Price | Beds | Host |\n|---|---|---|---|\n| Heron | 95 € | 2 | Ida Brekke |\n"
    "| Swift | 110 € | 3 | Olav Moe |\n| Lark | 80 € | 1 | Per Dahl |"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Lark costs 110 €, and the Swift has 3 beds.", [("110 €", "80 €")]),
        ("The Lark costs 110 € and the Swift 80 €.", [("110 €", "80 €"), ("80 €", "110 €")]),
        ("Per Dahl hosts the Swift, and Olav Moe hosts the Swift.", [("Per Dahl", "Olav Moe")]),
        ("The Lark costs 80 €, and the Swift has 3 beds.", []),
        ("The Lark and the Swift cost 80 € and 110 €.", []),
        ("Lark, Swift and Heron cost 80 €, 110 € and 95 €.", []),
        ("The Swift and the Lark cost 110 € and 80 €, respectively.", []),
        ("The Lark at 80 € is cheaper than the Swift at 110 €.", []),
    ],
)
def test_each_part_of_a_claim_is_read_against_its_own_row(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert [(f.claimed, f.found) for f in check(text, CABINS)] == found


def test_a_bound_that_the_row_breaks_is_a_conflict() -> None:
    flats = "Flat: Quay 4\nFree: 1 June\n\nFlat: Mill 9\nFree: 15 May\n\nFlat: Dock 2\nFree: 1 July"
    (finding,) = check("Mill 9 is free from 1 June.", flats)
    assert (finding.claimed, finding.found) == ("1 June", "15 May")
    assert check("The Tern flies up to 55 km.", DRONES) == []
