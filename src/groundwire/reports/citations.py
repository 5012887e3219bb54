"""Citations: markers ``[n]`` behind supported claims, and the list of what they point to."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwire.repair.structure import find_fences, find_structures
from groundwire.text.blocks import find_blocks
from groundwire.types import Quote, Report, Span, Verdict

_END = re.compile(r"[.!?…]*[\"”’)*_]*$")
_PAGES = r"(?:pages?|pp?|sections?|sec|lines?|chapters?|ch|§)\.?\s?\d[\d.–-]{0,11}"
_FILE = r"[^\W_][^()\[\]\n]{0,80}\.(?:pdf|docx?|html?|md|txt|csv|tsv|xlsx?|pptx?|json|xml|rst)"
_NUMBERS = r"\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20}"
# Marks as models write them: 【4:0†source】, [[1]](url), [1](url), [^1], [1, 2], [Source 2],
# (manual.pdf, page 12), (p. 12), <sup>1</sup>.
_MARK = (
    r"(?:【[^】\n]{1,120}】"
    rf"|\[\[\^?{_NUMBERS}\]\](?:\([^()\s]{{1,500}}\))?"
    rf"|\[\^?{_NUMBERS}\](?:\([^()\s]{{1,500}}\))?(?!:)"
    r"|\[\^[\w-]{1,20}\](?!:)"
    r"|\[(?i:source|src|doc|document|ref|reference|passage|chunk|citation)s?[\s:#_-]{0,2}"
    r"[\w.-]{0,40}(?:\s?,\s?[\w .-]{1,40}){0,8}\]"
    rf"|[(\[](?i:(?:source|see|from|cf\.?)s?:?\s)?{_FILE}(?:,?\s?{_PAGES})?[)\]]"
    rf"|\((?i:{_PAGES})\)"
    rf"|<sup>\[?{_NUMBERS}\]?</sup>)"
)
# A mark that is bold or slanted itself takes what makes it so along; of "**A**[1]**B**" none is.
_MARKED = "|".join(
    rf"(?<![*_]){sign}{_MARK}{sign}(?![\w*])" for sign in (r"\*{3}", r"\*\*", r"\*", "__", "_")
)
_SET = rf"(?:{_MARKED}|{_MARK})"
_MARKS = re.compile(rf"\s?{_SET}")
_AFTER = re.compile(rf"(?:[^\S\n]?{_SET})+")
_CODE = re.compile(r"`[^`\n]{1,400}`")
_LISTED = re.compile(r"[ \t]*(?:[-*][ \t])?\[\^?(\d{1,3})\]:?[ \t]+\S")
_INTRODUCED = re.compile(r"(?:source|see|from|cf\.?)s?:?\s", re.IGNORECASE)
_ENTRY = re.compile(r"evidence\[\d+\]")
"""How an entry of a list of evidence is called that has no name of its own."""
_BLANK = " \t\n*_"
"""White space, and what makes text bold or slanted."""
_LIST_HEAD = re.compile(
    r"[ \t#*_]*(?:sources?|references?|citations?|footnotes?|notes?)[ \t:*_]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quote; ``number`` is what stands in the text as ``[number]``."""

    number: int
    quote: Quote


@dataclass(frozen=True, slots=True)
class Miscitation:
    """A supported claim that cites something else than what supports it.

    Attributes:
        verdict: of the claim; its quotes are what supports it.
        mark: where its marks stand in the answer.
        cited: names of the sources that the marks point to.
    """

    verdict: Verdict
    mark: Span
    cited: tuple[str, ...]

    def __str__(self) -> str:
        """One sentence that says so."""
        supports = ", ".join(sorted({_line(quote.source) for quote in self.verdict.quotes}))
        return f"cites {', '.join(map(_line, self.cited))}, but is supported by {supports}"


