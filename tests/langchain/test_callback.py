from __future__ import annotations

import asyncio
import gc
import inspect
import io
import logging
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures.thread import _global_shutdown_lock
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ToolStrategy
from langchain_core.callbacks import (
    AsyncCallbackHandler,
    BaseCallbackHandler,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    GenericFakeChatModel,
)
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda, RunnablePassthrough
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from groundwire.errors import InputError, ModelError
from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Report, Verdict
from groundwire_langchain.background import Serial
from groundwire_langchain.callback import (
    AsyncGroundingCallbackHandler,
    GroundingCallbackHandler,
    _Hooks,
)
from groundwire_langchain.runs import OpenRuns, find_answer
from reports import holds

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
QUESTION = "How much does the pump weigh?"
GUARD = Guard(verifier=FakeVerifier())
HANDLERS = [GroundingCallbackHandler, AsyncGroundingCallbackHandler]
Handler = GroundingCallbackHandler | AsyncGroundingCallbackHandler


class Notes(BaseRetriever):
    text: str = FACTS
    fails: bool = False

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        if self.fails:
            raise OSError("the store is away")
        return [Document(self.text, metadata={"source": "manual.txt"})]


class ToolModel(GenericFakeChatModel):
    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        return self


class Held:
    """A verifier that waits until it may go on."""

    def __init__(self) -> None:
        self.begun, self.free = threading.Event(), threading.Event()

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.begun.set()
        assert self.free.wait(30)
        return FakeVerifier().verify(claims, evidence)


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        raise self.error


@dataclass
class Client:
    """The one method of a ``langsmith.Client`` that is used."""

    fails: bool = False

    def __post_init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def create_feedback(self, run_id: Any, key: str, **kwargs: Any) -> None:
        if self.fails:
            raise ConnectionError("no way to LangSmith")
        self.calls.append({"run_id": run_id, "key": key, **kwargs})


def rag(answer: str = WRONG, **notes: Any) -> Runnable[Any, Any]:
    prompt = ChatPromptTemplate.from_template("Context: {context}\nQuestion: {question}")
    model = FakeListChatModel(responses=[answer])
    found = {"context": Notes(**notes), "question": RunnablePassthrough()}
    return found | prompt | model | StrOutputParser()


def config(handler: BaseCallbackHandler, **more: Any) -> Any:
    return {"callbacks": [handler], **more}


def invoke(chain: Runnable[Any, Any], value: Any, handler: Any) -> Any:
    return chain.invoke(value, config(handler))


def ainvoke(chain: Runnable[Any, Any], value: Any, handler: Any) -> Any:
    return asyncio.run(chain.ainvoke(value, config(handler)))


def stream(chain: Runnable[Any, Any], value: Any, handler: Any) -> Any:
    return list(chain.stream(value, config(handler)))


def astream(chain: Runnable[Any, Any], value: Any, handler: Any) -> Any:
    async def gather() -> list[Any]:
        return [chunk async for chunk in chain.astream(value, config(handler))]

    return asyncio.run(gather())


def batch(chain: Runnable[Any, Any], value: Any, handler: Any) -> Any:
    return chain.batch([value], config(handler))[0]


def abatch(chain: Runnable[Any, Any], value: Any, handler: Any) -> Any:
    return asyncio.run(chain.abatch([value], config(handler)))[0]


MODES = [invoke, ainvoke, stream, astream, batch, abatch]


@dataclass
class Watch:
    """A handler, and what it reported."""

    kind: type[Handler] = GroundingCallbackHandler
    guard: Guard = GUARD

    def __post_init__(self) -> None:
        self.reports: list[Report] = []
        self.ids: list[uuid.UUID] = []
        self.handler = self.kind(self.guard, on_report=self.take)

    def take(self, report: Report, run_id: uuid.UUID) -> None:
        self.reports.append(report)
        self.ids.append(run_id)

    def one(self) -> Report:
        assert self.handler.close(30)
        assert self.handler.open_runs == 0
        assert self.handler.errors == self.handler.dropped == 0
        (report,) = self.reports
        return holds(report)


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("mode", MODES)
def test_a_chain_is_watched_and_not_changed(mode: Callable[..., Any], kind: type[Handler]) -> None:
    watch = Watch(kind)
    out = mode(rag(), QUESTION, watch.handler)
    assert "".join(out) == WRONG
    report = watch.one()
    assert (report.question, report.answer) == (QUESTION, WRONG)
    assert [verdict.label for verdict in report.verdicts] == ["contradicted", "supported"]
    assert report.verdicts[0].quotes[0].source == "manual.txt"
    assert (watch.handler.checked, watch.handler.flagged) == (1, 1)
    assert watch.handler.without_evidence == 0


