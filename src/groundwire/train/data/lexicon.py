"""Lexicon of groups and attributes, from a TOML file that may be edited."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from groundwire.errors import InputError

_NAME_BEFORE = re.compile(r"(?<![.!?:] )\b[A-Z][\w'’-]* $")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Groups by axis, and attributes.

    Attributes:
        axes: axis to group to terms, the lists of one axis of one length.
        attributes: attribute to terms.

    Raises:
        InputError: if lists are not aligned, or a term is empty.
    """

    axes: Mapping[str, Mapping[str, Sequence[str]]]
    attributes: Mapping[str, Sequence[str]]
    _groups: dict[str, list[tuple[str, str]]] = field(init=False, repr=False)
    _attributes: dict[str, list[str]] = field(init=False, repr=False)
    _swaps: dict[str, dict[str, str]] = field(init=False, repr=False)
    _patterns: dict[str, re.Pattern[str]] = field(init=False, repr=False)
    _proper: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for axis, groups in self.axes.items():
            sizes = {group: len(terms) for group, terms in groups.items()}
            if len(sizes) < 2 or len({*sizes.values()}) > 1:
                raise InputError(
                    f"the axis {axis!r} has the groups {sizes}: give two or more, whose lists are "
                    "of one length (the terms at one place are swapped for each other)"
                )
        groups_of: dict[str, list[tuple[str, str]]] = {}
        for axis, groups in self.axes.items():
            for group, terms in groups.items():
                for term in terms:
                    known = groups_of.setdefault(term.casefold(), [])
                    if (axis, group) not in known:
                        known.append((axis, group))
        attributes_of: dict[str, list[str]] = {}
        for attribute, terms in self.attributes.items():
            for term in terms:
                attributes_of.setdefault(term.casefold(), []).append(attribute)
        if "" in groups_of or "" in attributes_of:
            raise InputError("a lexicon holds an empty term: leave it out")
        swaps = {axis: _swaps(groups) for axis, groups in self.axes.items()}
        patterns = {axis: _any_of(terms) for axis, terms in swaps.items()}
        patterns[""] = _any_of([*groups_of, *attributes_of])
        made = {
            "_groups": groups_of, "_attributes": attributes_of, "_swaps": swaps,
            "_patterns": patterns, "_proper": _proper([*self.axes.values(), self.attributes]),
        }  # fmt: skip
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def groups_in(self, text: str) -> set[tuple[str, str]]:
        """Returns the axis and the group of each term in a text."""
        return {place for term in self._terms(text) for place in self._groups.get(term, ())}

    def attributes_in(self, text: str) -> set[str]:
        """Returns the attributes of which a text has a term."""
        return {name for term in self._terms(text) for name in self._attributes.get(term, ())}

    def swapped(self, value: Any, axis: str) -> Any:
        """Returns a value with each group's terms of an axis replaced by those of the next group.

        A term in a name ("Burger King") stays. One that begins with a capital, or is all capitals,
        is replaced in the same way. Of records only the values are changed.

        Args:
            value: a text, or JSON with texts in it.
            axis: one of ``axes``.
        """
        if isinstance(value, str):
            swap = self._swaps[axis]
            return self._patterns[axis].sub(
                lambda m: m[0] if self._named(m) else _like(m[0], swap[m[0].casefold()]), value
            )
        if isinstance(value, Mapping):
            return {key: self.swapped(item, axis) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.swapped(item, axis) for item in value]
        return value

    def _named(self, match: re.Match[str]) -> bool:
        """Whether a common noun is a later part of a name, as in Burger King."""
        word = match[0]
        if not word.istitle() or word.casefold() in self._proper:
            return False
        return (
            _NAME_BEFORE.search(match.string, max(0, match.start() - 60), match.start()) is not None
        )

    def _terms(self, text: str) -> set[str]:
        found = self._patterns[""].finditer(text)
        return {match[0].casefold() for match in found if not self._named(match)}


def read_lexicon(path: Path | None = None) -> Lexicon:
    """Reads a lexicon.

    Args:
        path: a TOML file with ``[axes.NAME]`` and ``[attributes]``; None is the package's own.

    Raises:
        InputError: if it cannot be read, or has another shape.
    """
    name = str(path or "lexicon.toml")
    try:
        if path is None:
            text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read as TOML ({error!s:.200}); correct it") from error
    axes, attributes = data.get("axes", {}), data.get("attributes", {})
    tables = [attributes, *(axes.values() if isinstance(axes, dict) else [None])]
    if not all(isinstance(table, dict) and _lists(table) for table in tables):
        raise InputError(
            f"{name}: needs [axes.NAME] with lists of terms by group, and [attributes] with lists "
            "of terms by attribute"
        )
    return Lexicon(axes, attributes)


def _lists(table: Mapping[str, Any]) -> bool:
    lists = all(isinstance(terms, list) for terms in table.values())
    return lists and all(isinstance(term, str) for terms in table.values() for term in terms)


def _proper(tables: Sequence[Mapping[str, Sequence[str]]]) -> frozenset[str]:
    terms = (term for table in tables for held in table.values() for term in held)
    return frozenset(term.casefold() for term in terms if term[:1].isupper())


def _swaps(groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    names = list(groups)
    swaps: dict[str, str] = {}
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        for term, other in zip(groups[name], groups[following], strict=True):
            swaps.setdefault(term.casefold(), other)
    return swaps


def _any_of(terms: Sequence[str] | Mapping[str, str]) -> re.Pattern[str]:
    longest = sorted(terms, key=lambda term: (-len(term), term))
    inner = "|".join(map(re.escape, longest)) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{inner})(?!\w)", re.IGNORECASE)


def _like(written: str, other: str) -> str:
    if written.isupper() and len(written) > 1:
        return other.upper()
    return other[:1].upper() + other[1:] if written[:1].isupper() else other