@dataclass(frozen=True, slots=True)
class CitedText:
    """The text of a report with markers, and the quotes they point to, in order."""

    text: str
    citations: tuple[Citation, ...]

    def __str__(self) -> str:
        """The text followed by its sources, one a line; line breaks in them become spaces."""
        lines = [
            f"[{c.number}] {_line(c.quote.source)}: \u201c{_line(c.quote.text)}\u201d"
            for c in self.citations
        ]
        return "\n".join([self.text, "", "Sources:", *lines]) if lines else self.text


def cite(report: Report) -> CitedText:
    """Puts a marker behind each supported claim of ``report.text``, before its final period.

    The same quote keeps its number. Markers that the answer has itself in such a claim or right
    behind it are replaced, and so is its own list of sources at the end once nothing points there.
    A claim without a quote gets no marker, nor does one in code; a blocked answer gets none at
    all.
    """
    text = report.text
    listed = _find_list(text)
    cited = [
        verdict
        for verdict in report.text_verdicts
        if verdict.label == "supported" and verdict.quotes and verdict.claim.start < listed
    ]
    code = list(_find_code(text)) if cited else []
    cited = [v for v in cited if not _is_inside(code, v.claim.start)]
    own = [m for m in _MARKS.finditer(text) if not _is_inside(code, m.end() - 1)] if cited else []
    spans = [_reach(text, verdict) for verdict in cited]
    gone = [_widen(text, m.span(), a) for m in own if (a := _claim_of(spans, m)) is not None]
    left = [m for m in own if _claim_of(spans, m) is None]
    kept = [mark for mark in left if mark.start() < listed]
    if gone and not kept and listed < len(text):
        gone.append((listed, len(text)))
    used = {int(n) for mark in kept for n in re.findall(r"\d{1,3}", mark[0])}
    free = (number for number in itertools.count(1) if number not in used)
    numbers: dict[Quote, int] = {}
    changes = [(start, end, "") for start, end in gone]
    for verdict in cited:
        for quote in verdict.quotes:
            if quote not in numbers:
                numbers[quote] = next(free)
        found = sorted({numbers[quote] for quote in verdict.quotes})
        place = _end_of_words(verdict, own)
        changes.append((place, place, " " + "".join(f"[{n}]" for n in found)))
    return CitedText(_apply(text, changes), tuple(Citation(n, q) for q, n in numbers.items()))


def find_miscitations(report: Report) -> list[Miscitation]:
    """Finds supported claims of an answer whose own marks point to what does not support them.

    A mark is read where it names a file, where the answer lists its sources by number, and where
    the evidence was a list, whose first entry is ``[1]``. One that cannot be read is passed over,
    and so is a claim one of whose marks points to a source that supports it.
    """
    text = report.answer
    listed = _find_list(text)
    code = list(_find_code(text))
    marks = [m for m in _MARKS.finditer(text, 0, listed) if not _is_inside(code, m.end() - 1)]
    cited = [v for v in report.verdicts if v.label == "supported" and v.quotes]
    spans = [_reach(text, verdict) for verdict in cited]
    lines = {
        int(match[1]): line for line in text[listed:].splitlines() if (match := _LISTED.match(line))
    }
    sources = {quote.source for verdict in cited for quote in verdict.quotes}
    numbered = all(_ENTRY.fullmatch(source) for source in sources)
    found = []
    for verdict, span in zip(cited, spans, strict=True):
        own = [mark for mark in marks if span[0] <= mark.start() and mark.end() <= span[1]]
        known = {quote.source for quote in verdict.quotes}
        named = [_name_source(mark[0], lines, sources, numbered) for mark in own]
        if (
            named
            and all(named)
            and known.isdisjoint(set().union(*named))
            and not any(
                _is_file(name, source) for names in named for name in names for source in known
            )
        ):
            start = own[0].start() + (len(own[0][0]) - len(own[0][0].lstrip()))
            names = tuple(sorted(set().union(*named)))
            found.append(Miscitation(verdict, Span(start, own[-1].end()), names))
    return found


