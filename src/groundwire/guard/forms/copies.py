"""Copies of the text of an answer in members that no form of an API knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

Drop: TypeAlias = Callable[[dict[str, Any], Collection[str]], dict[str, Any]]
"""Returns an object without what repeats a text, but for the members that are known."""

SIZE = 12
"""Characters that a copy shares with the text at least, unless all of the text is shorter."""

THOUGHTS = ("reasoning", "reasoning_content", "reasoning_details", "thinking", "thinking_blocks")
"""Members for what a model thought: it passes unchecked, whatever it says."""


class CopyFinder:
    """Finds strings that repeat a text that was changed, or was not checked yet.

    Some servers say the text of an answer more than once: in a whole message beside each piece, or
    in what they tell for debugging. A copy shares a part with the text, wherever it stands.
    """

    def __init__(self, text: str = "", shown: str = "") -> None:
        """Takes the text as far as it is known, and what of it may be repeated."""
        self._shown = shown
        self._parts: set[str] = set()
        self._piece = ""
        self._rest = ""
        self.hear(text)

    def hear(self, text: str) -> None:
        """Takes what the model says next; a string that is just this piece is a copy, too."""
        self._piece = text.strip()
        self._rest += text

    def has_copy(self, data: Any) -> bool:
        """Whether some string in data is a copy."""
        return any(self._is_copy(text) for text in _yield_strings(data))

    def drop(self, data: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
        """Returns an object without the members that hold a copy, but for those that are known."""
        return {k: v for k, v in data.items() if k in known or not self.has_copy({k: v})}

    def _is_copy(self, text: str) -> bool:
        if self._piece and text.strip() == self._piece != self._shown.strip():
            return True
        if len(text) < SIZE:
            return False
        if len(self._rest) >= SIZE:
            # Only now: most answers bring nothing that could hold a copy.
            self._parts.update(_yield_parts(self._rest))
            self._parts.difference_update(_yield_parts(self._shown))
            self._rest = self._rest[1 - SIZE :]
        return not self._parts.isdisjoint(_yield_parts(text))


def drop_copies(
    data: dict[str, Any], known: Collection[str], finders: Iterable[CopyFinder]
) -> dict[str, Any]:
    """Returns an object without what repeats one of several texts.

    Args:
        data: the object.
        known: members that are kept, whatever they say.
        finders: of the copies of each text.
    """
    for finder in finders:
        data = finder.drop(data, known)
    return data


def _yield_parts(text: str) -> Iterator[str]:
    return (text[i : i + SIZE] for i in range(len(text) - SIZE + 1))


def _yield_strings(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item
