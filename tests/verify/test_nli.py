"""The NLI verifier, on small random models made here: their verdicts mean nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest

from groundwire.errors import InputError, ModelError
from groundwire.guard.guard import Guard
from groundwire.testing import TEXTS, check_verifier
from groundwire.types import Claim, Context, Evidence, Finding, Passage, Quote
from groundwire.verify.backends.scorer import PairScorer, read_label_columns
from groundwire.verify.calibration import Calibration
from groundwire.verify.checks.finding import KINDS, FindingKind
from groundwire.verify.nli import NLIVerifier, load_default_verifier
from groundwire.verify.verdicts import VETO
from reports import holds

LABELS = ["entailment", "neutral", "contradiction"]
WORDS = ["the", "a", "is", "it", "pump", "weighs", "kg", "red", "runs", "on", "v", "was", "made"]
WORDS += ["in", "lyon", "water", "flows", "at", "and", "dust"]
FOREIGN = ["水", "が", "多", "い", "پمپ", "کیلو", "است", "泵", "重", "насос"]
FACTS = "The pump weighs 62 kg. It runs on 230 V. It was made in Lyon. Water flows at dawn."

Make = Callable[..., Path]


def tokenizer(folder: Path, words: list[str], window: int, types: bool) -> None:
    """A WordPiece tokenizer that can spell anything in Latin letters."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    signs = string.ascii_lowercase + string.digits
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words, *string.punctuation, "²", "##²", "µ"]
    vocab = dict.fromkeys([*pieces, *signs, *(f"##{sign}" for sign in signs)])
    numbered = {piece: number for number, piece in enumerate(vocab)}
    made = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]", max_input_chars_per_word=10**6))
    made.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = ["input_ids", *(["token_type_ids"] if types else []), "attention_mask"]
    wrap: Any = PreTrainedTokenizerFast
    wrap(
        tokenizer_object=made,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=window,
        model_input_names=names,
    ).save_pretrained(folder)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Returns a function that writes a model folder."""

    def write(
        labels: list[str] | None = None,
        *,
        rows: list[int] | None = None,
        words: list[str] | None = None,
        window: int = 128,
        roberta: bool = False,
        manifest: dict[str, Any] | None = None,
    ) -> Path:
        import torch
        from transformers import (
            BertConfig,
            BertForSequenceClassification,
            RobertaConfig,
            RobertaForSequenceClassification,
        )

        folder = tmp_path_factory.mktemp("model")
        names = labels or LABELS
        tokenizer(folder, words or WORDS, window, types=not roberta)
        sizes: dict[str, Any] = {
            "vocab_size": 256,
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 64,
            "initializer_range": 0.5,
            "id2label": dict(enumerate(names)),
            "label2id": {name: number for number, name in enumerate(names)},
            "pad_token_id": 0,
        }
        torch.manual_seed(3)
        model: Any
        if roberta:
            sizes |= {"type_vocab_size": 1, "max_position_embeddings": window + 1}
            model = RobertaForSequenceClassification(RobertaConfig(**sizes))
        else:
            model = BertForSequenceClassification(
                BertConfig(**sizes, max_position_embeddings=window)
            )
            if rows is not None:
                with torch.no_grad():
                    model.classifier.weight.copy_(model.classifier.weight[rows].clone())
                    model.classifier.bias.copy_(model.classifier.bias[rows].clone())
        model.save_pretrained(folder)
        if manifest is not None:
            weights = (folder / "model.safetensors").read_bytes()
            facts = {"weights_sha256": hashlib.sha256(weights).hexdigest(), **manifest}
            (folder / "groundwire.json").write_text(json.dumps(facts), encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="module")
def plain(make: Make) -> Path:
    return make()


@pytest.fixture(scope="module")
def verifier(plain: Path) -> NLIVerifier:
    """A model alone, without deterministic checks."""
    return NLIVerifier(plain, checks=())


def claim(text: str, *preceding: str) -> Claim:
    return Claim(text, 0, len(text), Context(None, preceding))


def evidence(*texts: str) -> list[Evidence]:
    return [Evidence(Passage(t, f"doc{i}", 0, len(t)), 1.0) for i, t in enumerate(texts)]


CLAIMS = [
    claim("The pump weighs 62 kg."),
    claim("The pump was made in Lyon and it is red."),
    claim("Water flows."),
    claim("It runs on 230 V.", "The pump is red."),
    claim("Dust is in the water, and the water is in the pump, and the pump is in Lyon."),
]


def labels_and_scores(verifier: NLIVerifier) -> list[tuple[str, float | None]]:
    verdicts = verifier.verify(CLAIMS, [evidence(FACTS)] * len(CLAIMS))
    return [(verdict.label, verdict.score) for verdict in verdicts]


def test_the_contract_of_a_verifier(plain: Path) -> None:
    check_verifier(NLIVerifier(plain))


def test_a_random_model_is_worth_testing(verifier: NLIVerifier) -> None:
    scores = {score for _, score in labels_and_scores(verifier)}
    assert len(scores) >= 4  # one of the claims is stated word for word


def test_a_model_is_read_beside_the_embedded_one(make: Make) -> None:
    embedded = load_default_verifier().scorer
    stated = {"weights_sha256": embedded.manifest["weights_sha256"]}
    folder = make(manifest={"beside_sha256": stated["weights_sha256"]})
    pairs = [(FACTS, item.text) for item in CLAIMS]
    own = PairScorer(folder).score([*pairs, pairs[0]])
    joint = NLIVerifier(folder).scorer
    read = joint.score([*pairs, pairs[0]])
    mean = np.sqrt(own * embedded.score([*pairs, pairs[0]]))
    assert read == pytest.approx(mean / mean.sum(axis=1, keepdims=True), abs=1e-3)
    faults = joint.read(pairs)[1]
    assert faults == embedded.read(pairs)[1] and any(faults)  # the small one has no span head
    assert joint.max_tokens == PairScorer(folder).max_tokens < embedded.max_tokens
    both = PairScorer(None)
    both.join(embedded)
    scores, marks = both.read(pairs)
    assert scores == pytest.approx(embedded.score(pairs), abs=1e-6)
    assert [[pytest.approx(t.fault) for t in row] for row in marks] == [
        [t.fault for t in row] for row in faults
    ]


def test_a_model_beside_other_weights_or_other_classes_is_refused(make: Make) -> None:
    with pytest.raises(ModelError, match="install both of one version"):
        NLIVerifier(make(manifest={"beside_sha256": "0" * 64})).verify(
            CLAIMS, [evidence(FACTS)] * 5
        )
    two = make(["entailment", "not_entailment"])
    with pytest.raises(ModelError, match="has no output for each"):
        PairScorer(two).join(load_default_verifier().scorer)


@pytest.mark.parametrize("rows", [[2, 0, 1], [1, 0, 2], [2, 1, 0]])
def test_the_order_of_labels_is_read(make: Make, verifier: NLIVerifier, rows: list[int]) -> None:
    turned = NLIVerifier(make([LABELS[row] for row in rows], rows=rows), checks=())
    assert [column for (column,) in turned.scorer.columns] == [rows.index(i) for i in range(3)]
    for one, two in zip(labels_and_scores(verifier), labels_and_scores(turned), strict=True):
        assert one[0] == two[0]
        assert one[1] == pytest.approx(two[1], abs=1e-5)


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["CONTRADICTION", "NEUTRAL", "ENTAILMENT"], ((2,), (1,), (0,))),
        (["entailment", "not_entailment"], ((0,), (1,), ())),
        (["not-entailment", "entailment"], ((1,), (0,), ())),
        (["REFUTES", "SUPPORTS", "NOT ENOUGH INFO"], ((1,), (2,), (0,))),
        (["unsupported", "supported"], ((1,), (0,), ())),
        (["contradiction", "entailment"], ((1,), (), (0,))),
    ],
)
def test_label_columns(names: list[str], columns: tuple[tuple[int, ...], ...]) -> None:
    assert read_label_columns(dict(enumerate(names))) == columns


@pytest.mark.parametrize(
    "names", [["LABEL_0", "LABEL_1", "LABEL_2"], ["entailment"], ["positive", "negative"], []]
)
def test_labels_that_say_nothing_are_refused(names: list[str]) -> None:
    with pytest.raises(ModelError, match="which output is entailment"):
        read_label_columns(dict(enumerate(names)))


def test_a_model_without_label_names_is_refused(make: Make) -> None:
    nameless = NLIVerifier(make(["LABEL_0", "LABEL_1", "LABEL_2"]))
    with pytest.raises(ModelError, match="LABEL_0"):
        nameless.verify(CLAIMS, [evidence(FACTS)] * len(CLAIMS))
    with pytest.raises(ModelError):
        Guard(verifier=nameless).check("The pump is red.", FACTS)


def test_two_classes(make: Make) -> None:
    two = NLIVerifier(make(["not_entailment", "entailment"]), checks=())
    assert {label for label, _ in labels_and_scores(two)} <= {"supported", "unsupported"}
    scores = two.scorer.score([(FACTS, item.text) for item in CLAIMS])
    assert (scores[:, 2] == 0).all()
    assert scores.sum(axis=1) == pytest.approx([1.0] * len(CLAIMS), abs=1e-5)


def test_a_model_without_token_types(make: Make) -> None:
    check_verifier(NLIVerifier(make(roberta=True), checks=()))


def test_a_pair_is_scored_alike_in_every_batch(verifier: NLIVerifier) -> None:
    pairs = [(FACTS[:cut], item.text) for item in CLAIMS for cut in (12, 22, 40, len(FACTS))]
    together = verifier.scorer.score(pairs)
    alone = np.stack([verifier.scorer.score([pair])[0] for pair in pairs])
    # Kernels of some processors add in another order for another size of batch.
    assert together == pytest.approx(alone, abs=1e-6)
    assert verifier.scorer.score(pairs[::-1]) == pytest.approx(together[::-1], abs=1e-6)
    assert verifier.scorer.score([]).shape == (0, 3)


def test_threads_share_a_verifier(plain: Path, verifier: NLIVerifier) -> None:
    expected = labels_and_scores(verifier)
    fresh = NLIVerifier(plain, checks=())
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: labels_and_scores(fresh), range(12)))
    assert found == [expected] * 12


def test_equal_pairs_are_scored_once(verifier: NLIVerifier) -> None:
    rows: list[int] = []

    def count(module: Any, args: Any, kwargs: dict[str, Any]) -> None:
        rows.append(len(kwargs["input_ids"]))

    model = verifier.scorer._model
    hook = model.register_forward_pre_hook(count, with_kwargs=True)
    try:
        verdicts = verifier.verify(CLAIMS[:2] * 20, [evidence(FACTS)] * 40)
    finally:
        hook.remove()
    assert sum(rows) == 2
    assert len(set(verdicts)) == 2


def test_a_verifier_holds_no_state_of_a_request(verifier: NLIVerifier) -> None:
    labels_and_scores(verifier)
    before = dict(vars(verifier)), dict(vars(verifier.scorer))
    verifier.verify([claim("Dust is red.")], [evidence("Dust is in the water.")])
    assert (dict(vars(verifier)), dict(vars(verifier.scorer))) == before


def test_what_needs_no_model_loads_none() -> None:
    missing = NLIVerifier("no/such/folder")
    greeting = Claim("Hello!", 0, 6, kind="greeting")
    one, two = missing.verify([greeting, CLAIMS[0]], [evidence(FACTS), []])
    assert (one.label, two.label) == ("no_claim", "unchecked")
    assert one.reason == "greeting"
    assert "no evidence" in two.reason


def test_claims_and_evidence_must_be_aligned(verifier: NLIVerifier) -> None:
    with pytest.raises(InputError, match="2 claims but 1"):
        verifier.verify(CLAIMS[:2], [evidence(FACTS)])
    with pytest.raises(InputError, match="premise_words is 0"):
        NLIVerifier(premise_words=0)


# What does not fit the window.


@pytest.fixture
def pairs(verifier: NLIVerifier, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the model is given to read."""
    seen: list[tuple[str, str]] = []
    read = verifier.scorer.read

    def spy(given: list[tuple[str, str]]) -> Any:
        seen.extend(given)
        return read(given)

    monkeypatch.setattr(verifier.scorer, "read", spy)
    return seen