@pytest.mark.parametrize("mode", MODES)
def test_of_nested_chains_the_outermost_is_checked(mode: Callable[..., Any]) -> None:
    inner = rag("It weighs 62 kg.")
    outer = (
        RunnablePassthrough.assign(draft=lambda value: inner.invoke(value["question"]))
        | RunnablePassthrough.assign(answer=lambda value: AIMessage(FACTS))
        | RunnableLambda(lambda value: {"answer": value["answer"], "draft": value["draft"]})
    )
    watch = Watch()
    mode(outer, {"question": QUESTION}, watch.handler)
    report = watch.one()
    assert (report.question, report.answer) == (QUESTION, FACTS)
    assert report.decision.action == "pass"
    assert watch.handler.flagged == 0


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("mode", [invoke, ainvoke])
def test_a_run_below_one_that_is_not_watched_is_a_root(
    mode: Callable[..., Any], kind: type[Handler]
) -> None:
    watch = Watch(kind)
    chain = rag().with_config(config(watch.handler)) | RunnableLambda(str.upper)
    mode(chain, QUESTION, BaseCallbackHandler())
    assert watch.one().answer == WRONG


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("artifact", [True, False])
def test_an_agent_is_watched(mode: Callable[..., Any], artifact: bool) -> None:
    if artifact:

        @tool(response_format="content_and_artifact")
        def look_up(part: str) -> tuple[str, list[Document]]:
            """Looks up a part."""
            return "see the artifact", [Document(FACTS, metadata={"source": "manual.txt"})]
    else:

        @tool
        def look_up(part: str) -> str:
            """Looks up a part."""
            return FACTS

    call = ToolCall(name="look_up", args={"part": "pump"}, id="1")
    model = ToolModel(messages=iter([AIMessage("", tool_calls=[call]), AIMessage(WRONG)]))
    agent = create_agent(model, [look_up])
    watch = Watch()
    mode(agent, {"messages": [{"role": "user", "content": QUESTION}]}, watch.handler)
    report = watch.one()
    assert (report.question, report.answer) == (QUESTION, WRONG)
    assert [verdict.label for verdict in report.verdicts] == ["contradicted", "supported"]
    source = report.verdicts[0].quotes[0].source
    assert source == ("manual.txt" if artifact else "evidence[0]")


@pytest.mark.parametrize("mode", MODES)
def test_what_a_tool_repeats_of_its_arguments_is_no_evidence(mode: Callable[..., Any]) -> None:
    @tool
    def note(text: str) -> str:
        """Keeps a note."""
        return f"Noted: {text}"

    def chain(value: str) -> str:
        note.invoke({"text": value})
        return value

    watch = Watch()
    mode(RunnableLambda(chain), WRONG, watch.handler)
    assert {verdict.label for verdict in watch.one().verdicts} == {"unsupported"}


def test_a_structured_answer_is_no_evidence_for_itself() -> None:
    @tool
    def look_up(part: str) -> str:
        """Looks up a part."""
        return FACTS

    def turn(weight: int) -> list[AIMessage]:
        find = ToolCall(name="look_up", args={"part": "pump"}, id="1")
        args = {"remark": "The pump is red.", "weight": weight, "parts": []}
        say = ToolCall(name="Weighed", args=args, id="2")
        return [AIMessage("", tool_calls=[find]), AIMessage("", tool_calls=[say])]

    model = ToolModel(messages=iter([*turn(64), *turn(64)]))
    agent = create_agent(
        model, [look_up], response_format=ToolStrategy(Weighed), checkpointer=InMemorySaver()
    )
    watch = Watch()
    for _ in range(2):
        ask: Any = {"messages": [HumanMessage(QUESTION)]}
        agent.invoke(ask, config(watch.handler, configurable={"thread_id": "1"}))
    assert watch.handler.close(30)
    assert len(watch.reports) == 2
    for report in watch.reports:
        assert report.answer == "The pump is red.\nweight: 64"
        assert [verdict.label for verdict in report.verdicts] == ["supported", "unsupported"]


