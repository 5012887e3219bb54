"""Passages written for groundwire, and claims that each supports, contradicts or does not state.

What rules cannot make (a paraphrase that holds, and beside it a sentence of nearly the same words
that does not: a turned role, another quantifier, a plan told as done) was written by a language
model for this project, passage by passage, from nothing. A file has blocks between lines of
``===``: the evidence after ``E:``, over as many lines as it takes, then lines of claims, ``T:``
supported, ``C:`` contradicted, ``N:`` neither; those after a line ``Q: question`` answer it, until
``Q: -``. A block may give its evidence in two versions (``E2:``): a line then has a label for each,
``TC:`` for what the first supports and the second contradicts, so that no wording gives a label
away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groundwire.errors import InputError
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.outputs import read_row_pairs
from groundwire.train.pairs.pairs import Pair

WRITTEN = "synthetic_passages"
"""Name of the pairs."""

FILES = Path(__file__).parent / "written"
"""Folder of the passages that come with the package."""

_LABELS = {"T": "supported", "C": "contradicted", "N": "unsupported"}
_LINE = re.compile(r"(Q|[TCN]{1,2}):[ \t]+(.*\S)")
_SECOND = "E2:"
_BORDER = re.compile(r"^===[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim about a passage.

    Attributes:
        text: a sentence or a short answer.
        label: a key of ``TARGETS``.
        question: that it answers; empty for none.
    """

    text: str
    label: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Evidence, and what is said of it."""

    evidence: str
    statements: tuple[Statement, ...]


def parse_passages(text: str, name: str = "passages") -> list[Passage]:
    """Returns the passages of a text.

    Args:
        text: the blocks.
        name: of the file, for errors.

    Raises:
        InputError: if a block has no evidence or no claims, or a line after the first claim is
            none; the message names the block and the line.
    """
    passages: list[Passage] = []
    for number, block in enumerate(_BORDER.split(text), 1):
        lines = block.strip().splitlines()
        if not lines:
            continue
        said = [_LINE.fullmatch(line) for line in lines]
        # A list of questions and answers is evidence: what comes behind its last answer is not.
        told = [i for i, line in enumerate(lines) if line.strip() and not said[i]]
        first = told[-1] + 1 if told else 0
        versions = "\n".join(lines[:first]).removeprefix("E:").split(f"\n{_SECOND}")
        texts = [version.strip() for version in versions]
        if not lines[0].startswith("E:") or not all(texts) or first == len(lines):
            raise InputError(
                f"{name}, block {number}: begins with {lines[0]!r:.60}: write E: and the "
                "evidence, then lines of T:, C: or N: with claims"
            )
        for early in said[:first]:
            if early and early[1] != "Q":
                raise InputError(
                    f"{name}, block {number}: {early[0]!r:.60} stands before "
                    f"{lines[first - 1]!r:.60}, which is no claim: begin that with T:, C:, N: or Q:"
                )
        claims = [line for line in said[first:] if line]
        for line in claims:
            if line[1] != "Q" and len(line[1]) != len(texts):
                raise InputError(
                    f"{name}, block {number}: {line[0]!r:.60}: give a label for each version of "
                    "the evidence: T:, C: or N:, or where there are two of them TC: and the like"
                )
        for i, evidence in enumerate(texts):
            passages.append(Passage(evidence, tuple(_read_statements(claims, i))))
    return passages


def _read_statements(lines: Sequence[re.Match[str]], version: int) -> Iterator[Statement]:
    """The claims of a block, with their labels for one version of its evidence."""
    question = ""
    for line in lines:
        if line[1] == "Q":
            question = "" if line[2] == "-" else line[2]
        else:
            yield Statement(line[2], _LABELS[line[1][version]], question)


def read_passages(folder: Path = FILES) -> list[Passage]:
    """Returns the passages of the files of a folder (``NAME.txt``), in the order of names.

    Raises:
        InputError: if a file is no text of passages.
    """
    found: list[Passage] = []
    for path in sorted(folder.glob("*.txt")):
        found += parse_passages(path.read_text(encoding="utf-8"), path.name)
    return found


def make_written_pairs(
    passages: Sequence[Passage], rarity: WordRarity, budget: int, seed: int, most: int
) -> list[Pair]:
    """Returns up to ``most`` pairs, each claim read against the evidence as the guard reads it.

    Passages are drawn whole, so that a false claim has the true one of nearly its words.

    Args:
        passages: of which pairs are made.
        rarity: weights of words.
        budget: words of a premise.
        seed: of the order of passages.
        most: pairs.
    """
    pairs: list[Pair] = []
    rng = random.Random(f"{seed}-written")
    for passage in rng.sample(passages, len(passages)):
        if len(pairs) >= most:
            break
        for said in passage.statements:
            row = {
                "premise": passage.evidence, "hypothesis": said.text, "label": said.label,
                "question": said.question or None,
            }  # fmt: skip
            pairs += read_row_pairs(row, WRITTEN, rarity, budget)
    return pairs[:most]
