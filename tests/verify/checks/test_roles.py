"""Who did what to whom, in a claim and in its evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.blocks import find_sentences
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.roles import check_roles

DEAL = (
    "Sorrel Ltd. bought the pump maker Tarn Inc. in May for 12 million euros. Tarn keeps its name."
)
SUIT = "Orla Byrne, who had sued Dan Kemp in May, dropped the case."
SALE = "Holt plc was bought in 2019 by the Norwegian group Fjell ASA."
LEAK = "Ida Roth reported the leak. Sten passed it on to Hanne, who sealed it with tape in March."
VIEWS = (
    "Chair Ida Roth said that the budget was small. Treasurer Sten Moll disagreed and said "
    "that the roof was in good shape."
)
SHOP = "Jana Roe opened the bakery in 1999. Tom Poe runs it today."


def check(text: str, evidence: str) -> list[Finding]:
    quotes = [Quote(evidence[a:b], "doc", a, b) for a, b in find_sentences(evidence)]
    return check_roles(Claim(text, 0, len(text)), quotes)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (DEAL, "Tarn Inc. bought Sorrel Ltd. in May."),
        (DEAL, "Sorrel Ltd. was bought by Tarn Inc. for 12 million euros."),
        (DEAL, "In May, Tarn, a maker of pumps, bought Sorrel Ltd."),
        (SUIT, "Dan Kemp sued Orla Byrne."),
        (SALE, "Holt plc bought Fjell ASA in 2019."),
        ("Lund lost to Moe in the final.", "Moe lost to Lund in the final."),
        ("Nora Falk manages Tim Berg.", "Tim Berg manages Nora Falk."),
        ("It was Karl Berg who hired Lena Roth.", "Lena Roth hired Karl Berg."),
        ("Velta Ltd., owned by Arno Group, bought Mirol.", "Arno Group is owned by Velta Ltd."),
        ("The prize went to Ada. Ada thanked Bo and Cleo.", "Bo thanked Ada."),
    ],
)
def test_names_in_each_other_s_role_conflict(evidence: str, text: str) -> None:
    found = check(text, evidence)
    assert [(hit.kind, hit.status) for hit in found] == [("order", "conflict")] * 2
    assert all(hit.quote is not None and hit.found in hit.quote.text for hit in found if hit.found)


@pytest.mark.parametrize(
    ("evidence", "text", "claimed", "found"),
    [
        (LEAK, "Sten sealed the leak with tape in March.", "Sten", "Hanne"),
        (VIEWS, "Ida Roth said that the roof was in good shape.", "Ida Roth", "Sten Moll"),
        (VIEWS, "Sten Moll said that the budget was small.", "Sten Moll", "Ida Roth"),
        (SHOP, "Tom Poe opened the bakery in 1999.", "Tom Poe", "Jana Roe"),
    ],
)
def test_a_deed_of_another_is_a_conflict(
    evidence: str, text: str, claimed: str, found: str
) -> None:
    hits = check(text, evidence)
    assert [(hit.kind, hit.status, hit.claimed) for hit in hits] == [("name", "conflict", claimed)]
    assert hits[0].found is not None and hits[0].found.endswith(found)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        (DEAL, "Sorrel Ltd. bought Tarn Inc."),
        (DEAL, "Tarn Inc. was bought in May by Sorrel for 12 million euros."),
        (DEAL, "Tarn Inc. was not bought, it bought Sorrel Ltd."),
        (DEAL, "Who says that Tarn Inc. bought Sorrel Ltd.?"),
        (SALE, "Fjell bought Holt plc in 2019."),
        (LEAK, "Hanne sealed the leak with tape in March."),
        (VIEWS, "Sten Moll said that the roof was in good shape."),
        (SHOP, "Jana Roe opened the bakery in 1999."),
        # Both may be named first.
        ("Ada Lund met Bo Moe in Rome.", "Bo Moe met Ada Lund in Rome."),
        ("Ada Lund married Bo Moe.", "Bo Moe married Ada Lund."),
        # The evidence tells of both.
        ("Ada beat Bo in 2019, and Bo beat Ada in 2021.", "Bo beat Ada in 2021."),
        ("Ada beat Bo in 2019. In 2021 he beat her.", "Bo beat Ada in 2021."),
        ("Tim and Eva beat Cleo.", "Eva beat Cleo."),
        # What is asked or denied is not told.
        ("Did Ada beat Bo? Nobody knows.", "Bo beat Ada."),
        ("Ada did not beat Bo.", "Bo beat Ada."),
        # Others may have taken part, or say the same.
        ("Jana Roe opened the bakery in 1999 with Tom Poe.", "Tom Poe opened the bakery in 1999."),
        ("Tom Poe and his sister Jana opened the bakery in 1999.", "Tom Poe opened the bakery."),
        ("Moll said the roof was in good shape. Roth agreed.", "Roth said the roof was in shape."),
        ("Ada took gold in 2019, and Bo won gold in 2019.", "Ada won gold in 2019."),
        # The name is part of a longer phrase.
        ("Karl Berg was hired by Lena Roth's father.", "Karl Berg's father hired Lena Roth."),
        ("The coach of Sorrel praised Tarn.", "Tarn praised Sorrel."),
    ],
)
def test_no_finding_where_the_evidence_may_bear_it_out(evidence: str, text: str) -> None:
    assert check(text, evidence) == []


PEOPLE = st.sampled_from(["Ada Lund", "Bo Moe", "Cleo Roth", "Sorrel Ltd.", "Tarn AG"])
VERBS = st.sampled_from(["beat", "bought", "hired", "praised", "accused", "followed"])
FRAMES = st.sampled_from(["{}", "In May, {}", "{} in 2019", "{}, as the paper wrote"])


@given(PEOPLE, PEOPLE, VERBS, FRAMES, FRAMES)
def test_a_sentence_speaks_for_itself_and_against_its_exchange(
    one: str, other: str, verb: str, frame: str, second: str
) -> None:
    told = frame.format(f"{one} {verb} {other}") + "."
    assert check(second.format(f"{one} {verb} {other}") + ".", told) == []
    turned = check(second.format(f"{other} {verb} {one}") + ".", told)
    assert (turned == []) is (one == other)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_read(text: str, evidence: str) -> None:
    claim = Claim(text or "x", 0, len(text or "x"))
    for hit in check_roles(claim, [Quote(evidence, "doc", 0, len(evidence))]):
        assert claim.text[hit.start : hit.end] == hit.claimed
