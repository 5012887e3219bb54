"""Situations, made up: a short text, and statements and answers that it does or does not support.

What nobody labels at a large scale (plans and conditions told as facts, prohibitions, roles turned,
the value of the neighbor, a short answer of the wrong slot) is made here by kind, each false
statement beside a true one of nearly the same words, so that no word gives a label away. Names are
put together from syllables, so the texts describe nothing that exists.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from groundwire.text.words import split_table
from groundwire.train.pairs.pairs import Pair

SITUATIONS = "synthetic_situations"

_NEIGHBORS = 0.5
"""Share of premises that stand among others, so that what matters must be found."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A text and what can be said of it.

    Attributes:
        premise: one to four sentences, or lines of a record.
        statements: (claim, label), with labels of ``TARGETS``; at least one is supported.
        answers: (question, answer, label): short answers, and yes or no.
    """

    premise: str
    statements: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, str, str], ...] = ()


Maker: TypeAlias = Callable[[random.Random], Situation]
"""Draws one situation of a kind."""

_ONSETS = split_table("b br c d dr f fl g gr h j k l m n p pr r s st t th tr v w")
_NUCLEI = split_table("a e i o u ai ea ou")
_CODAS = split_table("l n r s m nd rn lt th x ck v")
_PLACE_ENDS = split_table("ford ham ton wick stead burg dale mouth by field port holm")
_FIRMS = split_table(
    "Energy Foods Systems Logistics Textiles Motors Software Bank Airlines Media Chemicals Dairy "
    "Optics Rail Pharma Robotics Insurance Shipping Ceramics Paper"
)
_FIRST_NAMES = split_table(
    "Ada Alma Anton Basil Bea Bruno Clara Cyril Dana Edgar Elsa Emil Fiona Felix Greta Gustav Hana "
    "Hugo Ida Igor Jana Jonas Kira Lars Lena Leon Mara Milo Nadia Nils Nora Olga Oscar Petra "
    "Rafael Rosa Selma Simon Tessa Theo Ulla Viktor Wanda Yusuf Zora"
)
_BODIES = split_table(
    "council museum library hospital school theater university ministry airport zoo committee "
    "orchestra port_authority housing_association water_company"
)


def _syllable(rng: random.Random) -> str:
    return rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS)


def draw_place(rng: random.Random) -> str:
    """Returns a name of a town that is not likely to exist."""
    return (_syllable(rng) + rng.choice(_PLACE_ENDS)).capitalize()


def draw_firm(rng: random.Random) -> str:
    """Returns a name of a company."""
    stem = (_syllable(rng) + rng.choice(["", "a", "o", "ex", "is"])).capitalize()
    return f"{stem} {rng.choice(_FIRMS)}" if rng.random() < 0.6 else stem + rng.choice(["", "co"])


def draw_person(rng: random.Random) -> str:
    """Returns a first and a last name."""
    last = (_syllable(rng) + rng.choice(["er", "en", "sson", "ova", "ini", "ard", ""])).capitalize()
    return f"{rng.choice(_FIRST_NAMES)} {last}"


def draw_body(rng: random.Random) -> str:
    """Returns an institution with its article: "the library of Brendham"."""
    body = rng.choice(_BODIES).replace("_", " ")
    place = draw_place(rng)
    return rng.choice([f"the {body} of {place}", f"the {place} {body}", f"the {body}"])


def draw_distinct(
    draw: Callable[[random.Random], str], count: int, rng: random.Random
) -> list[str]:
    """Returns ``count`` drawn names, no two alike."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[draw(rng)] = None
    return list(found)


def spell_with_capital(text: str) -> str:
    """Returns the text with a capital at its start; the rest stays."""
    return text[:1].upper() + text[1:]


def make_situation_pairs(seed: int, limit: int, makers: Mapping[str, Maker]) -> list[Pair]:
    """Returns ``limit`` pairs, as many of each maker, half of them supported where it can be.

    An answer is read after its question, as the guard reads short answers.

    Args:
        seed: of all choices.
        limit: number of pairs; 0 for none.
        makers: by kind.
    """
    rng = random.Random(f"{seed}-situations")
    pairs: list[Pair] = []
    waiting: list[str] = []
    made = _cycle(makers, rng)
    while len(pairs) < limit:
        situation = next(made)
        premise = situation.premise
        if waiting and rng.random() < _NEIGHBORS:
            parts = [premise, *rng.sample(waiting, min(len(waiting), rng.randint(1, 3)))]
            rng.shuffle(parts)
            premise = " ".join(parts)
        waiting = [*waiting[-40:], situation.premise]
        for claim, label in _choose(situation, rng):
            pairs.append(Pair(premise, claim, label, SITUATIONS))
    return pairs[:limit]


def _cycle(makers: Mapping[str, Maker], rng: random.Random) -> Iterator[Situation]:
    while True:
        for make in makers.values():
            yield make(rng)


def _choose(situation: Situation, rng: random.Random) -> Sequence[tuple[str, str]]:
    """A true and a false statement, and a right and a wrong answer, where there are such."""
    said = list(situation.statements)
    asked = [(f"{question} {answer}", label) for question, answer, label in situation.answers]
    out = []
    for group in (said, asked):
        rng.shuffle(group)
        true = [item for item in group if item[1] == "supported"]
        false = [item for item in group if item[1] != "supported"]
        both = [part[0] for part in (true, false) if part]
        out += both if group is said or rng.random() < 0.5 else []
    return out
