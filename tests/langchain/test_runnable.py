"""The guard as a step of LangChain chains, and around them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.documents import Document
from langchain_core.globals import set_llm_cache
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (
    RunnableGenerator,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)
from langchain_core.tracers.context import collect_runs
from pydantic import BaseModel

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire.types import Report
from groundwire_langchain import GroundedChatModel, GroundedRunnable, grounded

FACTS = "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon in 1998."
GOOD = "The pump weighs 62 kg."
LIE = "It sings opera at dawn."
WRONG = "It runs on 120 V."
ANSWER = f"{GOOD} {WRONG} {LIE} The pump was made in Lyon in 1998."
SHOWN = f"{GOOD} It runs on 230 V. The pump was made in Lyon in 1998."
PLANTED = ("opera", "120 V")
GUARD = Guard(verifier=FakeVerifier())


class Shelf(BaseRetriever):
    """A retriever with one document for every question."""

    text: str = FACTS

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(self.text, metadata={"source": "shelf"})]


def model(*answers: Any) -> GenericFakeChatModel:
    said = [AIMessage(a) if isinstance(a, str) else a for a in answers or (ANSWER,)]
    return GenericFakeChatModel(messages=iter(said))


PROMPT = ChatPromptTemplate.from_template("{question} {context}")


def rag(*answers: Any) -> Any:
    return (
        {"context": Shelf(), "question": RunnablePassthrough()}
        | PROMPT
        | model(*answers)
        | StrOutputParser()
    )


def step(**options: Any) -> GroundedRunnable:
    return GroundedRunnable(guard=GUARD, **{"evidence": [FACTS], **options})


def clean(value: Any) -> str:
    """The value as text, after a look for planted falsehoods in everything it holds."""
    text = repr(value)
    assert not any(lie in text for lie in PLANTED), text
    return text


def test_strings_messages_and_dicts_keep_their_kind() -> None:
    assert step().invoke(ANSWER) == SHOWN
    message = step().invoke(AIMessage(ANSWER, id="m1", usage_metadata=None))
    assert isinstance(message, AIMessage) and message.content == SHOWN and message.id == "m1"
    report = message.response_metadata["groundwire"]
    json.dumps(report)
    assert report["decision"]["action"] == "rewrite"
    clean(message)
    out = GroundedRunnable(guard=GUARD).invoke(
        {"answer": ANSWER, "question": "What is it?", "context": [Document(FACTS)]}
    )
    assert out["answer"] == SHOWN and out["groundwire"]["question"] == "What is it?"
    clean(out)


def test_the_masked_report_is_still_a_report() -> None:
    message = step().invoke(AIMessage(ANSWER))
    report = Report.from_dict(message.response_metadata["groundwire"])
    assert report.text == SHOWN and "█" in report.answer
    assert [v.label for v in report.verdicts].count("supported") == 2
    for verdict in report.verdicts:
        assert verdict.claim.text == report.answer[verdict.claim.start : verdict.claim.end]
    full = step(full_report=True).invoke(AIMessage(ANSWER))
    assert LIE in full.response_metadata["groundwire"]["answer"]


def test_content_blocks_and_unchecked_words() -> None:
    blocks = [
        {"type": "reasoning", "reasoning": LIE},
        {"type": "text", "text": f"{GOOD} ", "annotations": [{"type": "citation"}]},
        {"type": "text", "text": LIE},
        {"type": "image", "url": "https://example.org/pump.png"},
        {"type": "image", "base64": "aGVsbG8=", "mime_type": "image/png", "alt": LIE},
    ]
    message = AIMessage(blocks, additional_kwargs={"reasoning_content": LIE})  # type: ignore[arg-type]
    out = step().invoke(message)
    assert out.text.strip() == GOOD
    assert [block["type"] for block in out.content] == ["text", "image"]
    clean(out)


def test_citations_on_request() -> None:
    out = step(cite=True).invoke(AIMessage(ANSWER))
    (block,) = out.content
    assert block["text"] == SHOWN
    for note in block["annotations"]:
        assert note["type"] == "citation"
        assert block["text"][note["start_index"] : note["end_index"]].rstrip(".") in FACTS
        assert note["cited_text"] in FACTS and note["extras"]["verdict"] == "supported"
    assert "[1]" in step(cite=True).invoke(ANSWER)


def test_what_happens_to_an_answer_that_does_not_hold() -> None:
    assert step(on_fail="block").invoke(ANSWER) == BLOCKED_MESSAGE
    assert step(on_fail="block").invoke(GOOD) == GOOD
    with pytest.raises(BlockedError) as caught:
        step(on_fail="raise").invoke(ANSWER)
    assert caught.value.report.answer == ANSWER
    noted = step(on_fail="annotate").invoke(AIMessage(ANSWER))
    assert noted.content == ANSWER
    assert noted.response_metadata["groundwire"]["decision"]["flagged"] == [1, 2]
    with pytest.raises(ValueError, match="retry"):
        step(on_fail="retry")


@pytest.mark.parametrize("on_fail", ["block", "raise", "annotate"])
def test_the_same_in_streams(on_fail: Any) -> None:
    chain = rag() | step(on_fail=on_fail)
    if on_fail == "raise":
        with pytest.raises(BlockedError):
            clean(list(chain.stream("What?")))
        return
    text = "".join(chain.stream("What?"))
    assert text == (ANSWER if on_fail == "annotate" else BLOCKED_MESSAGE)


@pytest.mark.parametrize(
    ("evidence", "value"),
    [
        ("facts", {"answer": ANSWER, "facts": [FACTS]}),
        (lambda value: [Document(FACTS)], ANSWER),
        (Shelf(), ANSWER),
        (FACTS.split("|"), ANSWER),
        (None, {"output": ANSWER, "documents": [Document(FACTS)]}),
    ],
)
def test_where_evidence_is_found(evidence: Any, value: Any) -> None:
    out = GroundedRunnable(guard=GUARD, evidence=evidence).invoke(value)
    assert (out if isinstance(out, str) else out.get("answer") or out["output"]) == SHOWN


def test_no_evidence_passes_nothing() -> None:
    assert GroundedRunnable(guard=GUARD).invoke(ANSWER) == BLOCKED_MESSAGE


def test_clear_errors() -> None:
    with pytest.raises(InputError, match="'facts' is read as the key of a dict"):
        step(evidence="facts").invoke(ANSWER)
    with pytest.raises(InputError, match="answer"):
        step().invoke({"foo": ANSWER})
    with pytest.raises(InputError, match="int"):
        step().invoke(3)
    with pytest.raises(ValueError, match="release"):
        step(release="token")


def test_batches_are_scored_together() -> None:
    sizes: list[int] = []

    class Counting(FakeVerifier):
        def verify(self, claims: Any, evidence: Any) -> Any:
            sizes.append(len(claims))
            return super().verify(claims, evidence)

    guarded = GroundedRunnable(guard=Guard(verifier=Counting()), evidence=[FACTS])
    answers = [f"{GOOD} It runs on 230 V." for _ in range(5)]
    assert guarded.batch(answers) == answers
    assert len(sizes) == 1
    assert asyncio.run(guarded.abatch(answers)) == answers
    mixed = step(on_fail="raise").batch([GOOD, LIE], return_exceptions=True)
    assert mixed[0] == GOOD and isinstance(mixed[1], BlockedError)
    with pytest.raises(BlockedError):
        step(on_fail="raise").batch([GOOD, LIE])


def runs(chain: Callable[[], Any]) -> Iterator[tuple[str, Any]]:
    async def collect(source: AsyncIterator[Any]) -> list[Any]:
        return [item async for item in source]

    yield "invoke", chain().invoke("What?")
    yield "ainvoke", asyncio.run(chain().ainvoke("What?"))
    yield "stream", list(chain().stream("What?"))
    yield "astream", asyncio.run(collect(chain().astream("What?")))
    yield "batch", chain().batch(["What?"])
    yield "abatch", asyncio.run(chain().abatch(["What?"]))


@pytest.mark.parametrize(
    "chain",
    [
        lambda: rag() | step(),
        lambda: grounded(rag(), guard=GUARD),
        lambda: grounded(rag(), guard=GUARD, on_fail="retry", max_retries=0),
        lambda: (
            RunnablePassthrough() | GroundedChatModel(model=model(), guard=GUARD, evidence=[FACTS])
        ),
        lambda: rag() | step(release="answer"),
    ],
)
def test_no_leak(chain: Callable[[], Any]) -> None:
    for name, value in runs(chain):
        text = clean(value)
        assert "62 kg" in text and "230 V" in text, (name, text)


def test_streams_pass_claim_by_claim() -> None:
    parts = list((rag() | step()).stream("What?"))
    assert "".join(parts) == SHOWN
    messages = list((PROMPT | model() | step()).stream({"question": "?", "context": ""}))
    total = messages[0]
    for part in messages[1:]:
        total = total + part
    assert isinstance(total, AIMessageChunk) and total.text == SHOWN
    assert total.response_metadata["groundwire"]["text"] == SHOWN


def test_a_dict_stream_keeps_its_other_keys() -> None:
    chain = RunnablePassthrough.assign(answer=RunnableLambda(lambda v: v["context"]) | rag())
    guarded = chain | GroundedRunnable(guard=GUARD)
    parts = list(guarded.stream({"question": "What?", "context": FACTS}))
    clean(parts)
    total: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total[key] + value if key in total and key == "answer" else value
    assert total["answer"] == SHOWN and total["question"] == "What?"
    assert total["groundwire"]["text"] == SHOWN


class Tokens(BaseCallbackHandler):
    def __init__(self) -> None:
        self.said: list[str] = []
        self.events: list[tuple[str, Any]] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.said.append(token)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.said.append(repr(response))

    def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
        self.events.append((name, data))


def test_reports_are_custom_events() -> None:
    seen = Tokens()
    message = AIMessage(ANSWER)
    step().invoke(message, {"callbacks": [seen]})
    assert [name for name, _ in seen.events] == ["groundwire.report"]
    clean(seen.events)
    list(step().stream(message, {"callbacks": [seen]}))
    asyncio.run(step().ainvoke(message, {"callbacks": [seen]}))
    assert len(seen.events) == 3


async def events(chain: Any, version: Any) -> list[Any]:
    return [event async for event in chain.astream_events("What?", version=version)]


def test_what_langchain_shows_of_a_step_and_not_of_a_model() -> None:
    """Pins the table in the docs: raw tokens reach callbacks unless the model is wrapped."""
    raw = Tokens()
    list((rag() | step()).stream("What?", {"callbacks": [raw]}))
    assert "opera" in repr(raw.said)
    assert "opera" in repr(asyncio.run(events(rag() | step(), "v2")))

    def wrapped() -> Any:
        safe = GroundedChatModel(model=model(), guard=GUARD, evidence=[FACTS])
        return PROMPT_ONLY | safe | StrOutputParser()

    quiet = Tokens()
    assert "".join(wrapped().stream("What?", {"callbacks": [quiet]})) == SHOWN
    assert len(quiet.said) > 2
    clean(quiet.said)
    clean(asyncio.run(events(wrapped(), "v2")))


PROMPT_ONLY: Any = RunnableLambda(lambda question: [HumanMessage(question)])


def test_a_chain_is_asked_again_with_what_failed() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return ANSWER if len(asked) == 1 else GOOD

    chain = grounded(answer, evidence=[FACTS], guard=GUARD, on_fail="retry")
    assert chain.invoke("What?") == GOOD
    assert len(asked) == 2 and LIE in asked[1] and asked[1].startswith("What?")
    stubborn = grounded(lambda _: ANSWER, evidence=[FACTS], guard=GUARD, on_fail="retry")
    assert stubborn.invoke("What?") == SHOWN
    assert list(stubborn.stream("What?")) == [SHOWN]
    assert asyncio.run(stubborn.ainvoke({"question": "What?"})) == SHOWN
    with pytest.raises(InputError, match="ask_again"):
        stubborn.invoke(3)


def test_the_documents_of_the_same_run_are_the_evidence() -> None:
    assert grounded(rag(), guard=GUARD).invoke("What?") == SHOWN
    other = grounded(rag(), guard=GUARD, evidence=Shelf(text="The pump weighs 62 kg."))
    assert other.invoke("What?") == GOOD


def test_two_hundred_runs_do_not_mix() -> None:
    class Own(BaseRetriever):
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
            return [Document(f"Pump {query} weighs {query} kg.")]

    def answer(value: dict[str, Any]) -> str:
        number = value["question"]
        return f"Pump {number} weighs {number} kg. Pump {number} weighs {int(number) + 1} kg."

    parts = {"context": Own(), "question": RunnablePassthrough()}
    chain = grounded(parts | RunnableLambda(answer), guard=GUARD)

    async def run() -> list[str]:
        return list(await asyncio.gather(*(chain.ainvoke(str(n)) for n in range(200))))

    for number, text in enumerate(asyncio.run(run())):
        assert text.startswith(f"Pump {number} weighs {number} kg.")
        assert f"{number + 1} kg" not in text


def test_an_answer_without_words_passes() -> None:
    call = {"name": "search", "args": {}, "id": "1", "type": "tool_call"}
    message = AIMessage("", tool_calls=[call])
    assert step().invoke(message) == message
    assert list(step().stream("")) == [] or "".join(step().stream("")) == ""


def test_a_stream_without_an_answer_shows_nothing_and_says_so() -> None:
    seen: list[Any] = []
    chain: Any = RunnableLambda(lambda _: {"content": ANSWER}) | step()
    with pytest.raises(InputError, match="answer"):
        for part in chain.stream("x"):
            seen.append(part)
    assert not seen
    late = RunnablePassthrough.assign(answer=lambda _: ANSWER) | GroundedRunnable(
        guard=GUARD, evidence=[FACTS]
    )
    given = {"text": "The pump is big.", "question": "q"}
    total: dict[str, Any] = {}
    for part in late.stream(given):
        total.update(part)
    assert total["text"] == given["text"] and "opera" not in repr(total)


def test_states_with_messages_are_answers() -> None:
    state = {"messages": [HumanMessage("What?"), AIMessage(ANSWER)]}
    out = step().invoke(state)
    assert out["messages"][-1].content == SHOWN and len(out["messages"]) == 2
    clean(out)
    clean(list(step().stream(state)))


def test_nothing_that_may_hold_words_is_passed_on() -> None:
    call: Any = {"name": "search", "args": {}, "id": "1", "type": "tool_call"}
    odd: list[Any] = [
        {"type": "reasoning_content", "reasoning_content": {"text": LIE}},
        {"type": "thinking", "thinking": LIE},
        {"type": "refusal", "refusal": LIE},
        {"type": "summary", "text": LIE},
        {"text": LIE},
        {"type": "text", "text": GOOD},
    ]
    metadata = {"logprobs": {"content": [{"token": " opera"}]}, "finish_reason": "stop"}
    for content in (odd, odd[:-1]):
        for calls in ([], [call]):
            message = AIMessage(
                content, response_metadata=metadata, tool_calls=calls,
                additional_kwargs={"refusal": LIE, "reasoning_content": LIE},
            )  # fmt: skip
            out = step().invoke(message)
            clean(out)
            assert out.response_metadata["finish_reason"] == "stop"
            assert len(out.tool_calls) == len(calls)
            clean(list(step().stream(message)))
    kept = step(keep_reasoning=True).invoke(AIMessage(odd))
    assert "thinking" in [block["type"] for block in kept.content]


def test_a_cache_does_not_carry_answers_to_other_evidence() -> None:
    set_llm_cache(InMemoryCache())
    try:
        for facts, shown in ((FACTS, GOOD), ("The case is red.", BLOCKED_MESSAGE)):
            safe = GroundedChatModel(model=model(GOOD), guard=GUARD, evidence=[facts])
            assert safe.invoke("q").text == shown
    finally:
        set_llm_cache(None)


def test_collected_runs_hold_nothing_unchecked_and_count_tokens_once() -> None:
    usage: Any = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    said = AIMessage(ANSWER, usage_metadata=usage, response_metadata={"model_name": "m"})
    safe = GroundedChatModel(model=model(said), guard=GUARD, evidence=[FACTS])
    with collect_runs() as runs_, get_usage_metadata_callback() as counted:
        safe.invoke("q")
    clean([run.outputs for run in runs_.traced_runs])
    assert counted.usage_metadata["m"]["total_tokens"] == 2


def test_structured_output_of_a_guarded_model_is_checked() -> None:
    class Sheet(BaseModel):
        summary: str

    class Tooled(GenericFakeChatModel):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return self.bind(tools=[])

    args = {"summary": f"{GOOD} {LIE}"}
    call: Any = {"name": "Sheet", "args": args, "id": "1", "type": "tool_call"}
    inner = Tooled(messages=iter([AIMessage("", tool_calls=[call])]))
    safe = GroundedChatModel(model=inner, guard=GUARD, evidence=[FACTS])
    assert safe.with_structured_output(Sheet).invoke("q") == Sheet(summary=GOOD)


def test_a_whole_message_streams_as_chunks_of_a_message() -> None:
    usage: Any = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    said = AIMessage(ANSWER, usage_metadata=usage, response_metadata={"model_name": "m"})
    chain: Any = RunnableLambda(lambda _: said) | step() | RunnableLambda(lambda m: m)
    (out,) = list(chain.stream("q"))
    assert isinstance(out, AIMessageChunk) and out.text == SHOWN
    assert out.usage_metadata == usage and out.response_metadata["model_name"] == "m"


def test_evidence_that_comes_after_the_first_words_is_waited_for() -> None:
    gate = threading.Event()

    def context(_: Any) -> list[Document]:
        gate.wait(10)
        return [Document(FACTS)]

    def answer(_: Any) -> Iterator[str]:
        yield GOOD
        gate.set()
        yield " It runs on 230 V."

    both = RunnableParallel(answer=RunnableGenerator(answer), context=RunnableLambda(context))
    total = ""
    for part in (both | GroundedRunnable(guard=GUARD)).stream("q"):
        total += part.get("answer", "")
    assert total == f"{GOOD} It runs on 230 V."


def test_functions_of_evidence_in_streams_and_async() -> None:
    async def later(value: Any) -> list[str]:
        return [FACTS]

    sees = step(evidence=lambda m: [FACTS] if m.content else None)
    assert "".join(part.text for part in sees.stream(AIMessage(GOOD))) == GOOD
    assert step(evidence=later).invoke(GOOD) == GOOD
    assert asyncio.run(step(evidence=later).ainvoke(GOOD)) == GOOD


def test_words_before_a_tool_call_are_no_refusal() -> None:
    call: Any = {"name": "search", "args": {}, "id": "1", "type": "tool_call"}
    out = GroundedRunnable(guard=GUARD).invoke(AIMessage("It is surely red.", tool_calls=[call]))
    assert out.text == "" and out.tool_calls


def test_a_batch_tells_of_its_reports_and_fails_row_by_row() -> None:
    seen = Tokens()
    step().batch([AIMessage(GOOD)] * 2, {"callbacks": [seen]})
    assert len(seen.events) == 2
    rows: list[Any] = [GOOD, 5, {"nokey": 1}]
    out = step().batch(rows, return_exceptions=True)
    assert out[0] == GOOD and all(isinstance(item, InputError) for item in out[1:])
