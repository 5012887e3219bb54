"""Application of the server: its routes, its errors, its description."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi

from groundwire._version import __version__
from groundwire.errors import GroundwireError, InputError
from groundwire.protocols import Retriever, Verifier
from groundwire.serve.checks import make_check_router
from groundwire.serve.door import Door
from groundwire.serve.engine import Engine
from groundwire.serve.litellm import make_litellm_router
from groundwire.serve.page import make_page_router
from groundwire.serve.problems import Problem, is_foreign, make_problem, make_response
from groundwire.serve.promptfoo import make_promptfoo_router
from groundwire.serve.proxy import GUARDED, make_proxy_router
from groundwire.serve.settings import Settings
from groundwire.serve.upstream import Upstream

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Why there is no answer (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def make_app(
    settings: Settings, *, verifier: Verifier | None = None, retriever: Retriever | None = None
) -> FastAPI:
    """Returns the server as an ASGI application; its lifespan loads the model.

    Args:
        settings: what the server was told.
        verifier: instead of the model that the settings name.
        retriever: instead of the evidence that the settings name.

    Raises:
        GroundwireError: if the evidence or the model cannot be opened.
    """
    engine = Engine(settings, verifier=verifier, retriever=retriever)
    upstream = Upstream(settings)

    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        engine.start()
        yield
        await upstream.close()
        await engine.close()

    # No page of documentation: it would load its scripts from elsewhere.
    app = FastAPI(
        title="groundwire", version=__version__, lifespan=live, docs_url=None, redoc_url=None
    )
    app.state.engine = engine
    app.include_router(make_check_router(engine))
    app.include_router(make_proxy_router(engine, upstream))
    app.include_router(make_litellm_router(engine))
    app.include_router(make_page_router(engine, upstream))
    app.include_router(make_promptfoo_router(engine))
    _add_state_routes(app, engine)
    _add_handlers(app)
    app.add_middleware(Door, settings=settings, refuse=engine.metrics.add_refusal)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]
    return app


def _add_state_routes(app: FastAPI, engine: Engine) -> None:
    @app.get("/health", tags=["state"], include_in_schema=False)
    @app.get("/healthz", tags=["state"])
    async def healthz() -> dict[str, str]:
        """Say that the server runs."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["state"], responses={503: {"description": "not yet"}})
    async def readyz() -> Response:
        """Say whether answers can be checked: the model is loaded, the evidence is open."""
        trouble = engine.find_trouble()
        if trouble is not None:
            return make_response({"status": "not ready", "reason": trouble}, 503)
        evidence = "open" if engine.guard.retriever is not None else "none"
        return make_response({"status": "ready", "evidence": evidence})

    @app.get("/metrics", tags=["state"])
    async def metrics() -> Response:
        """Give the counts in Prometheus' text form."""
        return Response(engine.metrics.write_text(), media_type="text/plain; version=0.0.4")


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def tell(request: Request, problem: Problem) -> Response:
        return make_problem(request.url.path, problem)

    @app.exception_handler(GroundwireError)
    async def tell_error(request: Request, error: GroundwireError) -> Response:
        wrong = isinstance(error, InputError)
        problem = Problem(422 if wrong else 503, str(error), "input" if wrong else "unavailable")
        return make_problem(request.url.path, problem)

    @app.exception_handler(RequestValidationError)
    async def tell_invalid(request: Request, error: RequestValidationError) -> Response:
        found = [
            {"at": ".".join(map(str, item["loc"])), "message": item["msg"], "type": item["type"]}
            for item in error.errors()
        ]
        broken = any(item["type"] == "json_invalid" for item in found)
        detail = "; ".join(f"{item['at']}: {item['message']}" for item in found[:5])
        problem = Problem(400 if broken else 422, detail, "invalid", errors=found[:50])
        return make_problem(request.url.path, problem)

    @app.exception_handler(404)
    @app.exception_handler(405)
    async def tell_unknown(request: Request, error: HTTPException) -> Response:
        routes = sorted(app.openapi()["paths"])
        asked = f"{request.method} {request.url.path}"
        detail = f"{asked} is no route; there are {', '.join(routes)}"
        if is_foreign(request.url.path):
            detail = (
                f"{asked} is not guarded, and what is not guarded is not handed on: guarded are "
                f"{', '.join(GUARDED)}; POST /v1/check checks any answer, and for all else ask the "
                "upstream itself"
            )
        headers = dict(error.headers or {})
        return make_problem(
            request.url.path, Problem(error.status_code, detail, "unknown_route", headers)
        )

    @app.exception_handler(400)
    async def tell_broken(request: Request, error: HTTPException) -> Response:
        return make_problem(request.url.path, Problem(400, str(error.detail), "invalid"))

    @app.exception_handler(Exception)
    async def tell_defect(request: Request, _: Exception) -> Response:
        detail = "something went wrong here; the log of the server says what"
        return make_problem(request.url.path, Problem(500, detail, "defect"))


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the schema of a report as the package ships it."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        file = Path(__file__).parents[1] / "report.schema.json"
        text = file.read_text(encoding="utf-8").replace("#/$defs/", "#/components/schemas/")
        report = json.loads(text)
        parts = report.pop("$defs")
        for name in ("$schema", "$id"):
            del report[name]
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas |= {**parts, "Report": report, "Problem": PROBLEM}
        app.openapi_schema = made
    return app.openapi_schema
