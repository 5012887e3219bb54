"""Problems told to clients: problem+json, and on the routes of an API its own envelope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response

RETRY_SECONDS = 1
"""What a client that was refused for load is told to wait."""

_OWN = ("/v1/check",)
_ANTHROPIC = "/v1/messages"
_KINDS = {
    401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    405: "not_found_error", 413: "request_too_large", 429: "rate_limit_error",
    503: "overloaded_error", 504: "timeout_error",
}  # fmt: skip
"""Anthropic's names of errors, by status."""


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


def is_foreign(path: str) -> bool:
    """Whether a route is one of another API, whose clients read no other form of errors."""
    return path.startswith("/v1/") and not path.startswith(_OWN)


def make_response(content: object, status: int = 200, **options: Any) -> Response:
    """Returns JSON in ASCII, which carries any string exactly, lone surrogates too."""
    options.setdefault("media_type", "application/json")
    return Response(json.dumps(content, allow_nan=False), status, **options)


def is_anthropic(path: str) -> bool:
    """Whether a route is Anthropic's."""
    return path == _ANTHROPIC or path.startswith(f"{_ANTHROPIC}/")


def make_envelope(problem: Problem, path: str) -> dict[str, Any]:
    """Returns a problem as the clients of a route's API read it."""
    if is_anthropic(path):
        kind = "invalid_request_error" if problem.status < 500 else "api_error"
        told = {"type": _KINDS.get(problem.status, kind), "message": problem.detail}
        return {"type": "error", "error": {**told, "code": problem.code}}
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    error = {"message": problem.detail, "type": kind, "param": None, "code": problem.code}
    return {"error": error}


def make_problem(path: str, problem: Problem) -> Response:
    """Returns the response to a request for ``path`` that failed."""
    if is_foreign(path):
        return make_response(make_envelope(problem, path), problem.status, headers=problem.headers)
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
