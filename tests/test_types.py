from __future__ import annotations

import copy
import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from groundwire.errors import FormatError, GroundwireError
from groundwire.reports.schema import make_schema
from groundwire.types import (
    KINDS,
    LABELS,
    REPORT_VERSION,
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
from reports import SCHEMA, VALIDATOR

# Two surrogates that make a pair are one character in JSON: only lone ones can be told apart.
PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
TEXT = st.text(st.characters(exclude_categories=()), max_size=12).filter(
    lambda text: not PAIR.search(text)
)
OFFSET = st.integers(0, 10**9)
SCORE = st.none() | st.floats(0, 1)
CONTEXTS = st.builds(Context, st.none() | TEXT, st.lists(TEXT, max_size=2).map(tuple))
CLAIMS = st.builds(Claim, TEXT, OFFSET, OFFSET, CONTEXTS, st.sampled_from(KINDS))
QUOTES = st.builds(Quote, TEXT, TEXT, OFFSET, OFFSET)
STATUS = st.sampled_from(["match", "conflict", "missing"])
FINDINGS = st.builds(
    Finding, TEXT, STATUS, TEXT, OFFSET, OFFSET, st.none() | TEXT, st.none() | QUOTES
)
VERDICTS = st.builds(
    Verdict,
    CLAIMS,
    st.sampled_from(LABELS),
    SCORE,
    st.lists(QUOTES, max_size=2).map(tuple),
    st.lists(FINDINGS, max_size=2).map(tuple),
    st.lists(st.builds(Span, OFFSET, OFFSET), max_size=2).map(tuple),
    TEXT,
)
DECISIONS = st.builds(
    Decision,
    st.sampled_from(get_args(Action)),
    TEXT,
    st.lists(OFFSET, max_size=3).map(tuple),
    st.lists(st.builds(Edit, OFFSET, OFFSET, TEXT, TEXT), max_size=2).map(tuple),
)
REPORTS = st.builds(
    Report,
    st.none() | TEXT,
    TEXT,
    st.lists(VERDICTS, max_size=2).map(tuple),
    DECISIONS,
    TEXT,
    st.lists(VERDICTS, max_size=2).map(tuple),
    st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=2),
    st.dictionaries(TEXT, TEXT, max_size=2),
)

