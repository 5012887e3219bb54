"""Traces of any recorder: one answer from the steps that led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwire.audit.formats.fields import collect_fields
from groundwire.audit.formats.messages import CONTEXTS, find_answer, find_question
from groundwire.audit.formats.passages import Evidence, collect_evidence
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.io.json_text import unpack_json
from groundwire.io.rows import Row


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a trace.

    Attributes:
        kind: ``"model"``, ``"retrieved"`` (a retriever or a tool) or ``""``.
        inputs: what it was given, in any form.
        outputs: what it returned.
        root: whether it is the whole of the trace.
        started: when, in a form that sorts; steps that start together keep their order.
        facts: what else is recorded of it, for the fields.
    """

    kind: str
    inputs: Any
    outputs: Any
    root: bool
    started: str
    facts: Mapping[str, Any]


def read_trace(row: Row, name: str, steps: Sequence[Step]) -> Item:
    """Returns the answer of a trace.

    The answer is the output of the root or, if that has no text, of the last step of a model.
    The question is the input of the root or, if that has no text, of the first step that has
    one. The evidence is what the steps of retrievers and tools returned, and contexts among the
    inputs and outputs of the root.

    Args:
        row: where the trace begins.
        name: id of the trace.
        steps: its steps.

    Raises:
        InputError: if no step has an answer.
    """
    steps = sorted(steps, key=lambda step: step.started)
    roots = [step for step in steps if step.root]
    models = [step for step in steps if step.kind == "model"]
    answers = [(step, find_answer(step.outputs)) for step in (*roots, *reversed(models))]
    step, answer = next(((step, text) for step, text in answers if text), (None, None))
    if step is None or answer is None:
        raise InputError(
            "no answer: neither the root of the trace nor a step of a model has an output with "
            "text; give the files with all rows of the trace together"
        )
    questions = (find_question(s.inputs) for s in (*roots, step, *steps))
    found = Evidence(collect_evidence(s.outputs, "outputs") for s in steps if s.kind == "retrieved")
    found.add(part for root in roots for part in (_given(root.inputs), _given(root.outputs)))
    fields = collect_fields({**step.facts, **(roots[0].facts if roots else {})}, ())
    question = next((text for text in questions if text), None)
    values, left_out = fields.values, fields.left_out()
    return Item(name, answer, question, found.all(), values, row.place, **left_out)


def _given(value: Any) -> tuple[Any, ...] | None:
    value = unpack_json(value)
    if not isinstance(value, Mapping):
        return None
    keys = [key for key in CONTEXTS if isinstance(value.get(key), str | list | dict)]
    return Evidence(collect_evidence(value[key], key) for key in keys).all()


def keep_text(value: Any) -> str | None:
    """Returns a value that is a string with text, or None."""
    return value if isinstance(value, str) and value.strip() else None
