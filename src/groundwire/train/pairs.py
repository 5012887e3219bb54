"""Labelled (premise, hypothesis) pairs: reading, licences, de-duplication, sampling."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.errors import InputError

CLASSES = ("entailment", "neutral", "contradiction")
"""Order of the verifier's outputs, written into its config as ``id2label``."""

TARGETS: dict[str, tuple[int, ...]] = {
    "supported": (0,),
    "not_enough": (1,),
    "contradicted": (2,),
    "unsupported": (1, 2),
}
"""Classes that a label allows. Two of them make the loss a masked one."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A training or development row; ``label`` is a key of ``TARGETS``."""

    premise: str
    hypothesis: str
    label: str
    dataset: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """A training set: its licence, and how many of its rows a run sees.

    Attributes:
        licence: of the source, as its authors state it.
        rows: upper bound of rows drawn in one epoch; None takes all.
        stated: False where the authors state no licence; left out unless asked for.
        distract: share of rows whose premise is hidden among sentences of other texts that
            share words with the claim, up to the length of a premise at use.
    """

    licence: str
    rows: int | None = None
    stated: bool = True
    distract: float = 0.0


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
    "infotabs": DataSet("Apache-2.0", 9000),
    "tabfact_pairs": DataSet("MIT", 5000),
    "fever_symmetric": DataSet("CC BY-SA 3.0", None, distract=0.6),
    "fm2": DataSet("Apache-2.0", None, distract=0.6),
    "scifact_rte": DataSet("CC BY 4.0", None, distract=0.2),
    "citint": DataSet("MIT", None),
    "faithdial_audit": DataSet("MIT", None),
    "begin": DataSet("CC BY 4.0, CDLA-Sharing", None, distract=0.4),
    "factcheck_gpt_stance": DataSet("Apache-2.0", None, distract=0.1),
    "bump": DataSet("MIT", None),
    "fib": DataSet("CC BY 4.0", 3000),
    "climate_fever": DataSet("not stated", 3000, stated=False, distract=0.3),
    "healthver": DataSet("not stated", None, stated=False, distract=0.3),
    "covidfact": DataSet("not stated", 2000, stated=False),
    "synthetic_documents": DataSet("of the documents", None, distract=0.15),
    "synthetic_records": DataSet("of the records", None, distract=0.15),
    "synthetic_references": DataSet("of the records", None, distract=0.3),
    "synthetic_business": DataSet("Apache-2.0 (made up here)", None, distract=0.1),
    "synthetic_tables": DataSet("Apache-2.0 (made up here)", None, distract=0.1),
}
"""Sets used for the shipped weights. A file that is not listed is refused, not guessed at."""


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the objects of a JSON lines file, gzipped or plain.

    Raises:
        InputError: if the file is missing or a line is no JSON object (the line is named).
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise InputError(f"{path}, line {number}: not JSON ({error})") from error
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: not a JSON object")
            yield row


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yields the pairs of a file; rows labelled ``no_claim`` are left out.

    Raises:
        InputError: if a row lacks a field or has an unknown label.
    """
    for row in read_jsonl(path):
        label = row.get("label")
        if label == "no_claim":
            continue
        premise, hypothesis = row.get("premise"), row.get("hypothesis")
        if label not in TARGETS or not isinstance(premise, str) or not isinstance(hypothesis, str):
            raise InputError(
                f"{path}: row {row.get('id')!r} needs the strings premise, hypothesis and a "
                f"label of {', '.join(TARGETS)}; its label is {label!r}"
            )
        name = str(row.get("dataset") or path.name.split(".")[0])
        yield Pair(" ".join(premise.split()), " ".join(hypothesis.split()), str(label), name)


def fingerprint(pair: Pair) -> bytes:
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


def draw(
    paths: dict[str, Path], seed: int, held_out: Iterable[Pair] = (), share: float = 1.0
) -> tuple[list[Pair], dict[str, int]]:
    """Draws the rows of one run, without duplicates across sets and without held-out pairs.

    Returns:
        The pairs in the order of the sets, and the number of rows used of each set.
    """
    seen = {fingerprint(pair) for pair in held_out}
    pairs: list[Pair] = []
    used: dict[str, int] = {}
    for name, path in paths.items():
        rows = list(read_pairs(path))
        random.Random(f"{seed}-{name}").shuffle(rows)
        limit = round(share * min(SETS[name].rows or len(rows), len(rows)))
        count = 0
        for pair in rows:
            key = fingerprint(pair)
            if count >= limit:
                break
            if key in seen:
                continue
            seen.add(key)
            pairs.append(pair)
            count += 1
        used[name] = count
    return pairs, used
