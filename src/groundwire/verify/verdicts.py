"""Verdict of a claim, from signals and findings: label, score, quotes and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from groundwire.claims.replies import is_reply
from groundwire.text.letters import clean_and_place, clean_letters
from groundwire.text.overlap import WordRarity, split_words, stem_word, stem_words
from groundwire.types import Claim, Evidence, Finding, Label, Quote, Span, Verdict
from groundwire.verify.calibration import Signals
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.premise import Premise, find_verbatim
from groundwire.verify.reasons import SAYS_OTHERWISE, UNRELATED

THRESHOLD = 0.5
"""A claim is supported when its calibrated score reaches this."""

VETO = 0.05
"""Highest score of a claim that a deterministic check contradicts."""

LACKING = 0.3
"""Highest score of a claim with a finding of a kind that caps it."""

VERBATIM = 0.99
"""Least score of a claim that the evidence states word for word, as a sentence of its own."""

# A quote about something else cannot show what is wrong with the claim.
SPEAKS = 0.3
"""Share of a claim's words, by weight, that its quotes must have to contradict it."""

# The same words may be denied beside it in the evidence.
DENIED = 0.8
"""Probability of contradiction from which even a sentence of the evidence is not rescued."""


NOTHING = "a yes or no alone shows nothing that the evidence could be compared with"
"""Reason of a yes or no that nothing decides."""

# A report shows what supports a claim: without a quote, a high score is no support.
UNQUOTED = 0.3
"""Highest score of a claim for which no sentence can be quoted."""

MOST_QUOTED = 3
"""Sentences that are quoted for a claim, at most."""

# exp(5) is 148: all words but the 150 or so commonest.
TELLING = 5.0
"""Weight (log of frequency rank) of the words for which one more sentence is quoted."""


def judge_unscored(claim: Claim, evidence: Sequence[Evidence]) -> Verdict | None:
    """Returns the verdict of a claim that no model reads: nothing to check, or no evidence."""
    if not claim.checkable:
        return Verdict(claim, "no_claim", reason=claim.kind)
    if not any(item.passage.text.strip() for item in evidence):
        return Verdict(claim, "unchecked", reason="no evidence was found for it")
    return None


def clean_claim(claim: Claim) -> Claim:
    """Returns a claim with clean letters, as it is read; ``map_verdict`` gives it back."""
    text = clean_letters(claim.text)
    if text == claim.text or not text.strip():
        return claim
    return replace(claim, text=text, end=claim.start + len(text))


def map_verdict(verdict: Verdict, claim: Claim) -> Verdict:
    """Returns the verdict on a clean claim as one on the claim as it is written."""
    if verdict.claim.text == claim.text:
        return verdict
    places = clean_and_place(claim.text)[1]

    def place(start: int, end: int) -> tuple[int, int]:
        first, last = places[start - claim.start], places[end - claim.start - 1]
        return claim.start + first, claim.start + last + 1

    findings = []
    for finding in verdict.findings:
        start, end = place(finding.start, finding.end)
        written = claim.text[start - claim.start : end - claim.start]
        findings.append(replace(finding, start=start, end=end, claimed=written))
    spans = tuple(Span(*place(span.start, span.end)) for span in verdict.spans)
    return replace(verdict, claim=claim, findings=tuple(findings), spans=spans)


