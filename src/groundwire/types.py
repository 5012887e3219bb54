"""Types of the data that flows through groundwire: frozen dataclasses with one JSON form.

All offsets are Unicode code points, half open: ``text[start:end]``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

from groundwire.errors import FormatError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

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


class _Exactly:
    """Limits of a number, and that JSON must hold a number for it: no text, no truth value.

    pydantic asks what stands in an annotation for its schema; so the types need no import of it,
    and loading them stays cheap.
    """

    def __init__(self, **limits: float) -> None:
        self.limits = limits

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        return {**handler(source), **self.limits, "strict": True}


class _Whole:
    """A type whose JSON form has all of its fields, those with a default too."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        schema = handler(source)
        for item in schema["schema"]["fields"]:
            if item["schema"]["type"] == "default":
                item["schema"] = item["schema"]["schema"]
        return schema


Offset: TypeAlias = Annotated[int, _Exactly(ge=0)]
Probability: TypeAlias = Annotated[float, _Exactly(ge=0, le=1)]
Seconds: TypeAlias = Annotated[float, _Exactly()]


@dataclass(frozen=True, slots=True)
class Context(_Whole):
    """What a claim needs to be understood alone.

    Attributes:
        question: what the reader asked, if it is known.
        preceding: sentences of the answer before the claim, nearest last.
    """

    question: str | None = None
    preceding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim(_Whole):
    """A checkable span of an answer.

    Attributes:
        text: exactly ``answer[start:end]``.
        start: offset of the first character in the answer.
        end: offset after the last character in the answer.
        context: the question and the sentences before it.
        kind: ``"claim"`` when it states something to check; any other kind says why not.
    """

    text: str
    start: Offset
    end: Offset
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
class Quote(_Whole):
    """An exact span of a source document that decided a verdict."""

    text: str
    source: str
    start: Offset
    end: Offset


@dataclass(frozen=True, slots=True)
class Span(_Whole):
    """A half-open range of characters of the answer."""

    start: Offset
    end: Offset


@dataclass(frozen=True, slots=True)
class Finding(_Whole):
    """What a deterministic check found.

    Attributes:
        kind: what was compared, such as ``"number"``, ``"date"`` or ``"name"``.
        status: ``"match"`` (the evidence states the same value), ``"conflict"`` (it states
            another value for the same thing) or ``"missing"`` (it states none).
        claimed: the value as the claim writes it.
        start: offset of the value in the answer.
        end: offset after the value in the answer.
        found: the value as the evidence writes it, for a match or a conflict; where a claim
            concludes from several rows of a table, what these come to.
        quote: the evidence sentence that holds ``found``.
    """

    kind: str
    status: Literal["match", "conflict", "missing"]
    claimed: str
    start: Offset
    end: Offset
    found: str | None = None
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Verdict(_Whole):
    """What was decided about a claim.

    Attributes:
        claim: the claim.
        label: one of the five labels.
        score: probability in [0, 1] that the evidence supports the claim; None where
            nothing was scored (``unchecked`` and ``no_claim``).
        quotes: the exact evidence spans that decided; of many rows of a table, the first.
        findings: what the deterministic checks found.
        spans: characters at fault inside a flagged claim (offsets into the answer).
        reason: for people: why the claim is ``unchecked``, overruled or not supported, and of a
            claim about several rows of a table what these come to; empty where quotes tell it.
    """

    claim: Claim
    label: Label
    score: Probability | None = None
    quotes: tuple[Quote, ...] = ()
    findings: tuple[Finding, ...] = ()
    spans: tuple[Span, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Edit(_Whole):
    """A change to the answer: ``answer[start:end]`` becomes ``text`` (empty removes)."""

    start: Offset
    end: Offset
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision(_Whole):
    """What to do with an answer.

    Attributes:
        action: ``"pass"``, ``"rewrite"`` or ``"block"``.
        reason: one sentence for people, naming what was allowed or refused and why.
        flagged: indexes into the verdicts that the policy does not let pass as they are.
        edits: changes made to the answer, sorted by offset and disjoint.
    """

    action: Action
    reason: str = ""
    flagged: tuple[Offset, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Report(_Whole):
    """The trace of one check; offsets are Unicode code points, half open.

    Attributes:
        question: what the reader asked, if it is known.
        answer: the text that was checked.
        verdicts: one for each claim of ``answer``, in order.
        decision: what was done.
        text: what may be shown to the reader.
        text_verdicts: one for each claim of ``text``, in order; equal to ``verdicts`` when the
            answer passed, empty when it was blocked.
        timings: seconds for each stage: evidence, split, retrieve, verify, decide, rewrite.
        versions: what produced the report (package, verifier, policy; of a guard made of a config,
            its hash and what it promises, too).
    """

    question: str | None
    answer: str
    verdicts: tuple[Verdict, ...]
    decision: Decision
    text: str
    text_verdicts: tuple[Verdict, ...] = ()
    timings: Mapping[str, Seconds] = field(default_factory=dict)
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
        from pydantic import ValidationError

        try:
            return _reader().validate_python({k: v for k, v in data.items() if k != "version"})
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise FormatError(f"not a groundwire report: {where}: {first['msg']}") from error

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


@cache
def _reader() -> TypeAdapter[Report]:
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def _encode(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {name: _encode(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, tuple | list):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items()}
    return value
