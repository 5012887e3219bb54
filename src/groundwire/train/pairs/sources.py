"""Sources of training pairs: labelled sets, raw documents, records, the current model."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from groundwire.errors import InputError
from groundwire.evaluate.pairs import TARGETS
from groundwire.evidence.records import write_record
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import WordRarity
from groundwire.train.alignment import learn_alignment
from groundwire.train.pairs.amounts import AMOUNTS
from groundwire.train.pairs.assertions import ASSERTIONS
from groundwire.train.pairs.business import make_table_pairs
from groundwire.train.pairs.documents import make_own_pairs, read_pieces
from groundwire.train.pairs.edits import derive_pairs
from groundwire.train.pairs.outputs import read_output_pairs
from groundwire.train.pairs.pairs import (
    SETS,
    Pair,
    draw_pairs,
    find_sets,
    read_jsonl,
    read_pairs,
)
from groundwire.train.pairs.passages import make_written_pairs, read_passages
from groundwire.train.pairs.premises import collect_distractors, prepare_pairs
from groundwire.train.pairs.records import (
    Score,
    make_edited_pairs,
    make_record_pairs,
    make_reference_pairs,
    read_told,
)
from groundwire.train.pairs.relations import RELATIONS
from groundwire.train.pairs.rules import RULES
from groundwire.train.pairs.situations import make_situation_pairs
from groundwire.train.pairs.statements import make_business_pairs
from groundwire.train.pairs.synthetic import make_corpus_pairs
from groundwire.train.verifier.recipe import Recipe
from groundwire.verify.backends.scorer import PairScorer

MAKERS = {**ASSERTIONS, **RULES, **RELATIONS, **AMOUNTS}
"""Makers of situations, by kind."""

CANDIDATES = 4
"""Made pairs that are scored for each one that is kept."""

DOUBTFUL = 0.01
"""Share with the highest loss that is left out: many of these are labelled wrongly."""


def select_hardest(pairs: Sequence[Pair], scorer: PairScorer, count: int) -> list[Pair]:
    """Returns the pairs with the highest loss, the very highest left out, in their order.

    Args:
        pairs: candidates with prepared premises.
        scorer: the current model.
        count: pairs to keep.
    """
    fits = [pair for pair in pairs if is_within_window(scorer, pair)]
    if not fits:
        return []
    scores = scorer.score([(p.premise, p.hypothesis) for p in fits])
    right = np.array([
        sum(row[c] for c in TARGETS[p.label]) for row, p in zip(scores, fits, strict=True)
    ])  # fmt: skip
    order = np.argsort(right, kind="stable")
    order = order[round(DOUBTFUL * len(order)) :][:count]
    return [fits[i] for i in sorted(order)]


def is_within_window(scorer: PairScorer, pair: Pair) -> bool:
    """Whether a pair is read whole."""
    read = scorer.tokens([pair.premise, pair.hypothesis])
    return sum(map(len, read)) + 4 <= scorer.max_tokens


Counts = dict[str, int]
"""Rows used of each source, for the manifest."""

HELD_OUT_PAIRS = 600
"""Held-out pairs that a model is measured on."""

STRANGERS = 300
"""Made-up records among which premises are hidden where there is one short document."""


def collect_pairs(
    data: Path, rarity: WordRarity, recipe: Recipe, current: Callable[[], PairScorer]
) -> tuple[list[Pair], Counts]:
    """Returns the training pairs under ``data`` and how many came from each source.

    ``data/train`` holds the sets; ``data/dev`` (de-duplicated against), ``data/corpus`` (JSON
    lines with ``title`` and ``text``) and ``data/generation`` are used where they exist.

    Args:
        data: the folder.
        rarity: weights of words.
        recipe: how much of each.
        current: loads the model that ``recipe.hard`` pairs are chosen by.
    """
    root = data / "train" if (data / "train").is_dir() else data
    held_out: list[Pair] = []
    for path in sorted((data / "dev").glob("*.jsonl*")):
        if all(key in next(read_jsonl(path), {}) for key in ("premise", "hypothesis")):
            held_out += read_pairs(path)
    sets = find_sets(root, recipe.include_unstated)
    labelled = {name: path for name, path in sets.items() if not SETS[name].output}
    pairs, used = draw_pairs(labelled, recipe.seed, held_out, recipe.share, recipe.rows)
    for name, path in sets.items():
        if SETS[name].output:
            count = round(recipe.share * recipe.rows.get(name, SETS[name].rows or 0))
            rng = random.Random(f"{recipe.seed}-{name}")
            read = read_output_pairs(path, name, rarity, recipe.premise_words, rng, count)
            pairs += read
            used[name] = len(read)
    texts = [
        str(row.get("text", ""))
        for path in sorted((data / "corpus").glob("*.jsonl*"))
        for row in read_jsonl(path)
    ]
    strangers = collect_distractors(texts)
    made, counts = make_pairs(data, rarity, recipe, recipe.share)
    count = round(recipe.share * recipe.written)
    if count:
        told = make_written_pairs(read_passages(), rarity, recipe.premise_words, recipe.seed, count)
        used["written passages"] = len(told)
        made += told
    edits, joins = round(recipe.share * recipe.edits), round(recipe.share * recipe.joins)
    derived = derive_pairs(pairs, recipe.seed, edits, joins)
    pairs += made + derived
    pairs = prepare_pairs(pairs, rarity, recipe.premise_words, recipe.seed, strangers)
    used |= counts
    if derived:
        used["edits and joins of labelled pairs"] = len(derived)
    if recipe.hard:
        other = replace(recipe, seed=recipe.seed + 1000)
        total = sum(counts.values()) / recipe.share or 1.0
        made, _ = make_pairs(data, rarity, other, CANDIDATES * recipe.hard / total)
        made = prepare_pairs(made, rarity, recipe.premise_words, other.seed, strangers)
        mined = select_hardest(made, current(), recipe.hard)
        used["hard synthetic pairs"] = len(mined)
        pairs += mined
    return pairs, used


def make_pairs(
    data: Path, rarity: WordRarity, recipe: Recipe, share: float
) -> tuple[list[Pair], Counts]:
    """Returns the pairs made from the corpus, from records and from nothing, without premises.

    Args:
        data: folder with ``corpus`` and ``generation``, either of which may be missing.
        rarity: weights of words.
        recipe: the seed and the number of each.
        share: factor of these numbers.
    """

    def count(number: int) -> int:
        return round(share * number)

    pairs: list[Pair] = []
    used: Counts = {}
    for path in sorted((data / "corpus").glob("*.jsonl*")):
        made = make_corpus_pairs(read_jsonl(path), rarity, recipe.seed, count(recipe.documents))
        used[f"synthetic: {path.name.split('.')[0]}"] = len(made)
        pairs += made
    sources = sorted(
        path
        for pattern in ("e2e_cleaned*.jsonl*", "rnnlg.jsonl*")
        for path in (data / "generation").glob(pattern)
    )
    for path in sources:
        records, references = (n // len(sources) for n in (recipe.records, recipe.references))
        made = make_record_pairs(read_jsonl(path), recipe.seed, count(records))
        made += make_reference_pairs(read_jsonl(path), recipe.seed, count(references))
        used[f"synthetic: {path.name.split('.')[0]}"] = len(made)
        pairs += made
    made = make_business_pairs(recipe.seed, count(recipe.business))
    made += make_table_pairs(recipe.seed, count(recipe.tables))
    used["synthetic: made-up records"] = len(made)
    told = make_situation_pairs(recipe.seed, count(recipe.situations), MAKERS)
    used["synthetic: situations"] = len(told)
    return pairs + made + told, used


def make_document_pairs(
    folder: Path, rarity: WordRarity, recipe: Recipe
) -> tuple[list[Pair], list[Pair], Counts]:
    """Returns pairs made from a user's documents: for training, and held out.

    Made-up records, a fifth as many, go with them, so that what the model knows of records and
    tables is not forgotten.

    Raises:
        DocumentError: if there are no documents, or one cannot be read.
        InputError: if they hold too few sentences to make claims of.
    """
    limit = round(recipe.share * recipe.documents)
    pairs, test, train = make_own_pairs(
        read_pieces(folder), rarity, recipe.seed, limit, HELD_OUT_PAIRS
    )
    sentences = [text[a:b] for _, text in train for a, b in find_sentences(text[:2000])]
    strangers = collect_distractors(text for _, text in train) or sentences
    if not strangers:  # sentences of the same text could say what a premise must not state
        strangers = collect_distractors(
            pair.premise for pair in make_business_pairs(recipe.seed, STRANGERS)
        )
    extra = _made_up(recipe.seed, len(pairs))
    used = {"synthetic: own documents": len(pairs), "synthetic: made-up records": len(extra)}
    pairs = prepare_pairs(pairs + extra, rarity, recipe.premise_words, recipe.seed, strangers)
    test = prepare_pairs(test, rarity, recipe.premise_words, recipe.seed, strangers)
    return pairs, test, used


def make_row_pairs(
    path: Path, rarity: WordRarity, recipe: Recipe, score: Score
) -> tuple[list[Pair], list[Pair], Counts]:
    """Returns pairs made from a user's training rows: for training, and held out.

    A tenth of the records is held out. Made-up records go with the others, as in
    ``make_document_pairs``.

    Raises:
        InputError: if the rows cannot be read, or claims of too few are believed.
    """
    told = read_told(path)
    names = sorted({write_record(record) for record, _ in told.rows})
    held = {*random.Random(f"{recipe.seed}-rows").sample(names, len(names) // 10)}
    limit = round(recipe.share * recipe.documents)
    train = [row for row in told.rows if write_record(row[0]) not in held]
    test = [row for row in told.rows if write_record(row[0]) in held]
    telling = learn_alignment(told.rows)
    pairs = make_edited_pairs(train, telling, score, recipe.seed, limit)
    tests = make_edited_pairs(test, telling, score, recipe.seed, HELD_OUT_PAIRS)
    if not pairs or not tests:
        raise InputError(
            f"{path}: its {len(told.rows)} rows with {len(names)} different records do not show "
            "which words tell which fields; give some hundred rows of one form, of a hundred "
            "different records or more"
        )
    extra = _made_up(recipe.seed, len(pairs))
    used = {
        "synthetic: own rows": len(pairs), "synthetic: made-up records": len(extra),
        "rows without a flat record": told.other, "rows that cannot be read": told.unreadable,
    }  # fmt: skip
    pairs = prepare_pairs(pairs + extra, rarity, recipe.premise_words, recipe.seed)
    return pairs, prepare_pairs(tests, rarity, recipe.premise_words, recipe.seed), used


def _made_up(seed: int, count: int) -> list[Pair]:
    """Made-up records, a fifth as many, against forgetting."""
    return make_business_pairs(seed, count // 8) + make_table_pairs(seed, count // 12)
