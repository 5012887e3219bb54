"""Headline of an audit in sentences: the same ones at the terminal and on the page.

Until people labeled answers it says what the checker flags, and in which range the true rate lies,
never that an answer is at fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundwire.audit.records import format_count

FILES = 3
"""Files that are named."""
CLAIM = 160
"""Characters of a claim that are shown."""
Json = Mapping[str, Any]


def format_share(value: float | None) -> str:
    """Returns ``12.3%``, or a dash for None."""
    return "–" if value is None else f"{100 * value:.1f}%"


def describe_audited(summary: Json) -> str:
    """Returns what was audited: answers, files, days and models."""
    overview = summary.get("overview") or {}
    parts = [format_count(summary.get("answers") or 0, "answer")]
    names = [str(entry["name"]) for entry in overview.get("files") or ()]
    if names:
        rest = f" and {format_count(len(names) - FILES, 'more file')}" if len(names) > FILES else ""
        parts.append(f"of {', '.join(names[:FILES])}{rest}")
    first, last = overview.get("first"), overview.get("last")
    if first:
        parts.append(f"from {first} to {last}" if first != last else f"of {first}")
    models = [f"{m['name']:.60} ({m['answers']:,})" for m in overview.get("models") or ()]
    if models:
        parts.append(f"by {', '.join(models)}")
    return f"{' '.join(parts)}."


def describe_checked(summary: Json) -> str:
    """Returns how many answers were checked, and why the others were not."""
    answers = summary.get("answers") or 0
    checked = ((summary.get("rate") or {}).get("answers") or {}).get("n") or 0
    overview = summary.get("overview") or {}
    why = [
        f"{format_count(row['answers'], 'answer')} ({row['why']})"
        for row in overview.get("not_checked") or ()
    ]
    verb = "was" if 1 in (checked, answers) else "were"
    out = f"{checked:,} of {format_count(answers, 'answer')} {verb} checked."
    out += f" Not checked: {', '.join(why)}." if why and answers > checked else ""
    if rejected := summary.get("rejected"):
        out += (
            f" {format_count(rejected, 'input line')} could not be read: rejected.jsonl says why."
        )
    if repeated := overview.get("repeated"):
        out += f" {format_count(repeated, 'answer')} came again in later records and count once."
    return out


def describe_unevidenced(manifest: Json) -> str:
    """Returns how many answers had nothing to be checked against, and what to do; or nothing.

    Args:
        manifest: of the audit.
    """
    counts = manifest.get("counts") or {}
    given = counts.get("answers", 0) - counts.get("own_evidence", 0)
    if "own_evidence" not in counts or manifest.get("evidence") or not given:
        return ""
    if not (counts.get("labels") or {}).get("unchecked"):
        return ""
    return (
        f"{format_count(given, 'answer')} came without evidence: run it again with "
        "--evidence PATH, or with --map contexts=FIELD if a field of the records holds it"
    )


def describe_flagged(summary: Json) -> str:
    """Returns the share of the checked answers that the checker flags, with its interval."""
    rate = (summary.get("rate") or {}).get("answers") or {}
    if not rate.get("n"):
        return "No answer could be checked, so there is no rate."
    return (
        f"Flagged by the checker: {format_share(rate['value'])}{_interval(rate)} of "
        f"{format_count(rate['n'], 'checked answer')}; each has a claim that it finds contradicted "
        "or unsupported by the evidence."
    )


def list_worst(summary: Json) -> list[str]:
    """Returns a line for each of the flagged claims with the lowest scores; none without texts."""
    lines = []
    for claim in (summary.get("overview") or {}).get("worst") or ():
        text = " ".join(claim["text"].split())
        text = text if len(text) <= CLAIM else f"{text[: CLAIM - 1].rstrip()}…"
        name = claim["answer_id"] or claim["place"]
        lines.append(f"- {claim['label']} in {name!s:.80}: “{text}”")
    return lines


def _interval(rate: Json) -> str:
    if rate.get("low") is None:
        return ""
    return f" (95% interval {format_share(rate['low'])} to {format_share(rate['high'])})"


def describe_true_rate(summary: Json) -> str:
    """Returns in which range the share of answers that hold a fault lies, and on what it rests."""
    found = summary.get("true_rate") or {}
    if found.get("low") is None:
        why = found.get("why")
        return f"The share that truly holds a fault is not known: {why}." if why else ""
    between = f"{format_share(found['low'])} and {format_share(found['high'])}"
    if found["basis"] == "labels":
        corrected = summary["corrected"]
        labels = format_count(corrected["n_labelled"], "label")
        return (
            f"The share that truly holds a fault lies between {between}, by {labels} of people "
            f"({corrected['method']})."
        )
    faithful, faulty = found["flagged_of_faithful"], found["flagged_of_faulty"]
    return (
        f"The share that truly holds a fault lies between {between}, as the checker errs: of "
        f"{found['answers']:,} labeled answers in {found['sets']} development sets it flagged "
        f"{_spread(faithful)} of the faithful ones and {_spread(faulty)} of the faulty ones."
    )


def _spread(share: Json) -> str:
    low, high = (f"{100 * share[key]:.0f}" for key in ("low", "high"))
    return f"{100 * share['value']:.0f}% ({low} to {high}% by set)"


def describe_labels(summary: Json) -> str:
    """Returns how many labels would tell more; empty if no more are to be had."""
    found = summary.get("true_rate") or {}
    if found.get("low") is None:
        known = "Labels of 20 or more answers tell it"
        return f"{known}." if ((summary.get("rate") or {}).get("answers") or {}).get("n") else ""
    count = found.get("labels_to_halve")
    if not count:
        return ""
    more = " more" if found["basis"] == "labels" else ""
    return f"About {count:,}{more} labels halve that range."
