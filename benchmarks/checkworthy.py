"""Which sentences of answers are no claims: rules and models, by their two errors.

    python -m benchmarks.checkworthy [--quick] [--held DIR] [--show] [--facts DIR --fit]

``checkworthy.jsonl`` holds labelled sentences: talk and facts that look like it, in templates and
written one by one. The table says how much talk is flagged as a claim and how many facts are let
through; *rides along* joins a sentence of talk to a fact. The last row has the sentences of
``checkworthy_held.jsonl``, which nothing is fitted on. ``--held`` counts sentences of a folder that
are let through (of which some are talk indeed: ``--show`` prints them). ``--fit`` fits the words
that the encoder is asked by, on the labelled sentences and on those of ``DIR`` (JSON lines with
``hypothesis``, gzipped or plain), which count as facts where no rule holds, and writes the weights;
``benchmarks.talk`` fits the encoder.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from groundwire.claims import talk
from groundwire.claims.checkworthy import classify_by_rules, classify_sentence, make_plain
from groundwire.evaluate.metrics import estimate_share
from groundwire.io.jsonl import read_lines
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import split_words, stem_word

STRENGTH = 30.0
"""Inverse strength of the regularization, of 3, 10 and 30 the best on held-out folds."""
FACT_WEIGHT = 0.15
"""Weight of a sentence of ``--facts`` beside one of the labelled ones."""
EACH = 120
"""Sentences drawn from each file of a folder."""
SKIPPED = ("begin", "faithdial", "alexa", "qnli", "q2", "boolq", "multirc", "other_languages")
"""Files whose texts are chat, questions or another language."""
JOINTS = (", and ", "; ", ". ", ", but ", " because ")
RIDERS = ("the lift is out of order", "it was built by monks", "the owner sold the house")
UNTOLD = frozenset({"hedge", "heading", "filler"})
"""Kinds whose nouns are what a reply is about, and so no words of talk."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A labelled sentence and the template that it was written for."""

    text: str
    talk: bool
    kind: str
    template: str
    topic: str = ""
    """What a reader is wished well with, as the sentence names it."""


def read_sentences(name: str = "checkworthy.jsonl") -> list[Sentence]:
    """Returns the labelled sentences of a file beside this module."""
    rows = read_lines(Path(__file__).with_name(name))
    return [
        Sentence(
            text=row["text"],
            talk=row["label"] == "no_claim",
            kind=row["kind"],
            template=row["template"],
            topic=row.get("topic", ""),
        )
        for _, row in rows
    ]


def read_facts(folder: Path, each: int = EACH) -> list[str]:
    """Returns one sentence of each of some texts of each file, the same at each call."""
    found = []
    for path in sorted(folder.glob("*.jsonl*")):
        if path.name.startswith(SKIPPED):
            continue
        rows = [row for _, row in read_lines(path)]
        random.Random(path.name).shuffle(rows)
        for row in rows[:each]:
            text = row.get("hypothesis") or row.get("response")
            if isinstance(text, str) and (spans := find_sentences(text)):
                start, end = spans[len(text) % len(spans)]
                found.append(text[start:end])
    return [text for text in found if 3 < len(text) < 400]


def fit_model(sentences: Sequence[Sentence], facts: Sequence[str]) -> talk.TalkModel:
    """Returns the model as it is stored: weights rounded to one byte."""
    from scipy.sparse import lil_matrix  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    texts = [make_plain(s.text) for s in sentences] + [make_plain(text) for text in facts]
    labels = [s.talk for s in sentences] + [False] * len(facts)
    weights = [1.0] * len(sentences) + [FACT_WEIGHT] * len(facts)
    rows = lil_matrix((len(texts), 1 << talk.BITS))
    for number, text in enumerate(texts):
        found = talk.hash_features(text)
        rows[number, found] = 1 / max(1, len(found)) ** 0.5
    model = LogisticRegression(C=STRENGTH, max_iter=2000, tol=1e-6)
    model.fit(rows.tocsr(), labels, sample_weight=weights)
    scale = float(np.abs(model.coef_).max()) / 127
    stored = np.rint(model.coef_[0] / scale).astype(int).tolist()
    said = [s for s in sentences if s.talk]
    named = collect_words(s.topic for s in said)
    own = collect_words(s.text for s in said if s.kind not in UNTOLD and not s.topic)
    topics = named | collect_words(s.text for s in said if s.kind in UNTOLD)
    return talk.TalkModel(
        array("b", stored), round(scale, 8), round(float(model.intercept_[0]), 6),
        collect_words(s.text for s in said), topics - own, named - own,
    )  # fmt: skip


