"""Guardrail of LiteLLM over HTTP: its ``generic_guardrail_api``, whole answers and streams.

An answer comes without the messages before it. So the request, which comes first where the
guardrail's ``mode`` is ``[pre_call, post_call]``, is kept for a while under LiteLLM's id of the
call, in this process. Of a stream all of the text so far comes each time, and nobody says which
time is the last.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from groundwire.errors import InputError
from groundwire.evidence.sources import open_sources
from groundwire.guard.growing import GrowingAnswer, GrowingAnswers
from groundwire.protocols import Retriever
from groundwire.serve.conversation import Conversation, read_conversation
from groundwire.serve.engine import Engine
from groundwire.serve.extension import UNCHECKED
from groundwire.serve.problems import make_response

ROUTE = "/beta/litellm_basic_guardrail_api"
MOST = 4096
"""Calls that are remembered; of more, the oldest is forgotten, and its answer is not known."""

NOTE = f"\n\n[{UNCHECKED}]"
"""Said after an answer that could not be checked, where such answers are labeled."""

EXAMPLE: dict[str, Any] = {
    "input_type": "response",
    "litellm_call_id": "1",
    "texts": ["The warranty lasts 24 months."],
    "request_data": {},
}


class GuardrailRequest(BaseModel):
    """What LiteLLM sends; it has more fields, which are not read."""

    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}

    input_type: Literal["request", "response"] = Field(description="What the texts are of.")
    litellm_call_id: str | None = Field(default=None, description="Joins an answer to its request.")
    texts: list[str] | None = Field(default=None, description="The texts of the answer, so far.")
    structured_messages: list[dict[str, Any]] | None = Field(
        default=None, description="The messages of a request."
    )
    additional_provider_specific_params: dict[str, Any] | None = Field(
        default=None, description="`index` names one of the server's indexes."
    )


class GuardrailAnswer(BaseModel):
    """What LiteLLM reads."""

    action: Literal["NONE", "GUARDRAIL_INTERVENED", "BLOCKED"]
    texts: list[str] | None = Field(default=None, description="What may be shown.")
    blocked_reason: str | None = None
    stream_holdback_chars: list[int] | None = Field(
        default=None,
        description="Characters at the end of each text that a stream may not show yet.",
    )


class _Call:
    """One call of a model: what was said before its answer, and where that is looked up."""

    def __init__(self, told: Conversation, known: bool) -> None:
        self.told = told
        self.known = known
        self.begun = time.monotonic()
        self.unevidenced = False
        self.evidence: dict[str | None, Retriever | None] = {}


class Calls:
    """Calls of models that may still be answered; they are used in the event loop alone."""

    def __init__(self, seconds: float, most: int = MOST) -> None:
        """Sets how long a call is remembered, and how many are."""
        self._seconds = seconds
        self._most = most
        self._kept: OrderedDict[str, _Call] = OrderedDict()

    def add(self, name: str | None, told: Conversation) -> None:
        """Remembers what was said in a request."""
        if name is None:
            return
        self._drop_old()
        self._kept.pop(name, None)
        self._kept[name] = _Call(told, True)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def find(self, name: str | None) -> _Call:
        """Returns a call; of one that is not known, nothing was said before."""
        self._drop_old()
        known = None if name is None else self._kept.get(name)
        return _Call(Conversation(None, (), ()), False) if known is None else known

    def _drop_old(self) -> None:
        now = time.monotonic()
        while self._kept and now - next(iter(self._kept.values())).begun > self._seconds:
            self._kept.popitem(last=False)


def make_litellm_router(engine: Engine) -> APIRouter:
    """Returns the route that LiteLLM asks.

    Raises:
        GroundwireError: if one of the named indexes cannot be opened.
    """
    router = APIRouter(tags=["litellm"])
    guardrail = _Guardrail(engine)

    @router.post(ROUTE, response_model=GuardrailAnswer)
    async def apply(request: GuardrailRequest) -> Response:
        """Remember a request; check the texts of an answer, and say what may be shown."""
        if request.input_type == "request":
            answer = guardrail.remember(request)
        else:
            answer = await guardrail.check(request)
        return make_response(answer.model_dump(exclude_none=True))

    return router


class _Guardrail:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._settings = settings = engine.settings
        self._calls = Calls(settings.chat_seconds)
        self._answers = GrowingAnswers(MOST, settings.chat_seconds)
        self._indexes = {name: open_sources((), path) for name, path in settings.indexes.items()}

    def remember(self, request: GuardrailRequest) -> GuardrailAnswer:
        messages = request.structured_messages
        if messages is not None:
            told = read_conversation({"messages": messages}, self._settings)
            self._engine.metrics.add_ignored(told.ignored)
        else:
            told = Conversation(None, (), ())
        self._calls.add(request.litellm_call_id, told)
        return GuardrailAnswer(action="NONE")

    async def check(self, request: GuardrailRequest) -> GuardrailAnswer:
        texts = request.texts or []
        if not any(text.strip() for text in texts):
            return GuardrailAnswer(action="NONE")
        call = self._calls.find(request.litellm_call_id)
        name = self._name_index(request.additional_provider_specific_params or {})
        if name not in call.evidence:
            own = self._engine.guard.retriever if name is None else self._indexes[name]
            call.evidence[name] = await asyncio.to_thread(call.told.open_evidence, own)
        evidence = call.evidence[name]
        if evidence is None:
            return self._leave_unchecked(call, texts)
        return await self._engine.run(self._read, request.litellm_call_id, texts, call, evidence)

    def _read(
        self, name: str | None, texts: list[str], call: _Call, evidence: Retriever
    ) -> GuardrailAnswer:
        def follow() -> GrowingAnswer:
            return self._engine.guard.follow(evidence, call.told.question, call.told.history)

        shown, held = [], []
        for place, text in enumerate(texts):
            # A call that is made again under its id begins anew.
            key = None if name is None else (name, place, call.begun if call.known else None)
            growth = self._answers.find(key, text, follow).read(text) if text.strip() else None
            shown.append(growth.text if growth else text)
            held.append(growth.held if growth else 0)
        action: Any = "NONE" if shown == texts else "GUARDRAIL_INTERVENED"
        return GuardrailAnswer(action=action, texts=shown, stream_holdback_chars=held)

    def _leave_unchecked(self, call: _Call, texts: list[str]) -> GuardrailAnswer:
        mode = self._settings.on_no_evidence
        if mode == "pass" and not call.known:
            # To pass what has no evidence is one thing; here nobody knows whether it has any.
            mode = "label"
        if not call.unevidenced:
            call.unevidenced = True
            self._engine.metrics.add_unevidenced(mode)
        if mode == "pass":
            return GuardrailAnswer(action="NONE")
        if mode == "block":
            guard, said = self._engine.guard, "\n".join(texts)
            reason = guard.choose_blocked_message(call.told.question, said)
            return GuardrailAnswer(action="BLOCKED", blocked_reason=reason)
        labeled = [f"{text}{NOTE}" if text.strip() else text for text in texts]
        held = [len(NOTE) if text.strip() else 0 for text in texts]
        return GuardrailAnswer(
            action="GUARDRAIL_INTERVENED", texts=labeled, stream_holdback_chars=held
        )

    def _name_index(self, params: Mapping[str, Any]) -> str | None:
        name = params.get("index")
        if name is None:
            return None
        if not isinstance(name, str) or name not in self._indexes:
            there = ", ".join(self._indexes) or "none; name them in the setting indexes"
            raise InputError(f"{name!r:.60} is no index of this server: there are {there}")
        return name
