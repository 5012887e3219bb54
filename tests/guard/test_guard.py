from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from groundwire._version import __version__
from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.index import EvidenceIndex
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.guard.pipeline import STAGES
from groundwire.policy import ThresholdPolicy
from groundwire.testing import FakeEmbedder, FakeRetriever, FakeVerifier
from groundwire.types import Claim, Evidence, Quote, Verdict
from reports import holds, same

FACTS = "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon."
GUARD = Guard(verifier=FakeVerifier())


class Counting(FakeVerifier):
    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.calls.append([claim.text for claim in claims])
        return super().verify(claims, evidence)


@pytest.mark.parametrize(
    ("answer", "action", "text"),
    [
        ("The pump weighs 62 kg. It runs on 230 V.", "pass", None),
        ("Hello! How can I help you today?", "pass", None),
        ("Hello! The pump weighs 62 kg.", "pass", None),
        ("The pump weighs 64 kg.", "rewrite", "The pump weighs 62 kg."),
        ("The pump weighs 64 kg. It runs on 230 V.", "rewrite", FACTS[:40]),
        ("The pump weighs 62 kg. It sings opera.", "rewrite", "The pump weighs 62 kg."),
        ("- The pump weighs 62 kg.\n- It sings.", "rewrite", "- The pump weighs 62 kg."),
        ("It sings opera.", "block", BLOCKED_MESSAGE),
        ("Hello! It sings opera.", "block", BLOCKED_MESSAGE),
    ],
)
def test_a_balanced_guard(answer: str, action: str, text: str | None) -> None:
    report = holds(GUARD.check(answer, FACTS, "What is it?"))
    assert report.decision.action == action
    assert report.text == (answer if text is None else text)
    assert (report.answer, report.question) == (answer, "What is it?")


def test_a_repair_names_its_quote() -> None:
    report = holds(GUARD.check("The pump weighs 64 kg.", FACTS))
    (verdict,) = report.flagged
    assert verdict.label == "contradicted"
    assert verdict.quotes == (Quote("The pump weighs 62 kg.", "evidence[0]", 0, 22),)
    (edit,) = report.decision.edits
    assert (edit.start, edit.end, edit.text) == (16, 18, "62")
    assert report.text_verdicts[0].label == "supported"


@pytest.mark.parametrize("evidence", [None, "", [], " \n", [None], FakeRetriever([])])
@pytest.mark.parametrize("policy", [ThresholdPolicy.balanced(), ThresholdPolicy.strict()])
def test_no_evidence_is_unchecked_and_does_not_pass(evidence: Any, policy: ThresholdPolicy) -> None:
    guard = Guard(verifier=FakeVerifier(), policy=policy)
    report = holds(guard.check("The pump weighs 62 kg.", evidence), policy)
    assert [verdict.label for verdict in report.verdicts] == ["unchecked"]
    assert report.decision.action == "block"


def test_failing_open_is_a_choice_that_shows() -> None:
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy.observe())
    report = holds(guard.check("It sings opera."), ThresholdPolicy.observe())
    assert (report.decision.action, report.text) == ("pass", "It sings opera.")
    assert "observe" in report.decision.reason
    assert report.versions["policy"] == "observe"
    assert report.verdicts[0].label == "unchecked"


def test_the_message_of_a_blocked_answer_can_be_chosen() -> None:
    guard = Guard(verifier=FakeVerifier(), blocked_message="Ask a person.")
    report = guard.check("It sings opera.", FACTS)
    assert (report.text, report.decision.action) == ("Ask a person.", "block")
    assert report.text_verdicts == ()


def test_evidence_of_a_check_comes_before_the_guards_own() -> None:
    guard = Guard(verifier=FakeVerifier(), retriever=FakeRetriever(["The pump weighs 64 kg."]))
    assert guard.check("The pump weighs 64 kg.").decision.action == "pass"
    assert guard.check("The pump weighs 64 kg.", FACTS).text == "The pump weighs 62 kg."
    assert guard.check("The pump weighs 64 kg.", []).decision.action == "block"


