"""How the components are made: the guard first, options that are refused, evidence that is not."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from groundwire.errors import BlockedError, InputError, StoreError
from groundwire.evidence.adhoc import make_retriever
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import Report
from groundwire_langchain import (
    AsyncGroundingCallbackHandler,
    EvidenceRetriever,
    EvidenceStore,
    GroundedChain,
    GroundedChatModel,
    GroundedRunnable,
    GroundingCallbackHandler,
    GroundingMiddleware,
    grounded,
    grounding_evaluator,
    grounding_node,
)
from groundwire_langchain.check import NO_EVIDENCE, warn_once

FACTS = "The pump weighs 62 kg. It runs on 230 V."
GOOD = "The pump weighs 62 kg."
GUARD = Guard(verifier=FakeVerifier())
OTHER = Guard(verifier=FakeVerifier(), blocked_message="No.")


def model(*said: str) -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(text) for text in said or (GOOD,)]))


def lookup(question: str) -> list[Document]:
    """Retrieval that no callback tells of."""
    return [Document(FACTS)]


def test_every_component_takes_the_guard_by_place_or_by_name() -> None:
    for step in (GroundedRunnable(OTHER), GroundedRunnable(guard=OTHER)):
        assert step.guard is OTHER and step.invoke(GOOD) == "No."
    inner = model()
    for safe in (
        GroundedChatModel(OTHER, model=inner), GroundedChatModel(inner, guard=OTHER),
        GroundedChatModel(inner, OTHER), GroundedChatModel(OTHER, inner),
        GroundedChatModel(model=inner, guard=OTHER),
    ):  # fmt: skip
        assert safe.guard is OTHER and safe.model is inner
    for chain in (grounded(lookup, OTHER), grounded(lookup, guard=OTHER)):
        assert chain.guard is OTHER
    assert GroundedChain(OTHER, chain=RunnableLambda(lookup)).guard is OTHER
    for parts in (GroundingMiddleware(OTHER), GroundingMiddleware(guard=OTHER)):
        assert parts.guard is OTHER
    for node in (grounding_node(OTHER), grounding_node(guard=OTHER)):
        assert node.invoke({"answer": GOOD})["answer"] == "No."
    for score in (grounding_evaluator(OTHER), grounding_evaluator(guard=OTHER)):
        assert score(outputs=GOOD, context=[FACTS])["score"] == 1.0
    for handler in (GroundingCallbackHandler(OTHER), GroundingCallbackHandler(guard=OTHER)):
        with handler:
            assert handler.checked == 0


def test_the_guard_is_optional_where_a_model_comes_first() -> None:
    safe = GroundedChatModel(model(), evidence=[FACTS])
    assert isinstance(safe.guard, Guard)
    assert isinstance(GroundedRunnable().guard, Guard)


class Shelf(BaseRetriever):
    text: str = FACTS

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(self.text)] if self.text else []


@pytest.mark.parametrize(
    "make",
    [
        lambda: GroundedRunnable(Shelf()),
        lambda: GroundingMiddleware(Shelf()),  # type: ignore[arg-type]
        lambda: grounded(lookup, Shelf()),  # type: ignore[arg-type]
        lambda: grounding_node(Shelf()),  # type: ignore[arg-type]
        lambda: grounding_evaluator(Shelf()),  # type: ignore[arg-type]
        lambda: GroundingCallbackHandler(Shelf()),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_guard_is_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(InputError, match=r"(?s)guard is Shelf.*pass a groundwire Guard"):
        make()


def refused(make: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        make()
    return str(caught.value)


def test_positions_of_the_chat_model_are_clear() -> None:
    assert "'gpt-5' is no chat model and no Guard" in refused(lambda: GroundedChatModel("gpt-5"))
    assert "given twice" in refused(lambda: GroundedChatModel(model(), model()))
    assert "needs model=" in refused(lambda: GroundedChatModel(GUARD))
    assert "no chat model" in refused(lambda: GroundedChatModel(model="gpt-5"))


@pytest.mark.parametrize(
    "make",
    [
        lambda **options: GroundedRunnable(GUARD, **options),
        lambda **options: grounded(lookup, GUARD, **options),
        lambda **options: GroundedChatModel(model(), GUARD, **options),
    ],
)
def test_options_of_chains_that_do_not_exist(make: Callable[..., Any]) -> None:
    told = refused(lambda: make(on_fail="rewrit"))
    assert "on_fail is 'rewrit': use one of rewrite, block, raise, annotate, retry" in told
    told = refused(lambda: make(on_fial="block"))
    assert "has no option 'on_fial'" in told and "did you mean 'on_fail'?" in told
    assert "release is 'token': use one of claim, answer" in refused(lambda: make(release="token"))
    assert "deadline is 'soon'" in refused(lambda: make(deadline="soon"))
    assert "'zzz'" in refused(lambda: make(zzz=1))


def test_options_of_the_middleware_that_do_not_exist() -> None:
    made: Any = GroundingMiddleware
    told = refused(lambda: made(GUARD, on_fail="rewrit"))
    assert "on_fail is 'rewrit': use one of rewrite, block, raise, annotate, retry, inter" in told
    told = refused(lambda: made(GUARD, release="raw"))
    assert "release is 'raw': use one of claim, answer, token" in told
    assert "did you mean 'on_fail'?" in refused(lambda: made(GUARD, on_fial="raise"))
    assert "did you mean 'max_retries'?" in refused(lambda: made(GUARD, max_retry=2))
    assert "'unknown'" in refused(lambda: made(GUARD, unknown=2))


def test_a_step_cannot_ask_again() -> None:
    assert "grounded(chain, on_fail='retry')" in refused(lambda: GroundedRunnable(on_fail="retry"))
    told = refused(lambda: GroundedChatModel(model(), on_fail="retry"))
    assert "grounded(chain, on_fail='retry')" in told
    assert "max_retries is -1" in refused(lambda: grounded(lookup, max_retries=-1))


def test_a_string_of_evidence_is_a_key_and_says_so() -> None:
    step = GroundedRunnable(GUARD, evidence="facts")
    assert step.invoke({"answer": GOOD, "facts": FACTS})["answer"] == GOOD
    values: list[Any] = [GOOD, {"answer": GOOD}, AIMessage(GOOD)]
    for value in values:
        told = refused(partial(step.invoke, value))
        assert "'facts' is read as the key of a dict" in told
        assert "pass evidence=[text]" in told and "pass a dict that has it" in told
    assert GroundedRunnable(GUARD, evidence=[FACTS]).invoke(GOOD) == GOOD
    told = refused(lambda: GroundedChatModel(model(), evidence=FACTS))
    assert "pass a text as [text]" in told


def reasons(report: Report | dict[str, Any]) -> list[str]:
    read = report if isinstance(report, Report) else Report.from_dict(report)
    return [verdict.reason for verdict in read.verdicts]


def blind() -> dict[str, Callable[[Any], Any]]:
    """Components that see no retrieval, each as a function that tells its reports to a list."""

    def put_into_prompt(question: str) -> str:
        return f"{question} {lookup(question)[0].page_content}"

    def agent(tell: Any) -> Any:
        parts = [GroundingMiddleware(GUARD, on_report=tell)]
        return create_agent(model(), [], middleware=parts)

    return {
        "grounded": lambda tell: grounded(
            RunnableLambda(put_into_prompt) | model(), GUARD, on_report=tell
        ).invoke("What?"),
        "grounded stream": lambda tell: list(
            grounded(RunnableLambda(put_into_prompt) | model(), GUARD, on_report=tell).stream("?")
        ),
        "chat model": lambda tell: (
            GroundedChatModel(model(), GUARD, on_report=tell).invoke(put_into_prompt("What?")).text
        ),
        "step": lambda tell: GroundedRunnable(GUARD, on_report=tell).invoke(GOOD),
        "batch": lambda tell: GroundedRunnable(GUARD, on_report=tell).batch([GOOD]),
        "empty": lambda tell: GroundedRunnable(GUARD, evidence=[], on_report=tell).invoke(GOOD),
        "node": lambda tell: grounding_node(GUARD, on_report=tell).invoke({"answer": GOOD}),
        "agent": lambda tell: agent(tell).invoke({"messages": [HumanMessage("What?")]}),
    }


@pytest.mark.parametrize("name", list(blind()))
def test_where_nothing_is_seen_the_report_and_the_log_say_what_to_do(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    warn_once.cache_clear()
    for _ in range(2):
        told: list[Report] = []
        with caplog.at_level(logging.WARNING, "groundwire_langchain"):
            assert GOOD not in repr(blind()[name](told.append))
        assert [NO_EVIDENCE in reason for reason in reasons(told[-1])] == [True]
    assert "pass evidence=" in NO_EVIDENCE and "no retriever or tool ran" in NO_EVIDENCE
    assert [NO_EVIDENCE in record.getMessage() for record in caplog.records] == [True]


def test_the_blocked_error_says_it_too() -> None:
    with pytest.raises(BlockedError) as caught:
        grounded(lambda _: GOOD, GUARD, on_fail="raise").invoke("What?")
    assert NO_EVIDENCE in reasons(caught.value.report)[0]


def test_where_something_is_seen_nothing_is_said() -> None:
    warn_once.cache_clear()
    told: list[Report] = []
    rag = {"context": Shelf(), "question": RunnableLambda(str)} | RunnableLambda(lambda _: GOOD)
    assert grounded(rag, GUARD, on_report=told.append).invoke("What?") == GOOD
    own = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([]))
    assert grounded(lambda _: GOOD, own, on_report=told.append).invoke("?") == BLOCKED_MESSAGE
    assert grounded(lambda _: "Hello!", GUARD, on_report=told.append).invoke("?") == "Hello!"
    assert NO_EVIDENCE not in repr(told) and warn_once.cache_info().currsize == 0
    given = grounded(lambda _: GOOD, GUARD, evidence=lookup, on_report=told.append)
    assert given.invoke("What?") == GOOD


def test_a_guard_of_a_decision_model_comes_first() -> None:
    try:
        decisions = importlib.import_module("groundwire_langchain.decisions")
    except ImportError:
        pytest.skip("langchain-core has no decisions")
    assert decisions.GroundingDecisionModel(OTHER).guard is OTHER
    assert "no option 'gard'" in refused(lambda: decisions.GroundingDecisionModel(gard=OTHER))


def test_options_of_the_other_components_that_do_not_exist() -> None:
    node: Any = grounding_node
    score: Any = grounding_evaluator
    handlers: list[Any] = [GroundingCallbackHandler, AsyncGroundingCallbackHandler]
    store: Any = EvidenceStore
    assert "grounding_node has no option 'foo'" in refused(lambda: node(GUARD, foo=1))
    assert "did you mean 'answer_key'?" in refused(lambda: score(answer_ky="x"))
    for handler in handlers:
        assert "did you mean 'on_report'?" in refused(partial(handler, on_reports=print))
    assert "did you mean 'embedding'?" in refused(lambda: store(embeddings=None))
    assert "did you mean 'k'?" in refused(lambda: EvidenceRetriever(store(), kk=3))


@pytest.mark.parametrize(
    "make",
    [
        lambda: GroundedChatModel(model(), GUARD, evidence=3),
        lambda: GroundedRunnable(GUARD, evidence=3),
        lambda: grounded(lookup, GUARD, evidence=3),
        lambda: GroundingMiddleware(GUARD, evidence=3),
        lambda: grounding_node(GUARD, evidence=3),
    ],
)
def test_evidence_that_is_none_is_refused_at_once(make: Callable[[], Any]) -> None:
    assert "evidence is 3, a int: pass a retriever" in refused(make)


def test_a_store_that_is_not_there_speaks_of_save(tmp_path: Any) -> None:
    with pytest.raises(StoreError, match=r"store\.save\(path\)"):
        EvidenceStore.load(tmp_path / "nope")


def test_a_configured_list_is_indexed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def counted(evidence: Any) -> Any:
        made.append(evidence)
        return make_retriever(evidence)

    monkeypatch.setattr("groundwire_langchain.evidence.make_retriever", counted)
    facts = [FACTS]
    step = GroundedRunnable(GUARD, evidence=facts)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(step.invoke, [GOOD] * 32)) == {GOOD}
    assert len(made) == 1
    assert GroundedChatModel(model(), GUARD, evidence=facts).invoke("q").text == GOOD
    assert len(made) == 1
    facts[0] = "Bees make honey."
    assert step.invoke(GOOD) == BLOCKED_MESSAGE and len(made) == 2
    step = GroundedRunnable(GUARD, evidence="facts")
    assert step.invoke({"answer": GOOD, "facts": [FACTS]})["answer"] == GOOD
    assert GroundedRunnable(GUARD, evidence=lambda _: [FACTS]).invoke(GOOD) == GOOD
    assert len(made) == 2


def test_words_before_a_tool_call_warn_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    call: Any = {"name": "search", "args": {}, "id": "1", "type": "tool_call"}
    said = AIMessage("The database was made in Lyon in 1998.", tool_calls=[call])
    warn_once.cache_clear()
    with caplog.at_level(logging.WARNING, "groundwire_langchain.check"):
        GroundedRunnable(GUARD).invoke(said)
        GroundedRunnable(GUARD).batch([said])
        chain: Any = RunnableLambda(lambda _: said) | GroundedRunnable(GUARD)
        list(chain.stream("q"))
        grounded(RunnableLambda(lambda _: said), GUARD).invoke("q")
        assert not caplog.records
        GroundedRunnable(GUARD).invoke("The database was made in Lyon in 1998.")
        assert len(caplog.records) == 1
