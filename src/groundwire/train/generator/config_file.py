"""Config files of runs, TOML, checked whole before any work."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from groundwire.errors import InputError
from groundwire.io.toml_file import read_toml
from groundwire.train.generator.config import Config
from groundwire.train.generator.recommend import TASKS

PAGE = Path(__file__).with_name("recipes") / "config.md"

_HEAD = """\
# Config

<!-- Made of config.py by `python -m groundwire.train.generator.config_file`; change that. -->

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


def find_section(field: FieldInfo) -> type[BaseModel] | None:
    """Returns the model of a field that is a section of its own, or None."""
    kinds = (field.annotation, *get_args(field.annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def list_sections(
    model: type[BaseModel] = Config, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Yields the path and the model of each section, the whole config first."""
    yield path, model
    for key, field in model.model_fields.items():
        if inner := find_section(field):
            yield from list_sections(inner, (*path, key))


def describe_kind(field: FieldInfo) -> str:
    """Returns what a key takes, such as ``a number from 0 to below 1``."""
    section = find_section(field)
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


def read_meanings(model: type[BaseModel]) -> dict[str, str]:
    """Returns what the docstrings of a section, and of those it extends, say of its keys."""
    out: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        text = inspect.cleandoc(cls.__dict__.get("__doc__") or "").partition("Attributes:\n")[2]
        for name, told in re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", text, re.MULTILINE):
            out[name] = " ".join(told.split())
    return out


def write_page() -> str:
    """Returns the page: a table of its keys for each section."""
    parts = [_HEAD]
    for path, model in list_sections():
        told = read_meanings(model)
        about = inspect.cleandoc(model.__doc__ or "").split("\n\n")[0]
        parts.append(f"\n## `[{'.'.join(path)}]`\n\n" if path else "\n## Before all sections\n\n")
        parts.append(f"{_markdown(about)}\n\n| key | type | default | meaning |\n")
        parts.append("| --- | --- | --- | --- |\n")
        for key, field in model.model_fields.items():
            if find_section(field) is None:
                cells = f"`{key}`", describe_kind(field), _default(field), told.get(key, "")
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
    PAGE.write_text(write_page(), encoding="utf-8")


def read_config(path: Path) -> Config:
    """Reads a config; its relative paths start from its own folder.

    Raises:
        InputError: if the file is missing, no TOML, or a key is wrong; the key is named.
    """
    if not path.exists():
        name = path.stem.replace("_", "-")
        raise InputError(
            f"{path}: no such file; `groundwire train recommend {name if name in TASKS else 'TASK'}"
            " --output CONFIG.toml` writes a config"
        )
    values = read_toml(path)
    for section, model in list_sections():
        held: Any = values
        for part in section:
            held = held.get(part) if isinstance(held, dict) else None
        for key, field in model.model_fields.items() if isinstance(held, dict) else ():
            if is_path(field) and isinstance(held.get(key), str):
                held[key] = str(path.parent / held[key])
    return make_config(values, str(path))


def make_config(values: dict[str, Any], place: str = "config") -> Config:
    """Checks the values of a config.

    Args:
        values: as TOML has them.
        place: names them in errors.

    Raises:
        InputError: if a key is unknown, missing, or has a wrong value; the key is named.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        # A value that fits none of several types is an error of each.
        told = dict.fromkeys(_told(e) for e in error.errors())
        raise InputError(f"{place}: " + "; ".join([*told][:5])) from error


def _told(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r}; {_known(error['loc'])}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    value = error["input"]
    if error["type"] == "value_error":
        message = str(error["msg"]).removeprefix("Value error, ")
        shown = "" if isinstance(value, dict | BaseModel) else f" is {value!r:.60}"
        return f"{key}{shown}: {message}" if key else message
    path, field, told = _field(error["loc"])
    if find_section(field):
        return f"{path} is {_shown(value)}: give a section [{path}]"
    if isinstance(value, dict):
        return f"{path} is a section: give {describe_kind(field)} ({told.replace('``', '')})"
    return f"{path} is {_shown(value)}: give {describe_kind(field)}"


def _shown(value: Any) -> str:
    """A value as TOML has it."""
    return str(value).lower() if isinstance(value, bool) else f"{value!r:.60}"


def _field(loc: tuple[Any, ...]) -> tuple[str, FieldInfo, str]:
    """The key that an error is at, its field and meaning; what is behind them is of its type."""
    model: type[BaseModel] = Config
    for end, part in enumerate(loc, 1):
        field = model.model_fields[part]
        inner = find_section(field)
        if inner is None or end == len(loc):
            break
        model = inner
    return ".".join(loc[:end]), field, read_meanings(model).get(part, "")


def _known(loc: tuple[Any, ...]) -> str:
    model = dict(list_sections())[loc[:-1]]
    where = f"[{'.'.join(map(str, loc[:-1]))}]" if loc[:-1] else "a config"
    return f"{where} has {', '.join(model.model_fields)}"
