"""The JSON form of a report back into its types; every field is checked for its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from groundwire.types import (
    KINDS,
    LABELS,
    Action,
    Claim,
    Context,
    Decision,
    Edit,
    Finding,
    Quote,
    Report,
    Span,
    Verdict,
)

Data = Mapping[str, Any]


def read_report(data: Data) -> Report:
    """Reads a report, its version already checked.

    Raises:
        KeyError: if a field is missing.
        TypeError: if a field is of a wrong kind.
        ValueError: if a name is none of those allowed.
    """
    return Report(
        question=_maybe(data["question"]),
        answer=_text(data["answer"]),
        verdicts=tuple(_verdict(item) for item in _list(data["verdicts"])),
        decision=_decision(data["decision"]),
        text=_text(data["text"]),
        text_verdicts=tuple(_verdict(item) for item in _list(data["text_verdicts"])),
        timings={_text(key): _number(value) for key, value in data["timings"].items()},
        versions={_text(key): _text(value) for key, value in data["versions"].items()},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no string")
    return value


def _maybe(value: Any) -> str | None:
    return None if value is None else _text(value)


def _offset(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(f"{value!r:.40} is no offset")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError(f"{value!r:.40} is no number")
    return float(value)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r:.40} is no list")
    return value


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r:.40} is none of {', '.join(allowed)}")
    return value


def _quote(data: Data) -> Quote:
    return Quote(
        _text(data["text"]), _text(data["source"]), _offset(data["start"]), _offset(data["end"])
    )


def _finding(data: Data) -> Finding:
    quote = data["quote"]
    return Finding(
        kind=_text(data["kind"]),
        status=_one_of(data["status"], ("match", "conflict", "missing")),
        claimed=_text(data["claimed"]),
        start=_offset(data["start"]),
        end=_offset(data["end"]),
        found=_maybe(data["found"]),
        quote=None if quote is None else _quote(quote),
    )


def _claim(data: Data) -> Claim:
    context = data["context"]
    preceding = tuple(_text(item) for item in _list(context["preceding"]))
    return Claim(
        text=_text(data["text"]),
        start=_offset(data["start"]),
        end=_offset(data["end"]),
        context=Context(_maybe(context["question"]), preceding),
        kind=_one_of(data["kind"], KINDS),
    )


def _verdict(data: Data) -> Verdict:
    score = data["score"]
    return Verdict(
        claim=_claim(data["claim"]),
        label=_one_of(data["label"], LABELS),
        score=None if score is None else _number(score),
        quotes=tuple(_quote(item) for item in _list(data["quotes"])),
        findings=tuple(_finding(item) for item in _list(data["findings"])),
        spans=tuple(
            Span(_offset(item["start"]), _offset(item["end"])) for item in _list(data["spans"])
        ),
        reason=_text(data["reason"]),
    )


def _decision(data: Data) -> Decision:
    return Decision(
        action=_one_of(data["action"], get_args(Action)),
        reason=_text(data["reason"]),
        flagged=tuple(_offset(item) for item in _list(data["flagged"])),
        edits=tuple(_edit(item) for item in _list(data["edits"])),
    )


def _edit(data: Data) -> Edit:
    return Edit(
        _offset(data["start"]), _offset(data["end"]), _text(data["text"]), _text(data["reason"])
    )
