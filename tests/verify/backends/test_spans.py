"""The words at fault inside a flagged claim."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from transformers import BertConfig, BertForSequenceClassification
from transformers.models.bert import BertTokenizer

from groundwire.encoders.weights import hash_file
from groundwire.errors import ModelError
from groundwire.types import Claim, Evidence, Finding, Passage, Span
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.backends.spans import SPAN_HEAD, TokenFault, collapse_spaces, find_faults
from groundwire.verify.nli import NLIVerifier

TOKENS = ("the", "pump", "holds", "water", "well")
TEXTS = st.text(st.sampled_from("ab é.,\n\t\u00a0\u20039字"))


@given(TEXTS)
def test_single_spaced_keeps_places(text: str) -> None:
    plain, places = collapse_spaces(text)
    assert plain == " ".join(text.split()) and len(places) == len(plain)
    assert places == sorted(set(places))
    for char, place in zip(plain, places, strict=True):
        assert text[place] == char or (char == " " and text[place].isspace())


@given(TEXTS, st.data())
def test_spans_are_disjoint_and_inside_the_claim(text: str, data: st.DataObject) -> None:
    claim = Claim(text, 7, 7 + len(text))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    faults = [
        TokenFault(a, b, data.draw(st.floats(0, 1))) for a, b in pairwise(cuts) if text[a:b].strip()
    ]
    spans = find_faults(claim, "contradicted", [], faults)
    assert all(claim.start <= s.start < s.end <= claim.end for s in spans)
    assert all(a.end < b.start for a, b in pairwise(spans))
    marked = {i for f in faults if f.fault >= 0.5 for i in range(f.start + 7, f.end + 7)}
    assert marked <= {i for s in spans for i in range(s.start, s.end)}


def test_a_conflict_comes_first_and_whole_words_are_marked() -> None:
    claim = Claim("It holds 36 months of data.", 10, 37)
    conflict = Finding("number", "conflict", "36", 19, 21, "24")
    missing = Finding("name", "missing", "data", 32, 36)
    token = TokenFault(12, 16, 0.9)  # "mont"
    marked = TokenFault(19, 21, 0.2)

    def cut(*spans: object) -> list[str]:
        found = find_faults(claim, "contradicted", spans[0], spans[1])  # type: ignore[arg-type]
        return [claim.text[s.start - 10 : s.end - 10] for s in found]

    assert cut([conflict, missing], [token]) == ["36"]
    assert cut([missing], [token, marked]) == ["months"]
    assert cut([missing], [marked]) == ["data"]
    assert cut([], [marked]) == []
    assert find_faults(claim, "unsupported", [missing], [token]) == ()
    assert find_faults(claim, "unsupported", [conflict], [token]) == (Span(19, 21),)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A verifier that denies everything, and whose head finds every token at fault."""
    folder = tmp_path_factory.mktemp("model")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *["the", "pump", "holds", "water", "well"],
        ".",
    ]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(words), hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, max_position_embeddings=32,
        id2label={0: "entailment", 1: "neutral", 2: "contradiction"},
    )  # fmt: skip
    torch.manual_seed(0)
    made = BertForSequenceClassification(config)
    torch.nn.init.zeros_(made.classifier.weight)
    made.classifier.bias.data = torch.tensor([-4.0, 0.0, 4.0])
    made.save_pretrained(folder)
    save_file({"weight": torch.zeros(1, 8), "bias": torch.tensor([2.0])}, folder / SPAN_HEAD)
    manifest = {
        "name": "tiny",
        "weights_sha256": hash_file(folder / "model.safetensors"),
        "spans_sha256": hash_file(folder / SPAN_HEAD),
    }
    (folder / "groundwire.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def evidence(text: str) -> list[Evidence]:
    return [Evidence(Passage(text, "e", 0, len(text)), 1.0)]


@pytest.mark.parametrize(
    "text", ["The pump  holds\n water.", "\tThe pump holds water.", "The pump holds water. " * 9]
)
def test_the_head_marks_words_of_the_answer(model: Path, text: str) -> None:
    claim = Claim(text, 3, 3 + len(text))
    (verdict,) = NLIVerifier(model).verify([claim], [evidence("The pump is well.")])
    assert verdict.label == "contradicted"
    marked = {i for s in verdict.spans for i in range(s.start, s.end)}
    assert {i + 3 for i, c in enumerate(text) if not c.isspace()} <= marked
    assert all(3 <= s.start < s.end <= 3 + len(text.rstrip()) for s in verdict.spans)


def test_tokens_are_those_of_the_hypothesis(model: Path) -> None:
    scores, faults = PairScorer(model).read([("The pump.", "Water well."), ("Well.", "The pump.")])
    assert scores[:, 2] == pytest.approx([0.98, 0.98], abs=0.02)
    assert [[(t.start, t.end) for t in row] for row in faults] == [
        [(0, 5), (6, 10), (10, 11)],
        [(0, 3), (4, 8), (8, 9)],
    ]
    assert all(t.fault == pytest.approx(0.881, abs=0.01) for row in faults for t in row)


def test_an_altered_head_is_refused(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(model, folder)
    (folder / SPAN_HEAD).write_bytes(b"x")
    with pytest.raises(ModelError, match="missing or altered"):
        PairScorer(folder)
    (folder / SPAN_HEAD).unlink()
    with pytest.raises(ModelError, match="missing or altered"):
        PairScorer(folder)
