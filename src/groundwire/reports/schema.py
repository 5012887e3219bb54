"""Schema of a report's JSON form, made from the types and their docstrings.

    python -m groundwire.reports.schema > src/groundwire/report.schema.json

What the package ships as ``report.schema.json`` is the output of this command; a test holds the
two together.
"""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

from groundwire import types
from groundwire.types import REPORT_VERSION, Report

_ATTRIBUTES = re.compile(r"Attributes:\n(.*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", re.MULTILINE | re.DOTALL)


def make_schema() -> dict[str, Any]:
    """Returns the JSON schema (draft 2020-12) of ``Report.to_dict``."""
    from pydantic import TypeAdapter

    made = TypeAdapter(Report).json_schema(ref_template="#/$defs/{model}")
    parts = {name: _describe(name, part) for name, part in made.pop("$defs").items()}
    report = _describe("Report", made)
    version = {"description": "Version of this form.", "const": REPORT_VERSION}
    whole: dict[str, Any] = _rename(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:groundwire:report:{REPORT_VERSION}",
            "title": "groundwire report",
            **report,
            "required": ["version", *report["required"]],
            "properties": {"version": version, **report["properties"]},
            "$defs": parts,
        }
    )
    return whole


def _describe(name: str, part: dict[str, Any]) -> dict[str, Any]:
    """Adds what the docstring of a type says of it and of its fields; nothing else is allowed."""
    text = inspect.getdoc(getattr(types, name)) or ""
    told = _ATTRIBUTES.search(text)
    meanings = {key: _one_line(said) for key, said in _ATTRIBUTE.findall(told[1] if told else "")}
    properties = {
        key: {
            **({"description": meanings[key]} if key in meanings else {}),
            **{item: value for item, value in field.items() if item != "title"},
        }
        for key, field in part["properties"].items()
    }
    return {
        "description": _one_line(text.partition("\n\n")[0]),
        "type": "object",
        "additionalProperties": False,
        "required": list(part["required"]),
        "properties": properties,
    }


def _one_line(text: str) -> str:
    line = " ".join(text.replace("``", "").split())
    return line[:1].upper() + line[1:]


def _rename(value: Any) -> Any:
    """Writes the names of types in lower case, as they were before the types made the schema."""
    if isinstance(value, dict):
        parts = value.get("$defs")
        if parts:
            value = {**value, "$defs": {name.lower(): part for name, part in parts.items()}}
        return {key: _rename(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rename(item) for item in value]
    return value.lower() if isinstance(value, str) and value.startswith("#/$defs/") else value


if __name__ == "__main__":
    print(json.dumps(make_schema(), indent=2))
