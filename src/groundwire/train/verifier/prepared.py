"""Prepared pairs: a folder of tokenized pairs that another machine trains from."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from groundwire._version import __version__
from groundwire.errors import InputError
from groundwire.io.atomic import open_replacing, write_whole
from groundwire.train.pairs.pairs import CLASSES, Pair
from groundwire.train.pairs.sources import Counts, is_within_window
from groundwire.train.verifier.batches import TokenizedPairs
from groundwire.train.verifier.recipe import TRAINING, Recipe
from groundwire.verify.nli import NLIVerifier

PREPARED = "prepared.json"
"""Manifest of a folder of prepared pairs; it is written last."""

_ARRAYS = "pairs.npz"
_TEXTS = "texts.jsonl.gz"
_TEACHER = "teacher.npz"
_NAMES = ("ids", "types", "faults", "offsets", "allowed")
PARTIAL = frozenset({_ARRAYS, _TEXTS} | {f"{n}.tmp" for n in (_ARRAYS, _TEXTS, PREPARED)})
"""What a preparation that was killed may leave."""

_UNREADABLE = (OSError, KeyError, ValueError, zipfile.BadZipFile, EOFError, zlib.error)
_SCORED = 5_000
"""Pairs that a teacher is given at once."""


@dataclass(frozen=True, slots=True)
class PreparedPairs:
    """What a folder of prepared pairs holds.

    Attributes:
        folder: where it lies.
        pairs: tokenized.
        recipe: that they were made by.
        tokenizer: hash of the tokenizer.
        made: number of pairs that were made, of which some did not fit.
        sets: how many came from each source.
        teacher: whose probabilities stand beside them; empty for none.
    """

    folder: Path
    pairs: TokenizedPairs
    recipe: Recipe
    tokenizer: str
    made: int
    sets: Counts
    teacher: str = ""


def hash_tokenizer(tokenizer: Any) -> str:
    """Returns a hash of what a tokenizer does; how it cuts and pads does not count."""
    rules = json.loads(tokenizer.backend_tokenizer.to_str())
    for option in ("truncation", "padding"):
        rules.pop(option, None)
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()


def write_prepared(
    folder: Path,
    pairs: Sequence[Pair],
    tokenized: TokenizedPairs,
    tokenizer: Any,
    recipe: Recipe,
    sets: Counts,
) -> Path:
    """Writes a folder of prepared pairs; whole once ``prepared.json`` is there.

    Args:
        folder: checked before.
        pairs: that were made.
        tokenized: those that fit the window.
        tokenizer: of the backbone.
        recipe: that they were made by.
        sets: how many came from each source.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        open_replacing(folder / _TEXTS) as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as file,  # the same pairs give the same bytes
    ):
        for place in tokenized.kept.tolist():
            pair = pairs[place]
            row = {"premise": pair.premise, "hypothesis": pair.hypothesis, "label": pair.label}
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    arrays = {name: getattr(tokenized, name) for name in _NAMES}
    if tokenized.ids.size and tokenized.ids.max() < 1 << 16:
        arrays["ids"] = tokenized.ids.astype(np.uint16)
    with open_replacing(folder / _ARRAYS) as raw:
        np.savez_compressed(raw, **arrays)
    facts = {
        "format": 1, "pairs": len(tokenized), "made": len(pairs), "digest": tokenized.digest,
        "tokenizer": hash_tokenizer(tokenizer), "sets": sets, "recipe": asdict(recipe),
        "groundwire": __version__,
    }  # fmt: skip
    write_whole(folder / PREPARED, (json.dumps(facts, indent=1) + "\n").encode())
    return folder


def read_prepared(folder: Path) -> PreparedPairs:
    """Reads a folder of prepared pairs, with a teacher's probabilities where it has them.

    Raises:
        InputError: if it is none, was not finished, or is damaged.
    """
    try:
        facts = json.loads((folder / PREPARED).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"{folder}: holds no prepared pairs ({PREPARED} is missing or broken): make them with "
            "groundwire train verifier --data DIR --prepare --output DIR"
        ) from error
    try:
        found = _load(folder / _ARRAYS)
        pairs = TokenizedPairs(
            found["ids"].astype(np.int32), found["types"], found["faults"], found["offsets"],
            found["allowed"], np.zeros(0, np.int64),
        )  # fmt: skip
        known = {item.name for item in fields(Recipe)}
        recipe = Recipe(**{k: v for k, v in facts["recipe"].items() if k in known})
        whole = pairs.digest == facts["digest"] and len(pairs) == facts["pairs"]
        prepared = PreparedPairs(
            folder, pairs, recipe, str(facts["tokenizer"]), int(facts["made"]), dict(facts["sets"])
        )
    except (*_UNREADABLE, TypeError, AttributeError) as error:
        raise _damaged(folder, error) from error
    if not whole:
        raise _damaged(folder, "the arrays are not those that were written")
    soft, teacher = _read_soft(folder, pairs)
    return replace(prepared, pairs=replace(pairs, soft=soft), teacher=teacher)


