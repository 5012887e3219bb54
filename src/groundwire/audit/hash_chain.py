"""Hash chain over ``reports.jsonl``, and the check that a finished audit is unaltered.

Each line has the hash of the line before it (``previous``) and its own: the sha256 of
``previous`` followed by the line without its ``hash``, in the one form of ``encode_canonical``. The
first ``previous`` is the sha256 of the manifest's identity: inputs, versions, thresholds and
options. The manifest holds the last hash, the head, and the number of lines.

What a chain can show: that a line was changed, taken out, put in, moved or cut off, and where.
What it cannot: that somebody computed all of it anew, every hash and the head, after a change.
Nothing inside of the folder can show that. So keep the head elsewhere (a ticket, a signed mail,
another system's log) and give it to ``verify_audit``; with another head, the audit is another one.
Nor does a chain say that a verdict is right, or that the inputs were all there was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain as joined
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any, TypeAlias

from groundwire.audit.manifest import (
    MANIFEST,
    REJECTED,
    REPORTS,
    VERDICTS,
    read_manifest,
    select_identity,
)
from groundwire.audit.records import Counts, Record, encode_canonical
from groundwire.errors import GroundwireError
from groundwire.io.atomic import describe_file

LIMIT = 20
"""Problems that are listed; a file that was swapped for another would have one a line."""

Row: TypeAlias = dict[str, Any]
"""A row of ``verdicts.parquet``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a finished audit that is not as it was written.

    Attributes:
        file: its name in the output folder.
        line: of the file, from 1; of ``verdicts.parquet`` the row, from 1. 0 is the whole file.
        what: what is wrong.
    """

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


class Chain:
    """Links records.

    Attributes:
        head: hash of the last record.
        count: records so far.
    """

    def __init__(self, first: str) -> None:
        """Takes what the first record is linked to."""
        self.head, self.count = first, 0

    def link(self, record: Record) -> Record:
        """Returns the record with ``previous`` and ``hash``."""
        linked = {**record, "previous": self.head}
        linked["hash"] = self.head = hash_record(linked)
        self.count += 1
        return linked


def start_chain(manifest: Mapping[str, Any]) -> str:
    """Returns what the first record is linked to: the sha256 of the manifest's identity."""
    return hashlib.sha256(encode_canonical(select_identity(manifest)).encode("ascii")).hexdigest()


def hash_record(record: Record) -> str:
    """Returns the hash that a record, which has its ``previous``, must have."""
    rest = {key: value for key, value in record.items() if key != "hash"}
    text = str(record["previous"]) + encode_canonical(rest)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify_audit(output: Path, head: str | None = None) -> list[Problem]:
    """Checks a finished audit; see above what can be found, and what cannot.

    The chain, the rows of ``verdicts.parquet`` against the reports, the counts, and the sha256
    of every data file are checked; files that an audit did not write are passed over, and so are
    ``summary.json`` and ``report.html``, which are made from the data. Memory holds a line
    and a group of rows.

    Args:
        output: the folder of the audit.
        head: the head that was kept elsewhere.

    Returns:
        At most ``LIMIT`` problems, and one that counts the others. None if all is as written.

    Raises:
        InputError: if the folder holds no finished audit.
    """
    manifest = read_manifest(output)
    found = joined(
        _heads(manifest, head), _lines(output, manifest), _table(output), _files(output, manifest)
    )
    problems: list[Problem] = []
    more = 0
    for problem in found:
        if len(problems) < LIMIT:
            problems.append(problem)
        else:
            more += 1
    return [*problems, Problem(output.name, 0, f"{more} problems more")] if more else problems


def _heads(manifest: Mapping[str, Any], head: str | None) -> Iterator[Problem]:
    if manifest["chain"]["first"] != start_chain(manifest):
        yield Problem(MANIFEST, 0, "inputs, versions, thresholds or options were changed")
    if head is not None and manifest["chain"]["head"] != head.strip().lower():
        yield Problem(
            MANIFEST, 0, f"the head is {manifest['chain']['head']} and not {head}: another audit"
        )


