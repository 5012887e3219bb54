"""Server of the Model Context Protocol: agents check what they wrote, and look evidence up."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, Field

from groundwire._version import __version__
from groundwire.errors import GroundwireError
from groundwire.guard.guard import Guard
from groundwire.types import Report, Verdict

MOST = 20
"""Passages that ``find_evidence`` returns at most."""

INSTRUCTIONS = (
    "Checks answers against evidence, claim by claim. Before you answer from documents, call "
    "check_answer with your draft, and say `text` of what it returns."
)
HINTS = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


class Source(BaseModel):
    """A passage of the evidence."""

    text: str
    source: str
    start: int = Field(description="Its first character in the source.")


class CheckedClaim(BaseModel):
    """A claim of the answer."""

    text: str
    label: str = Field(
        description="supported, contradicted, unsupported, unchecked (it could not be checked, "
        "which is no pass) or no_claim."
    )
    score: float | None = Field(description="The probability that the evidence supports it.")
    flagged: bool = Field(description="Whether it may not be said as it is.")
    quotes: list[Source] = Field(description="What of the evidence decided.")
    reason: str


class CheckedAnswer(BaseModel):
    """What was found out about an answer."""

    action: str = Field(description="pass, rewrite or block.")
    text: str = Field(description="What may be said.")
    reason: str
    claims: list[CheckedClaim]


class FoundEvidence(BaseModel):
    """What the evidence says about a query."""

    passages: list[Source]


def make_mcp_server(guard: Guard) -> MCPServer[Any]:
    """Returns a server with the tools ``check_answer`` and ``find_evidence``.

    Args:
        guard: checks the answers; its retriever has the evidence of calls that bring none.
    """
    server: MCPServer[Any] = MCPServer(
        "groundwire", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING"
    )

    @server.tool(annotations=HINTS, structured_output=True)
    async def check_answer(
        answer: Annotated[str, Field(description="The text to check.")],
        evidence: Annotated[
            list[str | dict[str, Any]] | None,
            Field(description="Texts and records. Without it, the server's own is searched."),
        ] = None,
        question: Annotated[str | None, Field(description="What the reader asked.")] = None,
    ) -> CheckedAnswer:
        """Check each claim of an answer against evidence, and repair what does not hold."""
        try:
            # Not ``acheck``, which warns whoever wrote the call: here that is a client.
            given = [answer], [evidence], [question]
            reports = await asyncio.to_thread(guard.check_many, *given)
            return _describe(reports[0])
        except GroundwireError as error:
            raise ToolError(str(error)) from error

    @server.tool(annotations=HINTS, structured_output=True)
    async def find_evidence(
        query: Annotated[str, Field(description="A claim or a question.")],
        limit: Annotated[int, Field(ge=1, le=MOST, description="Passages to return.")] = 5,
    ) -> FoundEvidence:
        """Find the passages of the server's own evidence that are nearest to a claim."""
        if guard.retriever is None:
            raise ToolError(
                "this server has no evidence of its own: start it with --evidence or --index"
            )
        if not query.strip():
            raise ToolError("the query is empty: give a claim or a question")
        try:
            found = await asyncio.to_thread(guard.retriever.retrieve, [query])
        except GroundwireError as error:
            raise ToolError(str(error)) from error
        passages = [item.passage for item in found[0][:limit]]
        return FoundEvidence(
            passages=[Source(text=p.text, source=p.source, start=p.start) for p in passages]
        )

    return server


def _describe(report: Report) -> CheckedAnswer:
    flagged = {id(verdict) for verdict in report.flagged}
    return CheckedAnswer(
        action=report.decision.action,
        text=report.text,
        reason=report.decision.reason,
        claims=[_describe_claim(verdict, id(verdict) in flagged) for verdict in report.verdicts],
    )


def _describe_claim(verdict: Verdict, flagged: bool) -> CheckedClaim:
    return CheckedClaim(
        text=verdict.claim.text,
        label=verdict.label,
        score=verdict.score,
        flagged=flagged,
        quotes=[Source(text=q.text, source=q.source, start=q.start) for q in verdict.quotes],
        reason=verdict.reason,
    )
