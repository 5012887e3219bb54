"""Extractive rewriter: repairs an answer with what the evidence says, without a model."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from groundwire.claims.questions import find_asked_question
from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.units import MONTHS
from groundwire.repair.coherence import CITATIONS
from groundwire.repair.removal import remove_claims
from groundwire.text.blocks import find_blocks, split_block
from groundwire.text.words import WORD, find_content_words
from groundwire.types import Claim, Edit, Finding, Quote, Verdict
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.checks.names import find_names
from groundwire.verify.short_answers import is_answer

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
_AN_DIGITS = re.compile(r"8|11(?!\d)|18(?!\d)")
_AN_LETTERS = re.compile(r"[AEFHILMNORSX](?:[A-Z]+\b|[A-Z]*[\d-])")
_LETTERS = re.compile(r"[A-Z](?:[A-Z]+\b|[A-Z]*[\d-])")
_VOWEL = re.compile(r"(?:hour|honest|heir|[aeiou])", re.IGNORECASE)
_CONSONANT = re.compile(r"(?:one\b|once|uni[^n]|eu|us[ae]|ut[ei])", re.IGNORECASE)


def choose_article(text: str) -> str:
    """Returns the article, ``"a"`` or ``"an"``, that fits before a text."""
    bare = text.lstrip('$€£¥₹"“‘(')
    if bare[:1].isdigit():
        return "an" if _AN_DIGITS.match(bare) else "a"
    if _LETTERS.match(bare):
        return "an" if _AN_LETTERS.match(bare) else "a"
    return "an" if _VOWEL.match(bare) and not _CONSONANT.match(bare) else "a"


def restyle_value(claimed: str, found: str, kind: str) -> str:
    """Writes ``found`` the way ``claimed`` is written.

    Thousands marks, units, "percent" and the form of dates and times follow the answer. Where
    the style cannot carry the value it is returned as the evidence writes it.

    Args:
        claimed: the value in the answer.
        found: the value in the evidence, on one line.
        kind: the kind of the finding.

    Returns:
        The text to put in place, or an empty one where the words around a bare number
        ("1 person") would no longer agree with it.
    """
    mine, theirs = _only(claimed), _only(found)
    if kind == "name" or mine is None or theirs is None or mine.kind != theirs.kind:
        return found
    if theirs.kind == "number" and (mine.key[0] == 1) != (theirs.key[0] == 1):
        return ""
    if theirs.kind == "date":
        styled = _date(claimed, theirs)
    elif theirs.kind == "time":
        styled = _time(claimed, theirs)
    else:
        styled = _number(claimed, found)
    # Read again: a style in which the value would differ is not used.
    again = _only(styled) if styled else None
    return styled if again is not None and _sense(again) == _sense(theirs) else found


def _sense(value: Value) -> tuple[object, ...]:
    return value.kind, value.key, value.unit, value.rate, value.zone


def _only(text: str) -> Value | None:
    values = parse_values(text)
    if not values and re.fullmatch(r"\d{4}", text):
        values = parse_values(f"in {text}")
    if len(values) == 1 and re.fullmatch(r"[12]\d{3}", text):
        return Value("date", 0, 4, text, (float(text), None, None))
    return values[0] if len(values) == 1 else None


def _number(claimed: str, found: str) -> str:
    mine, theirs = _NUMBER.search(claimed), _NUMBER.search(found)
    if mine is None or theirs is None:
        return ""
    written = theirs[0].rstrip(",")
    whole, dot, decimals = written.replace(",", "").partition(".")
    plain = "," not in mine[0] and len(mine[0].partition(".")[0]) >= 4
    if len(whole) >= 4 and not plain and ("," in mine[0] or "," in written):
        whole = f"{int(whole):,}"
    before, after = claimed[: mine.start()], claimed[mine.end() :]
    singular = "1" in (whole, mine[0]) and not after.startswith("-")
    if singular and re.search(r"[A-Za-z]{3}", after) and "percent" not in after:
        return ""
    return f"{before}{whole}{dot}{decimals}{after}"


def _date(claimed: str, value: Value) -> str:
    year, month, day = value.key
    if month is None:
        return f"{year:.0f}" if year else ""
    name = MONTHS[int(month) - 1].capitalize()
    # A month of three letters is an abbreviation, and the answer's style. "May" is both.
    if re.search(r"\b(?!May)[A-Z][a-z]{2}\b", claimed):
        name = name[:3] + ("." if "." in claimed else "")
    if re.fullmatch(r"\d{4}-\d\d?-\d\d", claimed):
        return f"{year:.0f}-{month:02.0f}-{day:02.0f}" if year and day else ""
    if day is None:
        return f"{name} {year:.0f}" if year else ""
    if claimed[0].isdigit():
        return f"{day:.0f} {name}" + (f" {year:.0f}" if year else "")
    comma = "," if "," in claimed else ""
    return f"{name} {day:.0f}" + (f"{comma} {year:.0f}" if year else "")


def _time(claimed: str, value: Value) -> str:
    total = int(value.key[0] or 0)
    hour, minute = divmod(total, 60)
    half = re.search(r"\s*([ap])(\.?m\.?)$", claimed, re.IGNORECASE)
    if half is None:
        return f"{hour:02d}:{minute:02d}" if re.match(r"\d", claimed) else ""
    letter = "p" if hour >= 12 else "a"
    letter = letter.upper() if half[1].isupper() else letter
    clock = f"{(hour - 1) % 12 + 1}" + (f":{minute:02d}" if minute else "")
    return clock + half[0].replace(half[1], letter, 1)


def pair_rivals(verdict: Verdict, min_overlap: float = 0.5) -> Verdict:
    """Turns missing values of a contradicted claim into conflicts where only one value fits.

    A guess for a repair that is verified again, and no ground for a verdict: the model has
    found a contradiction, and the quote that speaks to the claim has exactly one other value of
    the same kind and unit (or one other name).

    Args:
        verdict: any verdict; one that is not contradicted is returned as it is.
        min_overlap: share of the claim's content words that the quote must have.
    """
    missing = [f for f in verdict.findings if f.status == "missing"]
    if verdict.label != "contradicted" or len(missing) != 1:
        return verdict
    wanted = find_content_words(verdict.claim.text)
    for quote in verdict.quotes:
        shared = len(wanted & find_content_words(quote.text))
        if shared < 2 or shared < min_overlap * len(wanted):
            continue
        rivals = set(_rivals(verdict, missing[0], quote))
        if len(rivals) == 1:
            guess = replace(missing[0], status="conflict", found=rivals.pop(), quote=quote)
            found = tuple(guess if f is missing[0] else f for f in verdict.findings)
            return replace(verdict, findings=found)
    return verdict


def _rivals(verdict: Verdict, finding: Finding, quote: Quote) -> Iterator[str]:
    claim = verdict.claim.text
    if finding.kind == "name":
        for start, end in find_names(quote.text):
            name = quote.text[start:end]
            if not any(part in claim for part in name.split()):
                yield name
        return
    start = finding.start - verdict.claim.start
    values = parse_values(claim)
    for mine in values:
        if mine.start != start:
            continue
        for other in parse_values(quote.text):
            alike = other.kind == mine.kind and other.unit == mine.unit
            if alike and not any(is_same_value(value, other) for value in values):
                yield other.text


_COMPLETE = re.compile(r"[\"“‘(]?[^\W_].*[.!…][\"”’)]?", re.DOTALL)
# A sentence that opens so leans on one before it, and the answer lacks that one.
_DEPENDENT = re.compile(
    r"(?:it|its|this|these|that|those|they|their|them|he|she|his|her|such|here|there|however|"
    r"but|and|or|also|thus|therefore|moreover|furthermore|instead|then|so|both|for example|"
    r"in addition|as a result|we|i|you)\b",
    re.IGNORECASE,
)
# Links, HTML, code and bars of tables: what evidence brings into an answer must be plain text.
_ACTIVE = re.compile(r"\]\(|<[A-Za-z/!?]|`|\|")
_ARTICLE = re.compile(r"(?<![\w'’])(an?)(\s+)$", re.IGNORECASE)
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_evidence(text: str) -> str:
    """Returns evidence as one line of plain text: no control or direction-changing characters."""
    kept = (
        " " if char.isspace() or unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if char not in _BIDI and unicodedata.category(char) != "Cs"
    )
    return " ".join("".join(kept).split())


@dataclass(frozen=True, slots=True)
class ExtractiveRewriter:
    """Replaces wrong values, then wrong sentences, by what the evidence states; else removes.

    For a flagged claim, the first that works: each value or name in conflict (in a contradicted
    claim also the one missing value that the quote has another for) is replaced in place by the
    evidence's, in the answer's style; a whole sentence is replaced by the evidence
    sentence that speaks to it; the claim is removed. The result has to be verified again.

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
        page = _Sentences(answer)
        repairs: list[Edit] = []
        removed: list[Claim] = []
        for verdict in sorted(verdicts, key=lambda v: (v.claim.start, v.claim.end)):
            if verdict.label == "no_claim":
                continue
            edits: list[Edit] = []
            if verdict.label != "unchecked":
                likely = pair_rivals(verdict, self.min_overlap)
                edits = _values(answer, likely) or self._sentence(page, verdict, repairs)
            if edits:
                repairs += edits
            else:
                removed.append(verdict.claim)
        return _combine(remove_claims(answer, removed), repairs)

    def _sentence(self, page: _Sentences, verdict: Verdict, others: Sequence[Edit]) -> list[Edit]:
        answer, span = page.answer, page.filled_by(verdict.claim)
        if span is None:
            return []
        question = find_asked_question(verdict.claim)
        # What follows may go on with the short answer ("She runs it"), and not with another one.
        if question and answer[span[1] :].strip():
            return []
        wanted = find_content_words(question or verdict.claim.text)
        present = [known for place, known in page.words.items() if place < span]
        present += [find_content_words(edit.text) for edit in others]
        subject = find_content_words("" if question else _opening(verdict.claim.text))
        best: tuple[float, str, Quote] | None = None
        for quote in verdict.quotes:
            text = clean_evidence(quote.text)
            words = find_content_words(text)
            shared = len(wanted & words)
            share = shared / len(wanted) if wanted else 0.0
            if shared < 2 or share < self.min_overlap or not self._fits(text):
                continue
            said = text in answer[: span[0]] or any(words <= known for known in present)
            if (
                said
                or not subject <= words
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

    def _fits(self, text: str) -> bool:
        if len(text) > self.max_sentence or len(text.split()) < 3:
            return False
        if not _COMPLETE.fullmatch(text) or _ACTIVE.search(text) or _DEPENDENT.match(text):
            return False
        return not text.lstrip('"“‘(')[0].islower()


def _opening(claim: str) -> str:
    """The first word of a claim that carries meaning: what it is about, most often."""
    return next((w[0] for w in WORD.finditer(claim) if find_content_words(w[0])), "")


class _Sentences:
    """The sentences of an answer, found once: their places, and the words of each."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        self.places = [
            (max(start, block.body), end)
            for block in find_blocks(answer)
            if block.kind in ("text", "item")
            for start, end in split_block(answer, block)
        ]
        self.words = {place: find_content_words(answer[slice(*place)]) for place in self.places}

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


def _values(answer: str, verdict: Verdict) -> list[Edit]:
    """The in-place repairs of every value in conflict; none if one of them cannot be made."""
    edits: list[Edit] = []
    for finding in sorted(verdict.findings, key=lambda f: f.start):
        if finding.status != "conflict":
            continue
        edit = _value(answer, verdict.claim, finding)
        if edit is None or (edits and edit.start < edits[-1].end):
            return []
        edits.append(edit)
    return edits


def _value(answer: str, claim: Claim, finding: Finding) -> Edit | None:
    start, end = finding.start, finding.end
    inside = claim.start <= start < end <= claim.end
    if not inside or not finding.found or answer[start:end] != finding.claimed:
        return None
    if find_kind(finding.kind).repair == "word" and not _one_word(claim, finding):
        return None
    text = restyle_value(finding.claimed, clean_evidence(finding.found), finding.kind)
    if finding.claimed.endswith(".") and not text.endswith(".") and end == claim.end:
        text += "."
    elif text.endswith(".") and answer.startswith(".", end):
        text = text.removesuffix(".")
    if not text or _ACTIVE.search(text):
        return None
    if start == claim.start and finding.claimed[:1].isupper():
        text = text[:1].upper() + text[1:]
    before = _ARTICLE.search(answer[max(0, start - 8) : start])
    if before:
        wanted = choose_article(text)
        if wanted != before[1].lower():
            start -= len(before[0])
            wanted = wanted.capitalize() if before[1][0].isupper() else wanted
            text = f"{wanted}{before[2]}{text}"
    source = f" ({finding.quote.source})" if finding.quote else ""
    return Edit(start, end, text, f"the evidence says {clean_evidence(finding.found)}{source}")


def _one_word(claim: Claim, finding: Finding) -> bool:
    """Whether a comparison is all in which a sentence differs from the claim."""
    if finding.kind != "comparison" or finding.quote is None:
        return False
    mine = [w[0].casefold() for w in WORD.finditer(claim.text)]
    theirs = [w[0].casefold() for w in WORD.finditer(finding.quote.text)]
    return len(mine) == len(theirs) and sum(map(str.__ne__, mine, theirs)) == 1


def _combine(removals: Sequence[Edit], repairs: Sequence[Edit]) -> list[Edit]:
    """Merges both kinds; a removal wins, a capital letter is passed on to a repair."""
    cuts = [edit for edit in removals if not edit.text]
    capitals = {edit.start: edit for edit in removals if edit.text}
    kept = []
    for edit in repairs:
        if any(cut.start < edit.end and edit.start < cut.end for cut in cuts):
            continue
        if edit.start in capitals:
            del capitals[edit.start]
            edit = replace(edit, text=edit.text[:1].upper() + edit.text[1:])
        kept.append(edit)
    return sorted([*cuts, *capitals.values(), *kept], key=lambda edit: (edit.start, edit.end))
