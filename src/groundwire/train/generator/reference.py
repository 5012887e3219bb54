"""All keys of a config: what they take, and the page ``recipes/config.md`` that lists them.

The page is made of the fields and docstrings of ``config``. After a change there make it again:
``python -m groundwire.train.generator.reference``.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from groundwire.train.generator.config import Config

PAGE = Path(__file__).with_name("recipes") / "config.md"

_HEAD = """\
# Config

<!-- Made of config.py by `python -m groundwire.train.generator.reference`; change that. -->

All keys of the file that `groundwire train generator CONFIG.toml` reads; `groundwire train
generator --keys` prints this page, and `groundwire train recommend TASK --output CONFIG.toml`
writes a file to begin with. Relative paths start from the folder of the file. A stage
(`[pretrain]`, `[sft]`, `[prefer]`, `[evaluate]`) whose section is left out is not run.
"""

_SLOTS = """
## The file of `evaluate.slot_patterns`

JSON: of each slot its values, and of each value the regular expressions that find it in an answer,
whatever the case. A value without expressions is looked for in its own words; `yes`, `no`, `true`
and `false` are looked for by expressions alone.

```json
{
  "area": {"riverside": ["by the river(side)?", "near the river"], "city centre": []},
  "familyFriendly": {"yes": ["(?<!not )family[- ]friendly"], "no": ["not family[- ]friendly"]}
}
```
"""


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """Returns the model of a field that is a section of its own, or None."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def sections(
    model: type[BaseModel] = Config, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Yields the path and the model of each section, the whole config first."""
    yield path, model
    for key, field in model.model_fields.items():
        if inner := section_of(field):
            yield from sections(inner, (*path, key))


def kind_of(field: FieldInfo) -> str:
    """Returns what a key takes, such as ``a number from 0 to below 1``."""
    section = section_of(field)
    return "a section" if section else _kind(field.annotation, field.metadata)


def is_path(field: FieldInfo) -> bool:
    """Whether a key takes a path."""
    return Path in (field.annotation, *get_args(field.annotation))


def _kind(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(args[0], [m for info in args[1:] for m in getattr(info, "metadata", [info])])
    if origin is Literal:
        return " or ".join(map(json.dumps, args))
    if origin in (Union, UnionType):
        return " or ".join(_kind(arg) for arg in args if arg is not NoneType)
    if origin is list:
        return "a list of texts"
    if annotation in (int, float):
        return ("a whole number" if annotation is int else "a number") + _range(metadata)
    return {bool: "true or false", str: "a text", Path: "a path"}[annotation]


def _range(metadata: Iterable[Any]) -> str:
    bounds = {
        name: getattr(item, name)
        for item in metadata
        for name in ("ge", "gt", "le", "lt")
        if hasattr(item, name)
    }
    high = f" to below {bounds['lt']}" if "lt" in bounds else ""
    high = f" to {bounds['le']}" if "le" in bounds else high
    if "ge" in bounds:
        return f" from {bounds['ge']}{high}" if high else f", {bounds['ge']} or more"
    return f" above {bounds['gt']}{high}" if "gt" in bounds else high


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Returns what the docstrings of a section, and of those it extends, say of its keys."""
    out: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        text = inspect.cleandoc(cls.__dict__.get("__doc__") or "").partition("Attributes:\n")[2]
        for name, told in re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", text, re.MULTILINE):
            out[name] = " ".join(told.split())
    return out


def page() -> str:
    """Returns the page: a table of its keys for each section."""
    parts = [_HEAD]
    for path, model in sections():
        told = meanings(model)
        about = inspect.cleandoc(model.__doc__ or "").split("\n\n")[0]
        parts.append(f"\n## `[{'.'.join(path)}]`\n\n" if path else "\n## Before all sections\n\n")
        parts.append(f"{_markdown(about)}\n\n| key | type | default | meaning |\n")
        parts.append("| --- | --- | --- | --- |\n")
        for key, field in model.model_fields.items():
            if section_of(field) is None:
                cells = f"`{key}`", kind_of(field), _default(field), told.get(key, "")
                parts.append(f"| {' | '.join(map(_markdown, cells))} |\n")
    return "".join([*parts, _SLOTS])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{json.dumps(value)}`"


def _markdown(text: str) -> str:
    return text.replace("``", "`").replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
