"""Assertions of promptfoo (``type: webhook``): an output against the context of its test."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from groundwire.audit.formats.plain import read_answers
from groundwire.io.rows import Row
from groundwire.reports.scores import compute_faithfulness, write_comment
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

    prompt: Any = Field(None, description="What the model was told; it is no evidence.")
    vars: dict[str, Any] = Field(
        default_factory=dict, description="`question`, and `context` or `documents` as evidence."
    )


class Assertion(BaseModel):
    """What promptfoo sends."""

    model_config = {"json_schema_extra": {"examples": [EXAMPLE]}}

    output: str
    context: PromptfooTest = Field(default_factory=PromptfooTest)


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
        given = assertion.context.vars.items()
        # A variable "Answer" is what somebody expects.
        data = {key: value for key, value in given if key.casefold() != "answer"}
        item = read_answers([Row("the test", {**data, "answer": assertion.output})])[0]
        reports = await engine.check([item.answer], [item.evidence], [item.question], [None])
        report = reports[0]
        score = compute_faithfulness(report)
        checked = report.decision.action == "pass"
        if score is None:
            # Nothing was claimed, or nothing could be checked: the decision says which.
            score = 1.0 if checked else 0.0
        found = Grade(passed=checked, score=score, reason=write_comment(report))
        return make_response(found.model_dump(by_alias=True))

    return router