def test_a_pair_is_never_cut(verifier: NLIVerifier) -> None:
    with pytest.raises(ModelError, match="does not fit the 128"):
        verifier.scorer.score([("pump " * 200, "pump")])


@pytest.mark.parametrize("size", [1, 40, 100, 2000])
def test_a_claim_of_any_length_is_read_whole(
    verifier: NLIVerifier, pairs: list[tuple[str, str]], size: int
) -> None:
    long = claim(" ".join(f"pump {i} is red" for i in range(size)))
    (verdict,) = verifier.verify([long], [evidence(FACTS)])
    assert verdict.label in ("supported", "unsupported", "contradicted")
    assert " ".join(hypothesis for _, hypothesis in pairs) == long.text
    worst = min(verifier.scorer.score(list(pairs))[:, 0])
    assert verdict.score == pytest.approx(worst, abs=1e-4)


def test_a_claim_without_spaces_is_read_whole(
    verifier: NLIVerifier, pairs: list[tuple[str, str]]
) -> None:
    verifier.verify([claim("pump" * 150)], [evidence(FACTS)])
    assert "".join(hypothesis for _, hypothesis in pairs) == "pump" * 150


def test_the_most_telling_evidence_fits(
    verifier: NLIVerifier, pairs: list[tuple[str, str]]
) -> None:
    dust = " ".join(f"Dust {i} flows in water." for i in range(300))
    (verdict,) = verifier.verify(CLAIMS[:1], [evidence(f"{dust} {FACTS}")])
    assert verdict.label != "unchecked"
    ((premise, _),) = pairs
    assert "The pump weighs 62 kg." in premise