def _damaged(folder: Path, why: object) -> InputError:
    return InputError(
        f"{folder}: its prepared pairs are damaged ({why!s:.200}): copy or prepare them again"
    )


def _load(path: Path) -> Mapping[str, npt.NDArray[Any]]:
    # Opened here: numpy leaves a file open that is none of its own.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as packed:
        return {name: packed[name] for name in packed.files}


def _read_soft(folder: Path, pairs: TokenizedPairs) -> tuple[npt.NDArray[np.float32] | None, str]:
    path = folder / _TEACHER
    if not path.is_file():
        return None, ""
    try:
        found = _load(path)
        soft, digest = found["soft"].astype(np.float32), str(found["digest"])
        teacher = str(found["teacher"])
    except _UNREADABLE as error:
        raise _damaged(folder, error) from error
    if digest != pairs.digest or soft.shape != pairs.allowed.shape or not np.isfinite(soft).all():
        raise InputError(
            f"{path}: these probabilities are not of the pairs beside them: remove the file, and "
            "name the teacher again with --teacher"
        )
    return soft, teacher


def check_prepared(prepared: PreparedPairs, recipe: Recipe, tokenizer: Any) -> None:
    """Checks that pairs are those that a recipe and a tokenizer would give.

    Raises:
        InputError: if not; it names what differs.
    """
    for item in fields(Recipe):
        made, asked = (getattr(each, item.name) for each in (prepared.recipe, recipe))
        if item.name not in TRAINING and made != asked:
            raise InputError(
                f"{prepared.folder}: its pairs were made with {item.name} {made!r}, and the recipe "
                f"says {asked!r}: prepare them again, or give a recipe that changes the training "
                f"alone ({', '.join(sorted(TRAINING))})"
            )
    if hash_tokenizer(tokenizer) != prepared.tokenizer:
        raise InputError(
            f"{prepared.folder}: its pairs are in the tokens of another backbone: name that one "
            "with --backbone, or prepare them again for this one"
        )


def check_teacher(prepared: PreparedPairs, recipe: Recipe) -> None:
    """Checks that a recipe that wants a teacher's probabilities finds them.

    Raises:
        InputError: if there are none.
    """
    if recipe.distill and prepared.pairs.soft is None:
        raise InputError(
            f"recipe: distill is {recipe.distill}, but {prepared.folder} holds no probabilities of "
            "a teacher: name a trained verifier with --teacher"
        )


def add_teacher(
    prepared: PreparedPairs, teacher: str | os.PathLike[str], recipe: Recipe
) -> PreparedPairs:
    """Scores prepared pairs with a verifier and stores its probabilities in their folder.

    They replace those of another teacher; those of the same one are not made again. Pairs that
    it cannot read whole get none.

    Args:
        prepared: the pairs.
        teacher: a verifier of three classes, whatever its tokenizer.
        recipe: of the training that they are for.

    Raises:
        InputError: if the recipe uses no teacher, the texts of the pairs are missing, or the
            verifier has two classes.
        ModelError: if the verifier cannot be loaded.
    """
    if not recipe.distill:
        raise InputError(
            "recipe: distill is 0, so a teacher would change nothing: give distill above 0, such "
            "as 0.5 (--recipe), or no --teacher"
        )
    scorer = NLIVerifier(teacher).scorer
    if not scorer.columns[1] or not scorer.columns[2]:
        raise InputError(
            f"{teacher}: as a teacher it needs three classes, entailment, neutral and "
            "contradiction, and it has two: name another one with --teacher"
        )
    name = str(scorer.manifest.get("weights_sha256") or scorer.name)
    if prepared.pairs.soft is not None and prepared.teacher == name:
        return prepared
    soft = np.zeros((len(prepared.pairs), len(CLASSES)), dtype=np.float32)
    done = 0
    for piece in _read_texts(prepared.folder, len(soft)):
        fits = [place for place, pair in enumerate(piece) if is_within_window(scorer, pair)]
        rows = [(piece[place].premise, piece[place].hypothesis) for place in fits]
        soft[[done + place for place in fits]] = scorer.score(rows)
        done += len(piece)
    with open_replacing(prepared.folder / _TEACHER) as raw:
        digest = np.array(prepared.pairs.digest)
        np.savez_compressed(raw, soft=soft, digest=digest, teacher=np.array(name))
    return replace(prepared, pairs=replace(prepared.pairs, soft=soft), teacher=name)


def _read_texts(folder: Path, count: int) -> Iterator[list[Pair]]:
    path = folder / _TEXTS
    piece: list[Pair] = []
    seen = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                piece.append(Pair(row["premise"], row["hypothesis"], row["label"], ""))
                seen += 1
                if len(piece) == _SCORED:
                    yield piece
                    piece = []
    except (*_UNREADABLE, TypeError) as error:
        raise InputError(
            f"{path}: the texts that a teacher reads are missing or damaged: copy or prepare them "
            "again"
        ) from error
    if seen != count:
        raise _damaged(folder, f"{seen} texts of {count} pairs")
    yield piece
