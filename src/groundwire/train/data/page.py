"""``report.html`` of an audit of training data: one page without scripts, all text as text."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from groundwire.audit.atomic import replacing
from groundwire.audit.page import shown as audit_shown

_STYLE = Path(audit_shown.__file__).with_name("report.css")


def write_page(path: Path, summary: dict[str, Any]) -> None:
    """Writes the page of a summary; equal summaries give equal bytes.

    Raises:
        GroundwireError: if there is no space left.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
        finalize=audit_shown.shown, trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined,
    )  # fmt: skip
    environment.filters.update(number=audit_shown.number, percent=audit_shown.percent)
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page = environment.get_template("report.html").render(
        s=summary, style=Markup(style), policy=Markup(policy), axes=_axes(summary["bias"])
    )
    with replacing(path) as file:
        file.write(page.encode("utf-8", "replace"))


def _axes(bias: dict[str, Any]) -> list[tuple[str, dict[str, Any], list[dict[str, Any]]]]:
    """Axes that are named at all, each with the attributes that lean furthest."""
    found = []
    for axis, table in bias["axes"].items():
        if any(group["rows"] for group in table["groups"].values()):
            met = [pair for pair in table["attributes"] if pair["both"]]
            met.sort(key=lambda pair: (-abs(pair["log_odds"]), pair["group"], pair["attribute"]))
            found.append((axis, table, met[:12]))
    return found