def test_one_endless_sentence_is_searched(make: Make) -> None:
    dust = " ".join(f"and dust {i} is red" for i in range(500))
    wide = NLIVerifier(make(window=512), checks=())
    found = [evidence(f"{dust} while the pump weighs 62 kg")]
    (verdict,) = wide.verify(CLAIMS[:1], found)
    assert verdict.label != "unchecked"
    assert "while the pump weighs 62 kg" in verdict.quotes[0].text


def test_a_sentence_too_long_for_the_window_is_cut_into_what_fits(make: Make) -> None:
    narrow = NLIVerifier(make(window=64), checks=())
    found = [evidence("62 kg 4 " * 60 + "the pump weighs 62 kg")]
    (verdict,) = narrow.verify(CLAIMS[:1], found)
    assert verdict.label != "unchecked"
    assert "the pump weighs 62 kg" in verdict.quotes[0].text


# What the model cannot read.

UNREADABLE = ["水が多い。", "پمپ ۶۲ کیلو است.", "水泵重六十二公斤。", "насос весит шестьдесят"]
READABLE = [
    "Le poids du café est élevé.",
    "🙂 The pump! 🙂",
    "E = mc² ≈ 62 µg ± 3 %",
    "Žluťoučký kůň",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_unknown_tokens_are_unchecked(verifier: NLIVerifier, text: str) -> None:
    one, two = verifier.verify([claim(text), CLAIMS[0]], [evidence(FACTS), evidence(text)])
    assert (one.label, two.label) == ("unchecked", "unchecked")
    assert "cannot read" in one.reason and "of the claim" in one.reason
    assert "cannot read" in two.reason and "of the evidence" in two.reason


@pytest.fixture(scope="module")
def polyglots(make: Make) -> Iterator[tuple[NLIVerifier, NLIVerifier]]:
    """Models whose tokenizer knows other scripts; one says that it was trained on Latin only."""
    words = [*WORDS, *FOREIGN]
    latin = make(words=words, manifest={"scripts": ["latin"], "name": "latin-nli"})
    yield NLIVerifier(make(words=words), checks=()), NLIVerifier(latin, checks=())


@pytest.mark.parametrize("text", ["水が多い", "پمپ کیلو است", "水泵重", "насос насос"])
def test_scripts_that_the_model_was_not_trained_on_are_unchecked(
    polyglots: tuple[NLIVerifier, NLIVerifier], text: str
) -> None:
    anything, latin = polyglots
    (read,) = anything.verify([claim(text)], [evidence(text)])
    assert read.label != "unchecked"
    (verdict,) = latin.verify([claim(text)], [evidence(text)])
    assert verdict.label == "unchecked"
    assert "cannot read" in verdict.reason


@pytest.mark.parametrize("text", READABLE)
def test_latin_text_with_accents_and_signs_is_read(
    polyglots: tuple[NLIVerifier, NLIVerifier], text: str
) -> None:
    for model in polyglots:
        (verdict,) = model.verify([claim(text)], [evidence(f"{text} {FACTS}")])
        assert verdict.label != "unchecked", verdict.reason


def test_a_foreign_word_does_not_make_a_claim_unreadable(
    polyglots: tuple[NLIVerifier, NLIVerifier],
) -> None:
    for model in polyglots:
        (verdict,) = model.verify([claim("The pump is called 水 in Lyon.")], [evidence(FACTS)])
        assert verdict.label != "unchecked"


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()])
def test_a_guard_with_a_model_reads_anything(verifier: NLIVerifier, text: str) -> None:
    guard = Guard(verifier=verifier)
    holds(guard.check(text, FACTS))
    holds(guard.check("The pump weighs 62 kg.", text))


