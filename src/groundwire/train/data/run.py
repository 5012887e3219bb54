"""Run of an audit of training data: read once, check every text, compare, write.

OUT/
├── summary.json      written last: with it, the audit is finished
├── rows.jsonl        one line a row of the input
├── clean.jsonl       the cleaned set, with ``row`` and ``weight``
├── preference.jsonl  prompt, chosen (a verified repair), rejected (the original)
├── report.html
└── audits/           of the texts, of pairs of targets, of swapped rows (``groundwire audit``)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from groundwire.audit.figures.overview import estimate_truth
from groundwire.audit.hashing import hash_files
from groundwire.audit.manifest import write_json
from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.io.atomic import LOCK, explain_full_disk, lock_folder, open_replacing
from groundwire.protocols import read_version
from groundwire.train.data.bias import BiasTable
from groundwire.train.data.checks import (
    CONTRADICTIONS,
    ROWS,
    SWAPS,
    TRIMMED,
    find_contradictions,
    judge_rows,
    make_pair_items,
    make_swap_items,
    run_check,
)
from groundwire.train.data.cleaning import clean_row, drop_losses, make_preferences
from groundwire.train.data.lexicon import Lexicon, read_lexicon
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example, hash_inputs, make_items, read_examples
from groundwire.train.data.scan import Scan, scan_data
from groundwire.train.data.summary import Tally, encode_row, group_clashes, list_flags
from groundwire.train.data.trimming import Trimming, make_trim_items

AUDITS, SUMMARY, ROWS_FILE = "audits", "summary.json", "rows.jsonl"
CLEAN, PREFERENCE, REPORT = "clean.jsonl", "preference.jsonl", "report.html"
_FILES = frozenset({AUDITS, SUMMARY, ROWS_FILE, CLEAN, PREFERENCE, REPORT, LOCK})


def audit_data(
    inputs: Sequence[str | Path],
    output: str | Path,
    guard: Guard | None = None,
    options: DataOptions | None = None,
    progress: Callable[[str, int | None], Callable[[int], None]] | None = None,
) -> dict[str, Any]:
    """Checks what training data teaches, and writes what was found and a cleaned set.

    The same data and options give the same bytes, however often it was killed and continued. With
    ``resume`` a finished audit is written again from its checks, as in another mode.

    Args:
        inputs: files and folders (``reading.read_examples``).
        output: a folder that is new or empty, or with ``resume`` one that an audit left.
        guard: checks the claims; by default the embedded verifier with the balanced policy.
        options: of the audit.
        progress: begins a stage of a name and a number of steps, and returns what is told of each.

    Returns:
        What ``summary.json`` holds.

    Raises:
        InputError: if the data or the folder cannot be used.
        GroundwireError: if there is no space left: free some and continue with ``resume``.
        ModelError: if the verifier cannot be loaded.
    """
    options, folder = options or DataOptions(), Path(output)
    guard = guard or Guard()
    names = [str(name) for name in inputs]
    _check_folder(folder, options.resume)
    lexicon = read_lexicon(options.lexicon)
    plan = _plan(names, options)
    with explain_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with lock_folder(folder):
        begin = progress or (lambda name, total: lambda more: None)
        found = scan_data(names, options, lexicon, begin("Reading rows", None))
        with explain_full_disk(folder):
            (folder / AUDITS).mkdir(exist_ok=True)
        _check(names, folder / AUDITS, guard, options, plan, found, lexicon, begin)
        verifier = read_version(guard.verifier)
        return _write(names, folder, options, plan, found, lexicon, verifier)


def _check_folder(folder: Path, resume: bool) -> None:
    if not folder.is_dir():
        if folder.exists() or folder.is_symlink():
            raise InputError(f"{folder} is no folder; choose another output")
        return
    names = {path.name for path in folder.iterdir()}
    stray = sorted(name for name in names - _FILES if not name.endswith(".tmp"))
    if stray:
        raise InputError(
            f"{folder} holds {stray[0]!r:.60}, which no audit of data left there; choose a new or "
            "an empty output folder"
        )
    if names - {LOCK} and not resume:
        how = "a finished" if SUMMARY in names else "an unfinished"
        raise InputError(
            f"{folder} holds {how} audit of data; continue it with --resume, or choose another "
            "output folder"
        )


def _plan(names: Sequence[str], options: DataOptions) -> dict[str, Any]:
    """What each check depends on, besides the guard."""
    reading = {**options.reading(), "limit": options.limit}
    drawn = {"seed": options.seed, **reading}
    lexicon = [] if options.lexicon is None else hash_files([options.lexicon])
    return {
        "inputs": hash_inputs(names), "against": [hash_inputs([name]) for name in options.against],
        ROWS: reading, CONTRADICTIONS: {**drawn, "pairs": options.pairs},
        SWAPS: {**drawn, "swaps": options.swaps, "lexicon": lexicon}, TRIMMED: reading,
    }  # fmt: skip


def _check(
    names: Sequence[str],
    folder: Path,
    guard: Guard,
    options: DataOptions,
    plan: dict[str, Any],
    found: Scan,
    lexicon: Lexicon,
    begin: Callable[[str, int | None], Callable[[int], None]],
) -> None:
    def examples() -> Iterator[Example]:
        return read_examples(names, options)

    def run(name: str, texts: Any, title: str, total: int | None) -> None:
        run_check(name, texts, folder, guard, options, plan, begin(title, total))

    run(ROWS, make_items(examples()), "Checking targets", found.texts)
    if options.trim:
        judged = judge_rows(examples(), folder / ROWS)
        run(TRIMMED, make_trim_items(judged, found), "Checking without omitted fields", None)
    run(
        CONTRADICTIONS,
        make_pair_items(examples(), found.pairs),
        "Comparing targets",
        len(found.pairs),
    )
    run(SWAPS, make_swap_items(examples(), found, lexicon), "Checking swapped rows", None)


def _write(
    names: Sequence[str],
    folder: Path,
    options: DataOptions,
    plan: dict[str, Any],
    found: Scan,
    lexicon: Lexicon,
    verifier: str,
) -> dict[str, Any]:
    from groundwire.train.data.summary import write_page

    audits = folder / AUDITS
    pairs = find_contradictions(audits / CONTRADICTIONS)
    clashes = group_clashes(pairs)
    trimming = Trimming(audits / TRIMMED if options.trim else None, found)
    bias, tally = BiasTable(lexicon, audits / SWAPS), Tally(found, pairs, options)
    with ExitStack() as stack:
        files = [
            stack.enter_context(open_replacing(folder / name))
            for name in (ROWS_FILE, CLEAN, PREFERENCE)
        ]
        for example, judged in judge_rows(read_examples(names, options), audits / ROWS):
            trimmed = trimming.of(example)
            flags = list_flags(example, judged, found, clashes)
            kept = drop_losses(example, judged, found.telling)
            clean = clean_row(example, kept, flags, options, trimmed)
            prefer = list(make_preferences(example, kept, flags, options))
            line = encode_row(example, judged, flags, found, clashes, clean is not None)
            if clean is not None and trimmed:
                line["trimmed"] = True
            _put(files[0], line)
            for file, rows in (
                (files[1], [clean] if clean is not None else []),
                (files[2], prefer),
            ):
                for row in rows:
                    _put(file, _named(row, example))
            tally.add(example, judged, flags, clean, len(prefer), trimmed is not None)
            if example.parts:
                bias.add(example, judged)
    counted = tally.to_dict()
    truth = _estimate_unfaithful(counted["labels"], verifier)
    summary = {**counted, "true_rate": truth, "inputs": plan["inputs"], "bias": bias.to_dict()}
    write_page(folder / REPORT, summary)
    write_json(folder / SUMMARY, summary)
    return summary


def _named(row: Mapping[str, Any], example: Example) -> dict[str, Any]:
    """A row with its conversation under the name that it came with, such as ``conversations``."""
    return {example.talk if key == "messages" and example.talk else key: row[key] for key in row}


def _estimate_unfaithful(labels: Mapping[str, int], verifier: str) -> dict[str, Any]:
    """In which range the share of unfaithful rows lies, of those that could be checked."""
    wrong, right = labels["unfaithful"], labels["faithful"]
    drawn = None
    if wrong + right:
        drawn = np.random.default_rng(0).beta(wrong + 0.5, right + 0.5, 1000)
    return estimate_truth(drawn, verifier, wrong + right, None)


def _put(file: BinaryIO, row: Any) -> None:
    file.write(json.dumps(row, allow_nan=False).encode("ascii") + b"\n")
