"""Pairs derived from labelled ones keep what their labels promise."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, BertModel
from transformers.models.bert import BertTokenizer

from groundwire.train.pairs.edits import EDITED, JOINED, derive_pairs
from groundwire.train.pairs.pairs import Pair
from groundwire.train.verifier.average import average_verifiers
from groundwire.train.verifier.model import VerifierModel
from groundwire.train.verifier.recipe import Recipe
from groundwire.train.verifier.train import train_verifier

PAIRS = [
    Pair(
        "Mary Jones opened the first library of Leeds with the help of Tom Brown in 1984.",
        "The library, which Mary Jones opened in 1984, was not free.", "supported", "fm2",
    ),
    Pair(
        "The bridge over the Tamar was built by Isambard Brunel and has two spans of 139 metres.",
        "Isambard Brunel designed a bridge that is 139 metres long in each span.", "supported",
        "fm2",
    ),
    Pair("A cat sleeps on a red mat.", "The animal rests.", "supported", "rte"),
    Pair("Two dogs run up the hill.", "The dogs are running.", "supported", "rte"),
    Pair("It rained in Paris for 12 days.", "The sun shone in Paris.", "contradicted", "rte"),
    Pair("Anna sold 40 loaves.", "Anna is a baker.", "not_enough", "rte"),
    Pair("A man eats.", "Somebody has 3 apples.", "supported", "snli"),
]  # fmt: skip


@given(st.integers(0, 2000))
def test_an_edit_is_false_or_goes_into_the_premise_as_well(seed: int) -> None:
    known = {pair.premise: pair for pair in PAIRS}
    for made in derive_pairs(PAIRS, seed, 20, 0):
        assert made.dataset == EDITED
        if made.label == "supported":
            source = next(p for p in PAIRS if p.hypothesis.split()[0] in made.hypothesis
                          or p.hypothesis.split()[-1] in made.hypothesis)  # fmt: skip
            gone = {*re.findall(r"\w+", source.hypothesis)} - {*re.findall(r"\w+", made.hypothesis)}
            assert len(gone) == 1
            assert gone.isdisjoint(re.findall(r"\w+", made.premise))
        else:
            source = known[made.premise]
            assert source.label == "supported"
            assert source.dataset != "snli"  # a caption
            assert made.hypothesis != source.hypothesis
            if made.fault is not None:
                start, end = made.fault
                tail = len(made.hypothesis) - end
                assert made.hypothesis[:start] == source.hypothesis[:start]
                assert made.hypothesis[end:] == source.hypothesis[len(source.hypothesis) - tail :]


@given(st.integers(0, 2000))
def test_a_joined_claim_is_as_true_as_its_parts(seed: int) -> None:
    labels = {pair.premise: pair.label for pair in PAIRS}
    joined = derive_pairs(PAIRS, seed, 0, 20)
    assert joined
    for made in joined:
        assert made.dataset == JOINED
        parts = [labels[premise] for premise in labels if premise in made.premise]
        if made.label == "supported":
            assert parts == ["supported", "supported"]
        elif len(parts) == 1:
            assert made.label == "unsupported"
            assert parts == ["supported"]
            assert made.fault is not None
            lost = made.hypothesis[slice(*made.fault)]
            assert not any(lost in p.hypothesis for p in PAIRS if p.premise == made.premise)
        else:
            assert sorted(parts) == sorted(["supported", made.label])


def many(premise: str, claim: str, seeds: int = 150) -> list[Pair]:
    pair = Pair(premise, claim, "supported", "fm2")
    return [made for seed in range(seeds) for made in derive_pairs([pair], seed, 9, 0)]


@pytest.mark.parametrize(
    ("premise", "claim", "never"),
    [
        ("In the blaze 100 people died.", "More than 50 people were killed.", r"More than (?!50)"),
        ("The wedding of Tom Brown and Mary Jones.", "Tom Brown married Mary Jones.", "Mary.*Tom"),
        ("Rain is likely in Leeds.", "It may rain in Leeds.", "may not|may never"),
        ("The prize went to Ann Lee and Bob Ray.", "Both winners include Ann Lee.", "Bob"),
        ("Old O'Neil sang with Ann Lee in Bath.", "O'Neil sang.", "O'(?!Neil)"),
        (
            f"The number {10**40} is big.",
            f"A big number is {10**40}.",
            rf"number is (?!not|never|{10**40})",
        ),
        ("Text.", "word " * 3000, "."),
        ("Two words.", "Two.", "."),
    ],
)
def test_what_could_be_true_is_not_called_false(premise: str, claim: str, never: str) -> None:
    assert [made for made in many(premise, claim) if re.search(never, made.hypothesis)] == []


@pytest.mark.parametrize(
    ("premise", "claim"),
    [
        ("There were 5 dogs; all five dogs barked.", "Exactly 5 dogs barked."),
        ("A number is 5.5 or 1,000 or more.", "The number 5 is there."),
        ("Brunel was born in 1806 and died in 1859.", "He lived from 1806 till 1859."),
    ],
)
def test_what_may_hang_on_another_number_stays(premise: str, claim: str) -> None:
    assert "supported" not in {made.label for made in many(premise, claim)}


def test_a_comma_after_a_number_stays() -> None:
    made = many("The library opened in 1984.", "In 1984, the library opened.")
    changed = [m.hypothesis for m in made if "1984" not in m.hypothesis]
    assert changed
    assert all(re.match(r"In \d{4}, the library opened\.", text) for text in changed)


def test_a_denial_that_is_taken_out_marks_no_words() -> None:
    made = many("The bridge over the Tamar is long.", "The bridge is not short.")
    out = [m for m in made if m.hypothesis == "The bridge is short."]
    assert out
    assert all(m.fault is None for m in out)


def test_claims_that_say_the_same_are_not_joined() -> None:
    same = [Pair(f"Text {i} tells that ice is shrinking.", "Ice is shrinking.", "supported", "fm2")
            for i in range(4)]  # fmt: skip
    assert derive_pairs(same, 1, 0, 9) == []
    inside = [
        Pair("Ice is shrinking fast.", "Ice is shrinking.", "supported", "fm2"),
        Pair("Ice is shrinking fast. Bears swim.", "Bears can swim.", "supported", "fm2"),
    ]
    assert {made.label for seed in range(20) for made in derive_pairs(inside, seed, 0, 9)} == {
        "supported"
    }


def test_numbers_of_pairs_are_kept() -> None:
    made = derive_pairs(PAIRS * 9, 5, 7, 3)
    assert [pair.dataset for pair in made] == [EDITED] * 7 + [JOINED] * 3
    assert made == derive_pairs(PAIRS * 9, 5, 7, 3)
    assert derive_pairs([], 5, 7, 3) == []


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbone")
    words = sorted({w.lower() for p in PAIRS for w in re.findall(r"\w+", p.premise + p.hypothesis)})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, ".", ","]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=256,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    return folder


def test_dropout_is_of_training_alone(backbone: Path, tmp_path: Path) -> None:
    model = VerifierModel(str(backbone), "cpu", 0.5)
    ids = torch.full((2, 9), 7)
    same = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    model.train()
    assert not torch.equal(model(**same)[0][0], model(**same)[0][1])
    model.eval()
    assert torch.equal(model(**same)[0][0], model(**same)[0][1])

    data = tmp_path / "data" / "train"
    data.mkdir(parents=True)
    rows = [
        {"premise": p.premise, "hypothesis": p.hypothesis, "label": p.label, "dataset": "rte"}
        for p in PAIRS
    ]
    (data / "rte.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plain = Recipe(
        written=0,
        batch_size=2,
        max_tokens=128,
        business=0,
        tables=0,
        edits=6,
        joins=4,
        peak_rate=1e-3,
    )
    first = train_verifier(tmp_path / "data", tmp_path / "a", plain, backbone)
    second = train_verifier(
        tmp_path / "data", tmp_path / "b", replace(plain, dropout=0.5), backbone
    )
    assert (first / "config.json").read_bytes() == (second / "config.json").read_bytes()
    assert (first / "model.safetensors").read_bytes() != (second / "model.safetensors").read_bytes()
    assert average_verifiers([first, second], tmp_path / "c").is_dir()
    manifest = json.loads((second / "groundwire.json").read_text(encoding="utf-8"))
    assert manifest["sets"]["edits and joins of labelled pairs"] >= 5
