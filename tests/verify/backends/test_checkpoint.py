"""Published kinds of verifiers, loaded by the real code from tiny random checkpoints."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from checkpoints import build, lean, t5_config, write_hhem
from groundwire.encoders.weights import hash_file
from groundwire.errors import InputError, ModelError
from groundwire.guard.guard import Guard
from groundwire.testing import check_verifier
from groundwire.types import Claim, Context, Evidence, Passage
from groundwire.verify.backends.checkpoint import Checkpoint, find_folder
from groundwire.verify.backends.scorer import PairScorer
from groundwire.verify.nli import NLIVerifier, load_default_verifier
from groundwire.verify.presets import PRESETS, Preset, load_verifier
from groundwire.verify.readable import detect_foreign
from groundwire.verify.tokens import TokenReader, TokenVerifier
from reports import holds

ARCHITECTURES = ["deberta-v2", "modernbert", "xlm-roberta", "roberta", "bert"]
ENC = ("entailment", "neutral", "contradiction")
MAPS = {
    "MoritzLaurer": ENC,
    "cross-encoder": ("contradiction", "entailment", "neutral"),
    "joeddav": ("contradiction", "neutral", "entailment"),
    "zeroshot": ("entailment", "not_entailment"),
}
FACTS = "The pump weighs 62 kg. It runs on 230 V. It was made in Lyon. Water is red."
PAIRS = [(FACTS, "The pump is red."), (FACTS, "Water was made in Lyon."), ("It is red.", "It is.")]
SUPPORT = ("unsupported", "supported")
FAULTY = ("supported", "hallucinated")

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Returns a function that writes a checkpoint that prefers one of its outputs."""

    def write(
        architecture: str, labels: tuple[str, ...] = ENC, column: int | None = None, **options: Any
    ) -> Path:
        folder = tmp_path / f"{architecture}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        model = build(folder, architecture, labels, **options)
        if column is not None:
            lean(model, column)
        model.save_pretrained(folder)
        return folder

    return write


def claim(text: str, *preceding: str, question: str | None = None) -> Claim:
    return Claim(text, 0, len(text), Context(question, preceding))


def evidence(*texts: str) -> list[Evidence]:
    return [Evidence(Passage(t, f"doc{i}", 0, len(t)), 1.0) for i, t in enumerate(texts)]


# Classifiers of pairs.


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_gives_what_transformers_gives(save: Save, architecture: str) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = save(architecture)
    found = PairScorer(folder).score(PAIRS)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer
    reader = tokenizer.from_pretrained(folder)
    for pair, scores in zip(PAIRS, found, strict=True):
        with torch.inference_mode():
            logits = model(**reader(*pair, return_tensors="pt")).logits[0]
        assert scores == pytest.approx(logits.softmax(-1).numpy(), abs=0.03)
    assert len({round(float(row[0]), 4) for row in found}) == len(PAIRS)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_keeps_the_contract(save: Save, architecture: str) -> None:
    check_verifier(load_verifier(save(architecture)))


@pytest.mark.parametrize("labels", MAPS.values(), ids=MAPS)
def test_the_published_orders_of_labels(save: Save, labels: tuple[str, ...]) -> None:
    for column, label in enumerate(labels):
        scores = PairScorer(save("bert", labels, column)).score(PAIRS)
        wanted = ENC.index("neutral" if label == "not_entailment" else label)
        assert (scores.argmax(axis=1) == wanted).all()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_verdict_follows_the_favored_label(save: Save, architecture: str) -> None:
    for column, wanted in enumerate(["supported", "unsupported", "contradicted"]):
        model = NLIVerifier(save(architecture, ENC, column), checks=())
        (verdict,) = model.verify([claim("The pump is red in Lyon.")], [evidence(FACTS)])
        assert verdict.label == wanted


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_pair_is_cut(save: Save, architecture: str) -> None:
    scorer = PairScorer(save(architecture, window=64))
    assert scorer.max_tokens == 64
    with pytest.raises(ModelError, match="does not fit the 64"):
        scorer.score([("It is. " * 40, "It is.")])
    fitting = next(n for n in range(60, 0, -1) if _size(scorer, "a " * n) <= 64)
    assert scorer.score([("a " * fitting, "It is.")]).shape == (1, 3)


