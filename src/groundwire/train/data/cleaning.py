"""Cleaning of a row that was judged, and the preference pairs that it gives."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from groundwire.train.alignment import Telling
from groundwire.train.data.forms import Part, replace_parts, tag_row
from groundwire.train.data.judged import NOTHING, Judged
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example
from groundwire.train.data.trimming import Trimmed


def drop_losses(example: Example, judged: Judged, telling: Telling) -> Judged:
    """Returns what is known of a row without repairs that tell fewer fields than the text did.

    Such a repair of a text on a record, though it is true, would teach to leave out.
    """
    losing = {
        part.name
        for part in example.taught
        if part.name in judged.repairs and _loses(part, judged.repairs[part.name], telling)
    }
    if not losing:
        return judged
    repairs = {name: text for name, text in judged.repairs.items() if name not in losing}
    return replace(judged, repairs=repairs, repaired=None)


def _loses(part: Part, repair: str, telling: Telling) -> bool:
    record = part.record
    return record is not None and telling.covered(record, repair) < telling.covered(
        record, part.text
    )


def clean_row(
    example: Example,
    judged: Judged,
    flags: Collection[str],
    options: DataOptions,
    trimmed: Trimmed | None = None,
) -> dict[str, Any] | None:
    """Returns the row of the cleaned set, with its ``weight``, or None if it is left out.

    Args:
        example: the row.
        judged: what the check of its texts says.
        flags: what else is wrong with it.
        options: of the audit.
        trimmed: the row without what its text omits; it has no omission then, and is faithful.

    A row with a flag of ``options.drop`` is left out, and but for ``keep_unchecked`` and the mode
    ``tag`` one that could not be checked. A row that teaches no text (an unpaired one with the
    label false) stays as it is: it shows what not to write.
    """
    wrong, label = {*flags}, judged.label
    if trimmed:
        wrong, label = wrong - {"omission"}, "faithful"
    if example.problem or options.drop.intersection(wrong):
        return None
    row = {**example.data, "row": example.row, "weight": judged.weight}
    if trimmed:
        row |= {**trimmed.data, "weight": trimmed.weight}
    if not example.taught:
        return row
    if options.mode == "tag":
        return tag_row(example.form, row, options.tokens[label])
    if label == "faithful" or judged.reason == NOTHING:
        return row
    if options.mode == "rewrite" and judged.repaired is not None:
        taught = {part.name for part in example.taught}
        texts = {name: text for name, text in judged.repairs.items() if name in taught}
        return {**replace_parts(row, texts), "weight": judged.repaired}
    return row if judged.blind and options.keep_unchecked else None


def make_preferences(
    example: Example, judged: Judged, flags: Collection[str], options: DataOptions
) -> Iterator[dict[str, Any]]:
    """Yields pairs in trl's format: the verified repair of a text is chosen, the text rejected.

    A prompt is a text, and of a conversation its messages; a context and a question stand beside
    it as they are.
    """
    if options.drop.intersection(flags):
        return
    for part in example.taught:
        chosen = judged.repairs.get(part.name)
        if chosen is None or judged.parts[part.name][0] != "unfaithful":
            continue
        parts = {key: example.data[key] for key in example.form.given if key in example.data}
        more = parts if example.form.stated else {}
        yield make_preference(
            part.given.prompt, chosen, part.text, row=example.row, part=part.name, **more
        )


def make_preference(prompt: Any, chosen: str, rejected: str, **more: Any) -> dict[str, Any]:
    """Returns a preference, conversational if its prompt is."""
    if isinstance(prompt, str):
        return {"prompt": prompt, "chosen": chosen, "rejected": rejected, **more}
    texts = ([{"role": "assistant", "content": text}] for text in (chosen, rejected))
    first, second = texts
    return {"prompt": prompt, "chosen": first, "rejected": second, **more}
