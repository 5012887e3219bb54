"""Chat page at ``/``: what the model writes beside what its reader is shown, claim by claim.

It is off by default, and for demonstrations and for whoever sets the guard up: it shows the words
of the model that no reader of a guarded answer would see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from groundwire.guard.stages import retrieve_evidence
from groundwire.guard.stream_state import StreamEvent
from groundwire.reports.page_script import MARKDOWN
from groundwire.serve.chat import ChatForm
from groundwire.serve.conversation import clean_body
from groundwire.serve.engine import Engine
from groundwire.serve.exchange import Exchange
from groundwire.serve.problems import Problem
from groundwire.serve.relay import Relay
from groundwire.serve.turns import Turn
from groundwire.serve.upstream import Upstream
from groundwire.serve.voices import Voice
from groundwire.types import Verdict

ASK = "/page/ask"
PASSAGES = 4
"""Passages of the evidence that the model is given with a question."""

PROMPT = "Answer the question from these passages, in a few sentences."
_FOLDER = Path(__file__).parent
_FILES = {
    "/": (_FOLDER / "page.html", "text/html"),
    "/page/page.css": (_FOLDER / "page.css", "text/css"),
    "/page/page.js": (_FOLDER / "page.js", "text/javascript"),
    "/page/markdown.js": (MARKDOWN, "text/javascript"),
}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


class PageForm(ChatForm):
    """Questions of the page: chat requests, whose answers are told as events of the guard."""

    def write_request(self, body: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
        """Returns the request for the upstream: with passages that may answer, where asked for."""
        sent = {**clean_body(body), "stream": True}
        sent.pop("n", None)
        wanted = sent.pop("passages", True)
        question = turn.conversation.question
        if not wanted or turn.evidence is None or not question:
            return sent
        (found,) = retrieve_evidence(turn.evidence, [question])
        told = [f"[{item.passage.source}]\n{item.passage.text}" for item in found[:PASSAGES]]
        system = {"role": "system", "content": "\n\n".join([PROMPT, *told])}
        return {**sent, "messages": [system, *sent["messages"]]}

    def make_relay(self, turn: Turn, body: Mapping[str, Any]) -> PageRelay:
        """Returns what tells the page of an answer."""
        return PageRelay(turn)


class PageRelay(Relay):
    """Events for the page: ``model`` and ``shown`` hold text, the others claims or what came of it.

    - ``{"kind": "model", "text"}``: what the model writes.
    - ``{"kind": "claims" | "repaired" | "removed", "claims"}``: verdicts; of ``claims`` the offsets
      are in the text that is shown, of the others in what the model wrote.
    - ``{"kind": "shown" | "blocked", "text"}``: what a reader is shown.
    - ``{"kind": "done", "checked", "action", "reason"}`` or ``{"kind": "error", "text"}``.
    """

    path = ASK
    has_names = False

    def __init__(self, turn: Turn) -> None:
        """Takes the turn, whose evidence is open."""
        super().__init__(turn)
        self._voice = Voice(turn, self._show, self._tell)
        self._finished = False

    @property
    def voices(self) -> Sequence[Voice]:
        """The answer."""
        return [self._voice]

    async def take(self, event: dict[str, Any]) -> bool:
        """Takes a chunk of a chat completion."""
        choices = event.get("choices") or []
        if not isinstance(choices, list) or not all(_is_chunk(choice) for choice in choices):
            raise Problem(502, "the upstream's choices cannot be read", "upstream_malformed")
        for choice in choices[:1]:
            text, refusal = choice["delta"].get("content"), choice["delta"].get("refusal")
            if isinstance(refusal, str):
                self.say({"kind": "model", "text": refusal})
            if text and not self._voice.over and not self._finished:
                self.say({"kind": "model", "text": text})
                self._voice.feed(text)
                if not self.turn.holds:
                    self._show(text)
            if choice.get("finish_reason") is not None:
                self._finished = True
                self._voice.complete()
        return self._voice.over

    async def finish(self) -> None:
        """Sends what came of the answer."""
        if not self._finished and not self._voice.over:
            raise Problem(502, "the upstream's stream ended before its answer", "upstream_broken")
        await self._voice.end()
        if self._voice.blocked:
            self.say({"kind": "blocked", "text": self._voice.blocked})
        told = self._voice.told or {}
        done: dict[str, Any] = {"kind": "done"}
        self.say(done | {key: told[key] for key in ("checked", "action", "reason") if key in told})

    def fail(self, problem: Problem) -> None:
        """Sends why the answer is not complete."""
        self.say({"kind": "error", "text": str(problem)})

    def _show(self, text: str) -> None:
        self.say({"kind": "shown", "text": text})

    def _tell(self, event: StreamEvent) -> None:
        kinds = {"released": "claims", "repaired": "repaired", "removed": "removed"}
        if event.kind in kinds and event.verdicts:
            claims = [describe_verdict(verdict) for verdict in event.verdicts]
            self.say({"kind": kinds[event.kind], "claims": claims})


def describe_verdict(verdict: Verdict) -> dict[str, Any]:
    """Returns what the page shows of a verdict."""
    conflicts = [finding for finding in verdict.findings if finding.status == "conflict"]
    return {
        "start": verdict.claim.start, "end": verdict.claim.end, "label": verdict.label,
        "score": verdict.score, "reason": verdict.reason,
        "quotes": [{"text": quote.text, "source": quote.source} for quote in verdict.quotes],
        "conflicts": [{"claimed": found.claimed, "found": found.found} for found in conflicts],
    }  # fmt: skip


def make_page_router(engine: Engine, upstream: Upstream) -> APIRouter:
    """Returns the routes of the page; none where the settings do not want it."""
    router = APIRouter(include_in_schema=False)
    if not engine.settings.page:
        return router

    async def send_file(request: Request) -> Response:
        path, kind = _FILES[request.url.path]
        return Response(path.read_bytes(), media_type=kind, headers=_HEADERS)

    for path in _FILES:
        router.add_api_route(path, send_file)

    @router.post(ASK, response_model=None)
    async def ask(request: Request) -> Response:
        return await Exchange(engine, upstream, PageForm(), request).answer()

    return router


def _is_chunk(choice: object) -> bool:
    if not isinstance(choice, dict) or not isinstance(choice.get("delta"), dict):
        return False
    return choice["delta"].get("content") is None or isinstance(choice["delta"]["content"], str)
