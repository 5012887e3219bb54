"""Styles of a page: what its attributes and its own plain rules hide from a reader.

Plain are rules for a tag, classes and an id (``p``, ``.note``, ``td.old#x``). A rule with
combinators, pseudo-classes or attributes hides nothing here, as it may hold only at times; it can
show what a plain rule hides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

INHERITED = ("visibility", "font-size", "color")
"""Properties that hide an element's text and that an element inside can set back."""

_COVERING = (
    "display", "opacity", "clip", "clip-path", "transform", "position", "left", "right", "top",
    "text-indent", "width", "height", "overflow", "text-decoration", "text-decoration-line",
    "background", "background-color",
)  # fmt: skip
_READ = frozenset((*INHERITED, *_COVERING))

_BRACE = re.compile(r"[{}]")
_COMPOUND = re.compile(r"(?P<tag>[a-z][a-z0-9-]*|\*)?(?P<marks>(?:[.#][\w-]+)*)", re.IGNORECASE)
_MARK = re.compile(r"([.#])([\w-]+)")
_COMBINATOR = re.compile(r"[\s>+~]+")
_STATE = re.compile(r"::?[\w-]+(?:\([^()]*\))?|\[[^\]]*\]")
_SHOWN_MEDIA = re.compile(r"@(?:media\s+(?:only\s+)?(?:all|screen)\s*|layer\b[^,]*)", re.IGNORECASE)

