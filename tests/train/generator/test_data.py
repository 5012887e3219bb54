"""Rows of a generator that are prompts, conversations, questions, and pairs that are given."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from generator_cases import config, rows, tiny, write_rows
from groundwire.errors import InputError
from groundwire.train.generator.config import DataSection, Perturb
from groundwire.train.generator.config_file import make_config
from groundwire.train.generator.data import read_rows, write_prompt
from groundwire.train.generator.perturb import Perturber
from groundwire.train.generator.preference_data import read_pairs
from groundwire.train.generator.run import train_generator

HELPERS = Path(__file__).parents[2] / "helpers"
RECORD = {"name": "Zizzi", "food": "French"}
SLOTS = "name[Zizzi], food[French]"
SFT: dict[str, Any] = {"epochs": 1, "batch_size": 8}


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HELPERS))


@pytest.mark.parametrize(
    ("row", "text", "evidence"),
    [
        ({"prompt": f"Describe:\n{SLOTS}", "completion": "Zizzi."}, f"Describe:\n{SLOTS}", RECORD),
        ({"messages": [
            {"role": "system", "content": "You describe places."},
            {"role": "user", "content": SLOTS},
            {"role": "assistant", "content": "Zizzi."},
        ]}, f"You describe places.\n\n{SLOTS}", RECORD),
        ({"prompt": [{"role": "user", "content": "Who?"}],
          "completion": [{"role": "assistant", "content": "Zizzi."}]}, "Who?", "Who?"),
        ({"instruction": "Describe it.", "input": SLOTS, "output": "Zizzi."},
         f"Describe it.\n\n{SLOTS}", RECORD),
        ({"prompt": "One is red.\n\nTwo?", "chosen": "Zizzi.", "rejected": "No."},
         "One is red.\n\nTwo?", "One is red.\n\nTwo?"),
    ],
)  # fmt: skip
def test_prompts_and_conversations(
    tmp_path: Path, row: dict[str, Any], text: str, evidence: Any
) -> None:
    section = DataSection(prompt="{context} {question}")
    (read,) = read_rows(write_rows(tmp_path / "rows.jsonl", [row]), section)
    assert (read.context, read.evidence, read.target) == (text, evidence, "Zizzi.")
    assert write_prompt(read, section) == text
    worse = Perturber([read], Perturb(missing=0.9, reorder=0.9, drop=0.9, typos=0.9), "No.")
    assert all(worse(read, random.Random(i)) is read for i in range(9))


def test_a_conversation_of_several_turns_is_refused(tmp_path: Path) -> None:
    turns = [{"role": role, "content": "Hi."} for role in ("user", "assistant") * 2]
    path = write_rows(tmp_path / "rows.jsonl", [{"messages": turns}])
    with pytest.raises(InputError, match="row 1: teaches 2 texts"):
        read_rows(path, DataSection())


def test_a_prompt_with_a_question_wants_one(tmp_path: Path) -> None:
    asking = DataSection(prompt="{context} {question}")
    row = {"context": "It is red.", "target": "Red."}
    with pytest.raises(InputError, match="messages is no list"):
        read_rows(write_rows(tmp_path / "x.jsonl", [{"messages": "Hi."}]), DataSection())
    with pytest.raises(InputError, match="the prompt is empty"):
        read_rows(write_rows(tmp_path / "x.jsonl", [{"prompt": "", "completion": "a"}]), asking)
    for more in ({}, {"question": ""}, {"asked": "Which?"}):
        path = write_rows(tmp_path / "rows.jsonl", [{**row, "query": "Which?"}, {**row, **more}])
        with pytest.raises(InputError, match=r"row 2: data.prompt has \{question\}, but the row"):
            read_rows(path, asking)
    named = asking.model_copy(update={"question_key": "asked"})
    (read,) = read_rows(write_rows(path, [{**row, "asked": "Which?"}]), named)
    assert write_prompt(read, named) == "It is red. Which?"
    with pytest.raises(InputError, match=r"\{query\} is unknown"):
        make_config({"model": {"path": "x"}, "sft": {},
                     "data": {"train": "x", "prompt": "{context} {query}"}})  # fmt: skip


def written_pairs(path: Path) -> Path:
    pairs: list[dict[str, Any]] = [
        {"prompt": r["context"], "chosen": r["target"], "rejected": "It is on the moon."}
        for r in rows()
    ]
    talk = {"prompt": [{"role": "user", "content": "Who?"}],
            "chosen": [{"role": "assistant", "content": "Zizzi."}],
            "rejected": [{"role": "assistant", "content": "Nobody."}]}  # fmt: skip
    long = {"prompt": "a " * 200, "chosen": "b", "rejected": "c"}
    same = {"prompt": "a", "chosen": "b", "rejected": "b"}
    return write_rows(path, [*pairs, talk, long, same])


def test_pairs_that_are_given_are_learned_without_rows(tmp_path: Path) -> None:
    path = written_pairs(tmp_path / "pairs.jsonl")
    assert read_pairs(path, DataSection())[-3].row.prompt == "Who?"
    tiny("gpt2", "decoder", tmp_path / "model")
    values = {
        "model": {"path": tmp_path / "model"}, "data": {"max_tokens": 128},
        "judge": {"verifier": "python:generator_cases:score"},
        "prefer": {"prompts": 0, "pairs": path, "engine": "own", "batch_size": 8},
    }  # fmt: skip
    folder = train_generator(make_config(values), tmp_path / "out")
    figures = json.loads((folder / "stage.json").read_text())["figures"]
    assert (figures["given"], figures["left_out"], figures["pairs"]) == (25, 2, 25)
    held = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    assert held[0]["prompt"] == rows()[0]["context"]
    write_rows(path, [json.loads(line) for line in path.read_text().splitlines()][:3])
    with pytest.raises(InputError, match="another config or other data"):
        train_generator(make_config(values), tmp_path / "out")


@pytest.mark.parametrize(
    ("more", "template", "text"),
    [
        ({}, "{context}", "How?"),
        ({"context": "It is red."}, "<{context}>", "<It is red.>"),
        ({"context": RECORD, "question": "Who?"}, "{question} {context}", f"Who? {SLOTS}"),
        ({"context": "It is red.", "question": "Who?"}, "{context}", "How?"),
        ({"evidence": ["One.", "Two."]}, "{context} {question}", "One.\nTwo. How?"),
        ({"evidence": ["How?"]}, "{context} {question}", "How?"),
        ({"evidence": []}, "{context} {question}", "How?"),
    ],
)
def test_pairs_whose_context_stands_apart_are_read_by_the_template(
    tmp_path: Path, more: dict[str, Any], template: str, text: str
) -> None:
    pair = {"prompt": "How?", "chosen": "a", "rejected": "b", **more}
    section = DataSection(prompt=template)
    (read,) = read_pairs(write_rows(tmp_path / "pairs.jsonl", [pair]), section)
    assert write_prompt(read.row, section) == text


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "holds no pairs"),
        ([{"prompt": "a", "chosen": "b", "rejected": "c"}, {"prompt": "a"}], "pair 2: lacks"),
        ([{"prompt": "a", "chosen": " ", "rejected": "c"}], "pair 1: one of the texts is empty"),
        ([{"prompt": "a", "chosen": "b\ud800", "rejected": "c"}], "the chosen holds half of a"),
    ],
)
def test_files_that_hold_no_pairs(tmp_path: Path, lines: list[Any], told: str) -> None:
    path = write_rows(tmp_path / "pairs.jsonl", lines)
    checked = config(tmp_path, sft=SFT, prefer={"pairs": str(path), "prompts": 0})
    with pytest.raises(InputError, match=told):
        train_generator(checked, tmp_path / "out")
    assert not (tmp_path / "out" / "stages" / "base").exists()


def test_neither_prompts_nor_pairs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a file of pairs"):
        config(tmp_path, prefer={"prompts": 0})


def test_too_few_pairs_say_why(tmp_path: Path) -> None:
    prefer = {"prompts": 6, "samples": 4, "max_new_tokens": 8, "margin": 1.0, "engine": "own"}
    with pytest.raises(InputError, match=r"prefer: 0 pairs. Of \d+ drawn answers \d+ are faithful"):
        train_generator(config(tmp_path, sft=SFT, prefer=prefer), tmp_path / "out")


def test_a_measure_that_cannot_be_used_is_told_before_any_work(tmp_path: Path) -> None:
    for measure in ("bogus", "python:nowhere:f"):
        checked = config(tmp_path, sft=SFT, evaluate={"measure": measure})
        with pytest.raises(InputError, match="measure"):
            train_generator(checked, tmp_path / "out")
        assert not (tmp_path / "out" / "stages" / "base").exists()
