"""Talk model: tells small talk, refusals, offers and lead-ins from what states a fact (English).

Rules know the talk that they list. A logistic regression on hashed words, word pairs and parts of
words, trained on labelled sentences, knows more of its wordings; ``benchmarks/checkworthy.py``
fits and measures it. It is asked only where no rule holds, and where a sentence holds nothing that
could be a fact on its own: a number, a name, or a clause that alone reads as a statement.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from groundwire.text.overlap import split_words, stem_word
from groundwire.text.words import STOP
from groundwire.types import ClaimKind

WEIGHTS = Path(__file__).with_name("talk.json")
BITS = 14
"""Binary logarithm of the number of hashed features."""

SURE = 0.75
"""Probability from which a sentence is talk. On templates that were not trained on, from there on
next to no fact passes that the rules stop (``python -m benchmarks.checkworthy``)."""

UNKNOWN = 1
"""Words of a sentence that no talk which the model was trained on has, at most."""

BARE = 0.8
"""The same for a few words that name neither speaker nor reader ("Not guilty", "All of them")."""

SUREST = 0.9
"""The same for more words that name neither, all of which the talk must have."""

CLAUSE = 0.25
"""Probability that each of its clauses must have: what follows "Hello," may be a fact."""

LONGEST = 240
"""Characters of the longest sentence that the model is asked about."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d[\d.,]*|[?:%$€]")
_SEAM = re.compile(r"[,;:()–—]\s|\s-\s|[.!?]\s|\b(?:but|because|and|so|since|while|though)\b")
_NOT_NAMES = frozenset(
    ["I", "I'm", "I'd", "I'll", "I've", "AI", "FAQ", "FAQs", "PDF", "OK", "API", "URL", "HTML"]
)
# Most sentences of more than four words that are talk speak of who speaks, who reads or what was
# given, or ask or introduce something.
_SPOKEN = re.compile(
    r"\b(?:i|me|my|mine|we|us|our|you|your|yours|let's|please|thanks?|sorry|hello|hi|hey|apologies|"
    r"congratulations|documents?|passages?|contexts?|texts?|sources?|evidence|excerpts?|results?|"
    r"snippets?|materials?|files?|here(?:'s)?|hope|question|assistant)\b|'ll\b|[?:]\W*$|"
    r"^\W*(?:enjoy|have an?|have (?:fun|some)|happy to|(?:always )?(?:happy|glad|a pleasure) to|"
    r"so glad|all the best|best of luck|good luck|take (?:care|your time)|fingers crossed|hoping|"
    r"looking forward|no (?:worries|problem|rush|need|trouble|pressure)|"
    r"that(?:'s| sounds| must| can)|what an?|it(?:'s| happens)|(?:oh|ah|aww?|ugh|ouch)\b)\b",
    re.IGNORECASE,
)
_FEW = 4
_SOME = 8
# What is said of someone else, advice for a case, what is found wrong, an opinion of something, and
# what a document does hold are left to the rules: words alone do not tell such talk from facts.
_TOLD = re.compile(
    r"^\W*(?:he|she|they)\b|^\W*(?:see|call|ask|visit|stop|use|take)\b.{0,80} if you\b|"
    # What the reader is promised or owes; "You'll get the hang of it" promises nothing.
    r"^\W*you(?:'ll| will|'ve)? (?:just |only |also )?(?:get|got|receive|pay|need|owe|earn|save|"
    r"lose|keep|hear|used|spent|paid)\b(?! (?:the hang|there|better|used|this|nothing|it down)\b)|"
    r"\b(?:any|no)thing (?:wrong|bad|new)\b|\b(?:think|believe|guess|feel) (?:that )?(?:it|this|"
    r"that|"
    r"he|she|they|the)\b(?!(?: is|'s) an? \w+ (?:question|idea|choice|point)\b)",
    re.IGNORECASE,
)
_IT = re.compile(r"\W*it\b", re.IGNORECASE)
_HELD = re.compile(
    r"\b(?:is|are|was|were) (?:mentioned|stated|given|described|listed|explained|included|found) "
    r"(?:in|by)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not?|nothing|none|nowhere|without|cannot|unable)\b|n't\b", re.IGNORECASE
)
_VALUE = re.compile(r"[\d%$€£¥°\"“”]")


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


def is_talk(text: str, model: TalkModel | None = None) -> bool:
    """Whether the model takes a sentence for talk, as a whole and in each of its clauses.

    Args:
        text: a sentence without markup, with straight apostrophes.
        model: another model than the one that is shipped.
    """
    # "Is it the 2022 or the 2023 edition?" names values, and says nothing of them.
    asked = text.rstrip().endswith("?")
    if len(text) > LONGEST or (not asked and (_VALUE.search(text) or _has_name(text))):
        return False
    words = sum(word[0].isalpha() for word in _WORD.findall(text))
    spoken = _SPOKEN.search(text) is not None
    if words < 2 or (words > _SOME and not spoken):
        return False
    if _TOLD.search(text) or (_HELD.search(text) and not _DENIED.search(text)):
        return False
    model = load_talk_model() if model is None else model
    unknown = sum(
        word.casefold() not in STOP and stem_word(word) not in model.words
        for word in split_words(text)
    )
    least = SURE if spoken else BARE if words <= _FEW else SUREST
    allowed = UNKNOWN * (words <= _FEW or spoken)
    if words < _FEW and _IT.match(text):
        # "It melts." is a whole fact; of talk such as "It's fine." every word is known.
        allowed, least = 0, SUREST
    if unknown > allowed or model.measure(text) < least:
        return False
    clauses = [clause for clause in _SEAM.split(text) if len(clause.split()) > 1]
    return len(clauses) < 2 or all(model.measure(clause) >= CLAUSE for clause in clauses)


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


def _has_name(text: str) -> bool:
    """Whether a word inside of a clause has a capital."""
    inside = re.finditer(r"(?<=[\w,':] )[^\W\d_][\w']*", text)
    # What a colon introduces has a capital in any case: "My answer: Spain", "Note: The ...".
    return any(
        match[0][0].isupper()
        and match[0] not in _NOT_NAMES
        and not (text[match.start() - 2] == ":" and match[0].casefold() in STOP)
        for match in inside
    )
