"""Tiny models and rows for the tests of training generators."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from groundwire.train.generator.config import Config, Scratch
from groundwire.train.generator.config_file import make_config
from groundwire.train.generator.model import make_model, make_tokenizer

NAMES = ["Blue Spice", "Alimentum", "The Mill", "Zizzi", "Aromi", "Cotto"]
FOODS = ["Italian", "French", "Chinese", "English"]
AREAS = ["riverside", "city centre"]


def rows() -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for i, name in enumerate(NAMES * 4):
        food, area = FOODS[i % 4], AREAS[i % 2]
        context = f"name[{name}], food[{food}], area[{area}]"
        target = f"{name} serves {food} food in the {area}."
        out.append({"context": context, "target": target, "weight": 1.0 if i % 5 else 0.2})
    return out


def write_rows(path: Path, items: Sequence[dict[str, Any]]) -> Path:
    text = "".join(json.dumps(item) + "\n" for item in items).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def score(evidence: Sequence[Any], answers: Sequence[str]) -> list[float]:
    """A judge for tests: an even number of letters is faithful."""
    return [0.1 + 0.8 * (len(answer) % 2 == 0) for answer in answers]


def tiny(architecture: str, family: str, folder: Path | None = None) -> tuple[Any, Any]:
    texts = [text for row in rows() for text in (row["context"], row["target"])]
    tokenizer = make_tokenizer(texts, 320, ["<|faithful|>"])
    scratch = Scratch(
        architecture=architecture,  # type: ignore[arg-type]
        hidden=16, layers=1, heads=2, intermediate=32, vocabulary=320, positions=128,
    )  # fmt: skip
    torch.manual_seed(0)
    model = make_model(family, scratch, tokenizer)
    if folder is not None:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return model, tokenizer


def config(folder: Path, **sections: Any) -> Config:
    """A config of a tiny model from scratch, its rows in a folder."""
    train = write_rows(folder / "train.jsonl.gz", rows())
    values: dict[str, Any] = {
        "model": {"scratch": {"hidden": 16, "layers": 1, "heads": 2, "intermediate": 32,
                              "vocabulary": 320, "positions": 200}},
        "data": {"train": train, "test": train, "max_tokens": 128},
        "judge": {"verifier": "python:generator_cases:score"},
    }  # fmt: skip
    return make_config(values | sections)
