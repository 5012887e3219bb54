"""Figures of a page: what the template shows of ``summary.json``; empty parts are None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from groundwire.audit.figures import headline
from groundwire.audit.page.charts import LABELS, Charts, open_charts
from groundwire.audit.page.escaping import format_number, format_percent
from groundwire.audit.records import CAUSES

Json: TypeAlias = Mapping[str, Any]

SLICES = 40
DOCUMENTS = 25
CLUSTERS = 12
_ACTIONS = ("pass", "rewrite", "block")
_NONE: Json = {"value": None, "low": None, "high": None, "n": 0}
_PARTS = (
    ("overview", "Overview"),
    ("trend", "Over time"),
    ("causes", "Causes"),
    ("slices", "Slices"),
    ("scores", "Scores"),
    ("clusters", "Themes"),
    ("documents", "Documents"),
    ("no_evidence", "No evidence"),
    ("answers", "Answers"),
)
_IDS = {"clusters": "themes", "no_evidence": "no-evidence"}


def make_view(summary: Json) -> dict[str, Any]:
    """Returns the variables of the template.

    Args:
        summary: of the audit; any part may be missing, null or empty.
    """
    with open_charts() as charts:
        return _view(summary, charts)


def _view(summary: Json, charts: Charts) -> dict[str, Any]:
    documents = [d for d in summary.get("documents") or [] if d["never_supports"]]
    documents = [{"title": "", **d} for d in documents]
    documents.sort(key=lambda d: (-d["retrieved_for"], str(d["source"])))
    never = (summary.get("document_totals") or {}).get("never_supports")
    values = {
        **_headline(summary, charts),
        "trend": _trend(summary.get("trend") or [], charts),
        "causes": _causes(summary.get("causes") or {}, charts),
        **_slices(summary, charts),
        **_scores((summary.get("scores") or {}).get("bins") or [], charts),
        "clusters": _clusters(summary.get("clusters") or []),
        "documents": documents[:DOCUMENTS],
        "more_documents": max(0, (never or len(documents)) - DOCUMENTS),
        "notes": summary.get("notes") or [],
        "no_evidence": _no_evidence(summary.get("no_evidence") or {}),
        "versions": _versions(summary),
    }
    always = ("overview", "answers")
    values["slices_told"] = values["slices"] or values["other_slices"]
    told = {"slices": "slices_told"}
    parts = [
        (_IDS.get(k, k), title) for k, title in _PARTS if k in always or values[told.get(k, k)]
    ]
    return {**values, "parts": parts}


def _headline(summary: Json, charts: Charts) -> dict[str, Any]:
    labels, actions = summary.get("labels") or {}, summary.get("actions") or {}
    rate = summary.get("rate") or {}
    counts = {label: labels.get(label, 0) for label in LABELS}
    return {
        "answers": summary.get("answers") or 0,
        "claims": summary.get("claims") or 0,
        "rejected": summary.get("rejected") or 0,
        "rate": {name: rate.get(name) or _NONE for name in ("answers", "claims")},
        "audited": headline.describe_audited(summary),
        "checked": headline.describe_checked(summary),
        "unevidenced": (summary.get("overview") or {}).get("unevidenced") or "",
        "truth": headline.describe_true_rate(summary),
        "labels_needed": headline.describe_labels(summary),
        "corrected": summary.get("corrected"),
        "unchecked": summary.get("unchecked"),
        "low_score": summary.get("low_score") or {"claims": 0, "answers": 0},
        "actions": [(action, actions[action]) for action in _ACTIONS if actions.get(action)],
        "counts": [(label, n) for label, n in counts.items() if n],
        "shares": charts.shares(counts),
    }


def _trend(rows: list[Json], charts: Charts) -> Json | None:
    svg = charts.trend(rows)
    if svg is None:
        return None
    cells = [
        [
            r["period"],
            *(format_percent(r[key]) for key in ("value", "low", "high")),
            format_number(r["n"]),
        ]
        for r in rows
    ]
    return {"svg": svg, "rows": cells}


def _causes(causes: Mapping[str, int], charts: Charts) -> list[tuple[str, int, Any]]:
    order = {cause: place for place, cause in enumerate(CAUSES)}
    rows = [(cause, n) for cause, n in causes.items() if cause and n]
    rows.sort(key=lambda row: (-row[1], order.get(row[0], len(order)), row[0]))
    top = max((n for _, n in rows), default=1)
    return [(cause, n, charts.bar(n, top)) for cause, n in rows]


def _slices(summary: Json, charts: Charts) -> dict[str, Any]:
    """Slices that are flagged more often than the rest, beyond chance, and the others."""
    rows = sorted(summary.get("slices") or [], key=_slice_order)
    overall = ((summary.get("rate") or {}).get("answers") or _NONE)["value"]
    ends = [row[key] for row in rows[:SLICES] for key in ("high", "rate") if row[key] is not None]
    top = max([*ends, overall or 0, 0.01])
    shown = [(row, charts.interval(row, top, overall)) for row in rows[:SLICES]]
    return {
        "slices": [one for one in shown if _concentrates(one[0])],
        "other_slices": [one for one in shown if not _concentrates(one[0])],
        "more_slices": max(0, len(rows) - SLICES),
    }


def _concentrates(row: Json) -> bool:
    return bool(row["stands_out"]) and (row["difference"] or 0) > 0


def _slice_order(row: Json) -> tuple[Any, ...]:
    rate = -1.0 if row["rate"] is None else row["rate"]
    return (
        not _concentrates(row),
        not row["stands_out"],
        -rate,
        str(row["field"]),
        str(row["value"]),
    )


def _scores(bins: list[Json], charts: Charts) -> dict[str, Any]:
    histogram, reliability = charts.scores(bins), charts.reliability(bins)
    named = [(f"{b['low']:.2f} to {b['high']:.2f}", b) for b in bins]
    return {
        "scores": histogram
        and {"svg": histogram, "rows": [[name, format_number(b["count"])] for name, b in named]},
        "reliability": reliability
        and {
            "svg": reliability,
            "rows": [
                [name, format_percent(b["right"])]
                for name, b in named
                if b.get("right") is not None
            ],
        },
    }


def _clusters(clusters: list[Json]) -> list[Json]:
    named = [cluster for cluster in clusters if cluster["terms"]]
    ranked = sorted(named, key=lambda c: (-c["size"], c["terms"]))
    return [{**c, "examples": c.get("examples") or []} for c in ranked[:CLUSTERS]]


def _no_evidence(found: Json) -> Json | None:
    if not found.get("answers"):
        return None
    return {"answers": found["answers"], "examples": found.get("examples") or []}


def _versions(summary: Json) -> list[tuple[str, str]]:
    versions = sorted((summary.get("versions") or {}).items())
    policy = summary.get("policy")
    if isinstance(policy, Mapping):
        policy = ", ".join(f"{key} {value}" for key, value in sorted(policy.items()))
    if policy and "policy" not in dict(versions):
        versions.append(("policy", policy))
    return [(name, str(value)) for name, value in versions]