def _lines(output: Path, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    chain, counts = manifest["chain"], Counts()
    previous, last, number, sound = chain["first"], -1, 0, True
    for number, line in enumerate(_raw(output / REPORTS), 1):
        record = _record(line)
        problem = _line_problem(record, line, previous, last)
        if problem:
            sound = False
            yield Problem(REPORTS, number, problem)
        elif record:
            counts.add(record)
        previous, last = (record["hash"], max(last, record["index"])) if record else ("", last)
    if number != chain["count"] or (previous and previous != chain["head"]):
        sound = False
        yield Problem(
            REPORTS, number, f"ends here with {previous[:12] or 'no hash'}; the manifest says line "
            f"{chain['count']} with {chain['head'][:12]}: entries are missing, added or changed",
        )  # fmt: skip
    for _ in _raw(output / REJECTED):
        counts.reject()
    found = {key: value for key, value in counts.to_dict().items() if key in manifest["counts"]}
    if sound and found != manifest["counts"]:
        yield Problem(MANIFEST, 0, "the counts are not those of the reports and rejected lines")


def _line_problem(record: Record | None, line: bytes, previous: str, last: int) -> str:
    """What is wrong with a line; nothing is said of its place after a line without a hash."""
    if record is None:
        return "is no line that an audit wrote: changed or cut off"
    try:
        changed = hash_record(record) != record["hash"] or _bytes(record) != line
    except (ValueError, RecursionError):
        changed = True
    if changed:
        return f"was changed ({record.get('answer_id')!r:.60})"
    if previous and record["previous"] != previous:
        moved = record["index"] <= last
        what = "moved or repeated" if moved else "missing or added before it"
        return f"does not follow the line before: an entry is {what}"
    return ""


def _bytes(record: Record) -> bytes:
    return encode_canonical(record).encode("ascii") + b"\n"


def _raw(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError:
        return  # that it is missing is told of once, with the files


def _record(line: bytes) -> Record | None:
    try:
        record = json.loads(line)
        good = isinstance(record["hash"], str) and isinstance(record["previous"], str)
        return record if good and type(record["index"]) is int and "report" in record else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _table(output: Path) -> Iterator[Problem]:
    import pyarrow as pa

    try:
        yield from _aligned(_stored(output / VERDICTS), _expected(output / REPORTS))
    except (pa.ArrowException, OSError) as error:
        yield Problem(VERDICTS, 0, f"cannot be read ({error!s:.200})")


def _aligned(stored: Iterator[Row], expected: Iterator[Row]) -> Iterator[Problem]:
    """Compares rows of equal answers, so that a line taken out or moved spoils no other."""
    number = 1
    table, reports = _answers(stored), _answers(expected)
    rows, report, following = next(table, None), next(reports, None), next(reports, None)
    while rows or report:
        early = bool(rows and report and following and following[0] <= report[0] > rows[0])
        if rows and report and rows[0] == report[0]:
            for at, pair in enumerate(zip_longest(rows[1], report[1]), number):
                if pair[0] != pair[1]:
                    yield Problem(VERDICTS, at, _difference(*pair))
        elif rows and not early and (report is None or rows[0] < report[0]):
            yield Problem(VERDICTS, number, "is in no report")
        elif report:
            what = "out of their place in the reports" if early else "missing"
            yield Problem(VERDICTS, number, f"the rows of answer {report[0]} are {what}")
        before = rows, report
        if before[0] and not early and (report is None or before[0][0] <= report[0]):
            number += len(before[0][1])
            rows = next(table, None)
        if before[1] and (early or before[0] is None or before[1][0] <= before[0][0]):
            report, following = following, next(reports, None)


def _answers(rows: Iterator[Row]) -> Iterator[tuple[int, list[Row]]]:
    for index, group in groupby(rows, lambda row: row.get("index")):
        yield index if isinstance(index, int) else -1, list(group)


def _stored(path: Path) -> Iterator[Row]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(2_000):
            yield from batch.to_pylist()


def _expected(path: Path) -> Iterator[Row]:
    from groundwire.audit.parquet import clean_record

    for line in _raw(path):
        record = _record(line)
        try:
            yield from clean_record(record) if record else ()
        except (KeyError, TypeError, IndexError, AttributeError):
            continue  # a line of another shape was told of with the chain


def _difference(stored: Mapping[str, Any] | None, expected: Mapping[str, Any] | None) -> str:
    if stored is None or expected is None:
        return "is missing" if stored is None else "is in no report"
    names = [name for name in expected if stored.get(name) != expected[name]]
    names += [name for name in stored if name not in expected]
    return f"does not agree with the report of answer {expected['index']}: {', '.join(names)}"


def _files(output: Path, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    for name, expected in sorted(manifest["files"].items()):
        try:
            found = describe_file(output / name)
        except GroundwireError as error:
            yield Problem(name, 0, str(error))
            continue
        if found != expected:
            yield Problem(
                name, 0, f"has {found['bytes']} bytes, sha256 {found['sha256'][:12]}; the "
                f"manifest says {expected['bytes']} and {expected['sha256'][:12]}",
            )  # fmt: skip