_ZERO = re.compile(r"[+-]?(?:0+\.?0*|\.0+)(?:[a-z]+|%)?")
_TINY = re.compile(r"[01](?:\.0*)?(?:px)?")
_RELATIVE = re.compile(r"[\d.]+(?:em|%)|smaller|larger|inherit|unset")
# Ten times the width of a screen is no place on it; small shifts place icons.
_FAR = re.compile(r"-(?:\d{4,}(?:\.\d+)?(?:px|pt)?|\d{3,}(?:\.\d+)?(?:r?em|vw|vh|%)|999px)")
_NO_CLIP = re.compile(r"rect\(\s*([01](?:px)?)(?:[\s,]+\1){3}\s*\)")
_NO_PATH = re.compile(
    r"inset\(\s*(?:50|100)%\s*\)|circle\(\s*0(?:px|%)?\s*\)|polygon\(\s*0(?:px|%)?\s+0(?:px|%)?"
    r"(?:\s*,\s*0(?:px|%)?\s+0(?:px|%)?)*\s*\)"
)
_NO_SIZE = re.compile(r"scale(?:3d|x|y)?\(\s*0(?:\.0*)?(?:\s*,\s*0(?:\.0*)?)*\s*\)")
_TRANSPARENT = re.compile(r"transparent|(?:rgba|hsla)\([^()]*,\s*0(?:\.0*)?%?\s*\)|#[\da-f]{6}00")
_COLORS = {
    "white": "#ffffff", "#fff": "#ffffff", "rgb(255,255,255)": "#ffffff",
    "black": "#000000", "#000": "#000000", "rgb(0,0,0)": "#000000",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rule:
    tag: str
    marks: frozenset[tuple[str, str]]
    values: Mapping[str, tuple[str, bool]]
    order: int

    @property
    def weight(self) -> tuple[int, int, int]:
        ids = sum(kind == "#" for kind, _ in self.marks)
        return ids, len(self.marks) - ids, self.tag not in ("", "*")

    def is_met(self, tag: str, marks: frozenset[tuple[str, str]]) -> bool:
        return self.tag in ("", "*", tag) and self.marks <= marks


@dataclass(slots=True)
class Styles:
    """The plain rules of a page, found by the tag, class or id that they name."""

    _plain: dict[object, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    _other: dict[object, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    _count: int = 0
    _known: dict[tuple[str, ...], dict[str, str]] = field(default_factory=dict)

    def add(self, sheet: str) -> None:
        """Reads the text of a ``style`` element."""
        for selector, body in _rules(_without_comments(sheet)):
            values = read_declarations(body)
            if values:
                for part in selector.split(","):
                    self._add_rule(part.strip(), values)

    def compute(self, tag: str, attributes: Mapping[str, Any]) -> dict[str, str]:
        """Returns the properties that matter here, as rules and attributes set them."""
        key = (tag, *(str(attributes.get(name) or "") for name in ("class", "id", "style")))
        if not self._plain and not key[3]:
            return {}
        if key not in self._known:
            self._known[key] = self._compute(*key)
        return self._known[key]

    def _compute(self, tag: str, classes: str, name: str, style: str) -> dict[str, str]:
        marks = {(".", part) for part in classes.split()}
        if name.strip():
            marks.add(("#", name.strip()))
        own = read_declarations(style)
        found: dict[str, tuple[tuple[Any, ...], str]] = {}
        known = frozenset(marks)
        for rule in self._met(self._plain, tag, known):
            for name, (value, important) in rule.values.items():
                _settle(found, name, (important, False, rule.weight, rule.order), value)
        for name, (value, important) in own.items():
            _settle(found, name, (important, True, (0, 0, 0), 0), value)
        values = {name: value for name, (_, value) in found.items()}
        for rule in self._met(self._other, tag, known) if values else ():
            for name in rule.values.keys() & values.keys():
                shown = not is_covered({name: rule.values[name][0]})
                if shown and not found[name][0][1]:
                    del values[name]
        return values

    def _met(
        self, rules: Mapping[object, list[_Rule]], tag: str, marks: frozenset[tuple[str, str]]
    ) -> Iterable[_Rule]:
        if not rules:
            return
        for key in (tag, "*", *marks):
            for rule in rules.get(key, ()):
                if rule.is_met(tag, marks):
                    yield rule

    def _add_rule(self, selector: str, values: Mapping[str, tuple[str, bool]]) -> None:
        self._count += 1
        plain = _COMPOUND.fullmatch(selector)
        subject = plain or _COMPOUND.fullmatch(_STATE.sub("", _COMBINATOR.split(selector)[-1]))
        if subject is None or not selector:
            return
        tag = (subject["tag"] or "").lower()
        marks = frozenset(_MARK.findall(subject["marks"]))
        key = max(marks) if marks else tag or "*"
        rule = _Rule(tag, marks, values, self._count)
        rules = (self._plain if plain else self._other)[key]
        if rules and (rules[-1].tag, rules[-1].marks) == (tag, marks):
            # One selector again: a page may say the same thousands of times.
            kept = {n: v for n, v in rules.pop().values.items() if v[1]}
            rule = _Rule(tag, marks, {**values, **kept}, self._count)
        rules.append(rule)


def read_declarations(text: str) -> dict[str, tuple[str, bool]]:
    """Returns the properties that can hide text, with their values and whether they insist."""
    found = {}
    for part in text.split(";") if text else ():
        name, _, value = part.partition(":")
        name, value = name.strip().lower(), " ".join(value.lower().split())
        if name in _READ and value:
            bare = value.removesuffix("!important").removesuffix("! important").rstrip()
            found[name] = bare, bare != value
    return found


def is_covered(values: Mapping[str, str]) -> bool:
    """Whether these properties hide an element and all that is in it, or cross it out."""
    far = any(_FAR.fullmatch(values.get(name, "")) for name in ("left", "right", "top"))
    # One of the two alone holds pictures of a fixed ratio and columns that grow.
    small = all(_TINY.fullmatch(values.get(name, "")) for name in ("width", "height"))
    return (
        values.get("display") == "none"
        or _ZERO.fullmatch(values.get("opacity", "")) is not None
        or _NO_CLIP.fullmatch(values.get("clip", "")) is not None
        or _NO_PATH.fullmatch(values.get("clip-path", "")) is not None
        or _NO_SIZE.search(values.get("transform", "")) is not None
        or (far and values.get("position") in ("absolute", "fixed"))
        or _FAR.fullmatch(values.get("text-indent", "")) is not None
        or (small and values.get("overflow") in ("hidden", "clip"))
        or "line-through" in values.get("text-decoration", "")
        or "line-through" in values.get("text-decoration-line", "")
    )


def find_cloaks(values: Mapping[str, str], cloaks: frozenset[str]) -> frozenset[str]:
    """Returns which inherited properties hide an element's text, from those of its parent."""
    for name in INHERITED:
        value = values.get(name)
        if value is None:
            continue
        if _is_cloaked(name, value, values):
            cloaks |= {name}
        elif name != "font-size" or not _RELATIVE.fullmatch(value):
            # A share of no size is no size.
            cloaks -= {name}
    return cloaks


def _is_cloaked(name: str, value: str, values: Mapping[str, str]) -> bool:
    if name == "visibility":
        return value in ("hidden", "collapse")
    if name == "font-size":
        return _ZERO.fullmatch(value) is not None
    ground = values.get("background-color", values.get("background", ""))
    return bool(_TRANSPARENT.fullmatch(value)) or _color(value) == _color(ground)


def _color(value: str) -> str:
    bare = value.replace(" ", "")
    return _COLORS.get(bare, bare)


def _settle(
    found: dict[str, tuple[tuple[Any, ...], str]], name: str, rank: tuple[Any, ...], value: str
) -> None:
    if name not in found or rank >= found[name][0]:
        found[name] = rank, value


def _without_comments(sheet: str) -> str:
    parts = sheet.split("/*")
    return parts[0] + "".join(part.partition("*/")[2] for part in parts[1:])


def _rules(sheet: str) -> Iterable[tuple[str, str]]:
    """Yields selectors and bodies; what holds on paper or under a condition is left out."""
    opened: list[str] = []
    start = 0
    for brace in _BRACE.finditer(sheet):
        text = sheet[start : brace.start()]
        start = brace.end()
        if brace[0] == "{":
            opened.append(text.rpartition(";")[2].strip())
        elif opened:
            selector = opened.pop()
            held = all(_SHOWN_MEDIA.fullmatch(outer) for outer in opened[-3:])
            if held and not selector.startswith("@") and len(opened) <= 3:
                yield selector, text
