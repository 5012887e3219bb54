"""Talk: small talk, refusals, offers and lead-ins, told from what states a fact (English).

Rules know the talk that they list; where none holds, two models are asked. A logistic regression on
hashed words, word pairs and parts of words says at once of most sentences that they are no talk
(``python -m benchmarks.checkworthy --fit``). The rest is read by an encoder: the embedded
all-MiniLM-L6-v2 and what training changed in it (``python -m benchmarks.talk``,
``groundwire/models/groundwire-talk``), which tells "Enjoy the trip!" from "Enjoy your free
transfer!". Which of them were right how often stands in ``benchmarks/README.md``.
"""

from __future__ import annotations

import base64
import json
import math
import re
import threading
import unicodedata
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from groundwire.device import choose_autocast
from groundwire.encoders.differences import add_difference, name_as_model
from groundwire.encoders.weights import find_default_model, hash_file
from groundwire.errors import ModelError
from groundwire.quantities.identifiers import read_identifiers
from groundwire.text.symbols import is_letter_like
from groundwire.types import ClaimKind

WEIGHTS = Path(__file__).with_name("talk.json")
FOLDER = Path(__file__).parents[1] / "models" / "groundwire-talk"
BITS = 14
"""Binary logarithm of the number of hashed features."""

POSSIBLE = 0.1
"""Probability by its words from which the encoder is asked: 98 % of talk that was not trained on
has it, and 13 % of the facts of development sets that no rule sorts."""

SURE = 0.9
"""Probability by the encoder from which a sentence is talk. Talk with a fact behind it does not
come near: of 637 such sentences none passes."""

LONGEST = 240
"""Characters of the longest sentence that the models are asked about."""

MOST_TOKENS = 128
"""Tokens of the longest sentence that the encoder reads."""

_ADDRESSES = frozenset({"url", "email", "phone"})
"""What is compared to the letter, in whatever words it is told: "See https://..."."""

_DIFFERENCE = "difference.safetensors"
_TALK = 1
"""Place of talk among the encoder's classes; the other one is a claim."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d[\d.,]*|[?:%$€]")
_NOT_NAMES = frozenset(
    ["I", "I'm", "I'd", "I'll", "I've", "AI", "FAQ", "FAQs", "PDF", "OK", "API", "URL", "HTML"]
)


@dataclass(frozen=True, slots=True)
class TalkModel:
    """Weights of the hashed features, and the words of the talk that they were fitted on.

    Attributes:
        weights: of each hashed feature.
        scale: what a weight is multiplied by.
        bias: what is added to the sum.
        words: stems of the words of all talk.
        topics: those of them that only name what a reply is about ("no word on parking").
        wished: those of them that name what a reader is wished well with ("Enjoy the show!").
    """

    weights: array[int]
    scale: float
    bias: float
    words: frozenset[str]
    topics: frozenset[str] = frozenset()
    wished: frozenset[str] = frozenset()

    def measure(self, text: str) -> float:
        """Returns the probability that a text, read alone, is talk."""
        found = hash_features(text)
        if not found:
            return 0.0
        total = sum(self.weights[feature] for feature in found)
        return 1 / (1 + math.exp(-(self.bias + self.scale * total / math.sqrt(len(found)))))


@cache
def load_talk_model() -> TalkModel:
    """Returns the model that lies beside this module, read once."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights = array("b", base64.b64decode(stored["weights"]))
    words, topics, wished = (frozenset(stored[name]) for name in ("words", "topics", "wished"))
    return TalkModel(weights, stored["scale"], stored["bias"], words, topics, wished)


class TalkEncoder:
    """Reads sentences with the encoder; its weights load at the first use, for all threads."""

    def __init__(self, folder: Path) -> None:
        """Names the folder of what training changed."""
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def measure(self, text: str) -> float:
        """Returns the probability that a text, read alone, is talk.

        It is 0 for one that is too long, or has signs that the encoder does not know.

        Raises:
            ModelError: if weights are missing, damaged or altered.
        """
        import torch

        tokenizer, model = self._load()
        # A lone surrogate is no text to the tokenizer, and no ornament is in its vocabulary.
        plain = "".join(char for char in text if not _is_ornament(char))
        ids = tokenizer.encode(plain.encode("utf-8", "replace").decode("utf-8")).ids
        if len(ids) > MOST_TOKENS or tokenizer.token_to_id("[UNK]") in ids:
            return 0.0
        with torch.inference_mode(), choose_autocast("cpu"):
            logits = model(torch.tensor([ids])).logits[0].float()
        return float(torch.softmax(logits, 0)[_TALK])

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _open_tokenizer(), open_encoder(self._folder)
            return self._loaded