def collect_words(texts: Iterable[str]) -> frozenset[str]:
    """Returns the stems of the words of texts."""
    return frozenset(stem_word(word) for text in texts for word in split_words(make_plain(text)))


def print_row(name: str, rows: Sequence[tuple[Sentence, bool]], ride: int, rides: int) -> None:
    """Prints the two errors of one way to decide, given whether each sentence passed as talk."""
    flagged = [not passed for sentence, passed in rows if sentence.talk]
    through = [passed for sentence, passed in rows if not sentence.talk]
    print(
        f"| {name} | {estimate_share(sum(flagged), len(flagged))} "
        f"| {estimate_share(sum(through), len(through))} | {ride} of {rides} |"
    )


def join_facts(sentences: Sequence[Sentence]) -> list[str]:
    """Returns talk with a fact behind it."""
    kept = [s for s in sentences if s.talk and s.text[-1] not in "?:"]
    return [
        s.text.rstrip(".!… ") + JOINTS[i % len(JOINTS)] + RIDERS[i % len(RIDERS)] + "."
        for i, s in enumerate(kept)
    ]


def main() -> None:
    """Prints a row for each way to decide."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="what is shipped, nothing fitted")
    parser.add_argument("--facts", type=Path, help="folder of JSON lines whose texts are facts")
    parser.add_argument("--held", type=Path, help="folder of further facts, only counted")
    parser.add_argument("--show", action="store_true", help="print what is decided wrongly")
    parser.add_argument("--fit", action="store_true", help="fit on everything, write the weights")
    args = parser.parse_args()
    sentences = read_sentences()
    joined = join_facts(sentences)
    ways: dict[str, Callable[[str], bool]] = {
        "rules": lambda text: classify_by_rules(text) != "claim",
        "rules and models, as shipped (fitted on these)": (
            lambda text: classify_sentence(text) != "claim"
        ),
    }
    if args.facts and args.fit:
        facts = [t for t in read_facts(args.facts) if classify_by_rules(t) == "claim"]
        write_model(fit_model(sentences, facts))
    print("| way | talk flagged, % | facts let through, % | a fact rides along |")
    print("| --- | --- | --- | --- |")
    for name, decide in ways.items():
        rows = [(s, decide(s.text)) for s in sentences]
        ride = [text for text in joined if decide(text)]
        print_row(name, rows, len(ride), len(joined))
        if args.show:
            for s, passed in rows:
                if passed != s.talk:
                    print(f"    {'flagged' if s.talk else 'THROUGH'} {s.kind} {s.text!r}")
            for text in ride:
                print(f"    RIDES {text!r}")
    kept = read_sentences("checkworthy_held.jsonl")
    found = [(s, classify_sentence(s.text) != "claim") for s in kept]
    apart = join_facts(kept)
    ride = [text for text in apart if classify_sentence(text) != "claim"]
    print_row("rules and models, as shipped, never fitted on", found, len(ride), len(apart))
    if args.show:
        for s, passed in found:
            if passed != s.talk:
                print(f"    {'flagged' if s.talk else 'THROUGH'} {s.kind} {s.text!r}")
    if args.held:
        held = read_facts(args.held)
        for name, decide in ways.items():
            loose = [text for text in held if decide(text)]
            print(f"{name}: {len(loose)} of {len(held)} sentences of {args.held.name} are talk")
            if args.show:
                print("\n".join(f"    {text!r}" for text in loose))


def write_model(model: talk.TalkModel) -> None:
    """Writes the weights to where the package reads them."""
    stored = {
        "bias": model.bias,
        "scale": model.scale,
        "weights": base64.b64encode(model.weights.tobytes()).decode(),
        "words": sorted(model.words),
        "topics": sorted(model.topics),
        "wished": sorted(model.wished),
    }
    talk.WEIGHTS.write_text(json.dumps(stored, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{talk.WEIGHTS.name}: {talk.WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