def test_what_tools_told_in_an_earlier_turn_is_evidence() -> None:
    earlier = [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[ToolCall(name="look_up", args={}, id="1")]),
        ToolMessage(FACTS, tool_call_id="1", name="look_up"),
        AIMessage("Found."),
    ]
    model = ToolModel(messages=iter([AIMessage(WRONG)]))
    watch = Watch()
    ask = {"messages": [*earlier, HumanMessage(QUESTION)]}
    invoke(create_agent(model, []), ask, watch.handler)
    report = watch.one()
    assert report.question == QUESTION
    assert [verdict.label for verdict in report.verdicts] == ["contradicted", "supported"]


def test_the_report_of_an_answer_is_no_evidence_for_it() -> None:
    report = GUARD.check(FACTS, FACTS).to_dict()
    answer = AIMessage(FACTS, response_metadata={"groundwire": report})
    watch = Watch()
    out = {"messages": [HumanMessage(QUESTION), answer]}
    invoke(RunnableLambda(lambda _: out), "x", watch.handler)
    assert {verdict.label for verdict in watch.one().verdicts} == {"unchecked"}
    assert answer.response_metadata == {"groundwire": report}


def test_a_run_that_ends_with_the_call_of_a_tool_has_no_answer() -> None:
    call = ToolCall(name="look_up", args={}, id="1")
    watch = Watch()
    ToolModel(messages=iter([AIMessage("I look.", tool_calls=[call])])).invoke(
        QUESTION, config(watch.handler)
    )
    assert watch.handler.close(30)
    assert (watch.handler.no_answer, watch.handler.checked) == (1, 0)


@pytest.mark.parametrize("mode", MODES)
def test_a_bare_model_is_watched(mode: Callable[..., Any]) -> None:
    watch = Watch()
    mode(FakeListChatModel(responses=[WRONG]), QUESTION, watch.handler)
    report = watch.one()
    assert (report.question, report.answer) == (QUESTION, WRONG)
    assert {verdict.label for verdict in report.verdicts} == {"unchecked"}
    assert (watch.handler.without_evidence, watch.handler.flagged) == (1, 1)


def test_what_tools_told_a_bare_model_is_evidence() -> None:
    messages = [
        HumanMessage(QUESTION),
        AIMessage("", tool_calls=[ToolCall(name="look_up", args={}, id="1")]),
        ToolMessage(FACTS, tool_call_id="1"),
    ]
    watch = Watch()
    FakeListChatModel(responses=[FACTS]).invoke(messages, config(watch.handler))
    assert watch.one().decision.action == "pass"


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"question": QUESTION, "context": [FACTS]}, {"answer": WRONG}),
        ({"query": QUESTION}, {"result": WRONG, "source_documents": [Document(FACTS)]}),
        ({"input": QUESTION}, {"output": AIMessage(WRONG), "context": FACTS}),
        ({"messages": [HumanMessage(QUESTION)], "context": FACTS}, AIMessage(WRONG)),
        ([HumanMessage("Hi"), AIMessage("Hi!"), HumanMessage(QUESTION)],
         {"context": FACTS, "messages": [HumanMessage(QUESTION), AIMessage(WRONG)]}),
    ],
)  # fmt: skip
def test_dicts_and_messages_are_read(inputs: Any, outputs: Any) -> None:
    watch = Watch()
    RunnableLambda(lambda _: outputs).invoke(inputs, config(watch.handler))
    report = watch.one()
    assert (report.question, report.answer) == (QUESTION, WRONG)
    assert [verdict.label for verdict in report.verdicts] == ["contradicted", "supported"]


