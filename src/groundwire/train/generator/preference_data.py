"""Preference data: pairs of answers, drawn or given by an audit or a guard's reports."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.train.data.forms import list_parts, normalize_row
from groundwire.train.generator.config import DataSection
from groundwire.train.generator.data import (
    Row,
    check_characters,
    join_prompt,
    read_each,
    render_context,
)


@dataclass(frozen=True, slots=True)
class Preference:
    """Two answers to the prompt of a row, the faithful one first."""

    row: Row
    chosen: str
    rejected: str

    @property
    def longer(self) -> float:
        """Logarithm of the chosen answer's length over the other's."""
        return math.log(len(self.chosen) / len(self.rejected))


def read_pairs(path: Path, section: DataSection) -> list[Preference]:
    """Reads pairs in trl's form: ``prompt``, ``chosen`` and ``rejected``, texts or messages.

    A pair with a ``context`` (as ``audit-data`` writes it), or with ``evidence`` that its prompt
    lacks (``train preferences``), is read by the template of prompts, the prompt as its question
    if it has none. Of others the prompt is read as it is.

    Args:
        path: JSON lines.
        section: has the template.

    Raises:
        InputError: if the file cannot be read, holds no pair, or a line is none; it is named.
    """
    pairs = list(read_each(path, "pair", lambda item: _pair(item, section)))
    if not pairs:
        raise InputError(f"{path}: holds no pairs; leave prefer.pairs out, or give at least one")
    return pairs


def _pair(item: Any, section: DataSection) -> Preference:
    form, data = normalize_row(item, {}, "preference")
    found = list_parts(form, data)
    if [part.name.partition("[")[0] for part in found] != ["chosen", "rejected"]:
        raise InputError("chosen and rejected are to hold one text of the model each")
    chosen, rejected = found
    if not chosen.text.strip() or not rejected.text.strip():
        raise InputError("one of the texts is empty; give both")
    prompt = join_prompt(chosen.given.prompt)
    check_characters(prompt=prompt, chosen=chosen.text, rejected=rejected.text)
    row = _templated(item, prompt, section) or Row(prompt, "", prompt, prompt=prompt)
    return Preference(row, chosen.text, rejected.text)


def _templated(item: Any, prompt: str, section: DataSection) -> Row | None:
    """The row of a pair whose context stands apart, if the template has a place for all of it."""
    context, question = item.get("context"), item.get("question") or ""
    if context is None:
        quotes = item.get("evidence")
        if not isinstance(quotes, list) or not quotes or str(quotes[0]) in prompt:
            return None
        context, question = quotes, prompt
    if not isinstance(question, str) or ("{question}" in section.prompt) != bool(question):
        return None
    text, evidence = render_context(context)
    return Row(text, "", evidence, question)
