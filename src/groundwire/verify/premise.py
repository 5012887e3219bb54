"""Premise of a claim: the sentences that speak to it, in document order."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeAlias

from groundwire.claims.queries import make_query
from groundwire.claims.questions import BACKWARD
from groundwire.evidence.cells import Line
from groundwire.evidence.embedders import load_vocabulary
from groundwire.evidence.extraction import join_divided
from groundwire.evidence.frames import NOTHING, Frame, Framed, find_frames, tell_ticks
from groundwire.evidence.scopes import find_lines
from groundwire.evidence.selection import find_keys, select_lines, split_name
from groundwire.quantities.parse import parse_values
from groundwire.text.blocks import find_sentences
from groundwire.text.letters import clean_letters
from groundwire.text.overlap import WordRarity, choose_sentences
from groundwire.types import Claim, Evidence, Quote
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.reckoning import find_conclusions
from groundwire.verify.titles import find_rivals, find_subject
from groundwire.verify.weeks import read_week

PIECES = (600, 300, 150, 60)
"""Characters to which sentences are cut, shorter where one alone overflows the window."""

# 0.12 would let padding pass in 11 % of attacks instead of 17.5 %, and cost 3 points of AUC on WiCE
# and RAGTruth (model card, "Learning curve").
FLOOR = 0.05
"""Share of a claim's words, by weight, below which a sentence of long evidence is left out."""

_GAP = 4
"""Characters of white space between two passages of one text, over which a table goes on."""

_CALLED_FALSE = re.compile(
    r"\b(?:myths?|misconceptions?|fictions?|false|untrue|wrong|incorrect|rumou?rs?|fake|hoax|believe"
    r"|believed|not|no|never)\b|n['’]t\b",
    re.IGNORECASE,
)
_MARK = re.compile(r"\[\d{1,3}\]|[*_`#]")
# Signs count as words where they change a value: "5 %" is not "5", and "-5 °C" not "5 °C".
_TOKEN = re.compile(r"\w+(?:[.,:/'’-]\w+)*|[$€£¥%°+<>=≤≥?-]")


_SENTENCE_WORDS = 5
"""Words from which a text beside records is a sentence, and no heading of theirs."""

PlacedLine: TypeAlias = tuple[Quote, Line]
"""A line of a record, and the exact sentence that it stands for."""


_BARE = Framed(0, 0)


def _join(frames: Iterable[str]) -> str:
    """Frames as they stand before a sentence."""
    return "".join(f"{text} " for text in frames)