def verify_encoder(folder: Path) -> str:
    """Returns the sha256 of what training changed, once it and the embedded model are as stated.

    Raises:
        ModelError: if weights are missing or altered.
    """
    try:
        manifest = json.loads((folder / "groundwire.json").read_text(encoding="utf-8"))
        found = hash_file(folder / _DIFFERENCE)
        source = hash_file(find_default_model() / "model.safetensors")
        whole = (found, source) == (manifest["weights_sha256"], manifest["backbone_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder}: broken: install groundwire again ({error})") from error
    if not whole:
        raise ModelError(f"{folder}: broken: install groundwire again (other weights than stated)")
    return found


def open_encoder(folder: Path) -> Any:
    """Returns the embedded model with what training changed in it, as a classifier.

    Raises:
        ModelError: if weights are missing, damaged or altered.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from groundwire.encoders.bert import BertClassifier, fill_bert

    verify_encoder(folder)
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        old = name_as_model(load_file(find_default_model() / "model.safetensors"), "bert")
        made = add_difference(old, load_file(folder / _DIFFERENCE))
        return fill_bert(BertClassifier(config), made, folder)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder}: broken: install groundwire again ({error})") from error


def _is_ornament(char: str) -> bool:
    return char == "\ufe0f" or (unicodedata.category(char) == "So" and not is_letter_like(char))


def _open_tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(find_default_model() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # "[SEP]" in a text is text
    return tokenizer


@cache
def load_talk_encoder() -> TalkEncoder:
    """Returns the encoder that is shipped, one for the process."""
    return TalkEncoder(FOLDER)


@lru_cache(maxsize=4096)  # a stream reads its last sentence again with each piece
def measure_talk(text: str) -> float:
    """Returns the probability, by the encoder, that a text is talk."""
    return load_talk_encoder().measure(text)


def hash_features(text: str) -> list[int]:
    """Returns the numbers of a text's features: words, their pairs and triples, parts of words.

    Numbers and names count as such, not as what they are, so that talk about a name that was
    never seen is still talk.
    """
    words = list(_read_words(text))
    framed = ["<s>", *words, "</s>"]
    named = {f"length {min(6, len(words) // 3)}"}
    for size in (1, 2, 3):
        named.update("w" + " ".join(framed[i : i + size]) for i in range(len(framed) - size + 1))
    for word in words:
        bounded = f"#{word}#"
        for size in (3, 4, 5):
            named.update("c" + bounded[i : i + size] for i in range(len(bounded) - size + 1))
    return sorted({zlib.crc32(name.encode()) % (1 << BITS) for name in named})


def is_talk(text: str) -> bool:
    """Whether the models take a sentence for talk.

    Args:
        text: a sentence without markup, with straight apostrophes.

    Raises:
        ModelError: if the encoder's weights are missing or altered.
    """
    words = sum(word[0].isalpha() for word in _WORD.findall(text))
    if len(text) > LONGEST or words < 2 or load_talk_model().measure(text) < POSSIBLE:
        return False
    if any(item.kind in _ADDRESSES for item in read_identifiers(text)):
        return False
    return measure_talk(text) >= SURE


def name_talk(text: str) -> ClaimKind:
    """Returns what kind of talk a sentence is."""
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind
    return "filler"


# How a kind is read off: only what the splitter and the step with evidence treat differently.
_KINDS: tuple[tuple[ClaimKind, re.Pattern[str]], ...] = (
    ("question", re.compile(r"\?\W*$")),
    ("filler", re.compile(r":\W*$")),
    ("hedge", re.compile(
        r"\b(?:not?|cannot|none|nothing|unable|unclear|impossible|unknown|unanswerable|"
        r"insufficient|limited|only|outside|beyond|decline|rather)\b|n't\b", re.IGNORECASE)),
    ("instruction", re.compile(
        r"^\W*(?:please|you (?:may|might|could|can|should)|try|see|for (?:more|details)|"
        r"i(?:'d| would)? (?:recommend|suggest))\b", re.IGNORECASE)),
    ("offer", re.compile(
        r"\b(?:let (?:me|us)|i'll|i will|i'd|i can|happy to|glad to|feel free|if you|whenever|"
        r"here (?:to|if)|ask)\b", re.IGNORECASE)),
    ("greeting", re.compile(
        r"\b(?:hi|hello|hey|thank\w*|sorry|apolog\w+|welcome|wish\w*|hope|luck|bye|enjoy|"
        r"appreciate\w*|morning|evening|day|regards)\b", re.IGNORECASE)),
)  # fmt: skip


def _read_words(text: str) -> Iterator[str]:
    for at, word in enumerate(_WORD.findall(text)):
        if word[0].isdigit():
            yield "<number>"
        elif at and word[0].isupper() and word not in _NOT_NAMES:
            yield "<name>"
        else:
            yield word.casefold()
