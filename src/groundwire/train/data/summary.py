"""Summary of an audit of training data, ``summary.json`` and its page."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from groundwire._version import __version__
from groundwire.audit.figures.headline import describe_true_rate
from groundwire.audit.page import escaping as audit_shown
from groundwire.io.atomic import open_replacing
from groundwire.train.data.judged import Judged
from groundwire.train.data.options import FLAGS, DataOptions
from groundwire.train.data.reading import Example
from groundwire.train.data.records import write_context
from groundwire.train.data.scan import Scan

Pairs: TypeAlias = Mapping[tuple[int, int], Mapping[str, Any]]
"""Pairs of rows that disagree, with the claim that does."""

EXAMPLES = 20
"""Rows of each kind that a summary tells of; ``rows.jsonl`` has all."""

_TEXT = 600


class Tally:
    """Counts rows and keeps examples: the first, worst and clearest."""

    def __init__(self, found: Scan, clashes: Pairs, options: DataOptions) -> None:
        """Takes what is known of all rows."""
        self._found, self._clashes, self._options = found, clashes, options
        self._labels: Counter[str] = Counter()
        self._flags: Counter[str] = Counter()
        self._causes: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._leaks: Counter[tuple[str, str]] = Counter()
        self._claims: Counter[str] = Counter()
        self._clean = self._pairs = self._rewritten = self._trimmed = 0
        self._worst: list[dict[str, Any]] = []
        self._flagged: dict[str, list[dict[str, Any]]] = {}
        self._wanted = {row for pair in list(clashes)[:EXAMPLES] for row in pair}
        self._texts: dict[int, str] = {}

    def add(
        self,
        example: Example,
        judged: Judged,
        flags: Sequence[str],
        clean: dict[str, Any] | None,
        pairs: int,
        trimmed: bool = False,
    ) -> None:
        """Counts a row."""
        taught = {part.name for part in example.taught or example.parts}
        self._labels[judged.label] += 1
        self._flags.update(flags)
        self._claims.update(claim["label"] for claim in judged.claims)
        wrong = [c for c in judged.claims if c["wrong"] and c["part"] in taught]
        self._causes.update(claim["cause"] or "low score" for claim in wrong)
        if judged.reason and not example.problem:
            self._reasons[judged.reason] += 1
        for leak in self._found.leaks.get(example.row, ()):
            self._leaks[leak["against"], leak["kind"]] += 1
        self._pairs += pairs
        if clean is not None:
            self._clean += 1
            self._trimmed += trimmed
            self._rewritten += not trimmed and clean["weight"] != judged.weight
        if example.row in self._wanted:
            self._texts[example.row] = _short(example.written)
        self._keep(example, judged, flags, wrong)

    def _keep(
        self, example: Example, judged: Judged, flags: Sequence[str], wrong: list[dict[str, Any]]
    ) -> None:
        for flag in flags:
            held = self._flagged.setdefault(flag, [])
            if len(held) < EXAMPLES:
                held.append({
                    "row": example.row, "place": example.place, "text": _short(example.written),
                    "why": self._why(example, flag),
                })  # fmt: skip
        full = len(self._worst) == EXAMPLES
        if not wrong or (full and judged.weight >= self._worst[-1]["weight"]):
            return
        name = wrong[0]["part"]
        part = next(part for part in example.parts if part.name == name)
        given = "\n".join(write_context(item) for item in part.given.evidence)
        self._worst.append({
            "row": example.row, "place": example.place, "weight": judged.weight,
            "given": _short(given), "text": _short(part.text),
            "claims": [
                {key: c[key] for key in ("text", "label", "cause", "score")}
                for c in wrong if c["part"] == name
            ],
            "repair": _short(judged.repairs.get(name, "")),
        })  # fmt: skip
        self._worst = sorted(self._worst, key=lambda one: (one["weight"], one["row"]))[:EXAMPLES]

    def _why(self, example: Example, flag: str) -> str:
        row, found = example.row, self._found
        if flag == "unreadable":
            return example.problem
        if flag == "duplicate":
            return f"the same as row {found.duplicates[row]}"
        if flag == "near_duplicate":
            return f"{found.near[row].similarity:.0%} like row {found.near[row].row}"
        if flag == "leak":
            leak = found.leaks[row][0]
            return f"{leak['kind']} of {leak['against']}, row {leak['row']}"
        if flag == "omission":
            return f"leaves out {', '.join(found.omits(example))}"
        return found.truncated(row) if flag == "truncated" else ""

    def to_dict(self) -> dict[str, Any]:
        """Returns the JSON form."""
        found = self._found
        leaks = [
            {"against": name, "kind": kind, "rows": rows}
            for (name, kind), rows in sorted(self._leaks.items())
        ]
        clashes = [
            {"rows": list(pair), "texts": [self._texts.get(row, "") for row in pair], **clash}
            for pair, clash in list(self._clashes.items())[:EXAMPLES]
        ]
        return {
            "format": "groundwire-train-data", "version": 1, "groundwire": __version__,
            "mode": self._options.mode, "rows": found.rows,
            "labels": {name: self._labels[name] for name in (
                "faithful", "unfaithful", "uncheckable")},
            "reasons": dict(self._reasons.most_common()),
            "claims": dict(sorted(self._claims.items())),
            "causes": dict(self._causes.most_common()),
            "flags": dict(self._flags.most_common()), "forms": dict(found.forms.most_common()),
            "leaks": leaks,
            "contradictions": {"compared": len(found.pairs), "found": len(self._clashes)},
            "written": {
                "clean": self._clean, "rewritten": self._rewritten, "trimmed": self._trimmed,
                "preference": self._pairs,
            },
            "examples": {
                "unfaithful": self._worst, "contradictions": clashes, "flags": self._flagged,
            },
        }  # fmt: skip


def _short(text: str) -> str:
    """A text of an example, which says how much of it is left out."""
    left = len(text) - _TEXT
    return text if left <= 0 else f"{text[:_TEXT]} … ({left:,} more characters)"


Clashes: TypeAlias = Mapping[int, Sequence[int]]
"""The rows that disagree with a row."""


def group_clashes(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Returns for each row of some pairs the others, sorted."""
    found: dict[int, set[int]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
        found.setdefault(second, set()).add(first)
    return {row: sorted(others) for row, others in found.items()}


def list_flags(example: Example, judged: Judged, found: Scan, clashes: Clashes) -> list[str]:
    """Returns what is wrong with a row besides its claims, in the order of ``FLAGS``."""
    row = example.row
    if example.problem:
        return ["unreadable"]
    rejected = [label for name, (label, _) in judged.parts.items() if name.startswith("rejected")]
    held = {
        "empty": not example.written.strip(),
        "truncated": bool(found.truncated(row)),
        "duplicate": row in found.duplicates,
        "near_duplicate": row in found.near,
        "leak": row in found.leaks,
        "contradiction": row in clashes,
        "reversed": judged.label == "unfaithful" and bool(rejected)
        and all(label == "faithful" for label in rejected),
        "omission": bool(found.omits(example)),
    }  # fmt: skip
    return [flag for flag in FLAGS if held.get(flag)]


def encode_row(
    example: Example,
    judged: Judged,
    flags: Sequence[str],
    found: Scan,
    clashes: Clashes,
    kept: bool,
) -> dict[str, Any]:
    """Returns the JSON of a row.

    Its keys: ``row``, ``place``, ``form``, ``label``, ``reason`` (why it is uncheckable),
    ``weight``, ``claims``, ``edits``, ``repairs``, ``flags``, and, where there is something,
    ``duplicate_of``, ``near``, ``leaks``, ``contradicts`` (rows), ``truncated`` (why) and ``omits``
    (fields); ``kept`` says whether ``clean.jsonl`` holds it, ``trimmed`` that it does without
    ``omits``.
    """
    row, near = example.row, found.near.get(example.row)
    more = {
        "duplicate_of": found.duplicates.get(row), "near": near and asdict(near),
        "leaks": found.leaks.get(row), "contradicts": clashes.get(row),
        "truncated": found.truncated(row) or None,
        "omits": found.omits(example) if "omission" in flags else None,
    }  # fmt: skip
    return {
        "row": row, "place": example.place, "form": "" if example.problem else example.form.name,
        "label": judged.label, "reason": judged.reason, "weight": judged.weight,
        "claims": judged.claims, "edits": judged.edits, "repairs": judged.repairs,
        "flags": list(flags), **{k: v for k, v in more.items() if v is not None}, "kept": kept,
    }  # fmt: skip


_STYLE = Path(audit_shown.__file__).with_name("report.css")


def write_page(path: Path, summary: dict[str, Any]) -> None:
    """Writes the page of a summary; equal summaries give equal bytes.

    Raises:
        GroundwireError: if there is no space left.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True,
        finalize=audit_shown.escape_text, trim_blocks=True, lstrip_blocks=True,
        undefined=StrictUndefined,
    )  # fmt: skip
    environment.filters.update(number=audit_shown.format_number, percent=audit_shown.format_percent)
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    page = environment.get_template("report.html").render(
        s=summary,
        truth=describe_true_rate(summary),
        style=Markup(style),
        policy=Markup(policy),
        axes=_axes(summary["bias"]),
    )
    with open_replacing(path) as file:
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
