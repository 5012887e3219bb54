"""Short answers are read with their question."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.claims.queries import make_query
from groundwire.claims.questions import (
    ShortAnswer,
    find_asked_question,
    read_short_answer,
)
from groundwire.claims.splitter import ClaimSplitter
from groundwire.types import Claim, Context, Quote, Verdict
from groundwire.verify.short_answers import (
    HELD,
    AnswerReader,
    AnswerReading,
    is_answer,
    judge_answer,
    measure_share,
)
from groundwire.verify.verdicts import THRESHOLD, UNQUOTED

POOL = (
    "The Larkspur Hotel has a heated pool on the lower floor. From Monday to Friday the pool opens "
    "at 6:30 am, and on Saturdays it opens at 8 am. The sauna next door opens at 3 pm every day. "
    "The breakfast room is run by Mara Lindqvist. Colin Strack repairs broken room keys."
)
KEYS = "Who repairs broken room keys?"
SENTENCES = tuple(
    Quote(text, "hotel", 0, len(text))
    for text in (
        "The Larkspur Hotel has a heated pool on the lower floor.",
        "The sauna next door opens at 3 pm every day.",
        "The breakfast room is run by Mara Lindqvist.",
        "Colin Strack repairs broken room keys.",
    )
)
READER = AnswerReader()


def first(answer: str, question: str | None) -> Claim:
    return ClaimSplitter().split(answer, question)[0]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who won the cup?", "Spain"),
        ("hey, when does it open", "At 9 am."),
        ("I have a Pro plan. How many seats does it include?", "40 seats."),
        ("Name the head chef.", "Rafael Munro"),
        ("When does the trip leave?", "Wednesday 14 May, 7:45"),
        ("What was found?", "The lost ship Marigold."),
        ("Where did they sleep?", "No. 10 Harbour Street"),
        ("Who won the cup??", "Manchester United"),
        ("How many came?", "Three hundred"),
        ("Who played the lead?", "Will Smith"),
        ("Who was the tsar?", "Alexander I of Russia"),
        ("What is included?", "Free guided tours"),
        ("When is it open?", "From Monday to Friday, 9 am"),
        ("When does it open?", "Sure! At 9 am."),
    ],
)
def test_short_answers(question: str, answer: str) -> None:
    claim = next(c for c in ClaimSplitter().split(answer, question) if c.checkable)
    question = question.replace("??", "?")
    assert find_asked_question(claim) == question
    assert claim.text.removesuffix(".") == read_short_answer(claim).text  # type: ignore[union-attr]
    assert make_query(claim) == f"{question} {claim.text}"


@pytest.mark.parametrize(
    "answer",
    [
        *("**Spain**", "# Spain", '"Spain"', "(Spain)", "Spain [1]", "Spain!", "- Spain"),
        *("Answer: Spain", "**Answer:** Spain", "Sure, Spain.", "The final answer is Spain."),
        *("It's Spain.", "It was Spain.", "That would be Spain.", "The answer is: Spain."),
        *("Based on the context, the answer is Spain.", "Spain [1, 2]", "My answer: Spain"),
        *(
            "Yes, Spain.",
            "[Spain](https://example.com/spain)",
            "<b>Spain</b>",
            "Correct answer: Spain",
        ),
    ],
)
def test_what_frames_an_answer_is_left_out(answer: str) -> None:
    claim = ClaimSplitter().split(answer, "Who won the cup?")[-1]
    assert claim.checkable
    assert read_short_answer(claim) == ShortAnswer("Who won the cup?", "Spain")


def test_of_a_long_question_the_last_sentence_that_asks_is_read() -> None:
    prompt = f"Answer from this context.\n\n{POOL * 3}\n\nQuestion: {KEYS}\nAnswer:"
    assert find_asked_question(first("Colin Strack", prompt)) == KEYS
    assert find_asked_question(first("Colin Strack", f"Question: {KEYS}")) == KEYS
    assert find_asked_question(first("Colin Strack", "Who " + "ever " * 60 + "repairs it?")) is None
    assert find_asked_question(first("Colin Strack", POOL * 3)) is None


@pytest.mark.parametrize(
    "prompt",
    [
        "Context: {context}\n\nQuestion: {question}\n\nIf you do not know, say what is missing.",
        "Question: {question}\n\nContext:\nWhere the river ends, a mill stands. {context}",
        "{question} Context: The man who built it died. {context}",
        "Question: {question}\n\nContext:\nQ: Who refereed?\nA: Howard Webb.\n{context}\nAnswer:",
        "{context} {question} Thanks, and please tell me how you know.",
        "{question}\n\nUse this: {context}\n\nDo not explain what you did.",
    ],
)
def test_the_question_of_a_prompt_is_found(prompt: str) -> None:
    question = prompt.format(context=POOL * 3, question=KEYS)
    assert find_asked_question(first("Colin Strack", question)) == KEYS


def test_a_bold_first_line_is_read_in_a_stream_as_in_a_check() -> None:
    answer, guard = "**Prices**\n\nThe sauna next door opens at 3 pm every day.", Guard()
    question = "When does the sauna open?"
    pieces = guard.stream(re.findall(r".{1,6}", answer, re.DOTALL), POOL, question)
    assert "".join(pieces) == guard.check(answer, POOL, question).text == answer


def test_every_item_of_a_bare_list_is_an_answer() -> None:
    claims = ClaimSplitter().split("- Spain\n- Uruguay\n- Ghana", "Which teams played?")
    assert [read_short_answer(claim).text for claim in claims] == [  # type: ignore[union-attr]
        "Spain", "Uruguay", "Ghana",
    ]  # fmt: skip


def test_a_flagged_answer_is_replaced_by_what_answers_the_question_or_not_at_all() -> None:
    report = Guard().check("Mara Lindqvist.", POOL, KEYS)
    assert report.text == "Colin Strack repairs broken room keys."
    more = Guard().check("Mara Lindqvist. She runs the breakfast room.", POOL, KEYS)
    assert "Colin Strack repairs" not in more.text


@pytest.mark.parametrize(
    ("question", "sentence", "stands"),
    [
        ("Who plays the final?", "The final will be played here.", False),
        ("Who plays the final?", "The final is played by Spain.", True),
        ("When is the final?", "The final is here.", False),
        ("When is the final?", "The final is on 11 July 2010.", True),
        ("Which teams played the final?", "The final was played in Johannesburg.", False),
        ("Who plays the final?", "The final is played by Ghana, not Spain.", False),
    ],
)
def test_what_can_stand_for_a_wrong_answer(question: str, sentence: str, stands: bool) -> None:
    wrong = "Ghana" if "Ghana" in sentence else "Uruguay"
    verdict = Verdict(first(wrong, question), "unsupported", 0.2)
    assert is_answer(question, verdict, sentence) is stands


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ("**Spain**", ["claim"]),
        ("# Spain", ["claim"]),
        ("Sure!\n# Spain", ["filler", "claim"]),
        ("# Spain\nI don't know.", ["heading", "hedge"]),
        ("# Spain\nIt won the cup in 2010.", ["heading", "claim"]),
        ("Hello!", ["greeting"]),
    ],
)
def test_a_heading_alone_answers_a_question(answer: str, kinds: list[str]) -> None:
    assert [c.kind for c in ClaimSplitter().split(answer, "Who won the cup?")] == kinds
    assert "heading" in [c.kind for c in ClaimSplitter().split("# Spain")]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (None, "Spain"),
        ("", "Spain"),
        ("Thank you.", "Spain"),
        ("Who won the cup?", "Spain won it."),
        ("Who won the cup?", "It was not Spain."),
        ("Who won the cup?", "It was founded in Spain."),
        ("What happened?", "Germany finished third."),
        ("What happened?", "Spain beat the Netherlands 1-0."),
        ("Tell me about the cup.", "Spain and Germany"),
        ("What does the article say?", "Spain and Germany"),
        ("What happened? Write an article with a title.", "The 2010 Cup"),
        ("Who did not win the cup?", "Spain"),
        ("Are you sure?", "Spain"),
        ("Who?", "Spain"),
        ("1. Who won the cup? 2. Who refereed the final?", "Spain"),
        ("Is it open on Monday?", "Yes."),
        ("Is it open on Monday?", "No, not on Monday"),
        ("Who won the cup?", "Spain in the final in Johannesburg on a warm July evening"),
        ("Who won the cup?", "..."),
        ("Who won the cup?", "Spain" * 50),
    ],
)
def test_other_claims_are_read_alone(question: str | None, answer: str) -> None:
    assert find_asked_question(first(answer, question)) is None


def test_an_item_below_a_heading_is_no_answer_to_the_question() -> None:
    claims = ClaimSplitter().split("Not free of charge:\n- parking\n- sauna", "What is free?")
    items = [claim for claim in claims if claim.text in ("parking", "sauna")]
    assert len(items) == 2
    assert [find_asked_question(claim) for claim in items] == [None, None]


def test_what_lies_far_into_an_answer_is_not_taken_for_its_beginning() -> None:
    claim = Claim("Spain", 400, 405, Context("Who won the cup?"))
    assert find_asked_question(claim) is None
    assert find_asked_question(replace(claim, start=0, end=5)) is not None


@pytest.mark.parametrize(
    ("question", "answer", "passes"),
    [
        (KEYS, "Colin Strack", True),
        (KEYS, "Mara Lindqvist", False),
        ("Who runs the breakfast room?", "Mara Lindqvist.", True),
        ("Who runs the breakfast room?", "Colin Strack.", False),
        ("When does the sauna open?", "3 pm", True),
        ("When does the sauna open?", "8 am", False),
    ],
)
def test_a_mention_is_not_an_answer(question: str, answer: str, passes: bool) -> None:
    report = Guard().check(answer, POOL, question)
    assert (report.verdicts[0].label == "supported") is passes


def test_the_verdict_says_why_and_quotes_the_sentence_that_is_nearer() -> None:
    verdict = Guard().check("Mara Lindqvist", POOL, KEYS).verdicts[0]
    assert verdict.reason == "the evidence mentions it, but not as the answer to the question"
    assert verdict.quotes[0].text == "Colin Strack repairs broken room keys."


def test_an_answer_that_the_evidence_lacks_does_not_pass() -> None:
    verdict = Guard().check("Ines Calloway", POOL, KEYS).verdicts[0]
    assert verdict.label != "supported"
    assert verdict.score is not None
    assert verdict.score <= UNQUOTED


def test_a_question_in_another_language_leaves_the_answer_unchecked() -> None:
    question = "¿Quién repara las llaves rotas de las habitaciones del hotel?"
    verdict = Guard().check("Mara Lindqvist", POOL, question).verdicts[0]
    assert verdict.label == "unchecked"
    assert "question seems not to be English" in verdict.reason


def test_digits_and_words_hold_the_same_answer() -> None:
    claim = first("3 years", "How long is the warranty?")
    quotes = [Quote(t, "m", 0, len(t)) for t in ("The warranty lasts three years.", "It is red.")]
    assert READER.read({0: (claim, quotes)})[0].held > HELD


def test_a_title_is_no_rival() -> None:
    claim = first("Torshavn", "What is the capital of the Faroe Islands?")
    quotes = [Quote(t, "m", 0, len(t)) for t in ("The Faroe Islands.", "Capital: Torshavn")]
    reading = READER.read({0: (claim, quotes)})[0]
    assert (reading.nearer, reading.rival) == (0, None)


@given(order=st.permutations(SENTENCES), other=st.sampled_from(["Mara Lindqvist", "3 pm", "x"]))
@settings(max_examples=10, deadline=None)
def test_the_reading_depends_on_neither_the_order_nor_the_batch(
    order: list[Quote], other: str
) -> None:
    claim = first("Colin Strack", KEYS)
    alone = READER.read({7: (claim, SENTENCES)})[7]
    both = READER.read({7: (claim, order), 1: (first(other, "Who runs the bar?"), SENTENCES)})[7]
    assert both.closeness == pytest.approx(alone.closeness, abs=2e-4)
    assert (both.nearer, both.held, both.rival) == (alone.nearer, alone.held, alone.rival)


readings = st.builds(
    AnswerReading,
    closeness=st.floats(-1, 1),
    nearer=st.integers(0, 40),
    behind=st.floats(0, 1),
    held=st.floats(0, 1),
    rival=st.sampled_from([None, SENTENCES[0]]),
)


@given(readings)
def test_support_is_a_probability_that_falls_with_nearer_sentences(reading: AnswerReading) -> None:
    assert 0 < reading.support < 1
    assert replace(reading, nearer=reading.nearer + 1).support <= reading.support
    assert replace(reading, closeness=reading.closeness + 0.1).support >= reading.support
    assert replace(reading, behind=reading.behind + 0.1).support <= reading.support
    assert reading.held >= HELD or reading.support <= UNQUOTED


@given(
    readings,
    st.sampled_from(["supported", "unsupported", "contradicted"]),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_reading_an_answer_only_ever_lowers_a_verdict(
    reading: AnswerReading, label: str, score: float | None
) -> None:
    verdict = Verdict(first("Colin Strack", KEYS), label, score, SENTENCES[2:])  # type: ignore[arg-type]
    found = judge_answer(verdict, reading)
    if score is None:
        assert found == verdict
        return
    assert found.score is not None
    assert found.score <= score
    if label == "supported":
        assert (found.label == "supported") is (found.score == score or found.score >= THRESHOLD)
    else:
        assert found.label == label


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How do I clean the filter?", "1. Switch off the pump.\n2. Rinse it for a minute."),
        ("What should I do when it hums?", "Lift the lid."),
        ("Where does the ferry stop?", "The night ferry stops at **Larvik** in winter."),
    ],
)
def test_a_step_or_a_sentence_that_echoes_its_question_is_no_short_answer(
    question: str, answer: str
) -> None:
    claims = ClaimSplitter().split(answer, question)
    assert [read_short_answer(claim) for claim in claims] == [None] * len(claims)


@pytest.mark.parametrize("answer", ["In cash", "By credit card.", "Bank transfer"])
def test_a_means_is_a_short_answer_to_how(answer: str) -> None:
    assert read_short_answer(first(answer, "How do I pay?")) is not None


def test_an_answer_without_accents_is_held_by_the_sentence_with_them() -> None:
    assert measure_share("Lukasz Wojcik", "Łukasz Wójcik plays the viola.") == 1.0
    assert measure_share("Jorg Mueller", "Jörg Müller plays the viola.") == 1.0
    assert measure_share("Lukasz Berg", "Łukasz Wójcik plays the viola.") == 0.5
