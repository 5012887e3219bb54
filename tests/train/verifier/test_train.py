"""The trainer: data, masked loss, resuming after a kill, the folder it writes."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig, BertModel
from transformers.models.bert import BertTokenizer

from groundwire.errors import InputError
from groundwire.evaluate.corruptions import (
    corrupt_sentence,
    negate_sentence,
    swap_name,
    swap_number,
    swap_phrase,
)
from groundwire.text.overlap import WordRarity, stem_words
from groundwire.train.pairs.business import make_table_pairs
from groundwire.train.pairs.pairs import CLASSES, Pair, draw_pairs, find_sets, read_pairs
from groundwire.train.pairs.premises import prepare_pairs
from groundwire.train.pairs.records import make_record_pairs, make_reference_pairs
from groundwire.train.pairs.statements import make_business_pairs
from groundwire.train.pairs.synthetic import make_document_pairs, rephrase_text
from groundwire.train.verifier import train as trainer
from groundwire.train.verifier.model import compute_masked_loss
from groundwire.train.verifier.recipe import Recipe, read_recipe
from groundwire.train.verifier.train import train_verifier
from groundwire.verify.backends.scorer import PairScorer

WORDS = [
    "the",
    "cat",
    "dog",
    "sat",
    "ran",
    "on",
    "a",
    "mat",
    "hill",
    "in",
    "1990",
    "2005",
    "red",
    "blue",
    "not",
    "is",
    "was",
    "two",
    "three",
]
SMALL = Recipe(
    batch_size=4, checkpoint_steps=2, max_tokens=64, documents=12, records=12, references=4,
    business=0, tables=4, situations=0, written=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbone")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, ".", ",", ":"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    return folder


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = random.Random(0)
    labels = ("supported", "contradicted", "not_enough")

    def row(i: int, label: str) -> dict[str, Any]:
        return {
            "id": f"x{i}", "dataset": "snli", "label": label,
            "premise": " ".join(rng.choices(WORDS, k=8)) + ".",
            "hypothesis": " ".join(rng.choices(WORDS, k=4)) + f" {i}.",
        }  # fmt: skip

    folder = tmp_path / "data"
    write(folder / "train" / "snli.jsonl", [row(i, labels[i % 3]) for i in range(24)])
    write(folder / "train" / "rte.jsonl", [row(100 + i, "unsupported") for i in range(8)])
    write(folder / "train" / "healthver.jsonl", [row(200 + i, "supported") for i in range(4)])
    text = " ".join(
        f"The cat sat on the red mat in 19{i} with Old Tom Brown." for i in range(10, 30)
    )
    write(folder / "corpus" / "c.jsonl", [{"title": "Cat", "text": text}])
    record = {"mr": "name[Blue Spice], food[French], area[riverside]", "ref": "x"}
    record["ref"] = "Blue Spice serves French food by the riverside."
    write(
        folder / "generation" / "e2e_cleaned_x.jsonl",
        [record, {**record, "mr": "name[A], food[Thai]"}],
    )
    return folder


class Killed(Exception):
    pass


def kill_after(steps: int) -> trainer.Progress:
    def progress(done: int, total: int, loss: float) -> None:
        if done == steps:
            raise Killed

    return progress


def test_a_killed_run_continues_to_the_same_weights(
    data: Path, backbone: Path, tmp_path: Path
) -> None:
    whole = train_verifier(data, tmp_path / "whole", SMALL, backbone)
    with pytest.raises(Killed):
        train_verifier(data, tmp_path / "cut", SMALL, backbone, kill_after(5))
    assert not (tmp_path / "cut" / "model.safetensors").exists()
    steps: list[int] = []
    cut = train_verifier(
        data, tmp_path / "cut", SMALL, backbone, lambda done, total, loss: steps.append(done)
    )
    assert steps[0] == 5  # the last checkpoint was at step 4
    assert (cut / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()


def test_the_folder_is_what_the_verifier_loads(data: Path, backbone: Path, tmp_path: Path) -> None:
    folder = train_verifier(data, tmp_path / "out", SMALL, backbone)
    scores = PairScorer(folder).score([("the cat sat.", "the cat ran.")])
    assert scores.shape == (1, 3)
    assert scores.sum() == pytest.approx(1.0, abs=1e-3)
    manifest = json.loads((folder / "groundwire.json").read_text(encoding="utf-8"))
    assert "healthver" not in manifest["sets"]  # its authors state no licence
    assert manifest["sets"]["snli"] == 24
    assert any(name.startswith("synthetic: c") for name in manifest["sets"])
    with pytest.raises(InputError, match="finished model"):
        train_verifier(data, folder, SMALL, backbone)


def test_a_verifier_is_trained_further_in_float32(
    data: Path, backbone: Path, tmp_path: Path
) -> None:
    first = train_verifier(data, tmp_path / "first", SMALL, backbone)
    piece = replace(SMALL, seed=2, peak_rate=1e-9, share=0.5)
    second = train_verifier(data, tmp_path / "second", piece, first)
    pairs = [("the cat sat.", "the cat ran."), ("a dog is red.", "two dogs.")]
    assert PairScorer(second).score(pairs) == pytest.approx(
        PairScorer(first).score(pairs), abs=1e-3
    )
    manifest = json.loads((second / "groundwire.json").read_text(encoding="utf-8"))
    assert manifest["sets"]["snli"] == 12
    assert manifest["final_loss"] == pytest.approx(1.1, abs=0.2)


def test_another_recipe_does_not_continue_a_checkpoint(
    data: Path, backbone: Path, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        train_verifier(data, tmp_path / "out", SMALL, backbone, kill_after(5))
    other = Recipe(batch_size=4, checkpoint_steps=2, max_tokens=64, seed=99)
    with pytest.raises(InputError, match="another recipe"):
        train_verifier(data, tmp_path / "out", other, backbone)


def test_unstated_licences_need_to_be_asked_for(data: Path) -> None:
    assert "healthver" not in find_sets(data / "train")
    assert "healthver" in find_sets(data / "train", include_unstated=True)
    with pytest.raises(InputError, match="none of the known training sets"):
        find_sets(data)


def test_duplicates_and_held_out_pairs_are_left_out(data: Path) -> None:
    rows = list(read_pairs(data / "train" / "snli.jsonl"))
    write(
        data / "train" / "cad_nli.jsonl",
        [
            {"premise": p.premise.upper(), "hypothesis": p.hypothesis, "label": p.label}
            for p in rows
        ],
    )
    pairs, used = draw_pairs(find_sets(data / "train"), seed=1, held_out=rows[:6])
    assert used["snli"] == 18
    assert used["cad_nli"] == 0
    assert not {p.hypothesis for p in rows[:6]} & {p.hypothesis for p in pairs}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"premise": "a", "hypothesis": "b", "label": "maybe"}', "'maybe'"),
        ('{"premise": 1, "hypothesis": "b", "label": "supported"}', "strings"),
        ('{"premise": "a", "hypothesis": "b", "label": ["supported"]}', "row 1 .*its label is"),
        ("[" * 100_000, "row 1: not JSON"),
        ("{", "row 1: not JSON"),
        ("[1]", r"row 1: \[1\] is not a JSON object"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "x.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        list(read_pairs(tmp_path / "x.jsonl"))


@given(
    st.lists(st.floats(-5, 5), min_size=3, max_size=3),
    st.sampled_from([(0,), (1,), (2,), (1, 2), (0, 1, 2)]),
)
def test_masked_loss_is_the_log_of_the_allowed_share(
    logits: list[float], allowed: tuple[int, ...]
) -> None:
    mask = torch.tensor([[c in allowed for c in range(len(CLASSES))]])
    loss = compute_masked_loss(torch.tensor([logits]), mask)
    share = torch.tensor(logits).softmax(-1)[list(allowed)].sum()
    assert float(loss) == pytest.approx(-float(share.log()), abs=1e-4)


def test_edits_know_what_they_changed() -> None:
    rng = random.Random(3)
    text = "The tower in Paris was built in 1889 and has 1,665 steps."
    for _ in range(50):
        changed = swap_number(text, rng)
        assert changed is not None and changed.text != text
        assert [w for w in changed.text.split() if w.isalpha()] == [
            w for w in text.split() if w.isalpha()
        ]
    named = swap_name(text, ["Lyon"], rng)
    assert named is not None and named.text == text.replace("Paris", "Lyon")
    assert named.text[named.start : named.end] == "Lyon"
    assert swap_name(text, ["Paris"], rng) is None
    denied = negate_sentence("The mill is old.", rng)
    assert denied is not None and denied.text == "The mill is not old."
    assert swap_number("No digits here.", rng) is None
    later = swap_phrase("order")("It closed before the war.", rng)
    assert later is not None and later.text in (
        "It closed after the war.",
        "It closed during the war.",
        "It opened before the war.",
    )
    assert swap_phrase("modality")("In May it was hot.", rng) is None


@given(st.integers(0, 10_000))
def test_corruptions_touch_one_span(seed: int) -> None:
    text = "On 3 March 2004 Ann Lee was appointed before the larger Blue Mill opened in Harvel."
    for made in corrupt_sentence(
        text, ["Old Tor", "Ben Oak"], [" in 1990 for the council"], random.Random(seed), 3
    ):
        rest = len(made.text) - made.end
        assert made.text != text
        assert made.text[: made.start] == text[: made.start]
        assert rest == 0 or made.text[-rest:] == text[-rest:]
        assert made.label in ("contradicted", "unsupported")


def test_made_up_records_are_true_where_they_say_so() -> None:
    pairs = make_business_pairs(5, 300)
    assert {p.label for p in pairs} >= {"supported", "contradicted", "not_enough"}
    for pair in pairs:
        if pair.label == "supported" and " is in " in pair.hypothesis.split(".")[0] + ".":
            city = pair.hypothesis.split(" is in ")[1].split()[0].strip(".,")
            assert f"city: {city}." in pair.premise
    assert make_business_pairs(5, 300) == pairs
    for pair in make_table_pairs(5, 300):
        if " earns " in pair.hypothesis and pair.label != "not_enough":
            name, value = pair.hypothesis.rstrip(".").split(" earns ")
            row = next(r for r in pair.premise.split("row ") if f"name: {name};" in r)
            assert (f"salary: {value}" in row) == (pair.label == "supported")


def test_sentences_of_one_record_support_each_other() -> None:
    rows = [
        {"mr": "name[A], food[Thai], area[city]", "ref": "A serves Thai food in the city."},
        {"mr": "name[A], food[Thai], area[city]", "ref": "In the city, A has Thai food."},
        {"mr": "name[A], food[Greek]", "ref": "A is known for Greek food."},
        {"mr": "name[A], food[Thai]", "ref": "A is known for Thai food."},
    ]
    found = {(p.premise, p.hypothesis): p.label for p in make_reference_pairs(rows, 0, 40)}
    assert found[rows[0]["ref"], rows[3]["ref"]] == "supported"
    assert found.get((rows[3]["ref"], rows[0]["ref"]), "not_enough") == "not_enough"
    assert found.get((rows[0]["ref"], rows[2]["ref"]), "contradicted") == "contradicted"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sed = 3", "unknown key 'sed'"),
        ("seed = 'x'", "seed is 'x'"),
        ("share = 0", "share is 0"),
        ("peak_rate = nan", "peak_rate is nan"),
        ("peak_rate = inf", "peak_rate is inf"),
        ("span_weight = inf", "span_weight is inf"),
        (f"warmup = {10**400}", "warmup is 1000"),
        ("seed = -1", "seed is -1"),
        ("batch_size = 0", "batch_size is 0"),
        ("seed =", "not TOML"),
    ],
)
def test_a_bad_recipe_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "r.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_recipe(tmp_path / "r.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_recipe(tmp_path / "missing.toml")


def test_a_recipe_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("seed = 29\npeak_rate = 1\nshare = 0.5\n", encoding="utf-8")
    recipe = read_recipe(tmp_path / "r.toml")
    assert recipe == Recipe(seed=29, peak_rate=1.0, share=0.5)


def test_document_pairs_keep_their_promises() -> None:
    text = " ".join(
        f"In {1900 + i} the Blue Mill of Harvel was given {i * 7 + 40} new stones by Old Tor."
        for i in range(12)
    )
    pairs = list(make_document_pairs("Mill", text, WordRarity({}), random.Random(1)))
    assert {p.label for p in pairs} >= {"supported", "contradicted"}
    for pair in pairs:
        if pair.label == "supported":
            assert stem_words(pair.hypothesis) <= stem_words(pair.premise)
        else:
            assert pair.hypothesis not in pair.premise


@given(st.integers(0, 10_000))
def test_rephrased_sentences_say_nothing_new(seed: int) -> None:
    text = "In 1990, it was given to Old Tor (a miller), who had 7 stones, and the town kept it."
    said = rephrase_text(text, "Blue Mill (Harvel)", random.Random(seed))
    assert stem_words(said) <= stem_words(text) | stem_words("Blue Mill seven")
    assert len(said.split()) >= 4


def test_record_pairs_know_their_slots() -> None:
    rows = [
        {
            "mr": f"name[Cafe {i}], food[{food}], area[riverside]",
            "ref": f"Cafe {i} serves {food} food.",
        }
        for i, food in enumerate(["Thai", "Greek", "French"] * 4)
    ] + [{"mr": "inform(name='x tv';color=red)", "text": "the x tv comes in red"}]  # fmt: skip
    pairs = make_record_pairs(rows, seed=0, limit=100)
    assert {p.label for p in pairs} == {"supported", "contradicted", "not_enough"}
    for pair in pairs:
        named = pair.hypothesis.split(" serves ")[-1].split(" food")[0]
        if pair.label == "supported":
            assert named in pair.premise or "red" in pair.premise


def test_long_premises_are_selected_and_short_ones_kept() -> None:
    filler = " ".join(f"The weather on day {i} was mild and dry." for i in range(60))
    pair = Pair(f"{filler} Tor owns a red boat. {filler}", "Tor owns a boat.", "supported", "x")
    (out,) = prepare_pairs([pair], WordRarity({}), budget=40, seed=0)
    assert "Tor owns a red boat." in out.premise
    assert len(out.premise.split()) <= 40
    (kept,) = prepare_pairs([Pair("A b c.", "A b.", "supported", "x")], WordRarity({}), 40, 0)
    assert kept.premise == "A b c."
