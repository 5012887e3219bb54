"""``groundwire serve``: the server, and what its settings are."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated, Any

import typer

from groundwire.cli.audit import PolicyName
from groundwire.errors import InputError

NEEDED = (
    *("fastapi", "httpx", "opentelemetry", "prometheus_client", "pydantic_settings"),
    "uvicorn",
)


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Where to listen; 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(metavar="N", help="Port; 8080.")] = None,
    upstream: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The OpenAI-compatible server whose answers are guarded."),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="A file or folder of evidence; may be repeated."),
    ] = None,
    index: Annotated[
        Path | None, typer.Option(metavar="DIR", help="An index that `groundwire index` made.")
    ] = None,
    policy: Annotated[PolicyName | None, typer.Option(help="What may pass; balanced.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."
        ),
    ] = None,
    guard_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="What `groundwire calibrate` wrote, for policy and model."
        ),
    ] = None,
    on_no_evidence: Annotated[
        str | None,
        typer.Option(metavar="WHAT", help="Chat answers without evidence: pass, label or block."),
    ] = None,
    evidence_from: Annotated[
        str | None,
        typer.Option(
            metavar="WHO",
            help="Whose evidence in a conversation is believed, of system,tools,user; none.",
        ),
    ] = None,
    templates: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help="How prompts mark evidence: open-webui,llamaindex,tags,whole."
        ),
    ] = None,
    page: Annotated[
        bool | None,
        typer.Option(
            "--page/--no-page", help="A page at / to try the guard: it shows what the model wrote."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml",
            help="Settings, or what `groundwire calibrate` wrote; flags, GROUNDWIRE_* go before.",
        ),
    ] = None,
    check_config: Annotated[
        bool, typer.Option("--check-config", help="Say what holds and what is wrong, and end.")
    ] = False,
) -> None:
    """Check answers over HTTP, and guard an OpenAI-compatible model.

    Every setting is also a variable (GROUNDWIRE_UPSTREAM) and a key of the TOML file, and
    --check-config lists them. Without keys the server listens on this machine alone.
    """
    flags = {
        "host": host, "port": port, "upstream": upstream,
        "evidence": tuple(evidence) if evidence else None, "index": index,
        "policy": policy.value if policy is not None else None, "model": model,
        "guard_config": guard_config,
        "on_no_evidence": on_no_evidence, "evidence_from": evidence_from,
        "templates": templates, "page": page,
    }  # fmt: skip
    run_serve(flags, config, check_config)


def run_serve(flags: dict[str, Any], config: Path | None, check: bool) -> None:
    """Runs the server until it is stopped, or says what its settings are.

    Raises:
        GroundwireError: if a setting is wrong, or what it names cannot be opened.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"{', '.join(missing)} is not installed: pip install 'groundwire[serve]'")
    from groundwire.serve.settings import check_settings, load_settings

    if check:
        holds, lines = check_settings(flags, config)
        print("\n".join(lines))
        raise typer.Exit(0 if holds else 2)
    settings = load_settings(flags, config)
    import uvicorn

    from groundwire.serve.app import make_app

    app = make_app(settings)
    uvicorn.run(
        app, host=settings.host, port=settings.port, server_header=False,
        timeout_graceful_shutdown=int(settings.shutdown_seconds),
    )  # fmt: skip
