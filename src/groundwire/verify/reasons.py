"""Reasons of a verdict, in plain words, and the rows that are quoted for it.

They are added when label and score are settled, and change neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from groundwire.types import Finding, Label, Quote, Verdict
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.premise import Premise
from groundwire.verify.tables.conclusion import Conclusion

UNSHOWN = "the checker finds nothing in the evidence that says so"
"""How the reason of a claim begins that is unsupported for its score alone."""

SAYS_OTHERWISE = "the quoted evidence says otherwise, as the checker reads it"
"""Reason of a claim that a model alone finds contradicted: no check names the words."""

UNRELATED = "no sentence of the evidence shares its words"
"""Reason of a claim for which no sentence can be quoted."""

_TOLD: dict[Label, str] = {
    "supported": "reckoned from the rows",
    "contradicted": "the rows at hand show otherwise",
    "unsupported": f"{UNSHOWN}; the rows at hand show",
}
"""How a reason begins that tells what rows come to."""

_MOST = 2
"""Conclusions from rows that a reason tells, at most."""

_LACKED = 3
"""Values and names that a reason lists as missing, at most."""

_LONGEST = 60


def explain_verdict(verdict: Verdict, premise: Premise, turned: bool = False) -> Verdict:
    """Returns a verdict that shows the rows which it rests on, and why a claim is unsupported.

    Args:
        verdict: with the reason of a check that overruled it, if one did.
        premise: that the claim was read against.
        turned: whether the claim says no to what was read.
    """
    if verdict.label not in _TOLD:
        return verdict
    holds = (verdict.label == "supported") != turned
    # A quote is what lets a calibration keep a claim: where there was none, there still is none.
    bare = verdict.label == "unsupported" and not verdict.quotes
    told = [c for c in premise.conclusions if c.holds is holds and c.lines and not bare]
    reason = verdict.reason
    if told and reason in ("", SAYS_OTHERWISE):
        reason = f"{_TOLD[verdict.label]}: {_join(told)}"
    elif not reason and verdict.label == "unsupported":
        reason = _explain_unsupported(verdict, premise)
    quotes = tuple(dict.fromkeys((*_quote_rows(told, premise), *verdict.quotes)))
    return replace(verdict, reason=reason, quotes=quotes)


def tell_ground(verdict: Verdict) -> str:
    """Returns what decided in one line: a quote, or a reason that tells more than one of several.

    Empty where nothing is known but the label.
    """
    reason, quotes = verdict.reason, verdict.quotes
    if verdict.label == "unsupported" or not quotes:
        return reason
    if len(quotes) > 1 and reason not in ("", SAYS_OTHERWISE):
        return reason
    return f"{quotes[0].source} says: {quotes[0].text}"


def describe_rows(premise: Premise, holds: bool) -> str:
    """Returns what rows come to, of conclusions that hold or of such that do not; or nothing."""
    return _join([c for c in premise.conclusions if c.holds is holds and c.lines])


def _join(told: Sequence[Conclusion]) -> str:
    said = list(dict.fromkeys(conclusion.said for conclusion in told))
    more = f"; and {len(said) - _MOST} more" if len(said) > _MOST else ""
    return "; ".join(said[:_MOST]) + more


def _quote_rows(told: Sequence[Conclusion], premise: Premise) -> list[Quote]:
    placed = [quote for quote, _ in (*premise.kept, *premise.dropped)]
    return [placed[line] for conclusion in told[:_MOST] for line in conclusion.lines]


def _explain_unsupported(verdict: Verdict, premise: Premise) -> str:
    """What is known of a claim that nothing supports: what it lacks, and that a quote is near."""
    if not verdict.quotes:
        return UNRELATED
    lacked = list(dict.fromkeys(f.claimed for f in verdict.findings if _is_lacked(f, premise)))
    reason = UNSHOWN
    if lacked:
        more = f" and {len(lacked) - _LACKED} more" if len(lacked) > _LACKED else ""
        names = ", ".join(f"{name!r:.{_LONGEST}}" for name in lacked[:_LACKED])
        reason += f"; what it read does not have {names}{more}"
    return f"{reason}; what is quoted comes nearest by its words"


def _is_lacked(finding: Finding, premise: Premise) -> bool:
    """Whether a value or name stands nowhere in what was read, rows of others included."""
    if finding.status != "missing" or find_kind(finding.kind).repair != "value":
        return False
    claimed = finding.claimed.casefold()
    read = (*premise.candidates, *(quote for quote, _ in premise.dropped))
    return not any(claimed in quote.text.casefold() for quote in read)