class Weighed(BaseModel):
    remark: str = "The pump is red."
    weight: int = 62
    parts: list[str] = []


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("", None), (" \n", None), (None, None), (7, None), (b"bytes", None), ([], None),
        ({}, None), ({"other": "x"}, None), ({"answer": "", "output": "x"}, "x"),
        (HumanMessage("x"), None), (AIMessage(""), None), (AIMessage("x"), "x"),
        (AIMessage([{"type": "reasoning", "reasoning": "y"}, {"type": "text", "text": "x"}]), "x"),
        ([AIMessage("x"), HumanMessage("y")], None), (["x"], None), (Document("x"), None),
        ([AIMessage("x"), ToolMessage("y", tool_call_id="1")], "x"),
        ({"messages": [AIMessage("x")]}, "x"), ({"result": {"messages": [AIMessage("x")]}}, "x"),
        (Weighed(), "The pump is red.\nweight: 62"),
        ({"messages": [AIMessage("x")], "structured_response": Weighed()},
         "The pump is red.\nweight: 62"),
        ({"structured_response": {"answer": "It is red.", "more": {"why": "So it is."}}},
         "answer: It is red.\nwhy: So it is."),
        ({"structured_response": Claim("It is red.", 0, 10)},
         "text: It is red.\nstart: 0\nend: 10\nkind: claim"),
    ],
)  # fmt: skip
def test_answers_are_found(value: Any, answer: str | None) -> None:
    assert find_answer(value) == answer


def test_the_key_of_the_answer_can_be_named() -> None:
    assert find_answer({"reply": "x", "answer": "y"}, "reply") == "x"
    assert find_answer({"reply": "", "messages": [AIMessage("y")]}, "reply") is None


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_fails_is_forgotten(mode: Callable[..., Any], kind: type[Handler]) -> None:
    watch = Watch(kind)
    with pytest.raises(OSError, match="the store is away"):
        mode(rag(fails=True), QUESTION, watch.handler)
    assert watch.handler.close(30)
    assert watch.handler.open_runs == watch.handler.checked == watch.handler.errors == 0


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_recovers_is_checked(mode: Callable[..., Any], kind: type[Handler]) -> None:
    watch = Watch(kind)
    mode(rag(fails=True).with_fallbacks([rag(FACTS)]), QUESTION, watch.handler)
    report = watch.one()
    assert (report.question, report.decision.action) == (QUESTION, "pass")


def test_a_stream_that_nobody_reads_to_its_end_is_forgotten() -> None:
    watch = Watch()
    chunks = rag().stream(QUESTION, config(watch.handler))
    assert next(chunks) == "T"
    assert watch.handler.open_runs == 1
    chunks.close()  # type: ignore[attr-defined]
    assert watch.handler.close(30)
    assert watch.handler.open_runs == 0


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("looped", [True, False])
def test_a_stream_may_end_in_the_garbage_collector_anywhere(
    kind: type[Handler], looped: bool
) -> None:
    """With all locks held that the interrupted thread can hold where a collection begins."""
    watch = Watch(kind)

    def leave() -> None:
        chunks = rag().stream(QUESTION, config(watch.handler))
        assert next(chunks) + next(chunks) == "Th"
        circle: list[Any] = [chunks]
        circle.append(circle)

    async def collect() -> None:
        with _global_shutdown_lock:
            gc.collect()

    def interrupted() -> None:
        gc.disable()
        try:
            leave()
            if looped:
                asyncio.run(collect())
            else:
                with _global_shutdown_lock:
                    gc.collect()
        finally:
            gc.enable()

    thread = threading.Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(30)
    if thread.is_alive():
        _global_shutdown_lock.release()  # for the tests that follow
        pytest.fail("the thread stands still")
    assert watch.one().answer == "T"  # what LangChain counts as put out


def test_what_another_thread_waits_for_may_interrupt_a_job() -> None:
    serial, ran = Serial(), []

    def interrupted() -> None:
        thread = threading.Thread(target=serial.run, args=[lambda: ran.append("inner")])
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        ran.append("outer")

    serial.run(interrupted)
    assert ran == ["outer", "inner"]
    serial.settle()


