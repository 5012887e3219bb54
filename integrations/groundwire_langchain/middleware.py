"""The guard as middleware of LangChain agents (``langchain>=1``, extra ``langchain``)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, NotRequired, TypeAlias, get_args

from langchain.agents.middleware import types as agent_types
from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    PrivateStateAttr,
)
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable
from langgraph.types import Command, interrupt

from groundwire.errors import BlockedError, InputError
from groundwire.evidence.oneoff import one_off
from groundwire.guard import Guard
from groundwire.protocols import Retriever
from groundwire.types import Evidence, Report
from groundwire_langchain.actions import ActionVerifier, successful_calls
from groundwire_langchain.carriers import METADATA, text_of
from groundwire_langchain.chat_model import GroundedChatModel
from groundwire_langchain.evidence import message_evidence, question_of, resolve
from groundwire_langchain.step import Step, failed, feedback

ExitBehavior: TypeAlias = Literal["replace", "retry", "end", "error", "annotate", "interrupt"]
Streaming: TypeAlias = Literal["buffer", "claim", "off"]


class GroundingState(AgentState[Any]):
    """The agent's state, with the draft that waits for a person; plain JSON."""

    groundwire_draft: NotRequired[Annotated[dict[str, Any] | None, PrivateStateAttr]]


class GroundingMiddleware(AgentMiddleware[GroundingState, Any, Any]):
    """Checks what an agent says before it reaches the state, a stream or a reader.

        agent = create_agent(model, tools, middleware=[GroundingMiddleware()])

    Evidence is what the tools of the conversation returned (the Documents of a message's
    artifact, else its text), what earlier verified answers said, and what ``evidence`` finds.
    Sentences about actions ("I have booked a table") need a successful tool call of the same
    run. Sentences in structured output are checked as well. The model runs without the run's
    callbacks, so its raw tokens appear in no stream.

    The report is in ``response_metadata["groundwire"]`` of the message, as plain JSON, with the
    words that were not let through masked.
    """

    state_schema = GroundingState
    trace_policy = (
        agent_types.TracePolicy(process_inputs=agent_types.omit_payload)
        if hasattr(agent_types, "TracePolicy") and hasattr(agent_types, "omit_payload")
        else None
    )

    def __init__(
        self,
        guard: Guard | None = None,
        *,
        evidence: Any = None,
        exit_behavior: ExitBehavior = "replace",
        max_retries: int = 1,
        violation_message: str | None = None,
        streaming: Streaming = "buffer",
        check_structured: bool = True,
        check_actions: bool = True,
        earlier_answers: bool = True,
        cite: bool = False,
        keep_reasoning: bool = False,
        deadline: float | None = None,
        on_report: Callable[[Report], object] | None = None,
        name: str | None = None,
    ) -> None:
        """Sets the middleware.

        Args:
            guard: checks the answers; by default one with the embedded models.
            evidence: beside what the tools returned: a retriever (LangChain's or groundwire's),
                a function of the state, or texts and Documents.
            exit_behavior: with an answer that does not hold (words before a tool call are only
                ever repaired or removed): ``"replace"`` repairs it or
                removes what fails, ``"retry"`` asks the model again and then does the same,
                ``"end"`` says the violation message and calls no more tools, ``"error"``
                raises ``BlockedError``, ``"annotate"`` lets it through with its report, and
                ``"interrupt"`` asks a person (needs a checkpointer).
            max_retries: times that ``"retry"`` asks again for one answer.
            violation_message: said in place of an answer that does not hold; ``{reason}`` is
                filled in. By default the repaired text, or the guard's message.
            streaming: ``"buffer"`` shows an answer when all of it was checked, ``"claim"``
                streams claim by claim (with ``"replace"``), ``"off"`` lets raw tokens out and
                checks afterwards.
            check_structured: check the sentences of structured output.
            check_actions: check claimed actions against tool calls.
            earlier_answers: take verified answers of earlier turns as evidence.
            cite: add standard citations to messages. They are sent back to the provider with
                the conversation, and some reject them.
            keep_reasoning: keep the model's reasoning, unchecked, in the state; Anthropic's
                extended thinking needs it with tools.
            deadline: seconds, see ``Guard.stream``.
            on_report: called with each report, unmasked.
            name: of the middleware, where an agent has two.

        Raises:
            InputError: if an option is unknown.
        """
        super().__init__()
        for value, allowed, option in (
            (exit_behavior, get_args(ExitBehavior), "exit_behavior"),
            (streaming, get_args(Streaming), "streaming"),
        ):
            if value not in allowed:
                raise InputError(f"{option} is {value!r}: use one of {', '.join(allowed)}")
        if not isinstance(max_retries, int) or max_retries < 0:
            raise InputError(f"max_retries is {max_retries!r}: give 0 or more")
        self.guard = guard or Guard()
        self.evidence = evidence
        self.exit_behavior = exit_behavior
        self.max_retries = max_retries if exit_behavior == "retry" else 0
        self.violation_message = violation_message
        self.streaming = streaming
        self.check_structured = check_structured
        self.check_actions = check_actions
        self.earlier_answers = earlier_answers
        self.cite = cite
        self.keep_reasoning = keep_reasoning
        self.deadline = deadline
        self.on_report = on_report
        self._name = name or type(self).__name__

    @property
    def name(self) -> str:
        """Unique among the middleware of an agent."""
        return self._name

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]
    ) -> Any:
        """Runs the model and lets through what holds."""
        call = _Call(self, request)
        while True:
            response = handler(call.request())
            call.gate(response)
            if not call.again(response):
                return call.finish(response)

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[Any]]
    ) -> Any:
        """The async form of ``wrap_model_call``; checks run in threads."""
        call = await asyncio.to_thread(_Call, self, request)
        while True:
            response = await handler(call.request())
            await asyncio.to_thread(call.gate, response)
            if not call.again(response):
                return call.finish(response)

    def after_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Asks a person about a draft that does not hold (``exit_behavior="interrupt"``).

        The interrupt's value has ``draft``, ``text`` (what is shown unless the person says
        otherwise) and ``report``; it is resumed with ``{"type": "approve"}``, ``{"type":
        "edit", "text": ...}``, ``{"type": "respond", "text": ...}`` or ``{"type": "reject"}``.
        Nothing is checked again when the node runs once more.

        Raises:
            InputError: if it is resumed with anything else.
        """
        waiting = state.get("groundwire_draft")
        last = state["messages"][-1] if state["messages"] else None
        if not waiting or last is None or last.id != waiting["id"]:
            return None
        answer = interrupt({key: waiting[key] for key in ("draft", "text", "report")})
        text = _decided(answer, waiting, self.violation_message or self.guard.blocked_message)
        return {
            "messages": [last.model_copy(update={"content": text})],
            "groundwire_draft": None,
        }

    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """The async form of ``after_model``."""
        return self.after_model(state, runtime)


class _Call:
    """One call of the model under guard, and its repetitions."""

    def __init__(self, owner: GroundingMiddleware, request: ModelRequest[Any]) -> None:
        self.owner = owner
        self.original = request
        self.left = owner.max_retries
        self.notes: list[HumanMessage] = []
        self.reports: list[Report] = []
        messages = list((request.state or {}).get("messages") or request.messages)
        self.own = _schema_names(request.response_format)
        messages = [m for m in messages if not (isinstance(m, ToolMessage) and m.name in self.own)]
        self.question = question_of(messages)
        self.evidence = self._evidence(messages)
        guard = owner.guard
        if owner.check_actions:
            calls = tuple(successful_calls(messages))
            guard = guard.with_verifier(ActionVerifier(guard.verifier, calls))
        self.guard = guard

    def _evidence(self, messages: Sequence[Any]) -> Any:
        found = message_evidence(messages, earlier=self.owner.earlier_answers)
        if self.owner.check_actions:
            found += [call.record for call in successful_calls(messages)]
        more = resolve(self.owner.evidence, self.original.state)
        if self.owner.evidence is None:
            more = None
        retriever = more if isinstance(more, Retriever) else None
        if retriever is None and more is not None:
            found += list(more) if isinstance(more, list | tuple) else [more]
        retriever = retriever or (self.owner.guard.retriever if not found else None)
        if retriever is None:
            return found
        return _Both(one_off(found), retriever) if found else retriever

    def request(self) -> ModelRequest[Any]:
        """The request, with a model that says nothing unchecked."""
        request, owner = self.original, self.owner
        if self.notes:
            request = request.override(messages=[*request.messages, *self.notes])
        model = request.model
        if owner.streaming == "off" or not isinstance(model, Runnable):
            return request
        replaces = owner.exit_behavior == "replace" and owner.violation_message is None
        structured = request.response_format is not None
        quiet = not replaces or owner.streaming == "buffer" or structured
        raw = owner.exit_behavior == "annotate"
        guarded = GroundedChatModel(
            model=model, guard=self.guard, evidence=lambda _: self.evidence,
            question=self.question,
            on_fail="annotate" if raw else "rewrite", release="claim", deadline=owner.deadline,
            cite=owner.cite, on_report=self.reports.append, disable_streaming=quiet,
            keep_reasoning=owner.keep_reasoning,
            structured=owner.check_structured and structured,
            tags=["nostream"] if quiet and not (replaces and not structured) else None,
        )  # fmt: skip
        return request.override(model=guarded)

    def gate(self, response: Any) -> None:
        """Checks what did not come from the guarded model (another middleware may change it)."""
        step = Step(
            self.guard, "annotate" if self.owner.exit_behavior == "annotate" else "rewrite",
            citing=self.owner.cite, on_report=self.reports.append,
            reasoning=self.owner.keep_reasoning,
        )  # fmt: skip
        for i, message in enumerate(result_of(response)):
            if not isinstance(message, AIMessage):
                continue
            if not text_of(message).strip():
                result_of(response)[i] = step.quiet(message)
                continue
            carried = message.response_metadata.get(METADATA) or {}
            if carried.get("text") == text_of(message) and self.reports:
                continue
            if self.original.response_format is not None and not message.content:
                continue
            result_of(response)[i] = step.check(message, self.evidence, self.question)

    def _bad(self, response: Any) -> list[Report]:
        """The reports of an answer that does not hold; words before a tool call are no answer."""
        said = [m for m in result_of(response) if isinstance(m, AIMessage)]
        if any(tool["name"] not in self.own for m in said for tool in m.tool_calls):
            return []
        return [report for report in self.reports if failed(report)]

    def again(self, response: Any) -> bool:
        """Whether the model is to be asked once more; sets what it is told."""
        bad = self._bad(response)
        if not bad or self.left <= 0:
            return False
        self.left -= 1
        self.notes = [
            HumanMessage(feedback(bad[-1]), additional_kwargs={"lc_source": "groundwire"})
        ]
        self._told()
        self.reports = []
        return True

    def _told(self) -> None:
        if self.owner.on_report is not None:
            for report in self.reports:
                self.owner.on_report(report)

    def finish(self, response: Any) -> Any:
        """The response as the exit behavior wants it."""
        self._told()
        owner = self.owner
        bad = self._bad(response)
        if not bad or owner.exit_behavior == "annotate":
            return response
        report = bad[-1]
        if owner.exit_behavior == "error":
            raise BlockedError(report)
        messages = result_of(response)
        last = max(i for i, message in enumerate(messages) if isinstance(message, AIMessage))
        message = messages[last]
        if owner.exit_behavior == "end":
            text = self._violation(report) or owner.guard.blocked_message
            messages[last] = _saying(message, text).model_copy(update={"tool_calls": []})
        elif (said := self._violation(report)) and text_of(message).strip():
            messages[last] = _saying(message, said)
        if owner.exit_behavior == "interrupt":
            return self._ask(response, messages[last], report)
        return response

    def _violation(self, report: Report) -> str | None:
        message = self.owner.violation_message
        return message and message.replace("{reason}", report.decision.reason)

    def _ask(self, response: Any, message: AIMessage, report: Report) -> Any:
        draft = {
            "id": message.id, "draft": report.answer, "text": text_of(message),
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


def result_of(response: Any) -> list[Any]:
    """The messages of what a model call returned, as a list that can be changed in place."""
    if isinstance(response, ExtendedModelResponse):
        return response.model_response.result
    if isinstance(response, ModelResponse):
        return response.result
    return [response]


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


def _decided(answer: Any, waiting: dict[str, Any], refusal: str) -> str:
    if isinstance(answer, dict) and isinstance(answer.get("decisions"), list):
        answer = answer["decisions"][0] if answer["decisions"] else None
    kind = answer.get("type") if isinstance(answer, dict) else answer
    if kind == "approve":
        return str(waiting["draft"])
    if kind == "reject":
        return refusal
    if kind in ("edit", "respond") and isinstance(answer, dict):
        text = answer.get("text", answer.get("message"))
        if isinstance(text, str):
            return text
    raise InputError(
        f"the interrupt was resumed with {answer!r:.80}: give {{'type': 'approve'}}, "
        "{'type': 'edit', 'text': ...}, {'type': 'respond', 'text': ...} or {'type': 'reject'}"
    )