@pytest.mark.parametrize("answer", ["", " \n\t", None, 7, b"text", ["text"]])
def test_an_answer_that_is_no_text_is_refused(answer: Any) -> None:
    verifier = Counting()
    guard = Guard(verifier=verifier)
    with pytest.raises(InputError, match="answer 0"):
        guard.check(answer, FACTS)
    with pytest.raises(InputError, match="answer 1"):
        guard.check_many(["The pump weighs 62 kg.", answer], [FACTS, FACTS])
    assert not verifier.calls


def test_sequences_must_be_aligned() -> None:
    with pytest.raises(InputError, match="2 answers, 1 entries of evidence and 2 questions"):
        GUARD.check_many(["a b", "c d"], [FACTS])
    with pytest.raises(InputError, match="1 answers, 1 entries of evidence and 2 questions"):
        GUARD.check_many(["a b"], [FACTS], ["x", "y"])
    with pytest.raises(InputError, match="one string"):
        GUARD.check_many("The pump", [FACTS])


def test_evidence_that_cannot_be_read_stops_everything() -> None:
    verifier = Counting()
    with pytest.raises(InputError, match="no evidence"):
        Guard(verifier=verifier).check_many(["It is.", "It is."], [FACTS, 7])
    assert not verifier.calls


def test_no_answers_give_no_reports() -> None:
    assert GUARD.check_many([]) == []


def test_answers_share_their_batches() -> None:
    verifier = Counting()
    answers = ["The pump weighs 62 kg.", "The pump weighs 64 kg.", "It sings. It runs on 230 V."]
    many = Guard(verifier=verifier).check_many(answers, [FACTS] * 3)
    assert verifier.calls[0] == [*answers[:2], "It sings.", "It runs on 230 V."]
    assert len(verifier.calls) == 2
    assert [same(report) for report in many] == [same(GUARD.check(a, FACTS)) for a in answers]


def test_queries_share_one_call_for_each_retriever() -> None:
    class Retriever(FakeRetriever):
        calls = 0

        def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
            self.calls += 1
            return super().retrieve(queries)

    retriever = Retriever([FACTS])
    guard = Guard(verifier=FakeVerifier(), retriever=retriever)
    guard.check_many(["The pump weighs 62 kg. It runs on 230 V.", "Made in Lyon.", "Hello!"])
    assert retriever.calls == 1


def test_a_greeting_asks_for_no_evidence() -> None:
    class Retriever:
        def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
            raise AssertionError(queries)

    report = Guard(verifier=FakeVerifier(), retriever=Retriever()).check("Hello!")
    assert report.decision.action == "pass"


def test_what_a_removal_leaves_alone_is_not_verified_twice() -> None:
    verifier = Counting()
    Guard(verifier=verifier).check("The pump weighs 62 kg. Made in Lyon. It sings opera.", FACTS)
    assert [len(call) for call in verifier.calls] == [3]


def test_rewritten_text_is_checked_and_what_fails_is_removed() -> None:
    class Liar:
        def rewrite(self, answer: str, verdicts: Sequence[Verdict]) -> list[Any]:
            from groundwire.types import Edit

            return [Edit(v.claim.start, v.claim.end, "It can fly.", "lie") for v in verdicts]

    guard = Guard(verifier=FakeVerifier(), rewriter=Liar())
    report = holds(guard.check("The pump weighs 62 kg. It sings opera.", FACTS))
    assert report.text == "The pump weighs 62 kg."
    assert holds(guard.check("It sings opera.", FACTS)).decision.action == "block"


def test_a_check_can_be_awaited() -> None:
    report = asyncio.run(GUARD.acheck("The pump weighs 64 kg.", FACTS, "How heavy?"))
    assert same(report) == same(GUARD.check("The pump weighs 64 kg.", FACTS, "How heavy?"))


def test_a_report_says_what_made_it_and_how_long_it_took() -> None:
    report = GUARD.check("The pump weighs 64 kg.", FACTS)
    assert report.versions == {
        "groundwire": __version__,
        "verifier": "fake@1",
        "policy": "balanced",
    }
    assert list(report.timings) == ["evidence", "split", "retrieve", "verify", "decide", "rewrite"]
    assert all(seconds >= 0 for seconds in report.timings.values())