def judge_claim(
    claim: Claim,
    premise: Premise,
    signals: Signals,
    support: float,
    findings: Sequence[Finding],
    rarity: WordRarity,
) -> Verdict:
    """Returns the verdict on a claim, without the words at fault.

    Args:
        claim: the claim.
        premise: what it was read against.
        signals: what the model read.
        support: calibrated probability of support.
        findings: of the deterministic checks.
        rarity: weights of words.
    """
    neutral = 1 - signals.entailment - signals.contradiction
    label: Label = "contradicted" if signals.contradiction > neutral else "unsupported"
    if support >= THRESHOLD:
        label = "supported"
    stated = find_verbatim(claim, premise)
    stated = None if signals.contradiction > DENIED else stated
    quotes = _quotes(claim, premise, rarity) or _find_stated(findings)
    if stated is not None:
        label, support, quotes = "supported", max(support, VERBATIM), (stated,)
    reason = ""
    if label == "contradicted" and not _speaks(
        claim, [premise.read(quote) for quote in quotes], rarity
    ):
        label = "unsupported"
    if not quotes and label != "unsupported":
        label, support = "unsupported", min(support, UNQUOTED)
        reason = UNRELATED
        # The model reads "Yes." after its question no better than by chance: of 44 right and 44
        # wrong ones (``benchmarks.useful --part short``) it would let 28 of each pass.
        if is_reply(claim.text, claim.context.question):
            reason = NOTHING
    if label == "contradicted":
        reason = SAYS_OTHERWISE
    verdict = Verdict(claim, label, round(support, 6), quotes, tuple(findings), (), reason)
    # Last, as a value that a check finds in conflict outweighs all that the model reads.
    return _overrule(verdict)


def _overrule(verdict: Verdict) -> Verdict:
    """Applies the veto of conflicting values, and the cap of those that the evidence has not so.

    Conflicts of a kind without a veto are kept for the repair of claims that the model flags.
    """
    conflicts = [f for f in verdict.findings if f.status == "conflict"]
    vetoes = [f for f in conflicts if find_kind(f.kind).vetoes]
    if vetoes:
        first = vetoes[0]
        quotes = dict.fromkeys(f.quote for f in vetoes if f.quote)
        score = min(verdict.score or 0.0, VETO)
        said = first.found or "something else"
        reason = f"it says {first.claimed}, but the evidence says {said}"
        if find_kind(first.kind).cause == "reversed":
            reason = f"it says {first.claimed}, but the evidence shows otherwise: {said}"
        verdict = replace(
            verdict, label="contradicted", score=score, quotes=tuple(quotes), reason=reason
        )
    lacking = [f for f in verdict.findings if f.status != "match" and find_kind(f.kind).caps]
    if lacking and verdict.label == "supported":
        first = lacking[0]
        reason = f"the evidence does not say {first.claimed}"
        reason += f", but {first.found}" if first.found else ""
        score = min(verdict.score or 0.0, LACKING)
        verdict = replace(verdict, label="unsupported", score=score, reason=reason)
    return verdict


def _find_stated(findings: Sequence[Finding]) -> tuple[Quote, ...]:
    """The sentences that state a claim's values in another form: "nine" where it says "9"."""
    stated = (f.quote for f in findings if f.status == "match" and f.quote is not None)
    return tuple(dict.fromkeys(stated))[:MOST_QUOTED]


def _speaks(claim: Claim, quotes: Sequence[Quote], rarity: WordRarity) -> bool:
    """Whether the quotes share enough of the claim's words to be able to contradict it."""
    weights = {stem_word(word): rarity(word) for word in split_words(claim.text)}
    shared = {word for quote in quotes for word in stem_words(quote.text)} & weights.keys()
    return sum(weights[w] for w in shared) >= SPEAKS * sum(weights.values())


def _quotes(claim: Claim, premise: Premise, rarity: WordRarity) -> tuple[Quote, ...]:
    """The one to three sentences that cover most of the claim, if they speak to it at all.

    The ranking is by what the claim points back to as well; where its best speak of that alone,
    the first sentence of all that speaks to the claim's own words is quoted.
    """
    weights = {stem_word(word): rarity(word) for word in split_words(claim.text)}
    total = sum(weights.values()) or 1.0
    covered: set[str] = set()
    out: list[Quote] = []
    for place, index in enumerate(premise.ranking):
        if place >= MOST_QUOTED and out:
            break
        quote = premise.sentences[index]
        fresh = (stem_words(premise.read(quote).text) & weights.keys()) - covered
        telling = [w for w in fresh if weights[w] >= TELLING] if out else fresh
        if sum(weights[w] for w in telling) / total >= (0.15 if out else 0.1):
            out.append(quote)
            covered |= fresh
    return tuple(out)