@pytest.mark.parametrize("kind", HANDLERS)
def test_hooks_may_be_awaited(kind: type[Any]) -> None:
    watch = Watch(kind)

    async def run() -> None:
        run_id = uuid.uuid4()
        await watch.handler.on_chain_start({}, {"question": QUESTION}, run_id=run_id)
        await watch.handler.on_chain_end({"answer": WRONG, "context": FACTS}, run_id=run_id)

    asyncio.run(run())
    assert watch.one().question == QUESTION


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_handler_works_on_after_a_fork_and_the_process_ends(tmp_path: Path) -> None:
    """As in a server that loads its application, and uses it, before it forks."""
    script = """
import os, sys, uuid
from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire_langchain.callback import GroundingCallbackHandler

def answer(handler):
    run_id = uuid.uuid4()
    handler.on_chain_start({}, {"question": "?"}, run_id=run_id)
    handler.on_chain_end({"answer": "It is red.", "context": "It is red."}, run_id=run_id)

handler = GroundingCallbackHandler(Guard(verifier=FakeVerifier()), reports=sys.argv[1])
answer(handler)
handler.flush(30)
child = os.fork()
answer(handler)
if child:
    sys.exit(os.waitpid(child, 0)[1])
"""
    path = tmp_path / "reports.jsonl"
    run = subprocess.run(
        [sys.executable, "-c", script, str(path)], timeout=120, check=False, capture_output=True
    )
    assert (run.returncode, run.stderr) == (0, b"")
    assert path.read_text(encoding="utf-8").count("\n") == 3


def test_a_cancelled_run_is_forgotten() -> None:
    watch = Watch()

    async def cancelled() -> None:
        begun = asyncio.Event()

        async def wait(_: Any) -> str:
            begun.set()
            return await asyncio.Future()

        task = asyncio.ensure_future(RunnableLambda(wait).ainvoke("x", config(watch.handler)))
        await begun.wait()
        assert watch.handler.open_runs == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert watch.handler.open_runs == 0


def test_a_retriever_or_a_tool_alone_is_no_answer() -> None:
    @tool
    def look_up(part: str) -> str:
        """Looks up a part."""
        return FACTS

    watch = Watch()
    Notes().invoke(QUESTION, config(watch.handler))
    look_up.invoke({"part": "pump"}, config(watch.handler))
    assert watch.handler.close(30)
    assert watch.handler.open_runs == watch.handler.checked == watch.handler.no_answer == 0


def numbered(together: Callable[[], Any] | None = None) -> Runnable[str, str]:
    """A chain whose run for ``"3"`` retrieves and answers about pump 3."""

    def documents(number: str) -> list[Document]:
        text = f"Pump {number} weighs {number} kg."
        return [Document(text, metadata={"source": f"manual {number}"})]

    class Numbered(BaseRetriever):
        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun
        ) -> list[Document]:
            return documents(query)

    def answer(found: list[Document]) -> str:
        return found[0].page_content

    async def meet(found: list[Document]) -> str:
        if together is not None:
            await together()
        return answer(found)

    return Numbered() | RunnableLambda(answer, afunc=meet)


@pytest.mark.parametrize("kind", HANDLERS)
@pytest.mark.parametrize("asynchronous", [True, False])
def test_two_hundred_runs_at_a_time_do_not_mix(kind: type[Handler], asynchronous: bool) -> None:
    watch = Watch(kind)
    count = 200

    async def all_at_once() -> None:
        barrier = asyncio.Barrier(count)
        chain = numbered(barrier.wait)
        runs = [chain.ainvoke(str(i), config(watch.handler)) for i in range(count)]
        await asyncio.gather(*runs)

    if asynchronous:
        asyncio.run(all_at_once())
    else:
        inputs = [str(i) for i in range(count)]
        numbered().batch(inputs, config(watch.handler, max_concurrency=16))
    assert watch.handler.close(60)
    assert watch.handler.open_runs == watch.handler.errors == watch.handler.dropped == 0
    assert len(set(watch.ids)) == len(watch.reports) == watch.handler.checked == count
    for report in watch.reports:
        (verdict,) = report.verdicts
        assert report.answer == f"Pump {report.question} weighs {report.question} kg."
        assert verdict.label == "supported"
        assert {quote.source for quote in verdict.quotes} == {f"manual {report.question}"}


