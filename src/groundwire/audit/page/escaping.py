"""Escaping of users' text for a page; what a reader could not see is made visible."""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

HIDDEN = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"  # lone surrogates, tags
    "|(?<=[\x20-\x7e])[\u200c\u200d]|[\u200c\u200d](?=[\x20-\x7e])"
)
"""Characters that hide or reorder text. Joiners are hidden only beside ASCII: other scripts and
emoji are written with them. ``render.js`` has the same expression."""

_HIDDEN = re.compile(HIDDEN)


def escape_text(value: Any) -> Any:
    """Returns escaped text, each hidden character as a box with its number, such as U+202E.

    Markup and values that are no text are returned as they are.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    parts, done = [], 0
    for found in _HIDDEN.finditer(value):
        parts += [escape(value[done : found.start()]), _box(found[0])]
        done = found.end()
    return Markup().join([*parts, escape(value[done:])])


def escape_attribute(value: Any) -> Markup:
    """Returns text for a quoted attribute; lone surrogates, which no file holds, as U+FFFD."""
    return escape(re.sub("[\ud800-\udfff]", "\ufffd", str(value)))


def format_percent(value: float | None) -> str:
    """Returns ``12.3%``, or a dash for None."""
    return "–" if value is None else f"{100 * value:.1f}%"


def format_number(value: int | None) -> str:
    """Returns ``12,345``, or a dash for None."""
    return "–" if value is None else f"{value:,}"


def format_chance(value: float | None) -> str:
    """Returns a probability of a test: ``0.012``, ``<0.001``, or a dash for None."""
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def format_points(value: float | None) -> str:
    """Returns a difference of rates in percentage points, such as ``+4.2``, or a dash for None."""
    return "–" if value is None else f"{100 * value:+.1f}".replace("-", "−")


def format_scalar(value: Any) -> str:
    """Returns a value of a field as JavaScript writes it as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _box(character: str) -> Markup:
    return Markup('<span class="hidden-character">U+{:04X}</span>').format(ord(character))
