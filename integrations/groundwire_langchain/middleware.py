"""Middleware of LangChain agents that guards (``langchain>=1``, extra ``langchain``)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, Never, NotRequired, TypeAlias, get_args

from langchain.agents.middleware import types as agent_types
from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    ModelRequest,
    PrivateStateAttr,
)
from langgraph.types import interrupt

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.guard.stream_state import Release
from groundwire.types import Report
from groundwire_langchain.check import OnFail
from groundwire_langchain.evidence import check_evidence
from groundwire_langchain.model_call import ModelCall
from groundwire_langchain.options import accept_old_names, make_guard, read_old_name, refuse_unknown

AgentOnFail: TypeAlias = Literal[OnFail, "interrupt"]
AgentRelease: TypeAlias = Literal[Release, "token"]


class GroundingState(AgentState[Any]):
    """The agent's state, with the draft that waits for a person; plain JSON."""

    groundwire_draft: NotRequired[Annotated[dict[str, Any] | None, PrivateStateAttr]]


class GroundingMiddleware(AgentMiddleware[GroundingState, Any, Any]):
    """Checks what an agent says before it reaches the state, a stream or a reader.

        agent = create_agent(model, tools, middleware=[GroundingMiddleware(guard)])

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

    @accept_old_names("on_fail", "release", "evidence")
    def __init__(
        self,
        guard: Guard | None = None,
        *,
        evidence: Any = None,
        on_fail: AgentOnFail = "rewrite",
        max_retries: int = 1,
        violation_message: str | None = None,
        release: AgentRelease = "answer",
        check_structured: bool = True,
        check_actions: bool = True,
        earlier_answers: bool = True,
        cite: bool = False,
        keep_reasoning: bool = False,
        deadline: float | None = None,
        on_report: Callable[[Report], object] | None = None,
        name: str | None = None,
        **unknown: Never,
    ) -> None:
        """Sets the middleware.

        Args:
            guard: checks the answers; by default one with the embedded models.
            evidence: beside what the tools returned: a retriever (LangChain's or groundwire's),
                a function of the state, or texts and Documents.
            on_fail: with an answer that does not hold (words before a tool call are only
                ever repaired or removed): ``"rewrite"`` repairs it or
                removes what fails, ``"block"`` says the violation message and calls no more
                tools, ``"raise"`` raises ``BlockedError``, ``"annotate"`` lets it through with
                its report, ``"retry"`` asks the model again and then does as ``"rewrite"``, and
                ``"interrupt"`` asks a person (needs a checkpointer, else ``InputError`` when
                the agent runs). Structured output of which a value does not hold, or still
                states what was taken out of a sentence, raises ``BlockedError`` with all of
                them but ``"annotate"`` (after the retries of ``"retry"``).
            max_retries: times that ``"retry"`` asks again for one answer.
            violation_message: said in place of an answer that does not hold; ``{reason}`` is
                filled in. By default the repaired text, or the guard's message.
            release: of streams: ``"answer"`` shows an answer when all of it was checked,
                ``"claim"`` each claim (with ``on_fail="rewrite"``), ``"token"`` lets raw tokens
                out and checks afterwards.
            check_structured: check structured output, its values with the names of their
                fields; it is never streamed then.
            check_actions: check claimed actions against tool calls.
            earlier_answers: take verified answers of earlier turns as evidence.
            cite: add standard citations to messages. They are sent back to the provider with
                the conversation, and some reject them.
            keep_reasoning: keep the model's reasoning, unchecked, in the state; Anthropic's
                extended thinking needs it with tools.
            deadline: seconds, see ``Guard.stream``; holds with ``release="claim"``.
            on_report: called with each report, unmasked.
            name: of the middleware, where an agent has two.
            **unknown: refused.

        Raises:
            InputError: if an option is unknown or its value cannot be used.
        """
        super().__init__()
        options = inspect.signature(GroundingMiddleware).parameters
        refuse_unknown(
            type(self).__name__, unknown, [name for name in options if name != "unknown"]
        )
        for value, allowed, option in (
            (on_fail, get_args(AgentOnFail), "on_fail"),
            (release, get_args(AgentRelease), "release"),
        ):
            if value not in allowed:
                raise InputError(f"{option} is {value!r}: use one of {', '.join(allowed)}")
        if not isinstance(max_retries, int) or max_retries < 0:
            raise InputError(f"max_retries is {max_retries!r}: give 0 or more")
        self.guard = make_guard(guard)
        self.evidence = check_evidence(evidence)
        self.on_fail = on_fail
        self.max_retries = max_retries if on_fail == "retry" else 0
        self.violation_message = violation_message
        self.release = release
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

    @property
    def exit_behavior(self) -> str:
        """The old name of ``on_fail``, with its old values; it goes in the next release."""
        return read_old_name("exit_behavior", self.on_fail)

    @property
    def streaming(self) -> str:
        """The old name of ``release``, with its old values; it goes in the next release."""
        return read_old_name("streaming", self.release)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]
    ) -> Any:
        """Runs the model and lets through what holds."""
        call = ModelCall(self, request)
        while True:
            response = handler(call.request())
            call.gate(response)
            if not call.again(response):
                return call.finish(response)

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[Any]]
    ) -> Any:
        """The async form of ``wrap_model_call``; checks run in threads."""
        call = await asyncio.to_thread(ModelCall, self, request)
        while True:
            response = await handler(call.request())
            await asyncio.to_thread(call.gate, response)
            if not call.again(response):
                return call.finish(response)

    def after_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Asks a person about a draft that does not hold (``on_fail="interrupt"``).

        The interrupt's value has ``draft``, ``text`` (what is shown unless the person says
        otherwise) and ``report``; it is resumed with ``{"type": "approve"}``, ``{"type":
        "edit", "text": ...}``, ``{"type": "respond", "text": ...}`` or ``{"type": "reject"}``.
        Resumed with anything else it asks again, with the ``error`` in its value. Nothing is
        checked again when the node runs once more.
        """
        waiting = state.get("groundwire_draft")
        last = state["messages"][-1] if state["messages"] else None
        if not waiting or last is None or last.id != waiting["id"]:
            return None
        refusal = self.violation_message or self.guard.choose_blocked_message(
            waiting["report"]["question"], waiting["report"]["answer"]
        )
        asked = {key: waiting[key] for key in ("draft", "text", "report")}
        text = None
        # LangGraph keeps what an interrupt was resumed with: raising here would raise for ever.
        while text is None:
            answer = interrupt(asked)
            try:
                text = _decided(answer, waiting, refusal)
            except InputError as error:
                asked = {**asked, "error": str(error)}
        return {
            "messages": [last.model_copy(update={"content": text})],
            "groundwire_draft": None,
        }

    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """The async form of ``after_model``."""
        return self.after_model(state, runtime)


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
