"""Perturbed inputs, made worse so that a model learns to keep to them all the same."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from groundwire.evidence.chunking import UNSPACED
from groundwire.text.words import find_content_words
from groundwire.train.alignment import Record, Telling, is_flat, learn_alignment
from groundwire.train.generator.config import Perturb
from groundwire.train.generator.data import Row, parse_slots, render_context, write_slots

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_BEFORE, _AFTER = r"(?<!\w)(?<!\w[.,:/-])", r"(?!\w|[.,:/-]\w)"  # "4" is not in "4.5"
SLOTS, LINES, SENTENCES = ", ", "\n", " "

OPEN = 10
"""Values of a slot from which it is taken to be one of names, told word for word."""


def split_context(context: str) -> tuple[list[str], str]:
    """Returns the items of a context and what joins them: slots, lines or sentences."""
    if slots := parse_slots(context):
        return [write_slots([slot]) for slot in slots], SLOTS
    lines = [line for line in context.split("\n") if line.strip()]
    if len(lines) > 1:
        return lines, LINES
    return [part for part in _SENTENCE.split(context) if part], SENTENCES


def replace_context(row: Row, context: str) -> Row:
    """Returns the row with another context."""
    text, evidence = render_context(context)
    return replace(row, context=text, evidence=evidence)


def learn_telling(rows: Iterable[Row]) -> Telling:
    """Learns how the fields of rows' records are told."""
    return learn_alignment(
        (cast("Record", row.evidence), row.target) for row in rows if is_flat(row.evidence)
    )


def make_typos(text: str, rng: random.Random, share: float = 0.05) -> str:
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


def reorder_items(context: str, rng: random.Random) -> str:
    """Returns the items of a context in another order."""
    items, joiner = split_context(context)
    rng.shuffle(items)
    return joiner.join(items)


def drop_item(row: Row, telling: Telling, rng: random.Random) -> str:
    """Leaves out one item that the target does not use; the context as it is where none is known.

    What is used may not go: the target would then teach to say what the input does not. Of a
    record a field may go whose usual words the target lacks, of a text a line or sentence of
    which it has no word.
    """
    items, joiner = split_context(row.context)
    if joiner == SLOTS:
        record = cast("Record", row.evidence) if is_flat(row.evidence) else {}
        omitted = telling.omitted(record, row.target)
        unused = [i for i, (name, _) in enumerate(parse_slots(row.context)) if name in omitted]
    else:
        said = _content(row.target)
        held = [_content(item) for item in items]
        # An item without words of its own, such as "It is not.", may be told in any words.
        unused = [i for i, its_words in enumerate(held) if its_words and not said & its_words]
    if not unused or len(items) < 2:
        return row.context
    out = rng.choice(unused)
    return joiner.join(item for i, item in enumerate(items) if i != out)


def _content(text: str) -> frozenset[str]:
    """The words that carry meaning, and each character of scripts without spaces."""
    return find_content_words(text) | frozenset(_UNSPACED.findall(text))


def find_open_values(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Returns the slots that have ``OPEN`` values or more in the contexts of rows, and these."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name, value in parse_slots(row.context):
            if value:
                found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items() if len(values) >= OPEN}


def swap_names(row: Row, values: Mapping[str, Sequence[str]], rng: random.Random) -> Row:
    """Puts other names into a record and its target alike.

    What a model knows of a name from other rows, such as what is near it, is then of no use: it
    has to read the record. (For passages and questions this is the entity substitution of Longpre
    et al., "Entity-Based Knowledge Conflicts in Question Answering", EMNLP 2021.) A value is
    changed where the target has it word for word and nothing else of it, and no other value holds
    it. A row with marked spans stays as it is.

    Args:
        row: the row.
        values: of the slots that have many values.
        rng: draws.
    """
    slots = parse_slots(row.context)
    held = [value for _, value in slots if value]
    if row.spans or not held:
        return row
    # All at once, the longest first, for a name may hold another.
    longest = sorted(held, key=len, reverse=True)
    known = re.compile(rf"{_BEFORE}(?:{'|'.join(map(re.escape, longest))}){_AFTER}")
    said, rest = set(known.findall(row.target)), known.sub(" ", row.target).casefold()
    words = find_content_words(rest)
    new: dict[str, str] = {}
    for name, value in slots:
        others = [v for v in values.get(name, ()) if v not in held and v not in new.values()]
        alone = sum(value in other for other in held) == 1 and value.casefold() not in rest
        if value and others and value in said and alone and not find_content_words(value) & words:
            new[value] = rng.choice(others)
    if not new:
        return row
    target = known.sub(lambda match: new.get(match[0], match[0]), row.target)
    context = write_slots((name, new.get(value, value)) for name, value in slots)
    return replace(replace_context(row, context), target=target)


def add_distraction(context: str, other: str, rng: random.Random) -> str:
    """Puts another passage before or after a context; a record gets none, for it would change.

    In a record every slot is to be told, so another's slot would make the target incomplete.
    """
    if isinstance(render_context(context)[1], dict):
        return context
    return f"{context}\n{other}" if rng.random() < 0.5 else f"{other}\n{context}"


def drop_evidence(row: Row, other: str, refusal: str, rng: random.Random) -> Row:
    """Returns the row without its evidence, whose right answer is the refusal.

    With a question, half the time another row's context stands in its place; without one,
    another's context would be a good prompt of its own, so it is empty.
    """
    context = other if row.question and rng.random() < 0.5 else ""
    bare = replace_context(row, context)
    return replace(bare, target=refusal, weight=1.0, spans=())


class Perturber:
    """Rows whose input may be changed, each way by its own chance.

    Attributes:
        values: of the slots whose names are swapped (``find_open_values``).
    """

    def __init__(self, rows: Sequence[Row], options: Perturb, refusal: str) -> None:
        """Learns from all rows what may be dropped, and what may be put for a name.

        Args:
            rows: where other contexts are drawn from.
            options: the shares.
            refusal: the answer where the evidence is missing.
        """
        self._rows, self._options, self._refusal = rows, options, refusal
        self._telling = learn_telling(rows if options.drop else ())
        self.values = find_open_values(rows if options.swap else ())

    @property
    def idle(self) -> bool:
        """Whether no row is ever changed."""
        return not any(self._options.model_dump().values())

    def __call__(self, row: Row, rng: random.Random) -> Row:
        """Returns a row changed by chance; the same object where nothing is, as of prompts."""
        if row.prompt:
            return row
        options, context = self._options, row.context
        other = self._rows[rng.randrange(len(self._rows))].context
        if rng.random() < options.missing:
            return drop_evidence(row, other, self._refusal, rng)
        if rng.random() < options.drop:
            context = drop_item(row, self._telling, rng)
        new = row if context == row.context else replace_context(row, context)
        if rng.random() < options.swap:
            new = swap_names(new, self.values, rng)
        context = new.context
        if rng.random() < options.reorder:
            context = reorder_items(context, rng)
        if rng.random() < options.distractors and other != row.context:
            context = add_distraction(context, other, rng)
        if rng.random() < options.typos:
            context = make_typos(context, rng)
        return new if context == new.context else replace_context(new, context)
