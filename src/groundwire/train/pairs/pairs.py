"""Labelled (premise, hypothesis) pairs: reading, licences, de-duplication, sampling."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.evaluate.pairs import TARGETS
from groundwire.io.jsonl import read_lines

CLASSES = ("entailment", "neutral", "contradiction")
"""Order of the verifier's outputs, written into its config as ``id2label``."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A training or development row.

    Attributes:
        premise: the evidence.
        hypothesis: the claim.
        label: a key of ``TARGETS``.
        dataset: a key of ``SETS``.
        fault: characters of the hypothesis that make it unsupported; None where not known.
    """

    premise: str
    hypothesis: str
    label: str
    dataset: str
    fault: tuple[int, int] | None = None


def find_changed(text: str, true: str) -> tuple[int, int] | None:
    """Returns the characters of ``text`` that ``true`` lacks, in whole words; None for none."""
    a, b = text.split(" "), true.split(" ")
    both = min(len(a), len(b))
    first = next((i for i in range(both) if a[i] != b[i]), both)
    last = 0
    while last < both - first and a[-1 - last] == b[-1 - last]:
        last += 1
    start = len(" ".join(a[:first])) + (first > 0)
    end = len(" ".join(a[: len(a) - last]))
    return (start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class DataSet:
    """A training set: its licence, and how many of its rows a run sees.

    Attributes:
        licence: of the source, as its authors state it.
        rows: rows drawn in one run; None takes each once, more than there are takes some again.
        stated: False where the authors state no licence; left out unless asked for.
        distract: share of rows whose premise is hidden among sentences of other texts that
            share words with the claim, up to the length of a premise at use.
        supported: least share of rows labelled supported; these are then drawn more than once.
        output: whether rows are answers of systems, or answers to questions (``outputs``).
    """

    licence: str
    rows: int | None = None
    stated: bool = True
    distract: float = 0.0
    supported: float = 0.0
    output: bool = False


def _output(licence: str, rows: int, stated: bool = True) -> DataSet:
    return DataSet(licence, rows, stated, output=True)


SETS: dict[str, DataSet] = {
    "snli": DataSet("CC BY-SA 4.0", 2000, distract=0.1),
    "mnli_dev": DataSet("OANC and others (MNLI)", None, distract=0.4),
    "taxinli": DataSet("C-UDA (MNLI)", None, distract=0.4),
    "cad_nli": DataSet("Apache-2.0", 2000, distract=0.1),
    "conjnli": DataSet("MIT", 1000),
    "rte": DataSet("GLUE", None, distract=0.4),
    "scitail": DataSet("Apache-2.0", None, distract=0.5),
    "negation_nli": DataSet("MIT", 1500, distract=0.2),
    "breaking_nli": DataSet("CC BY-SA 4.0", 500),
    "med": DataSet("CC BY-SA 4.0", 700),
    "infotabs": DataSet("Apache-2.0", 9000, distract=0.1),
    "tabfact_pairs": DataSet("MIT", 5000),
    "fever_symmetric": DataSet("CC BY-SA 3.0", None, distract=0.6),
    "fm2": DataSet("Apache-2.0", None, distract=0.6),
    "scifact_rte": DataSet("CC BY 4.0", None, distract=0.2),
    "citint": DataSet("MIT", None),
    "faithdial_audit": DataSet("MIT", None, distract=0.2),
    "begin": DataSet("CC BY 4.0, CDLA-Sharing", None, distract=0.4),
    "factcheck_gpt_stance": DataSet("Apache-2.0", None, distract=0.2),
    "bump": DataSet("MIT", None, supported=0.35),
    "fib": DataSet("CC BY 4.0", 3000, supported=0.35),
    "climate_fever": DataSet("not stated", 3000, stated=False, distract=0.3),
    "healthver": DataSet("not stated", None, stated=False, distract=0.3),
    "covidfact": DataSet("not stated", 2000, stated=False, distract=0.1),
    "quintd": _output("MIT", 3000),
    "qa_feedback": _output("Apache-2.0", 2000),
    "defacto": _output("MIT; text of news", 2000),
    "expertqa": _output("MIT", 358),
    "ares": _output("Apache-2.0", 400),
    "storysumm": _output("MIT", 484),
    "summhay": _output("Apache-2.0", 800),
    "rotowire": _output("CC0-1.0", 800),
    "alexa_dialog": _output("CC BY-SA 4.0", 600),
    "q2": _output("Apache-2.0, MIT", 400),
    "falke_pairs": _output("CC BY-SA 4.0", 400),
    "polytope": _output("Apache-2.0; text of news", 300),
    "factcc_human": _output("Apache-2.0, BSD-3; text of news", 150),
    "summeval": _output("MIT; text of news", 73),
    "mufame": _output("MIT; text of wikiHow", 300),
    "xsum_halluc": _output("CC BY 4.0; text of news", 300),
    "scu": _output("CC BY 4.0", 1000),
    "fever_eraser": _output("CC BY-SA 3.0", 1500),
    "scifact_abstracts": _output("CC BY 4.0, ODC-BY", 300),
    "squad2": _output("CC BY-SA 4.0", 3500),
    "boolq": _output("CC BY-SA 3.0", 2000),
    "pubmedqa": _output("MIT", 600),
    "lfqa": _output("not stated", 2000, stated=False),
    "qags": _output("not stated; text of news", 600, stated=False),
    "entfa": _output("not stated; text of news", 300, stated=False),
    "cliff": _output("not stated; text of news", 400, stated=False),
    "goyal21": _output("not stated; text of news", 100, stated=False),
    "simplification": _output("not stated", 300, stated=False),
    "e2e_systems": _output("not stated; labels by rule", 500, stated=False),
    "multirc": _output("not stated", 1500, stated=False),
    "nli4ct": _output("not stated", 500, stated=False),
    "synthetic_passages": DataSet("Apache-2.0 (written for this project)", None, distract=0.1),
    "synthetic_situations": DataSet("Apache-2.0 (made up here)", None, distract=0.15),
    "synthetic_documents": DataSet("of the documents", None, distract=0.3),
    "synthetic_records": DataSet("of the records", None, distract=0.15),
    "synthetic_references": DataSet("of the records", None, distract=0.3),
    "synthetic_edits": DataSet("of the edited set", None, distract=0.3),
    "synthetic_joins": DataSet("of the joined sets", None, distract=0.1),
    "synthetic_business": DataSet("Apache-2.0 (made up here)", None, distract=0.1),
    "synthetic_tables": DataSet("Apache-2.0 (made up here)", None, distract=0.1),
}
"""Sets used for the shipped weights. A file that is not listed is refused, not guessed at."""


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the objects of a JSON lines file, gzipped or plain.

    Raises:
        InputError: if the file cannot be read or a line is no JSON object (the line is named).
    """
    for _, row in read_lines(path):
        yield row


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yields the pairs of a file; rows labelled ``no_claim`` are left out.

    Raises:
        InputError: if a row lacks a field or has an unknown label.
    """
    for number, row in read_lines(path):
        label = row.get("label")
        if label == "no_claim":
            continue
        premise, hypothesis = row.get("premise"), row.get("hypothesis")
        known = isinstance(label, str) and label in TARGETS
        if not known or not isinstance(premise, str) or not isinstance(hypothesis, str):
            raise InputError(
                f"{path}, row {number} (id {row.get('id')!r:.60}): needs the strings premise, "
                f"hypothesis and a label of {', '.join(TARGETS)}; its label is {label!r:.60}"
            )
        name = str(row.get("dataset") or path.name.split(".")[0])
        yield Pair(_plain(premise), _plain(hypothesis), str(label), name)


_TREEBANK = {
    "<t>": "", "</t>": "", "-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "``": '"',
    "''": '"',
}  # fmt: skip


def _plain(text: str) -> str:
    """Single spaces; the marks of treebank tokens as what they stand for."""
    return " ".join(word for w in text.split() if (word := _TREEBANK.get(w.lower(), w)))


def hash_pair(pair: Pair) -> bytes:
    """Returns a hash that is equal for pairs with the same words."""
    key = "\0".join(" ".join(t.casefold().split()) for t in (pair.premise, pair.hypothesis))
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def find_sets(folder: Path, include_unstated: bool = False) -> dict[str, Path]:
    """Returns the files of ``SETS`` under ``folder``, in the order of ``SETS``.

    Raises:
        InputError: if the folder holds none of them.
    """
    found: dict[str, Path] = {}
    for name, info in SETS.items():
        for suffix in (".jsonl.gz", ".jsonl"):
            path = folder / f"{name}{suffix}"
            if path.is_file() and (info.stated or include_unstated):
                found[name] = path
                break
    if not found:
        raise InputError(
            f"{folder}: none of the known training sets is here "
            f"(looked for {', '.join(list(SETS)[:4])}, ... as NAME.jsonl or NAME.jsonl.gz)"
        )
    return found


def draw_pairs(
    paths: dict[str, Path],
    seed: int,
    held_out: Iterable[Pair] = (),
    share: float = 1.0,
    rows: Mapping[str, int] | None = None,
) -> tuple[list[Pair], dict[str, int]]:
    """Draws the rows of one run, without duplicates across sets and without held-out pairs.

    Args:
        paths: the files, by the names of ``SETS``.
        seed: of the drawing.
        held_out: pairs that must not be drawn.
        share: of the rows of each set.
        rows: number of rows for sets that shall not have the number of ``SETS``.

    Returns:
        The pairs in the order of the sets, and the number of rows used of each set.
    """
    seen = {hash_pair(pair) for pair in held_out}
    pairs: list[Pair] = []
    used: dict[str, int] = {}
    for name, path in paths.items():
        fresh: list[Pair] = []
        for pair in read_pairs(path):
            key = hash_pair(pair)
            if key not in seen:
                seen.add(key)
                fresh.append(pair)
        random.Random(f"{seed}-{name}").shuffle(fresh)
        usual = min(SETS[name].rows or len(fresh), len(fresh))
        count = round(share * (rows or {}).get(name, usual))
        drawn = _cycled(fresh, count, SETS[name].supported)
        pairs += drawn
        used[name] = len(drawn)
    return pairs, used


def _cycled(pairs: Sequence[Pair], count: int, supported: float) -> list[Pair]:
    """The first ``count`` rows, from the start again where there are fewer."""
    true = [p for p in pairs if p.label == "supported"]
    false = [p for p in pairs if p.label != "supported"]
    if not true or not false or len(true) >= supported * len(pairs):
        return [pairs[i % len(pairs)] for i in range(count if pairs else 0)]
    first = round(count * supported)
    return [true[i % len(true)] for i in range(first)] + [
        false[i % len(false)] for i in range(count - first)
    ]