@dataclass(frozen=True, slots=True)
class Premise:
    """What a claim is read against.

    Attributes:
        sentences: in document order, documents with the better passages first.
        ranking: indexes into ``sentences``, the most telling first.
        candidates: every sentence of the evidence that is in scope, chosen or not.
        readings: each of ``candidates`` as it is read: under its frames (the heading, question,
            label or lead-in that it hangs from), a row of a table with the names and units of
            its columns. Empty where all are read as they are written.
        frames: of each of ``candidates`` that has any, what it hangs from and states itself.
        kept: the lines of records that the claim speaks of.
        dropped: the lines that it leaves out.
        conclusions: what it concludes from cells; indexes of lines count ``kept``, then
            ``dropped``.
    """

    sentences: tuple[Quote, ...]
    ranking: tuple[int, ...]
    candidates: tuple[Quote, ...]
    readings: Mapping[Quote, str] = field(default_factory=dict)
    frames: Mapping[Quote, Framed] = field(default_factory=dict)
    kept: tuple[PlacedLine, ...] = ()
    dropped: tuple[PlacedLine, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()

    @property
    def prose(self) -> tuple[Quote, ...]:
        """The candidates that are sentences, and no lines of records, headings or captions."""
        lines = {id(quote) for quote, _ in (*self.kept, *self.dropped)}
        return tuple(
            quote
            for quote in self.candidates
            if id(quote) not in lines and len(quote.text.split()) >= _SENTENCE_WORDS
        )

    @property
    def text(self) -> str:
        """The sentences joined, line breaks and runs of white space as one space."""
        return " ".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """Each sentence as it is read after the one before it: what frames both stands once."""
        out = []
        source, known = None, frozenset[Frame]()
        for quote in self.sentences:
            framed = self.frames.get(quote, _BARE)
            known = known if quote.source == source else frozenset()
            fresh = [frame.text for frame in framed.frames if frame not in known]
            out.append(" ".join([*fresh, *self.read_alone(quote).text.split()]))
            source, known = quote.source, frozenset((*framed.frames, *framed.own))
        return tuple(out)

    def read(self, quote: Quote) -> Quote:
        """Returns a sentence with the text that is read for it, under its frames."""
        reading = self.readings.get(quote)
        return quote if reading is None else replace(quote, text=reading)

    def read_alone(self, quote: Quote) -> Quote:
        """Returns a sentence with the text that is read for it, without its frames."""
        lead = _join(frame.text for frame in self.frames.get(quote, _BARE).frames)
        read = self.read(quote)
        return replace(read, text=read.text[len(lead) :]) if lead else read

    def read_apart(self) -> dict[Quote, Quote]:
        """Returns what is read of each candidate without its frames, with the candidate.

        What the cells of a line come to is a sentence of its own: "Breakfast: no" in the same line
        denies none of it.
        """
        notes = {quote: line.note for quote, line in self.kept if line.note}
        out = {}
        for quote in self.candidates:
            read, note = self.read_alone(quote), notes.get(quote, "")
            if note and read.text.endswith(note):
                out[replace(read, text=note)] = quote
                read = replace(read, text=read.text[: -len(note)].rstrip())
            out[read] = quote
        return out

    def read_single(self, index: int) -> str:
        """Returns the text of one sentence with what it cannot be understood without.

        That is the sentence before one that begins with a pronoun, and the other lines of the
        same record: "It was made in Lyon." and "opens: 10:00" tell nothing of what they speak of.

        Args:
            index: into ``sentences``.
        """
        quote, paths = self.sentences[index], {id(q): line.path for q, line in self.kept}
        chosen = [index]
        if id(quote) in paths:
            chosen = [
                i
                for i, other in enumerate(self.sentences)
                if other.source == quote.source and paths.get(id(other)) == paths[id(quote)]
            ]
        elif index and BACKWARD.match(self.read_alone(quote).text):
            before = self.sentences[index - 1]
            chosen = [index - 1, index] if before.source == quote.source else chosen
        # Frames stand once, as in the whole premise, so that no part of it is longer than all.
        first, *others = (self.sentences[i] for i in chosen)
        told = [self.read(first).text, *(self.read_alone(quote).text for quote in others)]
        return " ".join(" ".join(told).split())

    def without_last(self) -> Premise:
        """Returns the premise without its least telling sentence."""
        gone = self.ranking[-1]
        return replace(
            self,
            sentences=tuple(q for i, q in enumerate(self.sentences) if i != gone),
            ranking=tuple(i - (i > gone) for i in self.ranking[:-1]),
        )


@lru_cache(maxsize=4096)
def _pieces(text: str, limit: int) -> tuple[tuple[int, int], ...]:
    """Sentence offsets of a passage, none longer than ``limit`` characters."""
    out: list[tuple[int, int]] = []
    for start, end in find_sentences(text):
        while end - start > limit:
            cut = text.rfind(" ", start + limit // 2, start + limit)
            cut = start + limit if cut < 0 else cut
            out.append((start, cut))
            start = cut + (text[cut : cut + 1] == " ")
        out.append((start, end))
    return tuple(out)


def build_premise(
    claim: Claim,
    evidence: Sequence[Evidence],
    rarity: WordRarity,
    budget: int,
    piece: int = PIECES[0],
) -> Premise:
    """Chooses the evidence sentences that a claim is read against.

    All of them where they fit into ``budget`` words; else those that cover the claim's rare
    words best (``best_sentences``), each with the one before it where it begins with a pronoun.
    The result does not depend on the order of ``evidence``.
    """
    found = _drop_rivals(claim, _drop_denied(claim, _candidates(evidence, piece)))
    scope = _select_scope(claim, found)
    scope = replace(scope, candidates=_note_hours(claim, scope.candidates))
    candidates, bonus = [c.quote for c in scope.candidates], [c.bonus for c in scope.candidates]
    texts = [c.telling for c in scope.candidates]
    costs = [c.costs for c in scope.candidates]
    query = make_query(claim)
    whole = {part: n for cost in costs for part, n in cost.items()}
    if sum(whole.values()) <= budget:
        ranking = choose_sentences(
            query, texts, rarity, len(texts), bonus, -1.0, [{i: 1} for i in range(len(texts))]
        )
    else:
        ranking = choose_sentences(query, texts, rarity, budget, bonus, FLOOR, costs)
    chosen = list(ranking)
    paid = {part: n for i in chosen for part, n in costs[i].items()}
    room = budget + budget // 6 - sum(paid.values())
    for i in ranking:
        before = i - 1
        near = i > 0 and candidates[before].source == candidates[i].source
        if not near or before in chosen or not BACKWARD.match(scope.candidates[i].alone):
            continue
        cost = {part: n for part, n in costs[before].items() if part not in paid}
        if sum(cost.values()) <= room:
            chosen.append(before)
            paid |= cost
            room -= sum(cost.values())
    kept = sorted(chosen)
    place = {index: position for position, index in enumerate(kept)}
    return Premise(
        tuple(candidates[i] for i in kept),
        tuple(place[i] for i in chosen),
        tuple(candidates),
        {c.quote: c.reading for c in scope.candidates if c.reading != c.quote.text},
        {c.quote: c.framed for c in scope.candidates if c.framed.frames or c.framed.own},
        scope.kept,
        scope.dropped,
        scope.conclusions,
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence, or a line of a record: exact, and as it is read."""

    quote: Quote
    bonus: float
    framed: Framed = _BARE
    line: Line | None = None
    note: str = ""

    @property
    def alone(self) -> str:
        """Its text without its frames: clean letters, a box that is ticked or not in words."""
        text = clean_letters(self.quote.text if self.line is None else self.line.reading)
        if "-\n" in text or "-\r" in text:
            text = join_divided(text, load_vocabulary())  # as text copied from a PDF has it
        ticked = any(frame.kind in ("done", "undone") for frame in self.framed.own)
        return tell_ticks(text) if ticked else text

    @property
    def reading(self) -> str:
        told = _join(frame.text for frame in self.framed.frames) + self.alone
        return f"{told} {self.note}" if self.note else told

    @property
    def telling(self) -> str:
        """What a claim's words are looked up in: "No." speaks to all that its question asks."""
        # The title of a section, looked up with each of its sentences, would bring all of them.
        asked = (frame.text for frame in self.framed.frames if frame.kind == "question")
        return _join(asked) + self.alone

    @property
    def costs(self) -> dict[Hashable, int]:
        """Its words by part: those of its frames it shares with what states or hangs from them."""
        framed = self.framed
        shared: dict[Hashable, int] = {
            frame: len(frame.text.split()) for frame in (*framed.frames, *framed.own)
        }
        stated = sum(shared[frame] for frame in framed.own)
        rest = len(self.alone.split()) - stated
        return {self.quote: max(rest, 0 if stated else 1), **shared}


def _drop_denied(claim: Claim, candidates: Sequence[_Candidate]) -> Sequence[_Candidate]:
    """Leaves out what the evidence calls false, unless the claim does so, too, or all is called so.

    A model reads "Myth: you must wait 24 hours" as if it said that one must.
    """
    if _CALLED_FALSE.search(claim.text):
        return candidates
    return [c for c in candidates if not c.framed.denied] or candidates


def _drop_rivals(claim: Claim, candidates: Sequence[_Candidate]) -> Sequence[_Candidate]:
    """Leaves out what stands under a title alike one that the claim names, unless it names it, too.

    "It weighs 2.4 kg." of the Novex 300 tells nothing of the Novex 500.
    """
    under = _list_titles(candidates)
    titles = sorted({title for own in under for title in own})
    if len(titles) < 2:
        return candidates
    before = (*reversed(claim.context.preceding[-1:]), claim.context.question or "")
    rivals = find_rivals((claim.text, *before), titles)
    if not rivals:
        return candidates
    # Of the lines of records, those of others tell which value is of another one.
    return [
        c
        for c, own in zip(candidates, under, strict=True)
        if c.line is not None or not own & rivals or find_rivals((c.quote.text,), titles) & rivals
    ]


def _list_titles(candidates: Sequence[_Candidate]) -> list[frozenset[str]]:
    """Of each candidate the titles that it stands under, or what its document begins with."""
    titles = [
        frozenset(f.text for f in (*c.framed.frames, *c.framed.own) if f.kind == "heading")
        for c in candidates
    ]
    headed = {c.quote.source for c, own in zip(candidates, titles, strict=True) if own}
    firsts: dict[str, _Candidate] = {}
    for c in candidates:
        first = firsts.setdefault(c.quote.source, c)
        if c.quote.start < first.quote.start:
            firsts[c.quote.source] = c
    subjects = {
        source: frozenset((name,))
        for source, c in firsts.items()
        if source not in headed and c.line is None and (name := find_subject(c.quote.text))
    }
    return [
        own or subjects.get(c.quote.source, own) for c, own in zip(candidates, titles, strict=True)
    ]


def _note_hours(claim: Claim, candidates: Sequence[_Candidate]) -> Sequence[_Candidate]:
    """Writes out what a line of opening hours says of a day, where the claim says so."""
    told = read_week(claim.text, [c.alone for c in candidates])
    if told is None or not told.holds:
        return candidates
    noted = replace(candidates[told.sentence], note=claim.text.strip())
    return [noted if i == told.sentence else c for i, c in enumerate(candidates)]


@dataclass(frozen=True, slots=True)
class _Scope:
    candidates: Sequence[_Candidate]
    kept: tuple[PlacedLine, ...] = ()
    dropped: tuple[PlacedLine, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()


def _select_scope(claim: Claim, candidates: Sequence[_Candidate]) -> _Scope:
    """Leaves out the records that a claim does not speak of, so that no two are mixed."""
    lines = [c.line for c in candidates if c.line is not None]
    if not lines:
        return _Scope(candidates)
    before = [*reversed(claim.context.preceding[-1:]), claim.context.question or ""]
    selected = select_lines(claim.text, lines, before)
    own = [line for line in selected if line is not None]
    rest = [line for line, left in zip(lines, selected, strict=True) if left is None]
    # What two cells come to is written out, as a small model compares no figures.
    notes: dict[int, list[str]] = defaultdict(list)
    conclusions = tuple(find_conclusions(claim.text, own, rest))
    prose = [c.alone for c in candidates if c.line is None]
    if conclusions and _speaks_of_rows(prose, lines):
        conclusions = ()
    # What stands beside the table, too, may be said of something that is not in it.
    conclusions = tuple(
        told
        for told in conclusions
        if told.kind != "row" or not _is_told(claim.text[told.start : told.end], prose)
    )
    for told in conclusions:
        if told.holds:
            notes[id([*own, *rest][told.line])].append(told.note)
    noted = [line and replace(line, note=" ".join(notes[id(line)])) for line in selected]
    chosen = dict(zip(map(id, lines), noted, strict=True))
    left: list[_Candidate] = []
    kept: list[PlacedLine] = []
    dropped: list[PlacedLine] = []
    for candidate in candidates:
        if candidate.line is None:
            left.append(candidate)
            continue
        line = chosen[id(candidate.line)]
        if line is None:
            dropped.append((candidate.quote, candidate.line))
        else:
            kept.append((candidate.quote, line))
            left.append(replace(candidate, line=line))
    return _Scope(left, tuple(kept), tuple(dropped), conclusions)


def _is_told(said: str, texts: Iterable[str]) -> bool:
    """Whether sentences have some words of a claim as they stand there."""
    words = f" {' '.join(split_name(said))} "
    return any(words in f" {' '.join(split_name(text))} " for text in texts)


def _speaks_of_rows(texts: Iterable[str], lines: Sequence[Line]) -> bool:
    """Whether a sentence beside a table tells a value of one of its rows, which may be newer."""
    names = {split_name(cell.value) for cell in find_keys(lines).values()}
    for text in texts:
        said = f" {' '.join(split_name(text))} "
        named = any(name and f" {' '.join(name)} " in said for name in names)
        if named and len(said.split()) >= _SENTENCE_WORDS and parse_values(text):
            return True
    return False


def find_verbatim(claim: Claim, premise: Premise) -> Quote | None:
    """Returns the sentence that is the claim word for word, but for case, punctuation and markup.

    A part of a sentence does not count: what stands around it may deny it. Nor does a sentence
    under a question, a label, a lead-in or an open box, unless what stands before the claim says
    the same: an item that "is not covered" is no support for the item by itself.
    """
    wanted = _plain(claim.text)
    if len(wanted) < 3:
        return None
    before = (*claim.context.preceding, claim.context.question or "")
    said = [_plain(text) for text in before]

    def holds(frame: Frame) -> bool:
        words = _plain(frame.text)
        return any(text[: len(words)] == words for text in said)

    for quote in premise.candidates:
        if _plain(quote.text) == wanted:
            framed = premise.frames.get(quote, _BARE)
            undone = any(frame.kind == "undone" for frame in framed.own)
            if not undone and all(holds(frame) for frame in framed.frames if frame.changes):
                return quote
    return None


@lru_cache(maxsize=16_384)
def _plain(text: str) -> tuple[str, ...]:
    found = _TOKEN.findall(_MARK.sub("", clean_letters(text).casefold()))
    return tuple(found)


def _candidates(evidence: Sequence[Evidence], piece: int) -> list[_Candidate]:
    """Every distinct sentence of the evidence in a canonical order, with its retriever's share."""
    top = max((item.score for item in evidence), default=0.0)
    best: dict[str, tuple[float, str]] = {}
    for item in evidence:
        key = (-item.score, item.passage.text)
        best[item.passage.source] = min(key, best.get(item.passage.source, key))
    ordered = sorted(
        evidence,
        key=lambda item: (
            best[item.passage.source],
            item.passage.source,
            item.passage.start,
            item.passage.text,
            -item.score,
        ),
    )
    found: list[_Candidate] = []
    seen: set[object] = set()
    for stretch in _join_passages(ordered):
        lines, _ = find_lines(stretch.text, None, stretch.start)
        sentences, _ = find_frames(stretch.text, NOTHING, stretch.start)
        starts = [sentence.start for sentence in sentences]
        # A field that stands alone on its line is no title of what follows.
        fields = {stretch.start + e.start for e in lines if e.cells and e.cells[0].key}
        pieces = list(stretch.cut(_divide(stretch.text, lines, piece)))
        # A record by itself is one of several, which may have equal fields, or it is the same.
        whole = tuple(stretch.text[a:b] for a, b, _ in pieces)
        alone = all(line is not None and not line.path for _, _, line in pieces)
        if alone and whole in seen:
            continue
        seen.add(whole)
        for a, b, line in pieces:
            if line is not None and not line.cells:
                continue  # the head of a table: its names are read with each row
            text = stretch.text[a:b]
            framed = _find_framed(sentences[bisect(starts, a) - 1], a, line, fields)
            # The same words under another question are another answer.
            under = tuple(frame.text for frame in framed.frames)
            path = line.path if line is not None else ()
            place: object = (text, under, path, stretch.source if alone else "")
            if place in seen:
                continue
            seen.add(place)
            quote = Quote(text, stretch.source, stretch.start + a, stretch.start + b)
            # A tenth at most: the words of the claim decide, and the retriever between equals.
            bonus = 0.1 * stretch.find_score(a) / top if top > 0 else 0.0
            found.append(_Candidate(quote, bonus, framed, line))
    return _join_documents(found)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Passages of one source that follow each other, as one text.

    Where a text is cut into passages, a record may lie in two of them.

    Attributes:
        text: all of it, line breaks in place of the white space between two passages.
        source: of the passages.
        start: offset of its first character in the source.
        scores: where each passage begins in the text, with the score of its retriever.
        gaps: where the white space between two passages stands; which of it, they do not tell.
    """

    text: str
    source: str
    start: int
    scores: tuple[tuple[int, float], ...]
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def end(self) -> int:
        """Offset after its last character."""
        return self.start + len(self.text)

    def cut(
        self, spans: Iterable[tuple[int, int, Line | None]]
    ) -> Iterator[tuple[int, int, Line | None]]:
        """Yields spans that hold no gap, since what is quoted must stand in the source so.

        A sentence over a gap is two; a line of a record is quoted up to it, and read whole.
        """
        for start, end, line in spans:
            at = start
            for first, last in self.gaps[bisect(self.gaps, (start, start)) :]:
                if first >= end:
                    break
                yield at, first, line
                at = last
                if line is not None:
                    at = end
                    break
            if at < end:
                yield at, end, line

    def find_score(self, at: int) -> float:
        """Returns the score of the passage that has a character of the text."""
        return self.scores[bisect(self.scores, (at, float("inf"))) - 1][1]


def _join_passages(ordered: Sequence[Evidence]) -> Iterator[_Stretch]:
    """Yields passages in their order, those that follow each other joined."""
    last: _Stretch | None = None
    for item in ordered:
        passage = item.passage
        if last is not None:
            gap = passage.start - last.end
            if last.source == passage.source and 0 <= gap <= _GAP:
                at = len(last.text) + gap
                text = last.text + "\n" * gap + passage.text
                scores = (*last.scores, (at, item.score))
                gaps = (*last.gaps, (at - gap, at)) if gap else last.gaps
                last = replace(last, text=text, scores=scores, gaps=gaps)
                continue
            yield last
        last = _Stretch(passage.text, passage.source, passage.start, ((0, item.score),))
    if last is not None:
        yield last


def _find_framed(sentence: Framed, start: int, line: Line | None, fields: Set[int]) -> Framed:
    """The frames of a part of a sentence, or of a line of a record, that begins at ``start``.

    Args:
        sentence: the sentence that holds it.
        start: its offset in the passage.
        line: itself, if it is the line of a record.
        fields: where the fields of records begin in the source.
    """
    if line is not None:
        kept = tuple(
            frame
            for frame in sentence.frames
            # What holds the record stands before it already.
            if not (line.lead and frame.kind == "label")
            and not (frame.kind == "heading" and frame.start in fields)
        )
        sentence = replace(sentence, frames=kept)
    if start == sentence.start:
        return sentence
    # A title stands before its first line without a blank one; a label holds for all parts.
    inner = tuple(f for f in sentence.own if f.kind == ("label" if line is None else "heading"))
    return replace(sentence, frames=(*sentence.frames, *inner), own=())


def _divide(text: str, lines: Sequence[Line], piece: int) -> Iterator[tuple[int, int, Line | None]]:
    """Yields the places of lines of records, and of the sentences around them."""
    held = [line for line in lines if line.end - line.start <= piece]
    spans: list[tuple[int, int, Line | None]] = [(line.start, line.end, line) for line in held]
    at = 0
    for start, end in _pieces(text, piece):
        while at < len(held) and held[at].end <= start:
            at += 1
        if at == len(held) or end <= held[at].start:
            spans.append((start, end, None))
    yield from sorted(spans, key=lambda span: span[:2])


def _join_documents(found: Sequence[_Candidate]) -> list[_Candidate]:
    """Makes records of documents that are one record each, and puts each list under its source."""
    by_source: dict[str, list[_Candidate]] = {}
    for candidate in found:
        by_source.setdefault(candidate.quote.source, []).append(candidate)
    firsts: dict[str, str] = {}
    for source, own in by_source.items():
        line = own[0].line
        if line is not None and not line.path and all(c.line is not None for c in own):
            firsts[source] = line.cells[0].key
    counts = Counter(firsts.values())
    numbers = {source: n for n, source in enumerate(by_source)}
    out = []
    for candidate in found:
        line, source = candidate.line, candidate.quote.source
        if line is None:
            out.append(candidate)
            continue
        alike = counts[firsts.get(source, "")] > 1
        outer = (firsts[source], numbers[source]) if alike else (source, 0)
        path = (outer, *line.path) if alike or line.path else ()
        out.append(replace(candidate, line=replace(line, path=path)))
    return out