def _size(scorer: PairScorer, premise: str) -> int:
    return len(scorer.tokenizer(premise, "It is.")["input_ids"])


@pytest.mark.parametrize("text", ["[SEP]", "</s>", "[CLS] [PAD]", "<s><pad>"])
@pytest.mark.parametrize("architecture", ["bert", "roberta"])
def test_special_tokens_in_a_text_are_text(save: Save, architecture: str, text: str) -> None:
    scorer = PairScorer(save(architecture))
    special = set(scorer.tokenizer.all_special_ids) - {scorer.tokenizer.unk_token_id}
    assert not special & set(scorer.tokens([f"a {text} b"])[0])
    assert len(scorer.plain(text)) == len(text)
    scorer.score([(f"{text} it is", "it is")])


def test_numbered_labels_need_names(save: Save) -> None:
    folder = save("bert", ("LABEL_0", "LABEL_1"), 1)
    with pytest.raises(ModelError, match="labels="):
        load_verifier(folder).version  # noqa: B018
    entailed = load_verifier(folder, labels=("not_entailment", "entailment"))
    assert isinstance(entailed, NLIVerifier)
    assert (entailed.scorer.score(PAIRS)[:, 0] > 0.9).all()
    turned = load_verifier(folder, preset=Preset("mine", labels=("entailment", "not_entailment")))
    assert isinstance(turned, NLIVerifier)
    assert (turned.scorer.score(PAIRS)[:, 0] < 0.1).all()


def test_labels_that_contradict_the_config_are_refused(save: Save) -> None:
    folder = save("bert", ENC)
    assert load_verifier(folder, labels=[name.upper() for name in ENC]).version
    for labels, why in ((ENC[::-1], "contradict its config"), (ENC[:2], "name 2 outputs")):
        with pytest.raises(ModelError, match=why):
            load_verifier(folder, labels=labels).version  # noqa: B018


# MiniCheck and HHEM.


@pytest.mark.parametrize("architecture", ["roberta", "deberta-v2"])
def test_minicheck_reads_one_text(save: Save, architecture: str) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = save(architecture, ("0", "1"))
    name = {"roberta": "minicheck-roberta", "deberta-v2": "minicheck-deberta"}[architecture]
    verifier = load_verifier(f"{name}={folder}")
    assert isinstance(verifier, NLIVerifier)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer: Any = AutoTokenizer
    reader = tokenizer.from_pretrained(folder)
    found = verifier.scorer.score(PAIRS)
    for (document, statement), scores in zip(PAIRS, found, strict=True):
        text = reader.eos_token.join([document, statement])
        with torch.inference_mode():
            logits = model(**reader(text, return_tensors="pt")).logits[0]
        assert scores[0] == pytest.approx(float(logits.softmax(-1)[1]), abs=0.03)
        assert scores[2] == 0
    check_verifier(verifier)


@pytest.fixture
def minicheck_t5(tmp_path: Path) -> Path:
    import torch
    from transformers import T5ForConditionalGeneration

    folder = tmp_path / "flan"
    folder.mkdir()
    torch.manual_seed(7)
    model = T5ForConditionalGeneration(t5_config(folder))
    model.save_pretrained(folder)
    # Published Flan-T5 models have an output layer of their own.
    own = torch.randn_like(model.shared.weight)
    change_weights(folder, lambda state: {**state, "lm_head.weight": own})
    stated = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stated["tie_word_embeddings"] = False
    (folder / "config.json").write_text(json.dumps(stated), encoding="utf-8")
    return folder


