"""Citation marks: "[1]", "【4:0†source】", "(manual.pdf, page 12)", "[^1]", "[[1]](url)".

A mark says where a sentence comes from and is no part of what it says; a number in it ("page 12")
is no number of the sentence. What is not clearly a mark is none: an index in code, an exponent, a
section of a law, a file that the sentence is about.
"""

from __future__ import annotations

import re

from groundwire.text.sentences import Offsets

_DOCUMENT = r"(?:pdf|docx?|pptx?|xlsx?|odt|rtf|epub|md|txt|html?)"
_PLACE = r"(?:pages?|pp?\.?|lines?|slides?|sections?|sec\.|chapters?|ch\.|paragraphs?|para\.|§+)"
_NAMED = (
    r"(?:sources?|refs?\.?|references?|docs?|documents?|passages?|citations?|cites?|chunks?|"
    r"excerpts?|contexts?|snippets?|results?|footnotes?|ids?)"
)
_NUMBERS = r"\d{1,3}(?:\s{0,2}[,;–-]\s{0,2}\d{1,3}){0,20}"
# Every repetition is bounded, and each branch opens with a mark that is rare in prose, so that a
# long answer is searched in linear time.
_MARK = re.compile(
    rf"""
    【[^【】\n]{{0,160}}】                                         # of assistants with file search
  | \[\^[\w.-]{{1,40}}\](?::(?=\s))?                              # footnotes
  | (?<!!)\[\[?\^?{_NUMBERS}\^?\]?\]\([^()\s]{{1,400}}\)          # numbers that link
  | \[\[(?:citation:\s?)?{_NUMBERS}\]\]
  | \[(?!0\])\^?{_NUMBERS}\](?!\()
  | \[{_NAMED}\s{{0,2}}:\s{{0,2}}[^\[\]\n]{{1,200}}\](?!\()
  | \[{_NAMED}[\s\#._-]{{0,2}}\d{{1,4}}(?:\s{{0,2}}[,;&–-]\s{{0,2}}(?:{_NAMED}\s)?\d{{1,4}}){{0,20}}\](?!\()
  | \((?:see\s)?{_NAMED}\s{{0,2}}:\s{{0,2}}[^()\n]{{1,200}}\)
  | \({_NAMED}\s?\#?\d{{1,3}}(?:\s{{0,2}}(?:,|;|&|–|-|and)\s{{0,2}}(?:{_NAMED}\s)?\d{{1,3}}){{0,20}}\)
  | \((?:see\s)?(?:pages?|pp?\.)\s?\d{{1,4}}(?:\s?[–-]\s?\d{{1,4}})?\)
  | [\[(](?:see\s|from\s)?[\w][\w\x20./&'-]{{0,100}}\.\w{{2,5}}\s?[,;:]\s?{_PLACE}\s?\d[^()\[\]\n]{{0,40}}[\])](?!\()
  | [\[(][\w][\w\x20./&'-]{{0,100}}\.{_DOCUMENT}[\])](?=[\s.!?*_]*(?:$|\n))
  | \\cite[a-z]{{0,6}}\{{[^{{}}\n]{{1,120}}\}}
  | \[@[\w:.-]{{1,80}}(?:[;,][^\[\]\n]{{0,80}})?\]
  | \((?:(?-i:[A-Z])[\w'’-]{{1,30}}\s(?:et\sal\.?|(?:&|and)\s(?-i:[A-Z])[\w'’-]{{1,30}}),?\s(?:19|20)\d\d[a-z]?(?:;\s)?){{1,6}}\)
    """,  # noqa: E501
    re.IGNORECASE | re.VERBOSE,
)
_RAISED = re.compile(
    rf"\s?<sup>\s?\[?{_NUMBERS}\]?\s?</sup>|[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}(?:[,⁾\x20]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}){{0,5}}",
    re.IGNORECASE,
)
_CODE = re.compile(r"`[^`\n]{1,400}`")
# A raised number counts as a mark after a whole word or after punctuation; after a digit, a short
# word or the name of a measure it is an exponent ("10⁶", "cm²", "square metres²").
_AFTER = re.compile(r"(?:[^\W\d_]{4,}|[.!?,;:)\]”\"’%])$")
_MEASURE = re.compile(
    r"(?:met(?:er|re)s?|inch(?:es)?|feet|foot|yards?|miles?|seconds?|sec|min|mol)$", re.I
)
_LISTED = re.compile(
    r"[\s>*_-]*(?:sources?|references?|citations?|footnotes?|bibliography|works cited|"
    r"further reading)[*_]*\s*(?::[*_]*|—|-)\s*",
    re.IGNORECASE,
)
_HEADS = re.compile(
    r"[\s#>*_]{0,8}(?:sources?|references?|citations?|footnotes?|bibliography|works cited|"
    r"further reading)(?: used| cited)?[\s*_:]{0,6}",
    re.IGNORECASE,
)
_DEFINED = re.compile(r"\s*\[\^?[\w.-]{1,40}\]:?\s+")
_REFERENCE = re.compile(
    rf"(?:https?://|www\.|doi:|10\.\d{{4,9}}/)\S+|\b[\w./-]{{1,100}}\.(?:{_DOCUMENT}|csv|json|ya?ml)\b|"
    rf"\b{_PLACE}\s?\d{{1,4}}(?:\s?[–-]\s?\d{{1,4}})?|\b{_NAMED}\s?\#?\d{{1,3}}\b|\(\d{{4}}\)",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\b(?:and|see|also|from|in|of|by|the|accessed|retrieved)\b|[\W\d_]+", re.I)


def find_citations(text: str) -> list[Offsets]:
    """Returns the offsets of the citation marks of a text, in order and disjoint."""
    if not any(char in text for char in "[(【\\<⁰¹²³⁴⁵⁶⁷⁸⁹"):
        return []
    code = [match.span() for match in _CODE.finditer(text)] if "`" in text else []
    found = [match.span() for match in _MARK.finditer(text)]
    for match in _RAISED.finditer(text):
        before = text[max(0, match.start() - 40) : match.start()]
        apart = match[0][0].isspace() and re.search(r"[^\W\d_]{3}$", before)
        if (apart or not before.strip() or _AFTER.search(before)) and not _MEASURE.search(before):
            found.append(match.span())
    spans: list[Offsets] = []
    at = 0
    for start, end in sorted(found):
        while at < len(code) and code[at][1] <= start:
            at += 1
        coded = at < len(code) and code[at][0] < end
        if not coded and (not spans or spans[-1][1] <= start):
            spans.append((start, end))
    return spans


def blank_citations(text: str) -> str:
    """Returns a text with spaces for its citation marks, so that all offsets stay."""
    parts = []
    at = 0
    for start, end in find_citations(text):
        parts += [text[at:start], " " * (end - start)]
        at = end
    return "".join([*parts, text[at:]]) if parts else text


def is_sources_line(text: str) -> bool:
    """Whether a line only heads a list of sources ("**Sources:**", "References")."""
    return bool(_HEADS.fullmatch(text))


def is_citation(text: str, listed: bool = False) -> bool:
    """Whether a sentence or line is a citation and no more: marks, or a list of files and pages.

    "Source: manual.pdf, page 12" and "[2]: https://example.org" are; "Source: the mayor said that
    the pump is toxic" has words of its own and is not.

    Args:
        text: a sentence, line or item.
        listed: whether it stands in a list of sources, so that a file alone is one.
    """
    blank = blank_citations(text)
    if blank != text and not any(char.isalnum() for char in blank):
        return True
    lead = _LISTED.match(text) or _DEFINED.match(text)
    if lead is None and not listed:
        return False
    rest = blank_citations(text[lead.end() if lead else 0 :])
    return not _JOINED.sub("", _REFERENCE.sub(" ", rest))
