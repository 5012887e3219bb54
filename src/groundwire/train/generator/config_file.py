"""Configs of runs as TOML files, checked whole before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from groundwire.errors import InputError
from groundwire.train.generator.config import Config
from groundwire.train.toml_file import read_toml

_PATHS = (
    ("model", "path"), ("data", "train"), ("data", "validation"), ("data", "test"),
    ("pretrain", "documents"), ("evaluate", "slot_patterns"),
)  # fmt: skip


def read_config(path: Path) -> Config:
    """Reads a config; its relative paths start from its own folder.

    Raises:
        InputError: if the file is missing, no TOML, or a key is wrong; the key is named.
    """
    values = read_toml(path)
    for section, key in _PATHS:
        held = values.get(section)
        if isinstance(held, dict) and isinstance(held.get(key), str):
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
        raise InputError(f"{place}: " + "; ".join(_told(e) for e in error.errors()[:5])) from error


def _told(error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"]) or "the config"
    if error["type"] == "extra_forbidden":
        return f"unknown key {key!r}; {_known(error['loc'])}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    if isinstance(error["input"], dict | BaseModel):
        return f"{key}: {message}"
    return f"{key} is {error['input']!r:.60}: {message}"


def _known(loc: tuple[Any, ...]) -> str:
    model: Any = Config
    for part in loc[:-1]:
        annotation = model.model_fields[part].annotation
        kinds = (annotation, *getattr(annotation, "__args__", ()))
        model = next(k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel))
    where = f"[{'.'.join(map(str, loc[:-1]))}]" if loc[:-1] else "a config"
    return f"{where} has {', '.join(model.model_fields)}"
