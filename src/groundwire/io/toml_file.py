"""TOML files, with errors that name them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from groundwire.errors import InputError


def read_toml(path: Path) -> dict[str, Any]:
    """Returns the values of a TOML file.

    Raises:
        InputError: if it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not TOML ({error})") from error