def _name_source(mark: str, lines: dict[int, str], sources: set[str], numbered: bool) -> set[str]:
    """The sources that a mark points to; empty where it cannot be told."""
    files = re.findall(_FILE, mark)
    if files:
        return {_INTRODUCED.sub("", name).strip() for name in files}
    if not re.fullmatch(rf"\s?[*_\[^]{{1,5}}{_NUMBERS}[\]*_]{{1,4}}", mark):
        return set()
    found: set[str] = set()
    for number in map(int, re.findall(r"\d{1,3}", mark)):
        line = lines.get(number)
        if line is not None:
            told = {source for source in sources if _last_name(source) in line.casefold()}
        else:
            told = {f"evidence[{number - 1}]"} if numbered and not lines and number else set()
        if not told:
            return set()
        found |= told
    return found


def _is_file(name: str, source: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(_last_name(source))}$", name.casefold()) is not None


def _last_name(source: str) -> str:
    """A source without its folders, in lower case."""
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1].casefold()


def _find_code(text: str) -> Iterator[tuple[int, int]]:
    """Where a marker would be a part of code: fences, JSON, and what stands in backticks."""
    blocks = find_blocks(text)
    spans = [
        (blocks[first].start, blocks[min(last, len(blocks) - 1)].end)
        for first, last in find_fences(blocks)
    ]
    spans += [(item.start, item.end) for item in find_structures(text)]
    spans += [match.span() for match in _CODE.finditer(text)]
    end = 0
    for start, stop in sorted(spans):
        if stop > end:
            yield max(start, end), stop
            end = stop


def _is_inside(spans: Sequence[tuple[int, int]], place: int) -> bool:
    i = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return i >= 0 and place < spans[i][1]


def _reach(text: str, verdict: Verdict) -> tuple[int, int]:
    """A claim with the marks right behind it."""
    after = _AFTER.match(text, verdict.claim.end)
    return verdict.claim.start, after.end() if after else verdict.claim.end


def _claim_of(spans: Sequence[tuple[int, int]], mark: re.Match[str]) -> int | None:
    """Where the claim begins that a mark belongs to."""
    i = bisect_right(spans, mark.end() - 1, key=lambda span: span[0]) - 1
    return spans[i][0] if i >= 0 and mark.end() <= spans[i][1] else None


def _widen(text: str, mark: tuple[int, int], start: int) -> tuple[int, int]:
    """A mark with one space: the one before it, or behind it where it opens a claim."""
    first, end = mark
    if not text[start:first].strip(_BLANK):
        first = max(first, start)
        return first, end + (text[end : end + 1] == " ")
    return first, end


def _find_list(text: str) -> int:
    """Where the list of sources at the end of an answer begins; its length where it has none."""
    begin = len(text)
    lines = text.splitlines(keepends=True)
    for line in reversed(lines):
        start = begin - len(line)
        if line.strip() and not _LISTED.match(line):
            headed = begin < len(text) and _LIST_HEAD.fullmatch(line.rstrip("\r\n"))
            begin = start if headed else begin
            break
        begin = start
    listed = any(_LISTED.match(line) for line in text[begin:].splitlines())
    if not listed or not text[:begin].strip():
        return len(text)
    return len(text[:begin].rstrip())


def _end_of_words(verdict: Verdict, own: Sequence[re.Match[str]]) -> int:
    """Where a claim's marker goes: before what closes it and before the marks it had there."""
    claim = verdict.claim
    end = claim.end
    first = bisect_right(own, claim.start, key=lambda mark: mark.start())
    for mark in reversed(own[first : bisect_right(own, end, key=lambda mark: mark.start())]):
        # A mark inside of bold text is the last that the claim says, though "**" stands behind it.
        if claim.text[mark.end() - claim.start : end - claim.start].strip(_BLANK):
            break
        end = mark.start()
    match = _END.search(claim.text[: end - claim.start])
    return claim.start + (match.start() if match else end - claim.start)


def _apply(text: str, changes: Sequence[tuple[int, int, str]]) -> str:
    pieces, last = [], 0
    for start, end, put in sorted(changes):
        if start >= last:
            pieces.append(text[last:start])
        pieces.append(put)
        last = max(last, end)
    return "".join([*pieces, text[last:]])


def _line(text: str) -> str:
    return " ".join(text.split())
