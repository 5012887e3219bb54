from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.queries import make_query
from groundwire.claims.questions import is_looking_back
from groundwire.evidence.adhoc import make_retriever
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import Document
from groundwire.text.overlap import WordRarity
from groundwire.types import Claim, Context, Evidence, Finding, Passage, Span, Verdict
from groundwire.verify.calibration import Signals
from groundwire.verify.checks.values import check_values
from groundwire.verify.premise import PIECES, Premise, build_premise, find_verbatim
from groundwire.verify.verdicts import clean_claim, judge_claim, map_verdict

RARITY = WordRarity({"the": 0, "a": 1, "is": 2, "it": 3, "pump": 4, "water": 5})
CLAIM = Claim("The pump weighs 62 kg.", 0, 22)
POOL = [
    "The pump weighs 62 kg. It is red.",
    "Water flows. The pump is red. It was made in Lyon.",
    "The pump weighs 64 kg.",
    "It rains in Lyon.",
]


def evidence(text: str, source: str = "doc", start: int = 0, score: float = 1.0) -> Evidence:
    return Evidence(Passage(text, source, start, start + len(text)), score)


def build(claim: Claim, found: list[Evidence], budget: int = 150) -> Premise:
    return build_premise(claim, found, RARITY, budget)


ITEMS = st.lists(
    st.builds(
        evidence,
        st.sampled_from(POOL),
        st.sampled_from(["a", "b"]),
        st.sampled_from([0, 50]),
        st.sampled_from([0.0, 0.5, 1.0]),
    ),
    max_size=6,
)


def test_all_sentences_where_they_fit_in_document_order() -> None:
    premise = build(CLAIM, [evidence(POOL[1], start=100), evidence(POOL[0])])
    assert premise.text == f"{POOL[0]} {POOL[1]}"
    assert premise.sentences == premise.candidates
    assert premise.sentences[premise.ranking[0]].text == "The pump weighs 62 kg."


def test_better_documents_come_first() -> None:
    found = [evidence("It rains.", "a", score=0.2), evidence("It is red.", "b", score=0.9)]
    assert build(CLAIM, found).text == "It is red. It rains."


@given(ITEMS, st.integers(1, 30))
def test_sentences_are_exact_and_once(found: list[Evidence], budget: int) -> None:
    premise = build(CLAIM, found, budget)
    texts = [quote.text for quote in premise.candidates]
    assert len(texts) == len(set(texts))
    assert set(premise.sentences) <= set(premise.candidates)
    assert sorted(premise.ranking) == list(range(len(premise.sentences)))
    for quote in premise.candidates:
        assert any(
            quote.source == item.passage.source
            and quote.text
            == item.passage.text[quote.start - item.passage.start : quote.end - item.passage.start]
            for item in found
        )


@given(ITEMS, st.integers(1, 30), st.randoms(use_true_random=False))
def test_order_of_the_evidence_does_not_matter(
    found: list[Evidence], budget: int, rng: random.Random
) -> None:
    mixed = rng.sample(found, len(found))
    assert build(CLAIM, found, budget) == build(CLAIM, mixed, budget)


@given(
    st.lists(st.sampled_from(["Birds sing.", "Snow fell over hills.", "Cats sleep."]), max_size=9)
)
def test_padding_does_not_displace_what_speaks_to_the_claim(padding: list[str]) -> None:
    found = [evidence(POOL[0], "a"), *(evidence(t, f"p{i}") for i, t in enumerate(padding))]
    long = [*found, evidence("Dust " * 40 + "settles.", "z")]
    premise = build(CLAIM, long, 20)
    assert "The pump weighs 62 kg." in premise.text


def test_what_is_far_down_is_found() -> None:
    noise = " ".join(f"Bird number {i} sings in the morning." for i in range(900))
    premise = build(CLAIM, [evidence(f"{noise} The pump weighs 62 kg.")])
    assert premise.sentences[premise.ranking[0]].text == "The pump weighs 62 kg."
    assert len(premise.text.split()) <= 150 + 150 // 6


def test_one_endless_sentence_is_read_whole() -> None:
    text = " ".join(f"and dust {i} settles" for i in range(2000)) + " while the pump weighs 62 kg"
    premise = build(CLAIM, [evidence(text, start=7)])
    assert all(len(quote.text) <= PIECES[0] for quote in premise.candidates)
    covered = {i for quote in premise.candidates for i in range(quote.start - 7, quote.end - 7)}
    assert all(text[i].isspace() for i in set(range(len(text))) - covered)
    assert "the pump weighs 62 kg" in premise.text


def test_a_word_longer_than_a_piece_loses_nothing() -> None:
    text = "".join(map(str, range(PIECES[0])))
    assert "".join(quote.text for quote in build(CLAIM, [evidence(text)]).candidates) == text


def test_a_pronoun_brings_the_sentence_before_it() -> None:
    text = "Acme made a tool. It weighs 62 kg. " + "Dust settles on every shelf of the shop. " * 9
    assert build(CLAIM, [evidence(text)], 9).text == "Acme made a tool. It weighs 62 kg."


