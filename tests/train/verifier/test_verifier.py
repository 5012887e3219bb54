"""The head for words at fault, the attention of training, mining, and one's own documents."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertConfig, BertModel
from transformers.models.bert import BertTokenizer

from groundwire.cli.commands import main
from groundwire.encoders.weights import hash_file
from groundwire.errors import InputError
from groundwire.text.words import split_table
from groundwire.train.pairs.documents import (
    make_domain_pairs,
    make_own_pairs,
    read_pieces,
    split_pieces,
)
from groundwire.train.pairs.pairs import Pair, draw_pairs, find_changed
from groundwire.train.pairs.sources import select_hardest
from groundwire.train.verifier.average import average_verifiers
from groundwire.train.verifier.batches import UNKNOWN, tokenize_pairs
from groundwire.train.verifier.model import VerifierModel, attend_blocks, compute_span_loss
from groundwire.train.verifier.recipe import Recipe
from groundwire.train.verifier.train import (
    adapt_verifier,
    keep_languages,
    keep_window,
    train_verifier,
)
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.backends.spans import SPAN_HEAD

WORDS = split_table(
    "the old mill in harvel was built by ann lee of stone and has a red door that opens at dawn "
    "river town bridge over water people grain wheel each year first many large small since"
)
TEXT = " ".join(
    f"The old mill of {name} Lee was built in the town of Harvel by the river in 19{i}."
    for i, name in enumerate(["Ann", "Ben", "Cara", "Dan", "Eve", "Finn", "Gus", "Hal"], 10)
)


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backbone")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, ".", ","]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=128,
    )  # fmt: skip
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def first(backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A verifier to go on from."""
    folder = tmp_path_factory.mktemp("first")
    rows = [
        {"premise": "The mill is old.", "hypothesis": f"The mill is {w}.", "label": label}
        for w, label in zip(
            WORDS[:12], ["supported", "contradicted", "not_enough"] * 4, strict=True
        )
    ]
    (folder / "snli.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    recipe = Recipe(batch_size=4, max_tokens=128, business=0, tables=0, written=0)
    return train_verifier(folder, folder / "model", recipe, backbone)


@given(
    st.integers(1, 5), st.integers(1, 3), st.integers(1, 9), st.booleans(), st.integers(0, 10_000)
)
def test_block_attention_is_attention(
    batch: int, heads: int, length: int, masked: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    q, k, v = (torch.randn(batch, heads, length, 4, requires_grad=True) for _ in range(3))
    mask = torch.zeros(batch, 1, length, length)
    if masked and length > 1:
        mask[..., -1] = torch.finfo(torch.float32).min
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)
    found, _ = attend_blocks(torch.nn.Identity(), q, k, v, mask)
    torch.testing.assert_close(found.transpose(1, 2), expected, atol=1e-5, rtol=1e-4)
    weight = torch.randn_like(expected)
    wanted = torch.autograd.grad((expected * weight).sum(), (q, k, v))
    grads = torch.autograd.grad((found.transpose(1, 2) * weight).sum(), (q, k, v))
    for a, b in zip(grads, wanted, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_changed_marks_whole_words() -> None:
    true = "It opens at 9 AM on Monday."
    assert find_changed("It opens at 8 AM on Monday.", true) == (12, 13)
    assert find_changed("It opens at 9 AM on Tuesday.", true) == (20, 28)
    assert find_changed(true, true) is None
    assert find_changed("It opens at 9 AM.", true) == (14, 17)


@given(st.lists(st.sampled_from(WORDS)), st.lists(st.sampled_from(WORDS)))
def test_what_is_not_marked_as_changed_is_in_both(a: list[str], b: list[str]) -> None:
    text, true = " ".join(a), " ".join(b)
    span = find_changed(text, true)
    if span is not None:
        rest = text[span[1] :]
        assert true.startswith(text[: span[0]].rstrip()) and true.endswith(rest.lstrip())


def test_tokens_at_fault_are_those_of_the_fault(backbone: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    claim = "the door has a large wheel."
    pairs = [
        Pair("the old mill.", claim, "contradicted", "snli", (15, 20)),
        Pair("the old mill.", claim, "unsupported", "snli"),
        Pair("the old mill.", claim, "supported", "snli"),
    ]
    made = tokenize_pairs(pairs, tokenizer, 256)
    read = {}
    for row in range(len(made)):
        tokens = tokenizer.convert_ids_to_tokens(made.pick(made.ids, [row])[0].tolist())
        (faults,) = made.pick(made.faults, [row])
        kinds = {t for t, f in zip(tokens, faults, strict=True) if f == 1}
        known = {t for t, f in zip(tokens, faults, strict=True) if f != UNKNOWN}
        read[tuple(made.allowed[row].tolist())] = kinds, known
    everything = set(tokenizer.tokenize(claim))
    assert read[(False, False, True)] == ({"large"}, everything)
    assert read[(False, True, True)] == (set(), set())
    assert read[(True, False, False)] == (set(), everything)


def test_span_loss_leaves_out_what_is_unknown() -> None:
    logits = torch.tensor([[0.0, 3.0, -2.0]])
    one = compute_span_loss(logits, torch.tensor([[1, UNKNOWN, UNKNOWN]]))
    assert float(one) == pytest.approx(0.6931, abs=1e-3)
    assert float(compute_span_loss(logits, torch.full((1, 3), UNKNOWN))) == 0.0


def test_the_span_head_is_saved_and_trained_further(first: Path, tmp_path: Path) -> None:
    manifest = json.loads((first / "groundwire.json").read_text(encoding="utf-8"))
    assert len(manifest["spans_sha256"]) == 64 and (first / SPAN_HEAD).is_file()
    again = VerifierModel(str(first), "cpu")
    other = VerifierModel(str(first), "cpu")
    assert torch.equal(again.spans.weight, other.spans.weight)


def test_rows_of_a_recipe_may_take_some_twice(tmp_path: Path) -> None:
    rows = [
        {"premise": f"p {i}", "hypothesis": "h", "label": "supported" if i < 2 else "unsupported"}
        for i in range(10)
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    paths = {name: tmp_path / f"{name}.jsonl" for name in ("bump", "rte")}
    for path in paths.values():
        path.write_text(text, encoding="utf-8")
        text = text.replace("p ", "q ")
    pairs, used = draw_pairs(paths, 1, rows={"bump": 20, "rte": 0})
    assert used == {"bump": 20, "rte": 0}
    assert sum(p.label == "supported" for p in pairs) == 7  # 35 % of 20, drawn from 2
    assert len({p.premise for p in pairs}) == 10


@pytest.mark.parametrize("rows", ["{snly = 3}", "{snli = -1}", '{snli = "x"}'])
def test_wrong_rows_are_named(rows: str, tmp_path: Path) -> None:
    from groundwire.train.verifier.recipe import read_recipe

    (tmp_path / "r.toml").write_text(f"rows = {rows}", encoding="utf-8")
    with pytest.raises(InputError, match="rows of 'snl"):
        read_recipe(tmp_path / "r.toml")


def test_mining_keeps_what_the_model_gets_wrong(first: Path) -> None:
    scorer = PairScorer(first)
    claims = [f"The {word} is old." for word in WORDS[:20]]
    scores = scorer.score([("The mill was built.", c) for c in claims])
    made = [
        Pair("The mill was built.", c, ("supported", "not_enough", "contradicted")[k % 3], "snli")
        for k, c in enumerate(claims)
    ]
    kept = select_hardest(made, scorer, 5)
    right = {p: scores[k][k % 3] for k, p in enumerate(made)}
    assert len(kept) == 5
    assert max(right[p] for p in kept) <= min(right[p] for p in made if p not in kept)
    assert select_hardest([Pair("x " * 4000, "y", "supported", "snli")], scorer, 5) == []


def test_hard_pairs_need_a_verifier(backbone: Path, first: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "corpus").mkdir(parents=True)
    (data / "corpus" / "c.jsonl").write_text(
        json.dumps({"title": "", "text": TEXT}) + "\n", "utf-8"
    )
    row = {"premise": "The mill is old.", "hypothesis": "It is old.", "label": "supported"}
    (data / "rte.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    recipe = Recipe(
        batch_size=4, max_tokens=128, documents=12, business=0, tables=0, written=0, hard=3
    )
    with pytest.raises(InputError, match="no verifier"):
        train_verifier(data, tmp_path / "a", recipe, backbone)
    made = train_verifier(data, tmp_path / "b", recipe, first)
    manifest = json.loads((made / "groundwire.json").read_text(encoding="utf-8"))
    assert manifest["sets"]["hard synthetic pairs"] == 3


def test_a_verifier_is_adapted_to_documents(first: Path, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text(TEXT, encoding="utf-8")
    (docs / "b.md").write_text(TEXT.replace("mill", "bridge"), encoding="utf-8")
    recipe = Recipe(batch_size=4, max_tokens=128, documents=20, peak_rate=1e-9)
    model, before, after = adapt_verifier(docs, tmp_path / "out", recipe, first)
    assert before.rows == after.rows > 0
    assert after.auc.value == pytest.approx(before.auc.value, abs=0.2)
    manifest = json.loads((model / "groundwire.json").read_text(encoding="utf-8"))
    assert manifest["sets"]["synthetic: own documents"] == 20
    card = (model / "README.md").read_text(encoding="utf-8")
    assert f"Adapted from `{first.name}`" in card and f"{after.auc} after" in card
    assert "Nothing was measured" in (first / "README.md").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="finished model"):
        adapt_verifier(docs, tmp_path / "out", recipe, first)


def test_what_a_verifier_reads_is_kept_unless_it_learns_another_language(
    first: Path, tmp_path: Path
) -> None:
    english = tmp_path / "english"
    shutil.copytree(first, english)
    facts = json.loads((first / "groundwire.json").read_text(encoding="utf-8"))
    assert "languages" not in facts
    assert "max_tokens" not in facts
    facts |= {"languages": ["en"], "scripts": ["latin"], "max_tokens": 112}
    (english / "groundwire.json").write_text(json.dumps(facts), encoding="utf-8")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text(TEXT, encoding="utf-8")
    recipe = Recipe(batch_size=4, max_tokens=96, documents=20, peak_rate=1e-9)
    model, _, _ = adapt_verifier(docs, tmp_path / "out", recipe, english)
    made = json.loads((model / "groundwire.json").read_text(encoding="utf-8"))
    assert made["languages"] == ["en"] and made["scripts"] == ["latin"]
    assert made["max_tokens"] == PairScorer(model).window == 112
    assert keep_window(facts, 300) == {"max_tokens": 300}
    assert keep_window({}, 300) == {}
    german = "Die alte Mühle wurde von der Stadt gekauft und ist seit dem Winter nicht geöffnet."
    assert keep_languages(facts, [TEXT] * 19 + [german]) == {
        "languages": ["en"], "scripts": ["latin"],
    }  # fmt: skip
    assert keep_languages(facts, [TEXT, german]) == {}
    assert keep_languages({}, [TEXT]) == {}


def test_held_out_documents_are_not_trained_on(tmp_path: Path) -> None:
    for i in range(20):
        (tmp_path / f"{i}.txt").write_text(TEXT.replace("Harvel", f"Harvel{i}"), encoding="utf-8")
    pieces = read_pieces(tmp_path)
    train, held = split_pieces(pieces, 1)
    assert len(held) == 2 and not set(train) & set(held) and len(train) == 18
    alone, rest = split_pieces(pieces[:1], 1)
    assert alone[0][1] + " " + rest[0][1].strip() == pieces[0][1]


def test_documents_without_prose_are_refused(tmp_path: Path) -> None:
    from groundwire.text.overlap import WordRarity

    for text in ("one two three", TEXT.split(". ")[0] + "."):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="three sentences of 7 to 45 words"):
            make_own_pairs(read_pieces(tmp_path), WordRarity({}), 1, 10, 10)


def test_documents_may_be_said_again_only_in_other_ways() -> None:
    from groundwire.text.overlap import WordRarity

    pairs = make_domain_pairs([("", TEXT)], WordRarity({}), 1, 500)
    assert len(set(pairs)) == len(pairs)
    assert replace(pairs[0], label="x") not in pairs


def test_an_average_is_the_mean_of_the_weights(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(first, other)
    weights = load_file(first / "model.safetensors")
    save_file({k: v * 3 for k, v in weights.items()}, other / "model.safetensors", {"format": "pt"})
    manifest = json.loads((other / "groundwire.json").read_text(encoding="utf-8"))
    manifest["weights_sha256"] = hash_file(other / "model.safetensors")
    (other / "groundwire.json").write_text(json.dumps(manifest), encoding="utf-8")
    made = average_verifiers([first, other], tmp_path / "mean")
    mean = load_file(made / "model.safetensors")
    for name, tensor in weights.items():
        torch.testing.assert_close(mean[name].float(), tensor.float() * 2, rtol=1e-2, atol=1e-3)
    third = average_verifiers([first, other], tmp_path / "third", [3, 1])
    for name, tensor in load_file(third / "model.safetensors").items():
        torch.testing.assert_close(
            tensor.float(), weights[name].float() * 1.5, rtol=1e-2, atol=1e-3
        )
    for shares in ([1.0], [1.0, 0.0], [1.0, float("inf")], [1e308, 1e308]):
        with pytest.raises(InputError, match="above 0 for each model"):
            average_verifiers([first, other], tmp_path / "x", shares)
    twice = average_verifiers([other, other, first], tmp_path / "twice", [0.3, 0.2, 0.5])
    for name, tensor in load_file(twice / "model.safetensors").items():
        torch.testing.assert_close(tensor.float(), weights[name].float() * 2, rtol=1e-2, atol=1e-3)
    assert (twice / SPAN_HEAD).read_bytes() == (made / SPAN_HEAD).read_bytes()
    heads = [load_file(folder / SPAN_HEAD) for folder in (made, first)]
    assert all(torch.equal(heads[0][name], tensor) for name, tensor in heads[1].items())
    assert PairScorer(made).score([("a", "b")]).shape == (1, 3)
    with pytest.raises(InputError, match="finished model"):
        average_verifiers([first, other], made)
    with pytest.raises(InputError, match="two or more"):
        average_verifiers([first], tmp_path / "x")


def test_models_of_two_kinds_have_no_average(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(first, other)
    config = json.loads((other / "config.json").read_text(encoding="utf-8"))
    (other / "config.json").write_text(json.dumps({**config, "hidden_size": 32}), encoding="utf-8")
    with pytest.raises(InputError, match=r"its config\.json is not"):
        average_verifiers([first, other], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_one_short_document_is_enough(first: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(". ".join(TEXT.split(". ")[:3]) + ".", encoding="utf-8")
    from groundwire.text.overlap import WordRarity

    pairs, held, pieces = make_own_pairs(read_pieces(path), WordRarity({}), 1, 500, 500)
    assert {pair.label == "supported" for pair in held} == {True, False}
    assert pairs and not pieces
    assert not {p.hypothesis for p in pairs} & {p.hypothesis for p in held}
    recipe = Recipe(batch_size=4, max_tokens=128, documents=20, peak_rate=1e-9)
    _, before, after = adapt_verifier(path, tmp_path / "out", recipe, first)
    assert before.rows == after.rows > 0


def refused(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    """Runs a training that must fail with one line, which is returned."""
    assert main(["train", "verifier", *map(str, args)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1, err
    assert "http" not in err
    return err


def test_the_output_folder_is_checked_first(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(output: Path | str) -> str:
        return refused(
            capsys, "--documents", tmp_path / "none", "--output", output, "--backbone", first
        )

    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    assert "'" + str(file) + "': cannot be the output folder" in fails(file)
    assert "cannot be the output folder" in fails(file / "model")
    assert "cannot be the output folder" in fails(tmp_path / ("x" * 5000))
    assert "holds 'file', which no training run left there" in fails(tmp_path)
    assert "holds a finished model" in fails(first)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "cannot be the output folder" in fails(tmp_path / "link")
    if Path("/proc/self").exists():
        assert "cannot be written" in fails("/proc/groundwire/model")
    assert "none" in fails(tmp_path / "fresh") and not (tmp_path / "fresh").exists()


def test_a_run_that_was_killed_while_it_saved_is_finished(first: Path, tmp_path: Path) -> None:
    docs = tmp_path / "a.txt"
    docs.write_text(TEXT, encoding="utf-8")
    recipe = Recipe(batch_size=4, max_tokens=128, documents=20)
    out, _, _ = adapt_verifier(docs, tmp_path / "out", recipe, first)
    weights = (out / "model.safetensors").read_bytes()
    for name in ("README.md", "groundwire.json", "tokenizer.json", SPAN_HEAD):
        os.remove(out / name)
    again, _, _ = adapt_verifier(docs, tmp_path / "out", recipe, first)
    assert (again / "model.safetensors").read_bytes() == weights
    assert (again / "groundwire.json").is_file()


def test_a_backbone_that_is_none_is_refused(
    backbone: Path, first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = tmp_path / "a.txt"
    docs.write_text(TEXT, encoding="utf-8")

    def fails(source: Path, *more: object) -> str:
        out = tmp_path / "out"
        err = refused(capsys, "--documents", docs, "--output", out, "--backbone", source, *more)
        assert not out.exists()
        return err

    assert "no such folder" in fails(tmp_path / "sentence-transformers/all-MiniLM-L6-v2")
    assert "no such folder" in fails(docs)
    (tmp_path / "empty").mkdir()
    assert "names no model_type" in fails(tmp_path / "empty")
    harmed = tmp_path / "harmed"
    for names in (["tokenizer.json"], ["model.safetensors"], ["config.json"]):
        shutil.rmtree(harmed, ignore_errors=True)
        shutil.copytree(backbone, harmed)
        for name in [*names, "vocab.txt"]:
            (harmed / name).unlink(missing_ok=True)
        assert "--backbone" in fails(harmed)


def test_weights_of_a_backbone_are_not_made_up(backbone: Path, tmp_path: Path) -> None:
    harmed = tmp_path / "harmed"
    shutil.copytree(backbone, harmed)
    weights = load_file(harmed / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "layer.0." not in name}
    assert len(kept) < len(weights)
    save_file(kept, harmed / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match="of its weights are missing"):
        VerifierModel(str(harmed), "cpu")