def test_each_report_tells_of_every_stage() -> None:
    for answer in ("The pump weighs 62 kg.", "It sings opera.", "Hello!"):
        assert set(GUARD.check(answer, FACTS).timings) == set(STAGES)
    *_, last = GUARD.stream_events(["The pump ", "weighs 62 kg."], FACTS)
    assert last.report is not None
    assert set(last.report.timings) == set(STAGES)


def test_a_guard_is_warmed_up() -> None:
    class Retriever(FakeRetriever):
        asked = 0

        def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
            self.asked += 1
            return super().retrieve(queries)

    verifier, retriever = Counting(), Retriever([FACTS])
    seconds = Guard(verifier=verifier, retriever=retriever).warm_up()
    assert list(seconds) == list(STAGES)
    assert all(value >= 0 for value in seconds.values())
    assert verifier.calls and retriever.asked == 1
    assert set(Guard(verifier=FakeVerifier()).warm_up()) == set(STAGES)


def test_evidence_that_changes_is_read_anew() -> None:
    filler = "".join(f"Hall {i} is shut on day {i % 28} of the month. " for i in range(700))
    guard = Guard(verifier=FakeVerifier())
    for weight in (62, 64, 62, 66):
        text = f"{filler}The pump weighs {weight} kg."
        report = guard.check("The pump weighs 62 kg.", text)
        assert report.verdicts[0].label == ("supported" if weight == 62 else "contradicted")
        (quote, *_) = report.verdicts[0].quotes
        assert text[quote.start : quote.end] == quote.text


def test_findings_move_with_their_claim() -> None:
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy(contradicted="allow"))
    report = guard.check("It sings opera. The pump weighs 64 kg.", FACTS)
    holds(report, ThresholdPolicy(contradicted="allow"))
    assert report.text == "The pump weighs 64 kg."
    (verdict,) = report.text_verdicts
    places = [(finding.start, finding.end) for finding in verdict.findings]
    places += [(span.start, span.end) for span in verdict.spans]
    assert [report.text[start:end] for start, end in places] == ["64", "64"]


def test_a_stage_without_its_method_is_refused() -> None:
    with pytest.raises(InputError, match="'strict' has no method 'decide'"):
        Guard(policy="strict")  # type: ignore[arg-type]


class LangChainRetriever:
    def invoke(self, query: str) -> list[str]:
        return [FACTS]

    async def ainvoke(self, query: str) -> list[str]:
        return [FACTS]


def test_a_langchain_retriever_is_told_how_to_go_on() -> None:
    told = r"LangChainRetriever.*pass groundwire_langchain\.as_retriever\(retriever\)"
    found: Any = LangChainRetriever()
    for ask in (
        lambda: Guard(retriever=found),
        lambda: GUARD.check("It is red.", found),
        lambda: GUARD.check("It is red.", [found]),
        lambda: GUARD.check_many(["It is red."], [found]),
        lambda: GUARD.stream(["It is red."], found),
        lambda: GUARD.astream(["It is red."], found),
    ):
        with pytest.raises(InputError, match=told):
            ask()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            "The pump weighs 62 kg.; It sings. The pump was made in Lyon.",
            "The pump weighs 62 kg. The pump was made in Lyon.",
        ),
        ("- It runs on 230 V.  It sings. Hello!", "- It runs on 230 V.\n\nHello!"),
        (
            "It runs on 230 V. It sings. The pump was made in Lyon.",
            "It runs on 230 V. The pump was made in Lyon.",
        ),
    ],
)
def test_a_removal_glues_nothing(answer: str, text: str) -> None:
    report = holds(GUARD.check(answer, FACTS))
    assert report.text == text
    assert all(verdict.label in ("supported", "no_claim") for verdict in report.text_verdicts)


MUSEUM = [
    {"role": "user", "content": "When does the museum open on Saturdays?"},
    {"role": "assistant", "content": "The museum opens at nine. It has a roof of gold."},
]
HOURS = "On Saturdays the museum opens at nine. On Sundays the museum opens at ten."


class Asking(FakeRetriever):
    """Notes what is looked up."""

    def __init__(self, passages: Sequence[str]) -> None:
        super().__init__(passages)
        self.queries: list[str] = []

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        self.queries += queries
        return super().retrieve(queries)


