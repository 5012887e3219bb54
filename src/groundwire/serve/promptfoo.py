"""Assertions of promptfoo (``type: webhook``): an output against the context of its test."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from groundwire.audit.formats.plain import read_output
from groundwire.reports.scores import compute_grade, write_comment
from groundwire.serve.engine import Engine
from groundwire.serve.problems import make_response

ROUTE = "/v1/check/promptfoo"
EXAMPLE: dict[str, Any] = {
    "output": "The warranty lasts 36 months.",
    "context": {
        "prompt": "How long is the warranty?",
        "vars": {
            "question": "How long is the warranty?",
            "context": "The warranty lasts 24 months.",
        },
    },
}


class PromptfooTest(BaseModel):
    """The test that an output is of."""

    prompt: Any = Field(default=None, description="What the model was told; it is no evidence.")
    vars: dict[str, Any] = Field(
        default_factory=dict, description="`question`, and `context` or `documents` as evidence."
    )


class Assertion(BaseModel):
    """What promptfoo sends."""

    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}

    output: str
    context: PromptfooTest = PromptfooTest()


class Grade(BaseModel):
    """What promptfoo reads."""

    passed: bool = Field(serialization_alias="pass", description="Whether every claim may pass.")
    score: float = Field(description="The share of claims that are supported.")
    reason: str


def make_promptfoo_router(engine: Engine) -> APIRouter:
    """Returns the route that promptfoo's assertions call."""
    router = APIRouter(tags=["promptfoo"])

    @router.post(ROUTE, response_model=Grade)
    async def grade(assertion: Assertion) -> Response:
        """Check an output; what could not be checked does not pass."""
        item = read_output(assertion.context.vars, assertion.output, "the test")
        reports = await engine.check([item.answer], [item.evidence], [item.question], [None])
        passed, score = reports[0].decision.action == "pass", compute_grade(reports[0])
        found = Grade(passed=passed, score=score, reason=write_comment(reports[0]))
        return make_response(found.model_dump(by_alias=True))

    return router
