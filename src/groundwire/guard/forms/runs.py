"""Runs of parts: those of text that follow one another are one text for whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Part = dict[str, Any]


def find_runs(parts: Iterable[Part], is_text: Callable[[Part], bool]) -> list[list[Part]]:
    """Returns parts of an answer, each by itself, but those of text that follow one another.

    Args:
        parts: the blocks or parts, in order.
        is_text: tells those of text.
    """
    runs = list[list[Part]]()
    for part in parts:
        if runs and is_text(part) and is_text(runs[-1][0]):
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs
