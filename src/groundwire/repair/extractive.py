"""Extractive rewriter: repairs an answer with what the evidence says, without a model."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundwire.claims.questions import find_asked_question
from groundwire.claims.replies import find_reply_end
from groundwire.repair.coherence import CITATIONS
from groundwire.repair.numbering import RENUMBERED
from groundwire.repair.quotation import clean_sentence, is_quotable
from groundwire.repair.removal import remove_claims
from groundwire.repair.structure import find_structures, has_broken
from groundwire.repair.values import pair_rivals, replace_values
from groundwire.text.blocks import find_blocks, split_block
from groundwire.text.words import WORD, find_content_words
from groundwire.types import Claim, Edit, Quote, Verdict
from groundwire.verify.checks.names import find_names
from groundwire.verify.short_answers import is_answer

_SAID = 0.8
"""Share of the words of another sentence of the answer that one may not say again."""
_LABELED = re.compile(r"\W{0,4}[^:.!?]{1,40}:[*_]{0,2}\s")


@dataclass(frozen=True, slots=True)
class ExtractiveRewriter:
    """Replaces wrong values, then wrong sentences, by what the evidence states; else removes.

    For a flagged claim, the first that works: each value or name in conflict (in a contradicted
    claim also the one missing value that the quote has another for) is replaced in place by the
    evidence's, in the answer's style, if both are of one kind and slot; a whole sentence is
    replaced by the evidence sentence that speaks to it; the claim is removed. JSON and code that
    can be parsed still can be. The result has to be verified again.

    Attributes:
        min_overlap: share of the claim's content words that an evidence sentence must have
            to replace it, in (0, 1]; the first of them must be among them.
        max_sentence: longest evidence sentence put into an answer, in characters.
    """

    min_overlap: float = 0.5
    max_sentence: int = 400

    def rewrite(self, answer: str, verdicts: Sequence[Verdict]) -> list[Edit]:
        """Returns disjoint, sorted edits of ``answer`` that repair or remove the claims.

        Args:
            answer: the text that was checked.
            verdicts: the flagged ones; ``no_claim`` ones are left alone.

        Raises:
            InputError: if a claim lies outside the answer.
        """
        flagged = sorted(
            (verdict for verdict in verdicts if verdict.label != "no_claim"),
            key=lambda v: (v.claim.start, v.claim.end),
        )
        page = _Sentences(answer, [verdict.claim for verdict in flagged])
        structures = find_structures(answer) if flagged else []
        repairs: list[Edit] = []
        removed: list[Claim] = []
        for verdict in flagged:
            edits: list[Edit] = []
            # A repaired explanation need not explain its reply any more: both go.
            if verdict.label != "unchecked" and not find_reply_end(verdict.claim):
                likely = pair_rivals(verdict, self.min_overlap)
                edits = replace_values(answer, likely) or self._sentence(page, verdict, repairs)
            if edits and not has_broken(answer, structures, edits):
                repairs += edits
            else:
                removed.append(verdict.claim)
        return _combine(remove_claims(answer, removed), repairs)

    def _sentence(self, page: _Sentences, verdict: Verdict, others: Sequence[Edit]) -> list[Edit]:
        answer, span = page.answer, page.filled_by(verdict.claim)
        if span is None or _is_lead_in(answer[slice(*span)]):
            return []
        question = find_asked_question(verdict.claim)
        # What follows may go on with the short answer ("She runs it"), and not with another one.
        if question and answer[span[1] :].strip():
            return []
        wanted = find_content_words(question or verdict.claim.text)
        present = [words for place, words in page.kept if place != span]
        present += [find_content_words(edit.text) for edit in others]
        subject = find_content_words("" if question else _opening(verdict.claim.text))
        told = frozenset() if question else _find_told(verdict.claim.text)
        best: tuple[float, str, Quote] | None = None
        for quote in verdict.quotes:
            text = clean_sentence(quote.text)
            words = find_content_words(text)
            shared = len(wanted & words)
            share = shared / len(wanted) if wanted else 0.0
            if shared < 2 or share < self.min_overlap or not is_quotable(text, self.max_sentence):
                continue
            if (
                text in answer
                or any(_says_again(words, known) for known in present)
                or not subject <= words
                or (told and not told & words)
                or (question and not is_answer(question, verdict, text))
            ):
                continue
            if best is None or share > best[0]:
                best = share, text, quote
        if best is None:
            return []
        text = (
            best[1]
            if answer[span[0] : span[1]].rstrip()[-1] in '.!?…"”’)]*'
            else (best[1].removesuffix("."))
        )
        return [Edit(*span, text, f"replaced by the evidence: {best[2].source}")]


def _is_lead_in(sentence: str) -> bool:
    """Whether a sentence introduces what follows, or is a label with its value."""
    bare = sentence.rstrip(" \t\n\r*_")
    return bare.endswith(":") or _LABELED.match(sentence) is not None


def _says_again(words: frozenset[str], known: frozenset[str]) -> bool:
    """Whether one of two sentences says nearly all that the other does."""
    if words <= known:
        return True
    return len(known) > 1 and len(words & known) >= _SAID * len(known)


def _opening(claim: str) -> str:
    """The first word of a claim that carries meaning: what it is about, most often."""
    return next((w[0] for w in WORD.finditer(claim) if find_content_words(w[0])), "")


def _find_told(claim: str) -> frozenset[str]:
    """The words of a claim without its names and the first word: what it says of its subject."""
    names = {i for a, b in find_names(claim) for i in range(a, b)}
    words = [w for w in WORD.finditer(claim) if w.start() not in names]
    stems = [find_content_words(word[0]) for word in words]
    return frozenset().union(*[stem for stem in stems if stem][1:])


class _Sentences:
    """The sentences of an answer, found once: their places, and the words of those that stay."""

    def __init__(self, answer: str, flagged: Sequence[Claim]) -> None:
        self.answer = answer
        self.places = [
            (max(start, block.body), end)
            for block in find_blocks(answer)
            if block.kind in ("text", "item")
            for start, end in split_block(answer, block)
        ]
        ends = [claim.end for claim in flagged]
        self.kept = [
            (place, find_content_words(answer[slice(*place)]))
            for place in self.places
            if not _is_flagged(flagged, ends, place)
        ]

    def filled_by(self, claim: Claim) -> tuple[int, int] | None:
        """The sentence that the claim fills, with its citations; None for a part of one."""
        first = bisect_right(self.places, claim.start, key=lambda place: place[1])
        for start, end in self.places[first : first + 1]:
            if start < claim.end:
                outside = (
                    self.answer[start : max(start, claim.start)] + self.answer[claim.end : end]
                )
                fills = claim.end <= end and not re.search(r"\w", CITATIONS.sub("", outside))
                return (start, end) if fills else None
        return None


def _is_flagged(flagged: Sequence[Claim], ends: Sequence[int], place: tuple[int, int]) -> bool:
    """Whether a claim that fails lies in a sentence."""
    first = bisect_right(ends, place[0])
    return first < len(flagged) and flagged[first].start < place[1]


def _combine(removals: Sequence[Edit], repairs: Sequence[Edit]) -> list[Edit]:
    """Merges both kinds; a removal wins, a capital letter is passed on to a repair."""
    capitals = {e.start: e for e in removals if len(e.text) == e.end - e.start == 1}
    capitals = {
        at: edit
        for at, edit in capitals.items()
        if edit.text.isalpha() and edit.reason != RENUMBERED
    }
    numbers = [edit for edit in removals if edit.reason == RENUMBERED]
    cuts = [
        edit
        for edit in removals
        if edit is not capitals.get(edit.start) and edit.reason != RENUMBERED
    ]
    kept: list[Edit] = []
    at = 0
    for edit in sorted(repairs, key=lambda edit: edit.start):
        while at < len(cuts) and cuts[at].end <= edit.start:
            at += 1
        if at < len(cuts) and cuts[at].start < edit.end:
            continue
        if edit.start in capitals:
            edit = replace(edit, text=edit.text[:1].upper() + edit.text[1:])
        for place in [p for p in range(edit.start, edit.end) if p in capitals]:
            del capitals[place]
        kept.append(edit)
    # A number that a repair writes anew is not renumbered.
    repaired = {i for edit in kept for i in range(edit.start, edit.end)}
    numbers = [e for e in numbers if repaired.isdisjoint(range(e.start, e.end))]
    return sorted(
        [*cuts, *capitals.values(), *numbers, *kept], key=lambda edit: (edit.start, edit.end)
    )
