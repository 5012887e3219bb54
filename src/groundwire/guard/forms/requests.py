"""Requests of three APIs: what kind of answer they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_JSON = ("json_schema", "json_object", "json")


def is_json_wanted(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for an answer in JSON: each API has a member of its own for it."""
    forms = (
        body.get("response_format"), _get(body.get("text"), "format"),
        _get(body.get("output_config"), "format"), body.get("output_format"),
    )  # fmt: skip
    return any(_get(form, "type") in _JSON for form in forms)


def is_speech_wanted(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for an answer in sound, which cannot be checked."""
    asked = body.get("modalities")
    return isinstance(asked, str | list) and "audio" in asked


def list_items(body: Mapping[str, Any]) -> Any:
    """Returns the items of a request of the Responses API, whose input may be a text."""
    given = body.get("input")
    return [{"role": "user", "content": given}] if isinstance(given, str) else given or []


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