# Scores, checks and calibration.


def test_a_check_overrules_the_model(plain: Path) -> None:
    for text in ("The pump weighs 64 kg.", "The pump weighs 62 kg."):
        (verdict,) = NLIVerifier(plain).verify([claim(text)], [evidence(FACTS)])
        conflicts = [f for f in verdict.findings if f.status == "conflict"]
        assert bool(conflicts) == ("64" in text)
        if conflicts:
            assert verdict.label == "contradicted"
            assert verdict.score is not None and verdict.score <= VETO
            assert [text[span.start : span.end] for span in verdict.spans] == [
                finding.claimed for finding in conflicts
            ]
            assert verdict.quotes[0].text == "The pump weighs 62 kg."


def test_checks_can_be_given(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "word", FindingKind("word", True, "word", "name"))

    def check(claim: Claim, sentences: Any) -> list[Finding]:
        assert all(isinstance(sentence, Quote) for sentence in sentences)
        return [Finding("word", "conflict", "pump", 4, 8, "tap", sentences[0])]

    (verdict,) = NLIVerifier(plain, checks=[check]).verify(CLAIMS[:1], [evidence(FACTS)])
    assert verdict.label == "contradicted"
    assert verdict.reason == "it says pump, but the evidence says tap"


def test_calibration_moves_scores_but_not_their_order(make: Make, plain: Path) -> None:
    stated = make(manifest={"calibration": {"slope": 0.5, "intercept": -1.0}})
    given = NLIVerifier(plain, checks=(), calibration=Calibration(0.5, -1.0))
    moved = labels_and_scores(NLIVerifier(stated, checks=()))
    assert moved == labels_and_scores(given)
    before = labels_and_scores(NLIVerifier(plain, checks=()))
    assert moved != before
    order = sorted(range(len(CLAIMS)), key=lambda i: before[i][1] or 0)
    assert order == sorted(range(len(CLAIMS)), key=lambda i: moved[i][1] or 0)
    assert Calibration()(0.25) == pytest.approx(0.25)
    assert 0 < Calibration()(0.0) < Calibration()(1.0) < 1


