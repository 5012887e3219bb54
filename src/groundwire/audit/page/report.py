"""Report of an audit, ``report.html``: one page that opens from disk and shows all text as text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from groundwire.audit.labeling import PAGE as LABEL_PAGE
from groundwire.audit.page import entries
from groundwire.audit.page import entries as sample
from groundwire.audit.page.escaping import (
    escape_attribute,
    escape_text,
    format_chance,
    format_number,
    format_percent,
    format_points,
    format_scalar,
)
from groundwire.audit.page.figures import make_view
from groundwire.errors import InputError
from groundwire.io.atomic import open_replacing
from groundwire.io.jsonl import parse_json, require_object
from groundwire.reports.page_script import MARKDOWN
from groundwire.types import LABELS

BLOCK = 100
"""Answers in one script element: the page reads them one after another."""

_FOLDER = Path(__file__).parent
_STYLES = (_FOLDER / "report.css", _FOLDER / "answers.css")
_SCRIPTS = (_FOLDER / "render.js", MARKDOWN, _FOLDER / "filter.js", _FOLDER / "page.js")
_QUOTED = 280
_NAMED = 40


def write_report(output: Path, *, most: int = 10_000) -> Path:
    """Writes the page of an audit; equal data gives equal bytes.

    It holds every answer, or of a larger audit the worst and some drawn at random, and says so.
    Memory does not grow with the audit.

    Args:
        output: folder of the audit, with ``summary.json`` and ``reports.jsonl``.
        most: answers that the page holds, at most. It holds fewer if they are long, so that a
            browser can open it.

    Returns:
        The path of ``report.html``, which appears whole or not at all.

    Raises:
        InputError: if the folder holds no audit, or its files are damaged.
        GroundwireError: if there is no space left.
        OSError: if the page cannot be written; one that was there is left as it was.
    """
    reports, target = output / "reports.jsonl", output / "report.html"
    for path, command in ((reports, "-o"), (output / "summary.json", "summary")):
        if not path.is_file():
            raise InputError(
                f"{path}: no such file; run `groundwire audit {command} {output}` first"
            )
    chosen = sample.choose_records(reports, most)
    page = _template().generate(
        **_fixed(),
        **make_view(_summary(output)),
        note=_note(chosen),
        label_page=LABEL_PAGE if (output / LABEL_PAGE).is_file() else "",
        blocks=_blocks(reports, chosen),
    )
    with open_replacing(target) as file:
        file.writelines(part.encode() for part in page)
    return target


def _summary(output: Path) -> dict[str, Any]:
    path = output / "summary.json"
    text = path.read_bytes().decode("utf-8", "replace")
    summary = require_object(str(path), parse_json(str(path), text))
    if summary.get("version") != 1:
        raise InputError(
            f"{path}: version {summary.get('version')!r:.40} is not 1; "
            "read it with the groundwire release that wrote it"
        )
    return summary


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=escape_text,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(
        attribute=escape_attribute,
        chance=format_chance,
        name=lambda text: _short(text, _NAMED),
        number=format_number,
        percent=format_percent,
        points=format_points,
        scalar=format_scalar,
        short=_short,
        words=lambda label: label.replace("_", " "),
    )
    return environment.get_template("report.html")


def _short(text: str | None, most: int = _QUOTED) -> str:
    text = text or "–"
    return text if len(text) <= most else f"{text[:most]} …"


def _fixed() -> dict[str, Any]:
    style, script = (_joined(paths) for paths in (_STYLES, _SCRIPTS))
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types"
    )
    return {
        "style": Markup(style),
        "script": Markup(script),
        "policy": Markup(policy),
        "labels": LABELS,
    }


def _joined(paths: tuple[Path, ...]) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in paths)


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _note(chosen: sample.Sample) -> str:
    shown_, total = len(chosen.lines), chosen.total
    if shown_ == total:
        return ""
    return (
        f"This page holds {shown_:,} of {total:,} answers: the {chosen.worst:,} worst and "
        f"{shown_ - chosen.worst:,} drawn at random from the rest. The figures above are over all "
        "answers; reports.jsonl has every one."
    )


def _blocks(path: Path, chosen: sample.Sample) -> Iterator[Markup]:
    records = sample.read_chosen(path, chosen.lines)
    while part := [entries.encode_entry(record) for record in islice(records, BLOCK)]:
        yield Markup(entries.encode_script(part))