@pytest.mark.parametrize("answer", ["At ten.", "It opens at ten.", "It is open from ten on then."])
def test_a_follow_up_is_read_with_the_conversation_before_it(answer: str) -> None:
    found = Asking([HOURS])
    report = Guard(verifier=FakeVerifier()).check(answer, found, "And on Sundays?", MUSEUM)
    assert report.question == "And on Sundays?"
    whole = "When does the museum open on Sundays?"
    assert {v.claim.context.question for v in report.verdicts} == {whole}
    assert found.queries[0] == f"{whole} {answer}"


def test_a_history_is_no_evidence() -> None:
    told = "The museum has a roof of gold."
    report = GUARD.check(told, HOURS, "Does it have a roof of gold?", MUSEUM)
    assert report.flagged
    assert GUARD.check(told, None, "Is that so?", MUSEUM).verdicts[0].label == "unchecked"


def test_a_stream_has_the_same_history() -> None:
    pieces = ["The museum opens ", "at ten on Sundays. ", "It has a cafe."]
    expected = GUARD.check("".join(pieces), HOURS, "And on Sundays?", MUSEUM)
    events = list(GUARD.stream_events(pieces, HOURS, "And on Sundays?", MUSEUM))
    report = events[-1].report
    assert report is not None and same(report) == same(expected)
    assert report.verdicts[0].claim.context.question == "When does the museum open on Sundays?"
    assert "".join(GUARD.stream(pieces, HOURS, history=MUSEUM)) == expected.text


def test_histories_of_many_answers() -> None:
    history = [MUSEUM, None, [*MUSEUM, ("user", "And on Mondays?")]]
    reports = GUARD.check_many(["Ten."] * 3, [HOURS] * 3, ["And on Sundays?"] * 2 + [None], history)
    assert [report.question for report in reports] == ["And on Sundays?"] * 2 + ["And on Mondays?"]
    assert [report.verdicts[0].claim.context.question for report in reports] == [
        "When does the museum open on Sundays?",
        "And on Sundays?",
        "When does the museum open on Mondays?",
    ]


def test_a_history_that_cannot_be_read() -> None:
    with pytest.raises(InputError, match=r"history\[0\] has the role 'boss'"):
        GUARD.check("Ten.", HOURS, "And on Sundays?", [("boss", "Hi")])
    with pytest.raises(InputError, match="history is 'Hi'"):
        GUARD.stream(["Ten."], HOURS, "And on Sundays?", "Hi")
    with pytest.raises(InputError, match="2 answers and 1 histories: give one"):
        GUARD.check_many(["Ten."] * 2, history=[MUSEUM])


PATH = "docs/manual.md"


@pytest.mark.parametrize("evidence", [PATH, [FACTS, PATH], (PATH,)])
def test_a_path_as_evidence_is_warned_of_at_the_callers_line(evidence: Any) -> None:
    async def stream() -> None:
        async for _ in GUARD.astream(["It runs."], evidence):
            pass

    calls: list[Callable[[], Any]] = [
        lambda: GUARD.check("It runs.", evidence),
        lambda: asyncio.run(GUARD.acheck("It runs.", evidence)),
        lambda: list(GUARD.stream(["It runs."], evidence)),
        lambda: asyncio.run(stream()),
        lambda: GUARD.wrap(lambda message: "It runs.", evidence)("x"),
        lambda: EvidenceIndex(FakeEmbedder()).add(evidence),
        lambda: EvidenceIndex(FakeEmbedder()).update(evidence),
    ]
    for call in calls:
        with pytest.warns(
            UserWarning, match=r"'docs/manual.md' looks like .*load_documents"
        ) as told:
            call()
        (warning,) = told
        assert warning.filename in (__file__, asyncio.events.__file__)


def test_what_is_only_read_as_evidence_is_no_path(recwarn: pytest.WarningsRecorder) -> None:
    GUARD.check("It runs.", [FACTS, "See docs/manual.md for it."])
    GUARD.check("It runs.", Document(PATH, "listing"))
    GUARD.check("It runs.", {"file": PATH})
    GUARD.check_many(["It runs."], [[PATH]])  # as servers and audits check what others sent
    assert not recwarn.list
