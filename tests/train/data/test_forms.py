"""Forms of training rows, what they give and teach, and how they are read."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.train.data.context import is_instruction
from groundwire.train.data.duplicates import make_keys
from groundwire.train.data.forms import list_parts, normalize_row, replace_parts, tag_row
from groundwire.train.data.lexicon import Lexicon, read_lexicon
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example, read_examples
from groundwire.train.data.records import divide_records, make_evidence, read_meaning, write_context
from groundwire.train.data.scan import classify_ending

FACT = "The pump weighs 64 kg."
USER = {"role": "user", "content": FACT}
ASSISTANT = {"role": "assistant", "content": "It weighs 64 kg."}


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("name[Alimentum], area[city centre], familyFriendly[no]",
         {"name": "Alimentum", "area": "city centre", "familyFriendly": "no"}),
        ("priceRange[£20-25]", {"priceRange": "£20-25"}),
        ("inform(name='alamo square';pricerange=moderate)",
         {"name": "alamo square", "pricerange": "moderate"}),
        ("inform(name[Portal], genres[puzzle], genres[shooter])",
         {"name": "Portal", "genres": ["puzzle", "shooter"]}),
        ("See figure [1], and [2].", None), ("f(x)", None), ("", None), ("a[b] c", None),
    ],
)  # fmt: skip
def test_meaning_representations(text: str, slots: dict[str, Any] | None) -> None:
    assert read_meaning(text) == slots


def test_contexts() -> None:
    assert make_evidence("name[A], area[B]") == ({"name": "A", "area": "B"},)
    assert make_evidence("Describe:\nname[A], area[B]") == ("Describe:", {"name": "A", "area": "B"})
    assert make_evidence(["one", {"a": 1}, None]) == ("one", {"a": 1})
    assert write_context({"familyFriendly": "no"}) == "family friendly: no."


def names(row: dict[str, Any], form: str | None = None) -> list[str]:
    found, data = normalize_row(row, {}, form)
    return [f"{found.name}:{part.name}:{part.taught}" for part in list_parts(found, data)]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"context": FACT, "target": "x"}, ["context:target:True"]),
        ({"prompt": FACT, "completion": "x"}, ["prompt:completion:True"]),
        ({"prompt": [USER], "completion": [ASSISTANT]}, ["prompt:completion[0]:True"]),
        ({"prompt": FACT, "completion": "x", "label": False}, ["unpaired:completion:False"]),
        ({"messages": [USER, ASSISTANT, USER, ASSISTANT]},
         ["messages:messages[1]:True", "messages:messages[3]:True"]),
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]},
         ["messages:messages[1]:True"]),
        ({"prompt": FACT, "chosen": "a", "rejected": "b"},
         ["preference:chosen:True", "preference:rejected:False"]),
        ({"chosen": [USER, ASSISTANT], "rejected": [USER, {**ASSISTANT, "content": "No."}]},
         ["preference:chosen[0]:True", "preference:rejected[0]:False"]),
        ({"instruction": "Say it.", "input": FACT, "output": "x"}, ["instruction:output:True"]),
    ],
)  # fmt: skip
def test_forms(row: dict[str, Any], told: list[str]) -> None:
    assert names(row) == told


def test_implicit_prompt_of_texts() -> None:
    _, row = normalize_row(
        {"chosen": "Sky is it? It is blue.", "rejected": "Sky is it? It is green."}, {}, None
    )
    assert (row["prompt"], row["chosen"]) == ("Sky is it? It is ", "blue.")


def test_a_question_beside_a_context_is_asked_and_no_evidence() -> None:
    row = {"context": "The kettle is red.", "question": "Which color?", "target": "Red."}
    form, data = normalize_row(row, {}, None)
    (part,) = list_parts(form, data)
    assert part.given.evidence == ("The kettle is red.",)
    assert part.given.question == "Which color?"
    assert part.given.prompt == "The kettle is red.\n\nWhich color?"
    renamed = {"context": row["context"], "query": row["question"], "target": "Red."}
    form, data = normalize_row(renamed, {"question": "query"}, None)
    assert list_parts(form, data) == [part]
    with pytest.raises(InputError, match="question is a list"):
        list_parts(form, {**data, "question": ["Which color?"]})
    example = Example(0, "", form, data, tuple(list_parts(form, data)))
    other = {**data, "question": "How heavy?"}
    assert (
        make_keys(example).context
        != make_keys(replace(example, data=other, parts=tuple(list_parts(form, other)))).context
    )


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("You are a helpful assistant. Be brief. Never invent facts.", False),
        ("You describe restaurants.", False),
        ("Your task is to answer. If you do not know, say so.", False),
        ("You are the assistant of Blue Spice, which opens at 9.", True),
        ("You ordered a kettle.", True),
        ("Your kettle is broken.", True),
    ],
)
def test_instructions_state_nothing(text: str, stated: bool) -> None:
    talk = [{"role": "system", "content": text}, {"role": "user", "content": "name[A], area[B]"},
            {"role": "assistant", "content": "A is in B."}]  # fmt: skip
    (part,) = list_parts(*normalize_row({"messages": talk}, {}, None))
    assert (part.record is None) == stated
    assert part.given.evidence == ((text,) if stated else ()) + ({"name": "A", "area": "B"},)


FACTS = """If the light is red, the battery is empty.
Write speeds reach 500 MB/s.
Only members may vote.
Compose was released in 2021.
Imagine Dragons is a band from Las Vegas.
When he arrived in London, he was ill.
List prices rose by four percent.
You have three unread messages.
Base camp lies at 5,000 m.
Translate was launched by Google in 2006.
State law forbids it in all cases.
Given his age, he retired."""
INSTRUCTIONS = """Put the data into words.
Given the following record, write a sentence.
Here is a record.
Based on the following facts, write a text.
You are ChatGPT, a large language model trained by OpenAI.
Do not use more than 100 words.
Complete the sentence.
Answer questions about the data.
Summarize Hamlet.
What is the price
If you do not know, say so.
Keep your answer short."""


@pytest.mark.parametrize("text", FACTS.split("\n"))
def test_sentences_that_state_something(text: str) -> None:
    assert not is_instruction(text)


@pytest.mark.parametrize("text", INSTRUCTIONS.split("\n"))
def test_sentences_that_instruct(text: str) -> None:
    assert is_instruction(text)


def test_turns_that_call_tools_say_nothing_and_results_are_evidence() -> None:
    talk = [
        {"role": "user", "content": "What does red mean?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "Never mind red."},
        {"role": "assistant", "content": "Nothing."},
    ]
    (part,) = list_parts(*normalize_row({"messages": talk}, {}, None))
    assert (part.text, part.given.evidence) == ("Nothing.", ("Never mind red.",))


def test_conversations_that_hold_their_prompt() -> None:
    asked = {"role": "user", "content": "Who?"}
    row = {"chosen": [asked, {"role": "assistant", "content": "A."}],
           "rejected": [asked, {"role": "assistant", "content": "B."}]}  # fmt: skip
    for prompt in ("Who?", [asked], None):
        found = list_parts(*normalize_row({**row, "prompt": prompt}, {}, None))
        assert [part.given.prompt for part in found] == [[asked], [asked]]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("Describe: name[A], area[B]", ("Describe: ", {"name": "A", "area": "B"})),
        ("Say: inform(a=1;b=2)\n", ("Say: ", {"a": "1", "b": "2"})),
        ('Data:\n{\n "a": 1,\n "b": {"c": 2}\n}\nEnd.', ("Data:", {"a": 1, "b": {"c": 2}}, "End.")),
        ('{"a": 1} {"b": 2}', ('{"a": 1} {"b": 2}',)),
        ("The crew left [the island]", ("The crew left [the island]",)),
        ("Say:\nprint(x=1)", ("Say:\nprint(x=1)",)),
        ("As he said.\nSee note [1]\nAgain.", ("As he said.\nSee note [1]\nAgain.",)),
        ('if x {\n{ "a" }\n}', ('if x {\n{ "a" }\n}',)),
    ],
)
def test_records_within_texts(text: str, evidence: tuple[Any, ...]) -> None:
    assert make_evidence(text) == evidence


@given(st.lists(st.sampled_from(
    ["name[A], area[B]", '{"a": 1}', '{"a":\n1}', "Tell:", "{", " ", "[1]", "a\r", ""]
), max_size=8))  # fmt: skip
def test_a_text_is_its_parts(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert "".join(part for part, _ in divide_records(text)) == text


def test_a_question_is_no_evidence() -> None:
    form, row = normalize_row(
        {"prompt": "What is the capital of France?", "completion": "x"}, {}, None
    )
    (part,) = list_parts(form, row)
    assert part.given.evidence == () and part.given.question == row["prompt"]
    form, row = normalize_row({"messages": [USER, ASSISTANT, ASSISTANT]}, {}, None)
    assert list_parts(form, row)[1].given.evidence == (FACT,)  # not what the model said


def test_changes() -> None:
    form, row = normalize_row({"messages": [USER, ASSISTANT]}, {}, None)
    assert replace_parts(row, {"messages[1]": "New."})["messages"][1]["content"] == "New."
    assert tag_row(form, row, "<f>")["messages"][0]["content"] == f"<f> {FACT}"
    assert row["messages"] == [USER, ASSISTANT]
    form, row = normalize_row({"context": {"a": 1}, "target": "x"}, {}, None)
    assert tag_row(form, row, "<f>")["context"] == {"control": "<f>", "a": 1}


@pytest.mark.parametrize(
    ("row", "fields", "form", "told"),
    [
        ({"text": "x"}, {}, None, "--map"),
        ({"a": 1}, {"context": "b"}, None, "'b'"),
        ({"a": 1}, {}, "context", "'context'"),
        ({"a": 1}, {}, "poem", "unknown"),
        ({"context": 1, "target": 3}, {}, None, "target is a int"),
        ({"messages": [USER]}, {}, None, "nothing to learn"),
    ],
)
def test_wrong_rows(
    row: dict[str, Any], fields: dict[str, str], form: str | None, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        found, data = normalize_row(row, fields, form)
        list_parts(found, data)


def test_files(tmp_path: Path) -> None:
    rows = [{"mr": "name[A], area[B]", "ref": "A is in B."}] * 3
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "b.parquet")
    options = DataOptions(fields={"context": "mr", "target": "ref"}, limit=5)
    found = list(read_examples([str(tmp_path)], options))
    assert [example.row for example in found] == [0, 1, 2, 3, 4]
    assert {example.written for example in found} == {"A is in B."}


def test_saved_datasets(tmp_path: Path) -> None:
    from datasets import Dataset, DatasetDict  # type: ignore[import-untyped]

    data = Dataset.from_list([{"context": {"name": "A"}, "target": "A."}] * 2)
    data.save_to_disk(str(tmp_path / "one"))
    assert len(list(read_examples([str(tmp_path / "one")], DataOptions()))) == 2
    DatasetDict({"train": data, "test": data}).save_to_disk(str(tmp_path / "two"))
    with pytest.raises(InputError, match="train, test"):
        list(read_examples([str(tmp_path / "two")], DataOptions()))
    assert len(list(read_examples([str(tmp_path / "two")], DataOptions(split="test")))) == 2


@pytest.mark.parametrize(
    ("text", "known", "how"),
    [
        ("It is.", "", "whole"), ('He said "yes."', "", "whole"), ("It is", "", "open"),
        ("It is near the", "", "cut"), ("It is cheap,", "", "cut"), ("```\nx", "", "cut"),
        ("It is near Alimen", "Alimentum", "cut"), ("水が多い。", "", "whole"), ("62", "", "open"),
    ],
)  # fmt: skip
def test_endings(text: str, known: str, how: str) -> None:
    assert classify_ending(text, known) == how


def test_lexicon(tmp_path: Path) -> None:
    lexicon = read_lexicon()
    assert ("gender", "female") in lexicon.groups_in("SHE runs.")
    for text in ("It is near Burger King.", "Dairy Queen and Burger King are near."):
        assert lexicon.swapped(text, "gender") == text
        assert lexicon.groups_in(text) == set()
    assert lexicon.swapped("King Olaf met a Queen. Queen Maud met the king.", "gender") == (
        "Queen Olaf met a King. King Maud met the queen."
    )
    assert lexicon.groups_in("Many Chinese came.") == {("region", "asia")}
    assert lexicon.swapped({"a": "She sees her SON."}, "gender") == {"a": "He sees his DAUGHTER."}
    with pytest.raises(InputError, match="one length"):
        Lexicon({"x": {"a": ["b"], "c": []}}, {})
    bad = tmp_path / "bad.toml"
    bad.write_text("axes = 3")
    with pytest.raises(InputError, match=r"bad\.toml"):
        read_lexicon(bad)
