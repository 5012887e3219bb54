"""Problems told to clients: problem+json, and OpenAI's envelope on OpenAI's routes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response

RETRY_SECONDS = 1
"""What a client that was refused for load is told to wait."""

_OWN = ("/v1/check",)


class Problem(Exception):
    """Why a request gets no answer.

    Attributes:
        status: of the response.
        detail: one sentence with the next step.
        code: what a program reads.
        headers: of the response.
        extra: further members of problem+json.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.code = status, detail, code
        self.headers, self.extra = dict(headers or {}), extra


class OverloadProblem(Problem):
    """Too much is being done already; nothing of the request was."""

    def __init__(self, what: str) -> None:
        retry = {"Retry-After": str(RETRY_SECONDS)}
        super().__init__(503, f"{what}: try again in a moment", "overloaded", retry)


def is_openai(path: str) -> bool:
    """Whether a route is OpenAI's, whose clients read no other form of errors."""
    return path.startswith("/v1/") and not path.startswith(_OWN)


def make_response(content: object, status: int = 200, **options: Any) -> Response:
    """Returns JSON in ASCII, which carries any string exactly, lone surrogates too."""
    options.setdefault("media_type", "application/json")
    return Response(json.dumps(content, allow_nan=False), status, **options)


def make_envelope(problem: Problem) -> dict[str, Any]:
    """Returns a problem as OpenAI's clients read it."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    error = {"message": problem.detail, "type": kind, "param": None, "code": problem.code}
    return {"error": error}


def make_problem(path: str, problem: Problem) -> Response:
    """Returns the response to a request for ``path`` that failed."""
    if is_openai(path):
        return make_response(make_envelope(problem), problem.status, headers=problem.headers)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        **({"code": problem.code} if problem.code else {}),
        **problem.extra,
    }
    return make_response(
        body, problem.status, headers=problem.headers, media_type="application/problem+json"
    )
