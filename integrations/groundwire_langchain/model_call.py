"""Model call of an agent under guard, and its repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware.types import ExtendedModelResponse, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable
from langgraph.config import get_config
from langgraph.constants import CONFIG_KEY_CHECKPOINTER
from langgraph.types import Command

from groundwire.errors import BlockedError, InputError
from groundwire.evidence.adhoc import make_retriever
from groundwire.guard.fields import (
    find_contradiction,
    has_false_value,
    parse_json,
    yield_leaf_texts,
    yield_sentences,
)
from groundwire.guard.structured import block_report, has_failed
from groundwire.protocols import Retriever
from groundwire.types import Evidence, Report
from groundwire_langchain.actions import ActionVerifier, is_reading
from groundwire_langchain.chat_model import GroundedChatModel
from groundwire_langchain.check import Step, write_feedback
from groundwire_langchain.evidence import (
    collect_verified,
    find_history,
    find_question,
    read_message_evidence,
    resolve_evidence,
)
from groundwire_langchain.messages import METADATA, read_text
from groundwire_langchain.tool_calls import find_successful

if TYPE_CHECKING:
    from groundwire_langchain.middleware import GroundingMiddleware


class ModelCall:
    """One call of the model under guard, and its repetitions."""

    def __init__(self, owner: GroundingMiddleware, request: ModelRequest[Any]) -> None:
        if owner.on_fail == "interrupt":
            _can_wait()
        self.owner = owner
        self.original = request
        self.structured = owner.check_structured and request.response_format is not None
        self.unfit = False
        self.left = owner.max_retries
        self.notes: list[HumanMessage] = []
        self.reports: list[Report] = []
        messages = list((request.state or {}).get("messages") or request.messages)
        self.own = _schema_names(request.response_format)
        messages = [m for m in messages if not (isinstance(m, ToolMessage) and m.name in self.own)]
        self.question = find_question(messages)
        self.history = find_history(messages)
        self.evidence = self._evidence(messages)
        guard = owner.guard
        if owner.check_actions:
            calls = tuple(find_successful(messages))
            earlier = tuple(collect_verified(messages)) if owner.earlier_answers else ()
            guard = guard.with_verifier(ActionVerifier(guard.verifier, calls, earlier))
        self.guard = guard

    def _evidence(self, messages: Sequence[Any]) -> Any:
        found = read_message_evidence(messages, earlier=self.owner.earlier_answers)
        if self.owner.check_actions:
            found += [call.facts for call in find_successful(messages) if not is_reading(call.name)]
        more = resolve_evidence(self.owner.evidence, self.original.state)
        if self.owner.evidence is None:
            more = None
        retriever = more if isinstance(more, Retriever) else None
        if retriever is None and more is not None:
            found += list(more) if isinstance(more, list | tuple) else [more]
        retriever = retriever or (self.owner.guard.retriever if not found else None)
        if retriever is None:
            return found
        return _Both(make_retriever(found), retriever) if found else retriever

    def request(self) -> ModelRequest[Any]:
        """The request, with a model that says nothing unchecked."""
        request, owner = self.original, self.owner
        if self.notes:
            request = request.override(messages=[*request.messages, *self.notes])
        model = request.model
        if (owner.release == "token" and not self.structured) or not isinstance(model, Runnable):
            return request
        replaces = owner.on_fail == "rewrite" and owner.violation_message is None
        whole = request.response_format is not None
        quiet = not replaces or owner.release != "claim" or whole
        raw = owner.on_fail == "annotate"
        guarded = GroundedChatModel(
            model=model, guard=self.guard, evidence=lambda _: self.evidence,
            question=self.question,
            on_fail="annotate" if raw else "rewrite", release="claim", deadline=owner.deadline,
            cite=owner.cite, on_report=self.reports.append, disable_streaming=quiet,
            keep_reasoning=owner.keep_reasoning,
            structured="fields" if self.structured else False,
            tags=["nostream"] if quiet and not (replaces and not whole) else None,
        )  # fmt: skip
        return request.override(model=guarded)

    def gate(self, response: Any) -> None:
        """Checks what did not come from the guarded model (another middleware may change it)."""
        step = Step(
            self.guard, "annotate" if self.owner.on_fail == "annotate" else "rewrite",
            citing=self.owner.cite, on_report=self.reports.append,
            reasoning=self.owner.keep_reasoning,
        )  # fmt: skip
        if self.structured:
            self._gate_fields(response, step)
        for i, message in enumerate(read_result(response)):
            if not isinstance(message, AIMessage):
                continue
            if not read_text(message).strip():
                read_result(response)[i] = step.quiet(message)
                continue
            carried = message.response_metadata.get(METADATA) or {}
            if carried.get("text") == read_text(message) and self.reports:
                continue
            if self.structured and parse_json(read_text(message)) is not None:
                continue
            read_result(response)[i] = step.check(
                message, self.evidence, self.question, self.history
            )

    def _gate_fields(self, response: Any, step: Step) -> None:
        """Checks the sentences in fields that did not come from the guarded model."""
        raw = self.owner.on_fail == "annotate"
        heard = {report.answer if raw else report.text for report in self.reports}
        data = self._data(response)
        texts = [text for text in yield_sentences(data) if text not in heard]
        leaves = [text for text in yield_leaf_texts(data) if text not in heard]
        if texts or leaves:
            count = len(texts) + len(leaves)
            found = self.guard.check_many(
                [*texts, *leaves],
                [self.evidence] * count, [self.question] * count, [self.history] * count,
            )  # fmt: skip
            found = [*found[: len(texts)], *filter(has_false_value, found[len(texts) :])]
            settled = [step.settle(step.explained(report, self.evidence)) for report in found]
            self.unfit = self.unfit or any(has_failed(report) for report in settled)

    def _data(self, response: Any) -> list[Any]:
        """The structured answers of a response."""
        said = [m for m in read_result(response) if isinstance(m, AIMessage)]
        calls = [call["args"] for m in said for call in m.tool_calls if call["name"] in self.own]
        return [*calls, *(parse_json(read_text(m)) for m in said)]

    def _bad(self, response: Any) -> list[Report]:
        """The reports of an answer that does not hold; words before a tool call are no answer."""
        said = [m for m in read_result(response) if isinstance(m, AIMessage)]
        if any(tool["name"] not in self.own for m in said for tool in m.tool_calls):
            return []
        return [report for report in self.reports if has_failed(report)]

    def again(self, response: Any) -> bool:
        """Whether the model is to be asked once more; sets what it is told."""
        bad = self._bad(response)
        if not bad or self.left <= 0:
            return False
        self.left -= 1
        self.notes = [
            HumanMessage(write_feedback(bad[-1]), additional_kwargs={"lc_source": "groundwire"})
        ]
        self._told()
        self.reports = []
        self.unfit = False
        return True

    def _told(self) -> None:
        if self.owner.on_report is not None:
            for report in self.reports:
                self.owner.on_report(report)

    def finish(self, response: Any) -> Any:
        """The response as ``on_fail`` wants it."""
        self._told()
        owner = self.owner
        if owner.on_fail == "annotate":
            return response
        self._refuse_fields(response)
        bad = self._bad(response)
        if not bad:
            return response
        report = bad[-1]
        if owner.on_fail == "raise":
            raise BlockedError(report)
        messages = read_result(response)
        last = max(i for i, message in enumerate(messages) if isinstance(message, AIMessage))
        message = messages[last]
        if owner.on_fail == "block":
            text = self._violation(report) or owner.guard.choose_blocked_message(
                report.question, report.answer
            )
            messages[last] = _saying(message, text).model_copy(update={"tool_calls": []})
        elif (said := self._violation(report)) and read_text(message).strip():
            messages[last] = _saying(message, said)
        if owner.on_fail == "interrupt":
            return self._ask(response, messages[last], report)
        return response

    def _refuse_fields(self, response: Any) -> None:
        """Raises for structured output that may not pass.

        That is one of which a value states what a sentence lost, since a value of a schema can
        neither be repaired nor say that it was refused, and one that was read unrepaired.
        """
        bad = [report for report in self.reports if has_failed(report)]
        if not self.structured or not bad:
            return
        reason = find_contradiction(self._data(response), bad)
        if reason is None and self.unfit:
            reason = bad[-1].decision.reason
        if reason is not None:
            raise BlockedError(block_report(bad[-1], reason))

    def _violation(self, report: Report) -> str | None:
        message = self.owner.violation_message
        return message and message.replace("{reason}", report.decision.reason)

    def _ask(self, response: Any, message: AIMessage, report: Report) -> Any:
        draft = {
            "id": message.id, "draft": report.answer, "text": read_text(message),
            "report": report.to_dict(),
        }  # fmt: skip
        command: Command[Any] = Command(update={"groundwire_draft": draft})
        if isinstance(response, ExtendedModelResponse):
            return response
        if not isinstance(response, ModelResponse):
            response = ModelResponse(result=[message])
        return ExtendedModelResponse(model_response=response, command=command)


class _Both:
    """Two retrievers as one: what both of them find."""

    def __init__(self, first: Retriever, second: Retriever) -> None:
        self._parts = (first, second)

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        found = [part.retrieve(queries) for part in self._parts]
        return [[*a, *b] for a, b in zip(*found, strict=True)]


def read_result(response: Any) -> list[Any]:
    """The messages of what a model call returned, as a list that can be changed in place."""
    if isinstance(response, ExtendedModelResponse):
        return response.model_response.result
    if isinstance(response, ModelResponse):
        return response.result
    return [response]


def _can_wait() -> None:
    """Refuses an agent that cannot wait for a person.

    Raises:
        InputError: if it runs in a graph without a checkpointer. LangGraph itself returns the
            interrupt then, and raises when it is resumed.
    """
    try:
        config = get_config()
    except RuntimeError:
        return
    if not config.get("configurable", {}).get(CONFIG_KEY_CHECKPOINTER):
        raise InputError(
            "on_fail is 'interrupt', and the agent has no checkpointer to wait for a person "
            "with: pass create_agent(..., checkpointer=InMemorySaver()), or use another "
            "on_fail"
        )


def _schema_names(response_format: Any) -> set[str]:
    """Names under which an agent keeps structured answers among the tools' messages."""
    specs = getattr(response_format, "schema_specs", None) or []
    schema = getattr(response_format, "schema", response_format)
    names = {spec.name for spec in specs} | {getattr(schema, "__name__", None)}
    if isinstance(schema, dict):
        names.add(schema.get("title"))
    return {name for name in names if name}


def _saying(message: AIMessage, text: str) -> AIMessage:
    return message.model_copy(update={"content": text})
