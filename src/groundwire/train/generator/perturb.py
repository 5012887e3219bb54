"""Inputs made worse, so that a model learns to keep to them all the same."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from groundwire.train.generator.config import Perturb
from groundwire.train.generator.data import Row, parse_slots, render
from groundwire.verify.words import content_words

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
SLOTS, LINES, SENTENCES = ", ", "\n", " "


def items_of(context: str) -> tuple[list[str], str]:
    """Returns the items of a context and what joins them: slots, lines or sentences."""
    slots = parse_slots(context)
    if slots is not None:
        return [f"{key}[{value}]" for key, value in slots.items()], SLOTS
    lines = [line for line in context.split("\n") if line.strip()]
    if len(lines) > 1:
        return lines, LINES
    return [part for part in _SENTENCE.split(context) if part], SENTENCES


def with_context(row: Row, context: str) -> Row:
    """Returns the row with another context."""
    text, evidence = render(context)
    return replace(row, context=text, evidence=evidence)


def typos(text: str, rng: random.Random, share: float = 0.05) -> str:
    """Swaps, drops or doubles a share of the letters inside words; at least one.

    The names of slots stay, for they are no text that anybody types.
    """
    names = {i for m in re.finditer(r"[^\[\],]+(?=\[)", text) for i in range(*m.span())}
    places = [
        i for i in range(1, len(text) - 1)
        if i not in names and text[i - 1 : i + 2].isalpha()
    ]  # fmt: skip
    if not places:
        return text
    chosen = rng.sample(places, min(len(places), max(1, round(len(places) * share))))
    letters = list(text)
    for i in sorted(chosen):
        kind = rng.randrange(3)
        if kind == 0 and i + 1 < len(letters) and letters[i + 1].isalpha():
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        else:
            letters[i] = "" if kind == 1 else letters[i][:1] * 2
    return "".join(letters)


def reordered(context: str, rng: random.Random) -> str:
    """Returns the items of a context in another order."""
    items, joiner = items_of(context)
    rng.shuffle(items)
    return joiner.join(items)


def dropped(row: Row, rng: random.Random) -> str:
    """Leaves out one item that the target does not use; the context as it is where all are used.

    What is used may not go: the target would then teach to say what the input does not.
    """
    items, joiner = items_of(row.context)
    said = content_words(row.target)
    held = [content_words(i.partition("[")[2] if joiner == SLOTS else i) for i in items]
    # An item without words of its own, such as familyFriendly[no], may be told in any words.
    unused = [i for i, its_words in enumerate(held) if its_words and not said & its_words]
    if not unused or len(items) < 2:
        return row.context
    out = rng.choice(unused)
    return joiner.join(item for i, item in enumerate(items) if i != out)


def distracted(context: str, other: str, rng: random.Random) -> str:
    """Puts another passage before or after a context; a record gets none, for it would change.

    In a record every slot is to be told, so another's slot would make the target incomplete.
    """
    if items_of(context)[1] == SLOTS:
        return context
    return f"{context}\n{other}" if rng.random() < 0.5 else f"{other}\n{context}"


def without_evidence(row: Row, other: str, refusal: str, rng: random.Random) -> Row:
    """Returns the row without its evidence, whose right answer is the refusal.

    With a question, half the time another row's context stands in its place; without one,
    another's context would be a good prompt of its own, so it is empty.
    """
    context = other if row.question and rng.random() < 0.5 else ""
    bare = with_context(row, context)
    return replace(bare, target=refusal, weight=1.0, spans=())


def perturbed(
    row: Row, others: Sequence[Row], options: Perturb, refusal: str, rng: random.Random
) -> Row:
    """Returns a row whose input may be changed, each way by its own chance.

    Args:
        row: the row.
        others: where other contexts are drawn from.
        options: the shares.
        refusal: the answer where the evidence is missing.
        rng: draws.
    """
    other = others[rng.randrange(len(others))].context
    if rng.random() < options.missing:
        return without_evidence(row, other, refusal, rng)
    context = row.context
    if rng.random() < options.drop:
        context = dropped(row, rng)
    if rng.random() < options.reorder:
        context = reordered(context, rng)
    if rng.random() < options.distractors and other != row.context:
        context = distracted(context, other, rng)
    if rng.random() < options.typos:
        context = typos(context, rng)
    return row if context == row.context else with_context(row, context)
