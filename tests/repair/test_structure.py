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
        ("It is red. It lacks:\n- a torch\n- a map\n\nEnd.", ["It lacks:"], "It is red.\n\nEnd."),
        ("It lacks\n- a torch\n- a map\n\nEnd.", ["It lacks"], "End."),
        ("## What it lacks\n\n- a torch\n- a map\n\nEnd.", ["What it lacks"], "End."),
        ("**What it lacks**\n\n- a torch\n\nEnd.", ["**What it lacks**"], "End."),
        # also where marks or paragraphs stand between
        ("It has **these parts:**\n- a lid\n- a map\n\nEnd.", ["a lid", "a map"], "End."),
        ("It has:\n\n1. A lid.\n\n   It is red.\n\n2. A map.\n\nEnd.", ["A lid.", "It is red."],
         "It has:\n\n1. A map.\n\nEnd."),
        ("It has:\n\n1. **Lid**\n\nIt is red.\n\n2. **Map**\n\nEnd.", ["**Lid**", "It is red."],
         "It has:\n\n1. **Map**\n\nEnd."),
        # a key of YAML goes with all that is under it; an item keeps its dash
        ("```yaml\na:\n  b: 1\n  c: 2\nd: 3\n```", ["b: 1", "c: 2"], "```yaml\nd: 3\n```"),
        ("```yaml\na:\n  b: 1\nd: 3\n```", ["1"], "```yaml\nd: 3\n```"),
        ("```yaml\na:\n- b\n- c\nd: 3\n```", ["- b", "- c"], "```yaml\nd: 3\n```"),
        ("```yaml\na:\n  b:\n    c: 1\nd: 2\n```", ["b:"], "```yaml\nd: 2\n```"),
        ("```yaml\n- n: x\n  v: 1\n- n: y\n  v: 2\n```", ["n: x"],
         "```yaml\n- v: 1\n- n: y\n  v: 2\n```"),
        ("```yaml\n- n: x\n  v: 1\n- n: y\n  v: 2\n```", ["n: y", "v: 2"],
         "```yaml\n- n: x\n  v: 1\n```"),
        ("```yaml\nb: [1,\n  2]\nd: 2\n```", ["2]"], "```yaml\nd: 2\n```"),
        ("a:\n  b: 1\n  c: 2\nd: 3", ["b: 1", "c: 2"], "d: 3"),
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


KEYS = st.text("abcxyz_", min_size=2, max_size=5).filter(lambda key: key not in ("yes", "no"))
LEAVES = st.integers(0, 999) | st.booleans() | st.sampled_from(["x", "on", "a: b", "# c", "-", ""])
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    ),
    max_leaves=10,
)


def find_nulls(value: Any) -> int:
    if isinstance(value, dict | list):
        return sum(find_nulls(v) for v in (value.values() if isinstance(value, dict) else value))
    return value is None


@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4), st.data())
@settings(max_examples=150, deadline=None)
def test_yaml_parses_after_any_removal(value: Any, data: st.DataObject) -> None:
    yaml = pytest.importorskip("yaml")
    code = yaml.safe_dump(value, sort_keys=False)
    answer = f"On.\n\n```yaml\n{code}```\n\nEnd."
    lines = code.splitlines()
    starts = [
        answer.index(code) + sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))
    ]
    claims = []
    for i in data.draw(st.sets(st.integers(0, len(lines) - 1))):
        bare = lines[i].strip()
        start = starts[i] + len(lines[i]) - len(bare)
        claims.append(Claim(bare, start, start + len(bare)))
    left = apply_edits(answer, remove_claims(answer, claims))
    assert left.startswith("On.") and left.endswith("End.")
    if "```" in left:
        kept = yaml.safe_load(left.removeprefix("On.\n\n```yaml").partition("```")[0])
        assert kept and find_nulls(kept) == 0


@given(st.integers(2, 4), st.integers(1, 5), st.booleans(), st.data())
@settings(max_examples=80, deadline=None)
def test_a_table_is_whole_after_any_removal(
    width: int, height: int, edged: bool, data: st.DataObject
) -> None:
    def row(cells: list[str]) -> str:
        return f"| {' | '.join(cells)} |" if edged else " | ".join(cells)

    cells = [[f"v{i}{j}" for j in range(width)] for i in range(height)]
    heads = [f"h{j}" for j in range(width)]
    table = "\n".join([row(heads), row(["---"] * width), *map(row, cells)])
    answer = f"On.\n\n{table}\n\nEnd."
    gone = data.draw(st.sets(st.sampled_from([cell for line in [heads, *cells] for cell in line])))
    claims = [Claim(t, answer.index(t), answer.index(t) + len(t)) for t in sorted(gone)]
    left = apply_edits(answer, remove_claims(answer, claims))
    kept = [line for line in cells if gone.isdisjoint(line)]
    lines = left.removeprefix("On.\n\n").removesuffix("End.").strip("\n").splitlines()
    assert lines[2:] == [row(line) for line in kept]
    assert lines == [] if not kept else lines[1] == row(["---"] * width)
    if kept and gone.isdisjoint(heads):
        assert lines[0] == row(heads)


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
