"""The data that flows through groundwire: frozen dataclasses with one JSON form.

All offsets are Unicode code points, half open: ``text[start:end]``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from groundwire.errors import FormatError

Label: TypeAlias = Literal["supported", "contradicted", "unsupported", "unchecked", "no_claim"]
Action: TypeAlias = Literal["pass", "rewrite", "block"]
ClaimKind: TypeAlias = Literal[
    "claim",
    "greeting",
    "question",
    "offer",
    "instruction",
    "opinion",
    "refusal",
    "hedge",
    "heading",
    "code",
    "filler",
]
LABELS: tuple[Label, ...] = get_args(Label)
KINDS: tuple[ClaimKind, ...] = get_args(ClaimKind)

REPORT_VERSION = 1
"""Version of the JSON form of a ``Report``; raised when a field changes its meaning."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a claim needs to be understood alone.

    Attributes:
        question: what the reader asked, if it is known.
        preceding: sentences of the answer before the claim, nearest last.
    """

    question: str | None = None
    preceding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A checkable span of an answer.

    Attributes:
        text: exactly ``answer[start:end]``.
        start: offset of the first character in the answer.
        end: offset after the last character in the answer.
        context: the question and the sentences before it.
        kind: ``"claim"`` when it states something to check; any other kind says why not.
    """

    text: str
    start: int
    end: int
    context: Context = field(default_factory=Context)
    kind: ClaimKind = "claim"

    @property
    def checkable(self) -> bool:
        """Whether the span states something that evidence could support."""
        return self.kind == "claim"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document, with its place in it.

    Attributes:
        text: exactly ``document[start:end]``.
        source: name of the document (a path, a URL, a title, ``evidence[0]``).
        start: offset of the first character in the document's text.
        end: offset after the last character in the document's text.
        metadata: JSON values carried along, never interpreted.
    """

    text: str
    source: str
    start: int
    end: int
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage for a claim; ``score`` is the retriever's own and no probability."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact span of a source document that decided a verdict."""

    text: str
    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters of the answer."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What a deterministic check found.

    Attributes:
        kind: what was compared, such as ``"number"``, ``"date"`` or ``"name"``.
        status: ``"match"`` (the evidence states the same value), ``"conflict"`` (it states
            another value for the same thing) or ``"missing"`` (it states none).
        claimed: the value as the claim writes it.
        start: offset of the value in the answer.
        end: offset after the value in the answer.
        found: the value as the evidence writes it, for a match or a conflict.
        quote: the evidence sentence that holds ``found``.
    """

    kind: str
    status: Literal["match", "conflict", "missing"]
    claimed: str
    start: int
    end: int
    found: str | None = None
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a claim.

    Attributes:
        claim: the claim.
        label: one of the five labels.
        score: probability in [0, 1] that the evidence supports the claim; None where
            nothing was scored (``unchecked`` and ``no_claim``).
        quotes: the exact evidence spans that decided.
        findings: what the deterministic checks found.
        spans: characters at fault inside a flagged claim (offsets into the answer).
        reason: why the claim is ``unchecked`` or overruled; empty otherwise.
    """

    claim: Claim
    label: Label
    score: float | None = None
    quotes: tuple[Quote, ...] = ()
    findings: tuple[Finding, ...] = ()
    spans: tuple[Span, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to the answer: ``answer[start:end]`` becomes ``text`` (empty removes)."""

    start: int
    end: int
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an answer.

    Attributes:
        action: ``"pass"``, ``"rewrite"`` or ``"block"``.
        reason: one sentence for people, naming what was allowed or refused and why.
        flagged: indexes into the verdicts that the policy does not let pass as they are.
        edits: changes made to the answer, sorted by offset and disjoint.
    """

    action: Action
    reason: str = ""
    flagged: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The trace of one check.

    Attributes:
        question: what the reader asked, if it is known.
        answer: the text that was checked.
        verdicts: one for each claim of ``answer``, in order.
        decision: what was done.
        text: what may be shown to the reader.
        text_verdicts: one for each claim of ``text``, in order; equal to ``verdicts`` when the
            answer passed, empty when it was blocked.
        timings: seconds for each stage.
        versions: what produced the report (package, verifier, policy).
    """

    question: str | None
    answer: str
    verdicts: tuple[Verdict, ...]
    decision: Decision
    text: str
    text_verdicts: tuple[Verdict, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def flagged(self) -> tuple[Verdict, ...]:
        """The verdicts that the policy did not let pass."""
        return tuple(self.verdicts[i] for i in self.decision.flagged)

    def to_dict(self) -> dict[str, Any]:
        """Returns the JSON form (see ``report.schema.json`` in the package)."""
        return {"version": REPORT_VERSION, **_encode(self)}

    def to_json(self, indent: int | None = None) -> str:
        """Returns the JSON form as ASCII text, which carries any string exactly."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Reads the JSON form back; ``Report.from_dict(r.to_dict()) == r``.

        Raises:
            FormatError: if the version is unknown or a field is missing or of a wrong kind.
        """
        version = data.get("version") if isinstance(data, Mapping) else None
        if type(version) is not int or version != REPORT_VERSION:
            raise FormatError(
                f"report version {version!r:.40} is not {REPORT_VERSION}: "
                "read it with the groundwire release that wrote it"
            )
        try:
            return read_report(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FormatError(f"not a groundwire report: {error!r:.200}") from error

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Reads what ``to_json`` wrote.

        Raises:
            FormatError: if the text is no JSON or no report.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise FormatError(f"not JSON: {error}") from error
        return cls.from_dict(data)


def _encode(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _encode(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, tuple | list):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items()}
    return value


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
