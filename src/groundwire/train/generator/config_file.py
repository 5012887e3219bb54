"""Configs of runs as TOML files, checked whole before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from groundwire.errors import InputError
from groundwire.train.generator.config import Config
from groundwire.train.generator.recommend import TASKS
from groundwire.train.generator.reference import is_path, kind_of, meanings, section_of, sections
from groundwire.train.toml_file import read_toml


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
    for section, model in sections():
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
    if section_of(field):
        return f"{path} is {_shown(value)}: give a section [{path}]"
    if isinstance(value, dict):
        return f"{path} is a section: give {kind_of(field)} ({told.replace('``', '')})"
    return f"{path} is {_shown(value)}: give {kind_of(field)}"


def _shown(value: Any) -> str:
    """A value as TOML has it."""
    return str(value).lower() if isinstance(value, bool) else f"{value!r:.60}"


def _field(loc: tuple[Any, ...]) -> tuple[str, FieldInfo, str]:
    """The key that an error is at, its field and meaning; what is behind them is of its type."""
    model: type[BaseModel] = Config
    for end, part in enumerate(loc, 1):
        field = model.model_fields[part]
        inner = section_of(field)
        if inner is None or end == len(loc):
            break
        model = inner
    return ".".join(loc[:end]), field, meanings(model).get(part, "")


def _known(loc: tuple[Any, ...]) -> str:
    model = dict(sections())[loc[:-1]]
    where = f"[{'.'.join(map(str, loc[:-1]))}]" if loc[:-1] else "a config"
    return f"{where} has {', '.join(model.model_fields)}"
