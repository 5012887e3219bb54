"""Consistency without sources: an answer against further samples of the same model.

What a model knows it says again when it is asked again; what it makes up changes (P. Manakul et
al., "SelfCheckGPT", EMNLP 2023). Agreement is no proof: a model can be wrong the same way each
time. So a supported claim of this verifier is consistent, not grounded, and its reason says it.
"""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.errors import InputError
from groundwire.protocols import Verifier, read_version
from groundwire.types import Claim, Evidence, Label, Quote, Verdict
from groundwire.verify.nli import load_default_verifier
from groundwire.verify.verdicts import THRESHOLD


class ConsistencyVerifier:
    """Checks claims against sampled answers: each source of evidence is one sample.

    Pass the samples as evidence: ``Guard(verifier=ConsistencyVerifier()).check(answer, samples)``
    with a list of strings. The score of a claim is the mean of its scores against each sample.
    """

    def __init__(self, verifier: Verifier | None = None, *, least: int = 3) -> None:
        """Sets what reads the samples.

        Args:
            verifier: reads a claim against one sample; by default the embedded one.
            least: samples below which a claim is ``unchecked``.

        Raises:
            InputError: if ``least`` is below 2.
        """
        if least < 2:
            raise InputError(f"least is {least}: one sample shows no agreement, give 2 or more")
        self._verifier = verifier
        self._least = least

    @property
    def version(self) -> str:
        """Name of the method and of the verifier beneath."""
        inner = self._inner()
        return f"consistency({read_version(inner)})"

    def _inner(self) -> Verifier:
        return self._verifier if self._verifier is not None else load_default_verifier()

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Checks each claim against each of its samples, all in one call.

        Args:
            claims: n claims.
            evidence: n lists of passages, aligned; passages of one source are one sample.

        Returns:
            n verdicts.

        Raises:
            InputError: if the two are not aligned.
        """
        if len(claims) != len(evidence):
            raise InputError(f"{len(claims)} claims but {len(evidence)} lists of evidence")
        samples = [_by_source(found) for found in evidence]
        enough = [
            c.checkable and len(s) >= self._least for c, s in zip(claims, samples, strict=True)
        ]
        asked = [
            (claim, sample)
            for claim, groups, ready in zip(claims, samples, enough, strict=True)
            if ready
            for sample in groups
        ]
        read = iter(self._inner().verify([c for c, _ in asked], [s for _, s in asked]))
        out = []
        for claim, groups, ready in zip(claims, samples, enough, strict=True):
            if not claim.checkable:
                out.append(Verdict(claim, "no_claim", reason=claim.kind))
            elif not ready:
                reason = (
                    "too few other answers of the model to compare with "
                    f"({len(groups)}, at least {self._least} are needed)"
                )
                out.append(Verdict(claim, "unchecked", reason=reason))
            else:
                out.append(_agreement(claim, [next(read) for _ in groups]))
        return out


def _by_source(found: Sequence[Evidence]) -> list[list[Evidence]]:
    groups: dict[str, list[Evidence]] = {}
    for item in found:
        groups.setdefault(item.passage.source, []).append(item)
    return [groups[name] for name in sorted(groups)]


def _agreement(claim: Claim, verdicts: Sequence[Verdict]) -> Verdict:
    """The mean of a claim's verdicts against each sample; unread samples count as no support."""
    if all(verdict.score is None for verdict in verdicts):
        return Verdict(claim, "unchecked", reason=verdicts[0].reason)
    score = sum(verdict.score or 0.0 for verdict in verdicts) / len(verdicts)
    agree = [v for v in verdicts if v.label == "supported"]
    against = [v for v in verdicts if v.label == "contradicted"]
    label: Label = "supported" if score >= THRESHOLD else "unsupported"
    if label == "unsupported" and len(against) * 2 > len(verdicts):
        label = "contradicted"
    telling = agree if label == "supported" else against
    quotes: dict[Quote, None] = dict.fromkeys(v.quotes[0] for v in telling if v.quotes)
    reason = (
        f"{len(agree)} of {len(verdicts)} other answers of the model say it, "
        "which is agreement and no evidence"
    )
    return Verdict(claim, label, round(score, 6), tuple(quotes), reason=reason)