def test_when_too_many_answers_wait_more_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    handler = GroundingCallbackHandler(Guard(verifier=held), max_pending=2)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            assert rag().invoke(QUESTION, config(handler)) == WRONG
    assert handler.dropped == 3
    assert sum("is not checked" in record.message for record in caplog.records) == 3
    assert not handler.flush(0)
    held.free.set()
    assert handler.flush(30)
    rag().invoke(QUESTION, config(handler))
    assert handler.close(30)
    assert (handler.checked, handler.dropped) == (3, 3)


def test_closing_in_time_counts_what_was_given_up(caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    handler = GroundingCallbackHandler(Guard(verifier=held))
    for _ in range(3):
        rag().invoke(QUESTION, config(handler))
    assert held.begun.wait(30)
    assert not handler.close(0)
    assert handler.dropped == 2
    assert "closed before 2 answers" in caplog.text
    held.free.set()
    assert handler.flush(30)
    rag().invoke(QUESTION, config(handler))
    assert (handler.checked, handler.dropped) == (1, 3)


def test_a_failing_verifier_leaves_claims_unchecked() -> None:
    watch = Watch(guard=Guard(verifier=Broken(RuntimeError("out of memory"))))
    assert rag().invoke(QUESTION, config(watch.handler)) == WRONG
    report = watch.one()
    assert {verdict.label for verdict in report.verdicts} == {"unchecked"}
    assert watch.handler.flagged == 1


def test_a_check_that_fails_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with GroundingCallbackHandler(Guard(verifier=Broken(ModelError("no weights")))) as handler:
        assert rag().invoke(QUESTION, config(handler)) == WRONG
    assert (handler.errors, handler.checked) == (1, 0)
    assert "no weights" in caplog.text


def test_where_one_report_cannot_go_the_others_do(caplog: pytest.LogCaptureFixture) -> None:
    def fails(report: Report, run_id: uuid.UUID) -> None:
        raise KeyError("no such dashboard")

    closed, client = io.StringIO(), Client()
    closed.close()
    with GroundingCallbackHandler(GUARD, reports=closed, on_report=fails, client=client) as handler:
        rag().invoke(QUESTION, config(handler))
    assert (handler.errors, handler.checked, len(client.calls)) == (2, 1, 1)
    with GroundingCallbackHandler(GUARD, client=Client(fails=True)) as handler:
        rag().invoke(QUESTION, config(handler))
    assert (handler.errors, handler.checked) == (1, 1)
    assert "no such dashboard" in caplog.text
    assert "no way to LangSmith" in caplog.text


def test_a_run_that_cannot_be_read_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    class Odd(dict[str, Any]):
        def __contains__(self, key: object) -> bool:
            raise LookupError("odd state")

    def odd(_: str) -> Odd:
        return Odd()

    with GroundingCallbackHandler(GUARD) as handler:
        RunnableLambda(odd).invoke("x", config(handler))
    assert (handler.errors, handler.open_runs) == (1, 0)
    assert "odd state" in caplog.text


def test_reports_are_written_as_lines(tmp_path: Path) -> None:
    path, file = tmp_path / "reports.jsonl", io.StringIO()
    for sink in (path, str(path), file):
        with GroundingCallbackHandler(GUARD, reports=sink) as handler:
            rag().batch([QUESTION, "Wie schwer? ☂"], config(handler))
    for text, count in ((path.read_text(encoding="utf-8"), 4), (file.getvalue(), 2)):
        reports = [holds(Report.from_json(line)) for line in text.splitlines()]
        assert len(reports) == count
        assert {report.question for report in reports} == {QUESTION, "Wie schwer? ☂"}


def test_feedback_is_given_on_the_root_run() -> None:
    client, run_id = Client(), uuid.uuid4()
    with GroundingCallbackHandler(GUARD, client=client) as handler:
        rag().invoke(QUESTION, config(handler, run_id=run_id))
        FakeListChatModel(responses=[WRONG]).invoke(QUESTION, config(handler))
    first, second = client.calls
    assert (first["run_id"], first["key"]) == (run_id, "groundwire_faithfulness")
    assert (first["score"], first["value"]) == (0.5, "rewrite")
    assert "contradicted: 'The pump weighs 64 kg.'" in first["comment"]
    assert (second["score"], second["value"]) == (None, "block")


def test_a_share_of_runs_is_chosen_by_their_ids() -> None:
    ids = [uuid.UUID(int=i * 2**64 + 7) for i in range(200)]
    chosen = []
    for _ in range(2):
        watch = Watch()
        watch.handler._sample = 0.25
        for run_id in ids:
            rag(FACTS).invoke(QUESTION, config(watch.handler, run_id=run_id))
        assert watch.handler.close(60)
        chosen.append(watch.ids)
        assert watch.handler.dropped == watch.handler.open_runs == 0
    assert chosen[0] == chosen[1]
    assert 25 < len(chosen[0]) < 75
    with GroundingCallbackHandler(GUARD, sample=0) as handler:
        rag().invoke(QUESTION, config(handler))
    assert handler.checked == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sample": 1.5}, "sample is 1.5"),
        ({"sample": float("nan")}, "sample is nan"),
        ({"sample": True}, "sample is True"),
        ({"max_pending": 0}, "max_pending is 0"),
        ({"sample": "0.5"}, "sample is '0.5'"),
        ({"reports": 7}, "reports is 7: give a path or an open text file"),
        ({"reports": "/nowhere/at/all.jsonl"}, "name a file in a folder that exists"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        GroundingCallbackHandler(GUARD, **options)


def test_async_with_waits_for_the_checks() -> None:
    async def run() -> AsyncGroundingCallbackHandler:
        async with AsyncGroundingCallbackHandler(GUARD) as handler:
            await rag().ainvoke(QUESTION, config(handler))
        return handler

    assert asyncio.run(run()).checked == 1


def test_of_runs_that_never_end_the_oldest_is_forgotten() -> None:
    runs = OpenRuns(limit=2)
    first, child, second, third = (uuid.uuid4() for _ in range(4))
    assert runs.start(first, None, "x") is None
    assert runs.start(child, first, "x") is None
    assert runs.start(second, uuid.uuid4(), "x") is None
    assert runs.start(third, None, "x") == first
    runs.add(child, ["late"])
    assert runs.end(child) is runs.end(first) is None
    assert runs.end(second) is not None
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("kind", "base"),
    [
        (GroundingCallbackHandler, BaseCallbackHandler),
        (AsyncGroundingCallbackHandler, AsyncCallbackHandler),
    ],
)
def test_hooks_have_the_parameters_of_langchain(kind: type[Any], base: type[Any]) -> None:
    names = [name for name in dir(kind) if name.startswith("on_")]
    assert not [name for name in names if inspect.iscoroutinefunction(getattr(kind, name))]
    for name in [name for name in names if hasattr(_Hooks, name)]:
        ours = inspect.signature(getattr(kind, name)).parameters
        theirs = inspect.signature(getattr(base, name)).parameters
        assert [p for p in ours if p != "tags"] == [
            p for p in theirs if p in ours and p != "tags"
        ], name
    assert kind.raise_error is False
    assert "Monitoring only" in str(kind.__doc__)


@pytest.mark.parametrize("mode", [stream, astream])
def test_a_stream_of_messages_is_watched(mode: Callable[..., Any]) -> None:
    model = GenericFakeChatModel(messages=iter([AIMessage(WRONG)]))
    prompt = ChatPromptTemplate.from_template("{question} {context}")
    found = RunnablePassthrough.assign(context=lambda value: Notes().invoke(value["question"]))
    watch = Watch()
    mode(found | prompt | model, {"question": QUESTION}, watch.handler)
    report = watch.one()
    assert (report.question, report.answer) == (QUESTION, WRONG)
