"""Answers of real systems, labelled by people, as training pairs: read as the guard reads them.

A whole answer with marked spans is split into its claims: those that a span touches have its label,
the others are supported. A claim is read against the sentences that the guard would choose for it,
a short answer or a yes or no after its question, and values that both state are written alike.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundwire.claims.queries import make_query
from groundwire.claims.questions import find_reply_question
from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.evaluate.pairs import TARGETS
from groundwire.evidence.adhoc import make_retriever
from groundwire.quantities.restate import write_alike
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.pairs import Pair, read_jsonl
from groundwire.train.pairs.premises import count_signs
from groundwire.types import Claim, Context
from groundwire.verify.premise import build_premise

_MOST_SIGNS = 190
"""Words and signs of a premise: about 230 tokens, so that a claim has room beside it."""

_WHOLE = 60
"""Words of the longest answer that is one pair where nothing says which part is at fault."""

_POLAR_REPLY = re.compile(r"^(.{8,}?)\s+((?:yes|no)\.?)$", re.IGNORECASE | re.DOTALL)


def read_output_pairs(
    path: Path, name: str, rarity: WordRarity, budget: int, rng: random.Random, most: int
) -> list[Pair]:
    """Returns up to ``most`` pairs of a file of answers, each read as the guard would.

    Rows have ``premise``, ``hypothesis`` and ``label``; where known ``unit`` (``answer``,
    ``sentence`` or ``claim``), ``question``, ``answer`` (of a question), ``context`` (the text of
    the answer before a sentence) and ``spans`` (characters of the hypothesis at fault).

    Args:
        path: JSON lines.
        name: of the set, for the pairs.
        rarity: weights of words.
        budget: words of a premise.
        rng: draws the rows; supported ones and others take turns as long as both are left.
        most: pairs.

    Raises:
        InputError: if a row has no such texts or an unknown label.
    """
    rows = list(read_jsonl(path))
    for number, row in enumerate(rows, 1):
        texts = row.get("premise"), row.get("hypothesis")
        if not all(isinstance(text, str) for text in texts) or row.get("label") not in TARGETS:
            raise InputError(
                f"{path}, row {number}: needs the strings premise, hypothesis and a label of "
                f"{', '.join(TARGETS)}; its label is {row.get('label')!r:.60}"
            )
    rng.shuffle(rows)
    true = [row for row in rows if row["label"] == "supported"]
    false = [row for row in rows if row["label"] != "supported"]
    shorter, longer = sorted((true, false), key=len)
    drawn = [row for pair in zip(shorter, longer, strict=False) for row in pair]
    drawn += longer[len(shorter) :]
    pairs: list[Pair] = []
    for row in drawn:
        if len(pairs) >= most:
            break
        pairs += read_row_pairs(row, name, rarity, budget)
    return pairs[:most]


def read_row_pairs(
    row: Mapping[str, Any], name: str, rarity: WordRarity, budget: int
) -> Iterator[Pair]:
    """Yields the pairs of a row (``read_output_pairs``), each read as the guard would."""
    text, label, question = str(row["hypothesis"]), str(row["label"]), row.get("question")
    spans = _read_spans(row.get("spans"))
    answer = row.get("answer")
    polar = _POLAR_REPLY.match(text)
    if isinstance(answer, str) and isinstance(question, str) and answer.strip():
        claims = [_claim(answer, question, "")]
    elif question and polar and text.startswith(str(question)[:20]):
        claims = [_claim(polar[2], polar[1], "")]
    elif row.get("unit") == "answer" and (spans or label == "supported"):
        found = ClaimSplitter().split(text, question if isinstance(question, str) else None)
        claims = [claim for claim in found if claim.checkable]
    elif row.get("unit") == "answer" and len(text.split()) > _WHOLE:
        return
    else:
        asked = question if isinstance(question, str) and len(question) < 300 else None
        claims = [_claim(text, asked, str(row.get("context") or ""))]
    queries = [make_query(claim) for claim in claims]
    evidence = make_retriever(str(row["premise"])).retrieve(queries)
    for claim, passages in zip(claims, evidence, strict=True):
        touching = [s for s in spans if s[0] < claim.end and claim.start < s[1]]
        spared = row.get("unit") == "answer" and spans and not touching
        said = "supported" if spared else label
        premise = build_premise(claim, passages, rarity, budget)
        while len(premise.sentences) > 1 and count_signs(premise.text) > _MOST_SIGNS:
            premise = premise.without_last()
        if not premise.sentences or not claim.text.strip():
            continue
        read = [premise.read(quote).text for quote in premise.sentences]
        alike, origin = write_alike(claim.text, read)
        asked = find_reply_question(claim) or ""
        lead = f"{asked} " if asked else ""
        fault = _place_fault(touching, claim, origin, len(lead)) if said != "supported" else None
        yield Pair(premise.text, lead + " ".join(alike.split()), said, name, fault)


def _claim(text: str, question: str | None, before: str) -> Claim:
    preceding = tuple(before.split(". ")[-1:]) if before.strip() else ()
    return Claim(text, 0, len(text), context=Context(question, preceding))


def _read_spans(stated: object) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for span in stated if isinstance(stated, Sequence) and not isinstance(stated, str) else ():
        if isinstance(span, Mapping):
            out.append((int(span["start"]), int(span["end"])))
        else:
            out.append((int(span[0]), int(span[1])))
    return out


def _place_fault(
    spans: Sequence[tuple[int, int]], claim: Claim, origin: Sequence[int], lead: int
) -> tuple[int, int] | None:
    """The characters from the first to the last at fault, in the claim as it is read."""
    marked = [
        i
        for i, at in enumerate(origin)
        if any(start <= claim.start + at < end for start, end in spans)
    ]
    return (lead + marked[0], lead + marked[-1] + 1) if marked else None