QUOTE = Quote("62 kg", "doc", 0, 5)
FULL = Verdict(
    Claim("64 kg", 0, 5, Context("How heavy?", ("Well.",))),
    "contradicted",
    0.05,
    (QUOTE,),
    (Finding("number", "conflict", "64", 0, 2, "62", QUOTE),),
    (Span(0, 2),),
    "why",
)
REPORT = Report(
    "How heavy?",
    "64 kg",
    (FULL,),
    Decision("rewrite", "one", (0,), (Edit(0, 2, "62", "said"),)),
    "62 kg",
    (Verdict(Claim("62 kg", 0, 5), "supported", 0.9),),
    {"split": 0.1},
    {"groundwire": "1"},
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, but for the free keys of the two maps."""
    if path:
        yield path
    if path not in (("timings",), ("versions",)):
        items: Any = enumerate(value) if isinstance(value, list) else ()
        for key, item in value.items() if isinstance(value, dict) else items:
            yield from paths(item, (*path, key))


def changed(path: tuple[Any, ...], *new: Any) -> dict[str, Any]:
    """The JSON form of the example with one place removed or changed."""
    data = copy.deepcopy(REPORT.to_dict())
    at: Any = data
    for key in path[:-1]:
        at = at[key]
    if new:
        at[path[-1]] = new[0]
    else:
        del at[path[-1]]
    return data


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"]["const"] == REPORT_VERSION
    defs = SCHEMA["$defs"]
    assert defs["verdict"]["properties"]["label"]["enum"] == list(LABELS)
    assert defs["claim"]["properties"]["kind"]["enum"] == list(KINDS)
    assert defs["decision"]["properties"]["action"]["enum"] == list(get_args(Action))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Report, None),
        (Verdict, "verdict"),
        (Claim, "claim"),
        (Context, "context"),
        (Quote, "quote"),
        (Finding, "finding"),
        (Span, "span"),
        (Edit, "edit"),
        (Decision, "decision"),
    ],
)
def test_the_schema_names_every_field(kind: Any, name: str | None) -> None:
    described = SCHEMA if name is None else SCHEMA["$defs"][name]
    fields = {field.name for field in dataclasses.fields(kind)} | (
        {"version"} if name is None else set()
    )
    assert set(described["properties"]) == set(described["required"]) == fields
    assert described["additionalProperties"] is False


@given(REPORTS)
def test_every_report_round_trips_and_fits_the_schema(report: Report) -> None:
    text = report.to_json()
    assert text.isascii()
    assert Report.from_json(text) == report
    assert Report.from_dict(report.to_dict()) == report
    assert Report.from_json(report.to_json(indent=2)) == report
    VALIDATOR.validate(json.loads(text))


def test_tuples_come_back_as_tuples() -> None:
    again = Report.from_json(REPORT.to_json())
    assert hash(again.verdicts) == hash(REPORT.verdicts)
    assert hash(again.decision) == hash(REPORT.decision)
    assert again.flagged == (FULL,)


def test_defaults_are_not_shared() -> None:
    reports = [Report(None, "", (), Decision("pass"), "") for _ in range(2)]
    assert reports[0].timings is not reports[1].timings


REQUIRED = [path for path in paths(REPORT.to_dict()) if isinstance(path[-1], str)]


@pytest.mark.parametrize("path", REQUIRED, ids=lambda path: ".".join(map(str, path)))
def test_no_field_may_be_missing(path: tuple[Any, ...]) -> None:
    data = changed(path)
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(FormatError):
        Report.from_dict(data)


@pytest.mark.parametrize(
    "path",
    [
        ("decision", "action"),
        ("verdicts", 0, "label"),
        ("verdicts", 0, "claim", "kind"),
        ("verdicts", 0, "findings", 0, "status"),
        ("verdicts",),
        ("decision",),
        ("verdicts", 0),
        ("verdicts", 0, "quotes"),
        ("timings",),
    ],
)
@pytest.mark.parametrize("value", ["blue", 7])
def test_a_wrong_kind_is_refused(path: tuple[Any, ...], value: Any) -> None:
    data = changed(path, value)
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(FormatError):
        Report.from_dict(data)


@pytest.mark.parametrize("version", [None, 0, 2, "1", [], {}])
def test_another_version_is_refused_by_name(version: Any) -> None:
    data = changed(("version",), version)
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(FormatError, match=re.escape(f"version {version!r}")):
        Report.from_dict(data)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '"report"', "{}", "\ud800", "NaN"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        Report.from_json(text)
    assert isinstance(caught.value, GroundwireError | ValueError)


def test_a_score_that_json_cannot_hold_is_not_written() -> None:
    report = Report(
        None, "", (Verdict(Claim("", 0, 0), "supported", float("nan")),), REPORT.decision, ""
    )
    with pytest.raises(ValueError, match="JSON"):
        report.to_json()


@pytest.mark.parametrize(
    ("field", "value"),
    [("answer", 5), ("version", True), ("verdicts", {}), ("timings", {"a": "b"}), ("text", None)],
)
def test_scalars_of_a_wrong_kind_are_refused(field: str, value: object) -> None:
    data = Report(None, "a", (), Decision("pass"), "a").to_dict()
    assert Report.from_dict(data).answer == "a"
    with pytest.raises(FormatError):
        Report.from_dict({**data, field: value})


def test_endless_nesting_is_no_report() -> None:
    with pytest.raises(FormatError):
        Report.from_json("[" * 200_000)


def test_the_shipped_schema_is_made_from_the_types() -> None:
    assert make_schema() == SCHEMA
    described = [SCHEMA, *SCHEMA["$defs"].values()]
    assert all(part["description"].endswith(".") for part in described)
    assert SCHEMA["properties"]["text"]["description"] == "What may be shown to the reader."


@pytest.mark.parametrize("score", [-0.1, 1.5, True, "0.5"])
def test_a_score_that_is_no_probability_is_refused(score: Any) -> None:
    data = changed(("verdicts", 0, "score"), score)
    assert not VALIDATOR.is_valid(data)
    with pytest.raises(FormatError, match=r"verdicts\.0\.score"):
        Report.from_dict(data)