def test_sentences_are_read_alone_where_the_calibration_asks(plain: Path) -> None:
    verifier = NLIVerifier(plain, checks=())
    found = verifier.signals(CLAIMS[1:2], [evidence(FACTS)])[0]
    assert found is not None
    told = [f"{text}." for text in FACTS.removesuffix(".").split(". ")]
    alone, _ = verifier.scorer.read([(sentence, CLAIMS[1].text) for sentence in told])
    # The two that share most words are read; the best of them counts.
    best = [float(max(alone[i][0], alone[2][0])) for i in (0, 1, 3)]
    assert any(found.alone == pytest.approx(score, abs=1e-5) for score in best)
    assert found.alone_contradiction >= float(alone[2][2]) - 1e-5
    asked = Calibration(alone=1.0, alone_contradiction=-0.5)
    (verdict,) = NLIVerifier(plain, checks=(), calibration=asked).verify(
        CLAIMS[1:2], [evidence(FACTS)]
    )
    assert verdict.score == pytest.approx(asked(found), abs=1e-5)
    assert asked.reads_alone and not Calibration().reads_alone
    assert Calibration(alone=1.0)(0.25) == pytest.approx(0.1)


def test_a_premise_of_one_sentence_is_read_once(plain: Path) -> None:
    verifier = NLIVerifier(plain, checks=())
    found = verifier.signals(CLAIMS[:1], [evidence("The pump weighs 62 kg.")])[0]
    assert found is not None
    assert (found.alone, found.alone_contradiction) == (found.entailment, found.contradiction)


