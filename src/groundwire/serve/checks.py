"""Checks over HTTP: one answer or a batch of them, each with its evidence, into reports."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from groundwire.serve.engine import Engine
from groundwire.serve.problems import Problem, make_response

EvidenceItem: TypeAlias = str | dict[str, Any] | list[Any]

EXAMPLE: dict[str, Any] = {
    "answer": "The kettle holds 1.7 litres. The warranty lasts 36 months.",
    "question": "How long is the warranty?",
    "evidence": ["The kettle holds 1.7 litres. The warranty lasts 24 months."],
}
FOLLOW_UP_EXAMPLE: dict[str, Any] = {
    "answer": "At ten.",
    "question": "And on Sundays?",
    "history": [
        {"role": "user", "content": "When do you open on Mondays?"},
        {"role": "assistant", "content": "At nine."},
    ],
    "evidence": ["We open at nine on Mondays and at ten on Sundays."],
}
RECORD_EXAMPLE: dict[str, Any] = {
    "answer": "Lagoon Cafe is closed on Monday.",
    "evidence": [{"name": "Lagoon Cafe", "hours": {"Monday": "closed", "Tuesday": "9:00-17:00"}}],
}


class Turn(BaseModel):
    """What somebody said before."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["user", "assistant"]
    content: str


class CheckRequest(BaseModel):
    """An answer, and what it is checked against."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [EXAMPLE, FOLLOW_UP_EXAMPLE, RECORD_EXAMPLE]}
    )

    answer: str = Field(description="The text to check.")
    question: str | None = Field(None, description="What the reader asked.")
    history: list[Turn] | None = Field(
        None, description="The conversation before, oldest first; it is no evidence."
    )
    evidence: list[EvidenceItem] | None = Field(
        None,
        description="Texts, records (objects) and tables (lists of rows). Without it, what the "
        "server was started with is searched.",
    )

    def list_turns(self) -> list[tuple[str, str]] | None:
        """Returns the conversation as a guard takes it."""
        if self.history is None:
            return None
        return [(turn.role, turn.content) for turn in self.history]


class BatchRequest(BaseModel):
    """Answers that are checked together."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"items": [EXAMPLE, RECORD_EXAMPLE]}]}
    )

    items: list[CheckRequest] = Field(min_length=1, description="The answers.")


def _describe_reports(schema: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told = {
        400: "not JSON",
        401: "no key of this server",
        413: "too large",
        422: "an answer or its evidence cannot be used",
        429: "this key sends too much",
        503: "too much is waiting, or the model cannot be loaded",
        504: "the check took too long",
    }
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": why, "content": problem} for status, why in told.items()
    }
    content = {"application/json": {"schema": schema}}
    return {200: {"description": "What was found out.", "content": content}, **found}


REPORT: dict[str, Any] = {"$ref": "#/components/schemas/Report"}
REPORTS: dict[str, Any] = {
    "type": "object",
    "required": ["reports"],
    "properties": {"reports": {"type": "array", "items": REPORT}},
}


def make_check_router(engine: Engine) -> APIRouter:
    """Returns the routes that check answers."""
    router = APIRouter(tags=["check"])

    @router.post("/v1/check", response_model=None, responses=_describe_reports(REPORT))
    async def check(request: CheckRequest) -> Response:
        """Check an answer: the report, whose `text` is what may be shown."""
        reports = await engine.check(
            [request.answer], [request.evidence], [request.question], [request.list_turns()]
        )
        return make_response(reports[0].to_dict())

    @router.post("/v1/check/batch", response_model=None, responses=_describe_reports(REPORTS))
    async def check_batch(request: BatchRequest) -> Response:
        """Check answers together: a report for each, in their order."""
        items, most = request.items, engine.settings.max_batch
        if len(items) > most:
            raise Problem(422, f"the batch has {len(items)} items: send {most} at most", "batch")
        reports = await engine.check(
            [item.answer for item in items],
            [item.evidence for item in items],
            [item.question for item in items],
            [item.list_turns() for item in items],
        )
        return make_response({"reports": [report.to_dict() for report in reports]})

    return router
