"""Corrections: replies that deny what their question takes for granted (English).

"No, that's wrong: the pump weighs 64 kg, not 62 kg." Evidence has nothing of the 62 kg, which the
question brought in, so that a verifier that reads the claim alone finds it unsupported. What it
denies is the question's, and what it states must hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.claims.replies import is_denying
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import stem_words
from groundwire.text.words import STOP, WORD, split_table
from groundwire.types import Edit

_PREMISE = frozenset(
    split_table("""
    no nope not never neither false wrong incorrect untrue mistaken inaccurate true right correct
    accurate premise assumption mistake error misunderstanding misconception myth claim statement
    question case actually unfortunately afraid sorry quite exactly
    """)
)
"""Words of a denial that says no more than that it is one."""


def is_bare_denial(text: str) -> bool:
    """Whether a text denies and says nothing else: "That is incorrect", "Your premise is false"."""
    plain = re.sub(r"n['’]t\b", " not", text.casefold())
    words = {part for word in WORD.findall(plain) for part in re.split("['’]", word)[:1]}
    return is_denying(text) and not words - STOP - _PREMISE


def is_correction(text: str, question: str, known: str, missing: Sequence[str]) -> bool:
    """Whether a claim denies what its question says, and adds nothing that is not known.

    Args:
        text: of the claim.
        question: what was asked.
        known: what is known to hold: evidence that decided, and claims that it supports.
        missing: values of the claim that the evidence lacks.
    """
    if not is_denying(text):
        return False
    if is_bare_denial(text):
        return bool(known.strip())
    asked = stem_words(question)
    if not missing or not all(stem_words(value) <= asked for value in missing):
        return False
    plain = {word for word in stem_words(text) if word not in STOP | _PREMISE and len(word) > 1}
    return plain <= asked | stem_words(known)


def is_denial_cut(answer: str, edits: Sequence[Edit]) -> bool:
    """Whether edits take away of how an answer begins, where it begins by denying.

    What such an answer denies and what it says instead stand in its first two sentences.
    """
    sentences = find_sentences(answer)[:2]
    if not sentences or not is_denying(answer[slice(*sentences[0])]):
        return False
    start, end = sentences[0][0], sentences[-1][1]
    return any(e.start < end and start < e.end and not e.text.strip() for e in edits)