@pytest.mark.parametrize(
    ("text", "preceding", "expected"),
    [
        ("It weighs 62 kg.", ("The pump is red.",), True),
        ("It weighs 62 kg.", (), False),
        ("Item two is red.", ("The pump is red.",), False),
    ],
)
def test_looks_back(text: str, preceding: tuple[str, ...], expected: bool) -> None:
    assert is_looking_back(Claim(text, 0, len(text), Context(None, preceding))) is expected


def test_what_a_pronoun_stands_for_is_searched_too() -> None:
    claim = Claim("It was opened in May.", 0, 21, Context(None, ("The museum in Lyon is large.",)))
    text = "Dust settles here. " * 9 + "The Lyon museum was opened. The bridge was opened."
    assert "The Lyon museum was opened." in build(claim, [evidence(text)], 6).text


def test_the_least_telling_sentence_goes_first() -> None:
    premise = build(CLAIM, [evidence("It rains. The pump weighs 62 kg. Pump.")])
    left = premise.without_last()
    assert [quote.text for quote in left.sentences] == ["The pump weighs 62 kg.", "Pump."]
    assert left.without_last().text == "The pump weighs 62 kg."
    assert left.candidates == premise.candidates


def test_no_evidence_gives_an_empty_premise() -> None:
    assert build(CLAIM, []).text == ""
    assert build(CLAIM, [evidence(" \n")]).sentences == ()


def test_a_claim_that_points_back_quotes_what_speaks_of_its_own_words() -> None:
    before = "The Vaults pub serves cheap Indian food near Aromi by the riverside."
    text = "It welcomes children."
    claim = Claim(text, 0, len(text), Context(preceding=(before,)))
    record = "name: The Vaults.\neat type: pub.\nfood: Indian.\nprice: cheap.\nnear: Aromi.\n"
    premise = build(claim, [evidence(record + "area: riverside.\nchildren: yes.")])
    (told,) = (quote for quote in premise.sentences if quote.text == "children: yes.")
    assert told not in [premise.sentences[i] for i in premise.ranking[:3]]
    verdict = judge_claim(claim, premise, Signals(0.9), 0.9, (), RARITY)
    assert (verdict.label, verdict.quotes) == ("supported", (told,))
    other = Claim("It is loud.", 0, 11, Context(preceding=(before,)))
    verdict = judge_claim(other, build(other, [evidence(record)]), Signals(0.9), 0.9, (), RARITY)
    assert (verdict.label, verdict.quotes, verdict.score) == ("unsupported", (), 0.3)
    assert "shares its words" in verdict.reason


def test_a_bare_reply_is_not_supported_and_says_why() -> None:
    told = "The Saver rate comes with breakfast."
    question = Context("Is breakfast included in the Saver rate?")
    for text, why in (("Yes.", "a yes or no alone"), ("Green.", "shares its words")):
        reply = Claim(text, 0, len(text), question)
        verdict = judge_claim(reply, build(reply, [evidence(told)]), Signals(0.9), 0.9, (), RARITY)
        assert (verdict.label, verdict.quotes, verdict.score) == ("unsupported", (), 0.3)
        assert why in verdict.reason


def test_a_value_in_another_form_quotes_what_states_it() -> None:
    count = Claim("9.", 0, 2, Context("How many languages did she speak?"))
    premise = build(count, [evidence("She was born in Ulm. She was fluent in nine languages.")])
    findings = check_values(count, premise.candidates)
    verdict = judge_claim(count, premise, Signals(0.9), 0.9, findings, RARITY)
    assert verdict.label == "supported"
    assert [quote.text for quote in verdict.quotes] == ["She was fluent in nine languages."]


def test_ligatures_are_read_as_letters_and_quoted_as_written() -> None:
    text = "The o\ufb03ce is on the \ufb01rst \ufb02oor of the building."
    words = "The office is on the first floor of the building."
    claim = Claim(words, 0, len(words))
    premise = build(claim, [evidence(text)])
    assert premise.text == words
    found = find_verbatim(claim, premise)
    assert found is not None and found.text == text


def test_a_verdict_on_clean_letters_is_placed_in_the_claim_as_written() -> None:
    text = "The \ufb01rst o\ufb03ce has 12 rooms."
    claim = Claim(text, 10, 10 + len(text))
    clean = clean_claim(claim)
    assert clean.text == "The first office has 12 rooms."
    at = 10 + clean.text.index("office")
    finding = Finding("name", "missing", "office", at, at + 6)
    verdict = Verdict(clean, "unsupported", 0.1, (), (finding,), (Span(at, at + 6),))
    placed = map_verdict(verdict, claim)
    assert placed.claim == claim
    assert placed.findings[0].claimed == "o\ufb03ce"
    span = placed.spans[0]
    assert text[span.start - 10 : span.end - 10] == "o\ufb03ce"


