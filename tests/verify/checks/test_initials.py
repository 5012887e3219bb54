"""Names that the evidence tells of by their initials."""

from __future__ import annotations

import pytest

from groundwire.text.blocks import find_sentences
from groundwire.types import Claim, Quote
from groundwire.verify.checks.names import check_names

AGENCIES = (
    "The Regional Transport Authority (RTA) runs the buses, the City Mobility Agency (CMA) the "
    "bikes. The RTA is based in Halle Street, the CMA in the old town hall."
)


@pytest.mark.parametrize(
    ("text", "conflicts"),
    [
        ("The City Mobility Agency is based in the old town hall.", []),
        ("The Regional Transport Authority is based in Halle Street.", []),
        ("The Nordic Rail Board is based in Halle Street.", ["Nordic Rail Board"]),
    ],
)
def test_a_name_told_by_its_initials_is_no_other_name(text: str, conflicts: list[str]) -> None:
    quotes = [Quote(AGENCIES[a:b], "doc", a, b) for a, b in find_sentences(AGENCIES)]
    found = check_names(Claim(text, 0, len(text)), quotes)
    assert [hit.claimed for hit in found if hit.status == "conflict"] == conflicts