def change_weights(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file(change(load_file(path)), path, {"format": "pt"})


def test_minicheck_t5_reads_the_first_token(minicheck_t5: Path) -> None:
    import torch
    from transformers import AutoTokenizer, T5ForConditionalGeneration

    verifier = load_verifier(f"minicheck-flan-t5={minicheck_t5}")
    assert isinstance(verifier, NLIVerifier)
    found = verifier.scorer.score(PAIRS)
    model: Any = T5ForConditionalGeneration.from_pretrained(minicheck_t5)
    assert not torch.equal(verifier.scorer._model.lm_head.weight, model.shared.weight)
    tokenizer: Any = AutoTokenizer
    reader = tokenizer.from_pretrained(minicheck_t5)
    ids = [reader.get_vocab()[token] for token in ("▁", "▁1")]
    for (document, statement), scores in zip(PAIRS, found, strict=True):
        inputs = reader(f"predict: {document}</s>{statement}", return_tensors="pt")
        assert (inputs["input_ids"][0] == reader.eos_token_id).sum() == 2
        start = torch.zeros((1, 1), dtype=torch.long)
        with torch.inference_mode():
            logits = model.eval()(**inputs, decoder_input_ids=start).logits[0, 0, ids]
        assert scores[0] == pytest.approx(float(logits.softmax(-1)[1]), abs=0.03)
    check_verifier(verifier)


def test_a_seq2seq_model_is_not_guessed_at(minicheck_t5: Path) -> None:
    with pytest.raises(ModelError, match="minicheck-flan-t5=FOLDER"):
        load_verifier(minicheck_t5)


def test_missing_weights_are_not_made_up(minicheck_t5: Path) -> None:
    lost = "decoder.final_layer_norm.weight"
    change_weights(
        minicheck_t5, lambda state: {name: state[name] for name in state if name != lost}
    )
    with pytest.raises(ModelError, match="1 weights are missing"):
        load_verifier(f"minicheck-flan-t5={minicheck_t5}").version  # noqa: B018


@pytest.mark.parametrize("named", [False, True])
def test_hhem_runs_without_its_code(tmp_path: Path, named: bool) -> None:
    import torch
    from transformers import AutoTokenizer

    base = tmp_path / "flan-t5"
    base.mkdir()
    folder = tmp_path / "hhem"
    model = write_hhem(folder, base, t5_config(base)).eval()
    verifier = load_verifier(f"hhem={folder}" if named else folder)
    assert isinstance(verifier, NLIVerifier)
    found = verifier.scorer.score(PAIRS)
    tokenizer: Any = AutoTokenizer
    reader = tokenizer.from_pretrained(base)
    prompt = "<pad> Determine if the hypothesis is true given the premise?\n\n"
    for (premise, statement), scores in zip(PAIRS, found, strict=True):
        text = f"{prompt}Premise: {premise}\n\nHypothesis: {statement}"
        inputs = reader(text, return_tensors="pt")
        with torch.inference_mode():
            logits = model(**inputs).logits[0, 0]
        assert scores[0] == pytest.approx(float(logits.softmax(-1)[1]), abs=0.03)
    check_verifier(verifier)


def test_hhem_of_another_shape_is_refused(tmp_path: Path) -> None:
    base = tmp_path / "flan-t5"
    base.mkdir()
    folder = tmp_path / "hhem"
    config = t5_config(base)
    write_hhem(folder, base, config)
    config.num_layers = 3
    config.save_pretrained(base)
    with pytest.raises(ModelError, match=r"encoder\.block"):
        load_verifier(folder).version  # noqa: B018
    stated = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    stated["foundation"] = "nobody/no-t5"
    (folder / "config.json").write_text(json.dumps(stated), encoding="utf-8")
    with pytest.raises(ModelError, match="nobody/no-t5"):
        load_verifier(folder).version  # noqa: B018


# Token classifiers.


def lettuce(folder: Path) -> TokenVerifier:
    verifier = load_verifier(f"lettucedetect={folder}")
    assert isinstance(verifier, TokenVerifier)
    return verifier


def test_a_token_classifier_keeps_the_contract(save: Save) -> None:
    verifier = lettuce(save("modernbert-tokens", ("LABEL_0", "LABEL_1")))
    check_verifier(verifier)
    assert verifier.version.endswith("@unknown")
    holds(Guard(verifier=verifier).check("The pump weighs 62 kg. It is red.", FACTS))


def test_a_token_classifier_is_told_by_its_config(save: Save) -> None:
    assert isinstance(load_verifier(save("modernbert-tokens", FAULTY)), TokenVerifier)
    numbered = save("modernbert-tokens", ("LABEL_0", "LABEL_1"))
    with pytest.raises(ModelError, match="labels="):
        load_verifier(numbered).version  # noqa: B018
    named = load_verifier(numbered, labels=FAULTY)
    assert isinstance(named, TokenVerifier) and named.reader.faulty == (1,)
    for labels in (("O", "B-PER"), ("supported", "hallucinated", "neutral")):
        with pytest.raises(ModelError, match="labels"):
            load_verifier(save("modernbert-tokens", labels)).version  # noqa: B018


def test_the_order_of_token_labels(save: Save) -> None:
    for labels in (FAULTY, FAULTY[::-1]):
        for column, label in enumerate(labels):
            (verdict,) = TokenVerifier(save("modernbert-tokens", labels, column)).verify(
                [claim("The pump is red.")], [evidence(FACTS)]
            )
            assert verdict.label == ("supported" if label == "supported" else "unsupported")
            whole = [(0, 16)] if label == "hallucinated" else []
            assert [(span.start, span.end) for span in verdict.spans] == whole


def test_the_score_is_that_of_the_worst_token(save: Save) -> None:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    folder = save("modernbert-tokens", FAULTY, window=1024)
    one = Claim("It is red in Lyon.", 5, 23, Context("What is it?", ("The pump is new.",)))
    (verdict,) = TokenVerifier(folder).verify([one], [evidence("It is red.", "Made in Lyon.")])
    prompt = (
        "\nBriefly answer the following question:\nWhat is it?\nBear in mind that your response "
        "should be strictly based on the following 2 passages:\npassage 1: It is red.\n"
        "passage 2: Made in Lyon.\nIn case the passages do not contain the necessary information "
        'to answer the question, please reply with: "Unable to answer based on given passages."\n'
        "output:\n"
    )
    tokenizer: Any = AutoTokenizer
    reader = tokenizer.from_pretrained(folder)
    text = "The pump is new. It is red in Lyon."
    read = reader(prompt, text, return_tensors="pt", return_offsets_mapping=True)
    offsets, parts = read.pop("offset_mapping")[0].tolist(), read.sequence_ids(0)
    model = AutoModelForTokenClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        wrong = model(**read).logits[0].softmax(-1)[:, 1].tolist()
    own = [
        (p, a - 17, b - 17)
        for p, (a, b), part in zip(wrong, offsets, parts, strict=True)
        if part == 1 and b > 17
    ]
    worst = max(p for p, _, _ in own)
    assert verdict.score == pytest.approx(1 - worst, abs=0.03)
    assert verdict.label == ("unsupported" if worst > 0.5 else "supported")
    sure = {i for p, a, b in own for i in range(max(0, a), b) if p > 0.55}
    clean = {i for p, a, b in own for i in range(max(0, a), b) if p < 0.45}
    marked = {i - 5 for span in verdict.spans for i in range(span.start, span.end)}
    spaces = {i for i, char in enumerate(one.text) if char == " "}
    assert sure - spaces <= marked
    assert not marked & clean - spaces


def test_long_evidence_is_shrunk_and_a_long_claim_unchecked(
    save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save("modernbert-tokens", FAULTY, 0, window=160)
    verifier = TokenVerifier(folder)
    seen: list[tuple[str, str]] = []
    faults = verifier.reader.faults

    def spy(pairs: list[tuple[str, str]]) -> Any:
        seen.extend(pairs)
        return faults(pairs)

    monkeypatch.setattr(verifier.reader, "faults", spy)
    dust = " ".join(f"Dust {i} is in water." for i in range(300))
    one = claim("The pump weighs 62 kg.")
    long = claim("The pump is red and " * 30)
    short, none, endless = verifier.verify(
        [one, long, one],
        [evidence(f"{dust} {FACTS}"), evidence(FACTS), evidence("dust " * 900 + "weighs 62 kg")],
    )
    assert short.label == "supported"
    assert short.quotes[0].text == "The pump weighs 62 kg."
    assert (none.label, none.score) == ("unchecked", None)
    assert "too long for the verifier" in none.reason
    assert endless.label == "supported"
    assert [answer for _, answer in seen] == [one.text, one.text]
    assert all(verifier.reader.size(*pair) <= 160 for pair in seen)
    with pytest.raises(ModelError, match="does not fit the 160"):
        faults([("a" * 400, "b")])


def test_nothing_is_supported_without_a_quote(save: Save) -> None:
    verifier = TokenVerifier(save("modernbert-tokens", FAULTY, 0))
    (verdict,) = verifier.verify([claim("Ships sail.")], [evidence(FACTS)])
    assert (verdict.label, verdict.quotes) == ("unsupported", ())
    assert verdict.score == 0.3 and "shares its words" in verdict.reason


def test_text_shown_in_another_order_is_unchecked(save: Save) -> None:
    (verdict,) = TokenVerifier(save("modernbert-tokens", FAULTY)).verify(
        [claim("It weighs \u202e26\u202c kg.")], [evidence(FACTS)]
    )
    assert (verdict.label, "order" in verdict.reason) == ("unchecked", True)


def test_token_verifiers_check_their_input(save: Save) -> None:
    folder = save("modernbert-tokens", FAULTY)
    with pytest.raises(InputError, match="premise_words is 0"):
        TokenVerifier(folder, premise_words=0)
    with pytest.raises(InputError, match="1 claims but 0"):
        TokenVerifier(folder).verify([claim("It is.")], [])
    with pytest.raises(ModelError, match="gives no score"):
        PairScorer(Checkpoint(str(folder), "tokens"))


# Presets and places.


def test_a_multilingual_preset_reads_other_languages(save: Save) -> None:
    german = claim("Der Turm wurde zwischen 1887 und 1889 aus Eisen gebaut.")
    assert detect_foreign(german.text) == "de"
    folder = save("xlm-roberta", ENC)
    labels = []
    for name in ("multilingual", "english-base"):
        verifier = load_verifier(f"{name}={folder}")
        (verdict,) = verifier.verify([german], [evidence(german.text + " Er ist rot.")])
        labels.append(verdict.label)
    assert labels[0] != "unchecked"
    assert labels[1] == "unchecked"
    assert "multilingual" in verdict.reason


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_sound(name: str) -> None:
    preset = PRESETS[name]
    point = preset.checkpoint()
    assert preset.use and preset.languages and preset.model.count("/") == 1
    assert (point.source, point.kind, point.labels) == (preset.model, preset.kind, preset.labels)
    assert "=" not in name and "/" not in name
    for given in (name, preset.model):
        with pytest.raises(ModelError, match="in the local cache") as caught:
            load_verifier(given)
        assert f"hf download {preset.model}" in str(caught.value)
        assert preset.revision in str(caught.value) or preset.revision == "main"


def test_a_preset_is_found_in_the_cache(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    model = tmp_path / "hub" / "models--lytang--MiniCheck-RoBERTa-Large"
    (model / "snapshots").mkdir(parents=True)
    (model / "refs" / "refs" / "pr").mkdir(parents=True)
    (model / "refs" / "refs" / "pr" / "1").write_text("abc", encoding="utf-8")
    save("roberta", ("0", "1"), 1).rename(model / "snapshots" / "abc")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    verifier = load_verifier("minicheck-roberta")
    (verdict,) = verifier.verify([claim("The pump is red in Lyon.")], [evidence(FACTS)])
    assert verdict.label == "supported"
    assert find_folder("lytang/MiniCheck-RoBERTa-Large", "refs/pr/1").name == "abc"


def test_no_name_is_the_embedded_verifier() -> None:
    assert load_verifier() is load_default_verifier()
    with pytest.raises(ModelError, match="name the model"):
        load_verifier(labels=ENC)


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was read",))


@pytest.mark.parametrize("architecture", ["bert", "modernbert-tokens"])
def test_no_pickle_is_read(save: Save, architecture: str) -> None:
    folder = save(architecture, FAULTY if "tokens" in architecture else ENC)
    for name in ("pytorch_model.bin", "training_args.bin", "optimizer.pt"):
        (folder / name).write_bytes(pickle.dumps(_Trap()))
    assert load_verifier(folder).version
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no safetensors weights"):
        load_verifier(folder).version  # noqa: B018


def test_no_code_of_a_checkpoint_is_run(save: Save) -> None:
    folder = save("bert")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "evil.py").write_text("raise SystemExit('remote code ran')", encoding="utf-8")
    with pytest.raises(ModelError, match="no NLI model"):
        load_verifier(folder).version  # noqa: B018


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_config_is_refused(save: Save, text: str) -> None:
    folder = save("bert")
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json"):
        load_verifier(folder)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ModelError, match="'gpt' is unknown"):
        Checkpoint("x", "gpt")  # type: ignore[arg-type]


def test_weights_that_give_no_numbers_are_refused(save: Save) -> None:
    folder = save("modernbert-tokens", FAULTY, 0)
    reader = TokenReader(folder)
    reader._model.classifier.bias.data.fill_(float("nan"))
    with pytest.raises(ModelError, match="no numbers"):
        reader.faults([("a", "b")])
    assert np.isfinite([t.fault for t in TokenReader(folder).faults([("a", "b")])[0]]).all()


# What is missing or of another kind is not made up.

LOST = ["layer.0.", "classifier.weight", "classifier.bias"]


def state_manifest(folder: Path, **fields: Any) -> None:
    """Writes a manifest that goes with the weights of a folder."""
    stated = {"format": 1, "weights_sha256": hash_file(folder / "model.safetensors"), **fields}
    (folder / "groundwire.json").write_text(json.dumps(stated), encoding="utf-8")


@pytest.mark.parametrize("stated", [False, True])
@pytest.mark.parametrize("lost", LOST)
def test_missing_weights_of_a_classifier_are_not_made_up(
    save: Save, lost: str, stated: bool
) -> None:
    folder = save("bert")
    change_weights(folder, lambda state: {k: v for k, v in state.items() if lost not in k})
    if stated:
        state_manifest(folder)
    with pytest.raises(ModelError, match=r"missing .* such as|no classification head") as caught:
        load_verifier(folder).version  # noqa: B018
    assert lost in str(caught.value) or "head" in str(caught.value)
    with pytest.raises(ModelError):
        Guard(verifier=load_verifier(folder)).check("The pump is red.", FACTS)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_lost_layer_is_noticed_in_every_architecture(save: Save, architecture: str) -> None:
    folder = save(architecture)
    part = "layers.0." if architecture == "modernbert" else "layer.0."
    change_weights(folder, lambda state: {k: v for k, v in state.items() if part not in k})
    with pytest.raises(ModelError, match="weights are missing"):
        load_verifier(folder).version  # noqa: B018


def test_buffers_and_other_heads_are_no_harm(save: Save) -> None:
    import torch

    folder = save("roberta")
    before = PairScorer(folder).score(PAIRS)
    change_weights(
        folder,
        lambda state: {**state, "roberta.embeddings.position_ids": torch.arange(258)[None]},
    )
    assert (PairScorer(folder).score(PAIRS) == before).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", 2), ("format", True), ("name", 5),
        ("weights_sha256", 5), ("weights_sha256", "abc"), ("spans_sha256", None),
        ("max_tokens", "256"), ("max_tokens", 7), ("max_tokens", True), ("max_tokens", 64.0),
        ("languages", "en"), ("languages", [1]), ("scripts", {"latin": 1}), ("scripts", [[]]),
        ("calibration", None), ("calibration", [1, 2]), ("calibration", {"slop": 1.0}),
        ("calibration", {"slope": "1"}), ("calibration", {"slope": True}),
        ("calibration", {"slope": 0.0}), ("calibration", {"slope": -1.0}),
        ("calibration", {"intercept": float("nan")}), ("calibration", {"words": float("inf")}),
        ("calibration", {"words": 10**400}),
    ],
)  # fmt: skip
def test_a_manifest_of_another_kind_is_refused(save: Save, field: str, value: object) -> None:
    folder = save("bert")
    state_manifest(folder)
    assert load_verifier(folder).version
    state_manifest(folder, **{field: value})
    with pytest.raises(ModelError, match=f"{field} is .*must be"):
        load_verifier(folder).version  # noqa: B018


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[]", "5", "", "\x00"])
def test_a_manifest_that_is_no_object_is_refused(save: Save, text: str) -> None:
    folder = save("bert")
    (folder / "groundwire.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"groundwire\.json: broken"):
        load_verifier(folder).version  # noqa: B018


def test_a_manifest_that_is_no_file_is_refused(save: Save, tmp_path: Path) -> None:
    folder = save("bert")
    (folder / "groundwire.json").mkdir()
    with pytest.raises(ModelError, match=r"groundwire\.json: is no file"):
        load_verifier(folder).version  # noqa: B018
    (folder / "groundwire.json").rmdir()
    (folder / "groundwire.json").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"groundwire\.json: is no file"):
        load_verifier(folder).version  # noqa: B018


