"""Datasets of Ragas: samples of one turn, and of several.

https://docs.ragas.io/en/stable/concepts/components/eval_sample/ documents ``SingleTurnSample``
(``user_input``, ``response``, ``retrieved_contexts``) and ``MultiTurnSample`` (``user_input`` is
a list of messages with ``content`` and ``type``: human, ai or tool). Before version 0.2 the names
were ``question``, ``answer`` and ``contexts``: these are plain records. ``reference``,
``ground_truth`` and ``reference_contexts`` are what the answer should have been given from, not
what it was: they are no evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.audit.formats import plain
from groundwire.audit.formats.chat import split_transcript
from groundwire.audit.formats.messages import is_chat, read_turns
from groundwire.audit.items import Item
from groundwire.io.rows import Row


def is_ragas(data: Mapping[str, Any]) -> bool:
    """Whether it has the fields of a sample."""
    return "user_input" in data and ("response" in data or is_chat(data["user_input"]))


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the answers of one sample; several turns are read as a transcript.

    Args:
        rows: the sample alone.

    Raises:
        InputError: if it has no answer, or a value of a wrong kind.
    """
    data = rows[0].data
    if not is_chat(data.get("user_input")):
        return plain.read_answers(rows)
    return split_transcript(rows[0], read_turns(data["user_input"]), {"user_input"})
