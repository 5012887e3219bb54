"""Server-sent events: decoded as they come, and encoded."""

from __future__ import annotations

import json
from typing import Any

from groundwire.errors import InputError

END = "[DONE]"
_ERROR = ("type", "error", "code", "message", "param", "sequence_number", "request_id")


class EventDecoder:
    """Decodes server-sent events of pieces of bytes, which may be cut anywhere."""

    def __init__(self) -> None:
        """Begins with nothing read."""
        self._rest = b""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[str]:
        """Takes bytes and returns the data of the events that are complete.

        Raises:
            InputError: if they are no UTF-8.
        """
        # Lines end at these bytes alone: others that Python knows may stand in JSON.
        *lines, self._rest = (self._rest + piece).split(b"\n")
        found = []
        for line in lines:
            text = _decode(line.removesuffix(b"\r"))
            if text.startswith("data:"):
                self._data.append(text[5:].removeprefix(" "))
            elif not text:
                found += self._take()
        return found

    @property
    def is_cut(self) -> bool:
        """Whether the last line has begun and not ended."""
        return bool(self._rest.strip())

    def end(self) -> list[str]:
        """Returns the data of the last event, where no empty line ended it."""
        return [*self.feed(b"\n"), *self._take()]

    def _take(self) -> list[str]:
        data, self._data = self._data, []
        return ["\n".join(data)] if data else []


def decode_event(data: str) -> dict[str, Any]:
    """Returns an event of its data.

    Raises:
        InputError: if it is no JSON object.
    """
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise InputError(f"the model's server streamed {data!r:.60}, which is no JSON object")
    return event


def read_error(event: dict[str, Any]) -> dict[str, Any] | None:
    """Returns what an event tells of an error; None where it tells of none.

    Whatever stands beside an error was not checked, and is left out.
    """
    kind = str(event.get("type"))
    if kind == "error" or (event.get("error") and not kind.startswith("response.")):
        return {key: value for key, value in event.items() if key in _ERROR}
    return None


def encode_event(event: dict[str, Any] | str, is_named: bool = True) -> bytes:
    """Returns the bytes of an event.

    Args:
        event: its members, or its data.
        is_named: whether an event with a type is sent under it as its name.
    """
    data = event if isinstance(event, str) else json.dumps(event)
    kind = event.get("type") if is_named and isinstance(event, dict) else None
    # As in JSON: a line that ends within the name would begin another field.
    name = f"event: {json.dumps(kind)[1:-1]}\n" if isinstance(kind, str) else ""
    return f"{name}data: {data}\n\n".encode("ascii")


def _decode(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("the model's server streamed what is no UTF-8: check its URL") from None