@pytest.mark.parametrize(
    ("weight", "bias"), [((1, 31), (1,)), ((2, 32), (2,)), ((32,), ()), ((1, 32), (2,)), (None, ())]
)
def test_a_span_head_of_another_shape_is_refused(
    save: Save, weight: tuple[int, ...] | None, bias: tuple[int, ...]
) -> None:
    import torch
    from safetensors.torch import save_file

    def write(parts: dict[str, Any]) -> Path:
        save_file(parts, folder / "spans.safetensors")
        state_manifest(folder, spans_sha256=hash_file(folder / "spans.safetensors"))
        return folder

    folder = save("bert")
    sound = {"weight": torch.ones(1, 32), "bias": torch.zeros(1)}
    assert PairScorer(write(sound)).read(PAIRS)[1][0]
    wrong = {"weight": sound["weight"] * torch.nan, "bias": sound["bias"]}
    if weight is not None:
        wrong = {"weight": torch.ones(weight), "bias": torch.zeros(bias)}
    with pytest.raises(ModelError, match=r"spans\.safetensors: weight and bias"):
        PairScorer(write(wrong))


@pytest.mark.parametrize("architecture", ["bert", "roberta", "xlm-roberta", "modernbert-tokens"])
def test_a_tokenizer_is_not_made_up(save: Save, architecture: str) -> None:
    folder = save(architecture, FAULTY if "tokens" in architecture else ENC)
    for path in folder.iterdir():
        if path.name not in ("config.json", "model.safetensors", "tokenizer_config.json"):
            path.unlink()
    with pytest.raises(ModelError, match="has no tokenizer"):
        load_verifier(folder).version  # noqa: B018


@pytest.mark.parametrize("name", ["x" * 5000, "a/" * 3000, "multilingual=" + "x" * 5000, "a\0b"])
def test_a_name_that_is_no_path_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="no NLI model on this machine") as caught:
        load_verifier(name)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("model", [5, b"folder", 1.5, ["x"], True, "", " "])
def test_a_model_that_is_no_name_is_refused(model: Any) -> None:
    with pytest.raises(InputError, match="model is"):
        load_verifier(model)
    with pytest.raises(InputError, match="labels is 'entailment'"):
        load_verifier("multilingual", labels="entailment")


def test_a_model_that_is_no_cross_encoder_is_refused() -> None:
    with pytest.raises(ModelError, match="int: not a transformers sequence classifier"):
        NLIVerifier(5).version  # type: ignore[arg-type]  # noqa: B018
