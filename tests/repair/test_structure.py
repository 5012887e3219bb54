"""JSON, code, lists and tables are whole after a removal, as they were before."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims.splitter import ClaimSplitter
from groundwire.repair.edits import apply_edits
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.repair.removal import remove_claims
from groundwire.repair.structure import find_structures, has_broken
from groundwire.types import Claim, Edit, Finding, Quote, Verdict


def remove(answer: str, *texts: str) -> str:
    claims = [Claim(t, answer.index(t), answer.index(t) + len(t)) for t in texts]
    return apply_edits(answer, remove_claims(answer, claims))


@pytest.mark.parametrize(
    ("answer", "texts", "left"),
    [
        ('{"a": "x", "b": 5, "c": true}', ['"b": 5,'], '{"a": "x", "c": true}'),
        ('{"a": "x", "b": 5}', ['"b": 5'], '{"a": "x"}'),
        ('{"a": "x", "b": 5}', ['"a": "x"', '"b": 5'], ""),
        ('[{"a": 41},\n {"a": 65}]', ['{"a": 65}]'], '[{"a": 41}]'),
        ('[{"a": 41},\n {"a": 65}]', ['{"a": 41},'], '[{"a": 65}]'),
        ('{"a": [1, 2], "b": ["x.", "y."]}', ['"x.", "y."'], '{"a": [1, 2]}'),
        ('{"a": {"b": {"c": "no"}}, "d": 1}', ['"no"'], '{"d": 1}'),
        ('{"a": "x, \\"y\\": 5", "b": 5}', ['"b": 5'], '{"a": "x, \\"y\\": 5"}'),
        ('See:\n\n```json\n{"a": 1,\n "b": 2}\n```\n\nEnd.', ['"b": 2}'],
         'See:\n\n```json\n{"a": 1}\n```\n\nEnd.'),
        ('See:\n\n```json\n{"a": 1,\n "b": 2}\n```\n\nEnd.', ['"a": 1', '"b": 2}'], "End."),
        ('On.\n{"a": 1, "b": 2}\n{"a": 3, "b": 4}', ['"a": 3'],
         'On.\n{"a": 1, "b": 2}\n{"b": 4}'),
        # code that would break goes whole, with the line that introduces it
        ("Run this:\n\n```python\nif x:\n    y = 5\nz = 1\n```\n\nEnd.", ["y = 5"], "End."),
        ("Run this:\n\n```python\ny = 5\nz = 1\n```\n\nEnd.", ["y = 5"],
         "Run this:\n\n```python\nz = 1\n```\n\nEnd."),
        ("Run this:\n\n```js\nf(\n  1);\ng();\n```\n\nEnd.", ["1);"], "End."),
        # a lead-in goes with what it introduces, and only then
        ("Here it is:\n\nThe pump is red.", ["The pump is red."], ""),
        ("Here it is:\n\nThe pump is red.\n\nIt is dry.", ["The pump is red."],
         "Here it is:\n\nIt is dry."),
        ("- Set A:\n  - a torch\n  - a map\n- Set B", ["a torch", "a map"], "- Set B"),
        ("- Set A:\n  - a torch\n  - a map\n- Set B", ["a torch"], "- Set A:\n  - a map\n- Set B"),
        # what is read under a line goes with it, unless it says the same alone
        ("It lacks:\n- a torch\n- a map\n\nEnd.", ["It lacks:"], "End."),
        ("It says:\n- The map is red.\n- **Torch:** 5 W\n\nEnd.", ["It says:"],
         "- The map is red.\n- **Torch:** 5 W\n\nEnd."),
        ("- Set A\n  - a torch\n- Set B\n  - a map", ["Set A"], "- Set B\n  - a map"),
        # numbers, notes and words on both sides
        ("Step 1: On.\nStep 2: Off.\nStep 3: Up.", ["Step 2: Off."], "Step 1: On.\nStep 2: Up."),
        ("One is on[^1]. Two is up.\n\nEnd.\n\n[^1]: a.pdf", ["One is on[^1].", "Two is up."],
         "End."),
        ("One is on[^1].\n\nEnd.\n\n[^1]: a.pdf", ["End."], "One is on[^1].\n\n[^1]: a.pdf"),
        ("It is 62abc64 kg", ["abc"], "It is 62 64 kg"),
    ],
)  # fmt: skip
def test_the_rest_stays_whole(answer: str, texts: list[str], left: str) -> None:
    assert remove(answer, *texts) == left


NAMES = st.text('ab1 é水.,:;"\\{}[]\n', min_size=1, max_size=6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NAMES
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 2]), st.booleans(), st.data())
@settings(max_examples=150, deadline=None)
def test_json_parses_after_any_removal(
    value: Any, indent: int | None, fenced: bool, data: st.DataObject
) -> None:
    written = json.dumps([{"first": 1}, value], indent=indent, ensure_ascii=False)
    answer = f"```json\n{written}\n```" if fenced else written
    claims = ClaimSplitter().split(answer)
    chosen = data.draw(st.lists(st.sampled_from(claims), unique=True)) if claims else []
    left = apply_edits(answer, remove_claims(answer, chosen)).strip()
    left = left.removeprefix("```json").removesuffix("```").strip()
    if left:
        json.loads(left)


LINES = st.sampled_from(
    ["x = 5", "if x:", "    y = [1,", "         2]", "def f():", "    return 'a'", "# note", "f()"]
)


@given(st.lists(LINES, min_size=1, max_size=8), st.data())
@settings(max_examples=150, deadline=None)
def test_python_parses_after_any_removal_if_it_did_before(
    lines: list[str], data: st.DataObject
) -> None:
    code = "\n".join(lines)
    try:
        ast.parse(code)
    except SyntaxError:
        return
    answer = f"On.\n\n```python\n{code}\n```\n\nEnd."
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1)))
    starts = [answer.index(code) + sum(len(line) + 1 for line in lines[:i]) for i in range(9)]
    claims = []
    for i in gone:
        bare = lines[i].strip()
        start = starts[i] + len(lines[i]) - len(bare)
        claims.append(Claim(bare, start, start + len(bare)))
    left = apply_edits(answer, remove_claims(answer, claims))
    assert left.startswith("On.") and left.endswith("End.")
    ast.parse(left.removeprefix("On.\n\n```python").partition("```")[0] if "```" in left else "")


def test_a_value_in_json_is_written_as_json_or_its_member_goes() -> None:
    answer = '{"name": "Rex", "note": "It weighs 64 kg."}'
    quote = Quote("It weighs 62 kg.", "doc", 0, 16)
    start = answer.index("64")
    finding = Finding("quantity", "conflict", "64 kg", start, start + 5, "62 kg", quote)
    inner = Claim("It weighs 64 kg.", start - 10, start + 6)
    verdict = Verdict(inner, "contradicted", 0.1, (quote,), (finding,))
    left = apply_edits(answer, ExtractiveRewriter().rewrite(answer, [verdict]))
    assert json.loads(left) == {"name": "Rex", "note": "It weighs 62 kg."}
    (found,) = find_structures(answer)
    assert has_broken(answer, [found], [Edit(start, start + 2, '6"2')])
    assert not has_broken(answer, [found], [Edit(start, start + 2, "62")])


@pytest.mark.parametrize("piece", ["{", '{"a": ', "[[", "```\n", '{"a": 1}\n', "- a:\n", "[^1] "])
def test_long_text_is_read_in_linear_time(piece: str) -> None:
    answer = piece * (100_000 // len(piece))
    find_structures(answer)
    remove_claims(answer, [Claim(answer[:9], 0, 9)])