# Folders.


def test_the_version_names_the_weights(make: Make, plain: Path) -> None:
    named = make(manifest={"name": "small-nli"})
    digest = hashlib.sha256((named / "model.safetensors").read_bytes()).hexdigest()
    assert NLIVerifier(named).version == f"small-nli@{digest[:12]}"
    assert NLIVerifier(plain).version.endswith("@unknown")


def test_a_model_loads_without_the_network(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("the network was asked for")

    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert NLIVerifier(plain).scorer.max_tokens == 128
    with pytest.raises(ModelError, match="in the local cache"):
        NLIVerifier("somebody/no-such-model").version  # noqa: B018


def altered(folder: Path) -> None:
    data = bytearray((folder / "model.safetensors").read_bytes())
    data[-9] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(data))


def no_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def broken_manifest(folder: Path) -> None:
    (folder / "groundwire.json").write_text("{", encoding="utf-8")


def empty_manifest(folder: Path) -> None:
    (folder / "groundwire.json").write_text("{}", encoding="utf-8")


def no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def short_weights(folder: Path) -> None:
    (folder / "groundwire.json").unlink()
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


def pickled(folder: Path) -> None:
    (folder / "groundwire.json").unlink()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    "harm",
    [altered, no_weights, broken_manifest, empty_manifest, no_config, short_weights, pickled],
)
def test_a_harmed_folder_is_refused(
    make: Make, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(make(manifest={"name": "small"}), folder)
    assert NLIVerifier(folder).version.startswith("small@")
    harm(folder)
    with pytest.raises(ModelError, match="model"):
        NLIVerifier(folder).version  # noqa: B018
    with pytest.raises(ModelError):
        Guard(verifier=NLIVerifier(folder)).check("The pump is red.", FACTS)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no safetensors weights"):
        NLIVerifier(tmp_path).version  # noqa: B018


def test_text_shown_in_another_order_is_unchecked(verifier: NLIVerifier) -> None:
    text = "The pump weighs \u202e26\u202c kg."
    (verdict,) = verifier.verify([Claim(text, 0, len(text))], [evidence(FACTS)])
    assert verdict.label == "unchecked"
    assert "order" in verdict.reason