FAQ = (
    "Q: Is the battery of the pump removable?\nA: No. It is glued.\n\n"
    "Q: Is the pump loud?\nA: No. It is quiet.\n\n"
)
PADDING = "\n\n" + "Dust settles on every shelf of the shop. Birds sing at noon. " * 9


def test_an_answer_is_read_under_its_question() -> None:
    claim = Claim("The battery of the pump is removable.", 0, 37)
    premise = build(claim, [evidence(FAQ + PADDING)], 12)
    assert premise.text.startswith("Q: Is the battery of the pump removable? A: ")
    answers = [quote for quote in premise.candidates if quote.text == "A: No."]
    assert [premise.read(quote).text for quote in answers] == [
        "Q: Is the battery of the pump removable? A: No.",
        "Q: Is the pump loud? A: No.",
    ]
    assert [premise.read_alone(quote).text for quote in answers] == ["A: No.", "A: No."]


def test_a_frame_stands_once_before_all_that_hangs_from_it() -> None:
    text = "Not covered by the plan:\n\n- theft of bikes\n- floods in cellars\n"
    claim = Claim("Theft of bikes and floods in cellars count.", 0, 43)
    premise = build(claim, [evidence(PADDING + "\n\n" + text)], 14)
    assert premise.text == "Not covered by the plan: - theft of bikes - floods in cellars"


def test_a_short_text_is_read_as_it_stands() -> None:
    text = "## Planned\n\n- [ ] Dark mode\n- [x] Export\n\n## Hours\n\nWe open at 9."
    expected = "## Planned - not done: Dark mode - done: Export ## Hours We open at 9."
    assert build(CLAIM, [evidence(text)]).text == expected


@pytest.mark.parametrize(
    ("text", "before", "stated"),
    [
        ("# Safety\n\nWear gloves at work.", (), True),
        ("You must not:\n\n* Wear gloves at work.", (), False),
        ("You must not:\n\n* Wear gloves at work.", ("You must not:",), True),
        ("Myth: Gloves help. Wear gloves at work.", (), False),
        ("Must I?\n\nWear gloves at work.", (), False),
        ("* [ ] Wear gloves at work.", (), False),
        ("* [x] Wear gloves at work.", (), False),
    ],
)
def test_word_for_word_under_a_frame(text: str, before: tuple[str, ...], stated: bool) -> None:
    claim = Claim("Wear gloves at work.", 0, 20, Context(preceding=before))
    found = find_verbatim(claim, build(claim, [evidence(text)]))
    assert (found is not None) is stated


def test_a_record_that_two_passages_share_is_one() -> None:
    text = "Name: Vega\nPrice: 120\nStars: 4\n\nName: Sol\nPrice: 90\nStars: 3"
    for cut in (text.index("Stars"), text.index("\n\nName"), text.rindex("Price")):
        found = [evidence(text[:cut].rstrip()), evidence(text[cut:].lstrip(), start=cut)]
        if text[cut] == "\n":
            found[1] = evidence(text[cut:].lstrip(), start=cut + 2)
        premise = build(Claim("Sol is worth its price.", 0, 23), found)
        assert premise.text == "Name: Sol. Price: 90. Stars: 3."
        told = {quote.text: quote.start for quote in premise.sentences}
        assert told == {row: text.rindex(row) for row in ("Name: Sol", "Price: 90", "Stars: 3")}


def test_what_two_passages_share_is_quoted_as_it_stands() -> None:
    text = "It weighs " + " ".join(str(n) for n in range(1200)) + " kg"
    passages = chunk_document(Document(text, "t"))
    assert len(passages) > 2
    premise = build_premise(
        Claim("It weighs 700 kg.", 0, 17),
        [Evidence(passage, 1.0) for passage in passages],
        WordRarity({}),
        150,
    )
    assert all(text[q.start : q.end] == q.text for q in premise.candidates)


def test_a_word_that_a_line_divides_is_read_whole() -> None:
    text = "After the proba-\ntionary period a well-\nknown rule holds."
    claim = Claim("The rule holds after the probationary period.", 0, 45)
    premise = build_premise(
        claim, [Evidence(Passage(text, "t", 0, len(text)), 1.0)], WordRarity({}), 150
    )
    assert premise.text == "After the probationary period a well-known rule holds."
    assert premise.sentences[0].text == text


def test_records_with_equal_fields_keep_them() -> None:
    lamps = [
        {"name": "Luna", "sockets": "E27", "in_stock": True},
        {"name": "Vega", "sockets": "E14", "in_stock": True},
        {"name": "Moth", "sockets": "E27", "in_stock": False},
    ]
    claim = Claim("Luna and Vega are in stock.", 0, 27)
    found = make_retriever([*lamps, lamps[0]]).retrieve([make_query(claim)])[0]
    premise = build(claim, list(found))
    told = [line.reading for _, line in (*premise.kept, *premise.dropped)]
    assert told.count("in stock: yes.") == 2  # of Luna once, though it was given twice
    assert told.count("sockets: E27.") == 2
