"""The model of the chat pages: a scripted one, which is wrong about the warranty."""

from __future__ import annotations

from collections.abc import Iterator

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months from the date of purchase."
SAID = "The kettle holds 1.7 litres. The warranty lasts 36 months from the date of purchase."


def stream_answer(message: str) -> Iterator[str]:
    """Yields an answer word by word, as a client that streams does."""
    for word in SAID.split(" "):
        yield f"{word} "
