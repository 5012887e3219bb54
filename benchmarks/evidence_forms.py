"""One and the same facts in the forms that evidence comes in: is each read as it is meant?

    python -m benchmarks.evidence_forms [--model DIR] [--show FORM] [--quick]

Made-up records (rooms, phones, trams) are written as JSON, CSV, XML, tables of terminals, lists,
settings and so on, as ``Guard.check`` takes them. True claims name a record and one of its values;
false ones give a record the value of another. A form in which true ones are refused is not read,
one in which false ones pass mixes records.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from groundwire import Guard, NLIVerifier
from groundwire.evaluate.metrics import estimate_share

Record = dict[str, str]

SETS: tuple[tuple[str, list[Record], list[str]], ...] = (
    (
        "room",
        [
            {"name": "Vega", "price": "120 euros", "breakfast": "included", "floor": "second"},
            {"name": "Sol", "price": "90 euros", "breakfast": "not offered", "floor": "third"},
            {"name": "Luna", "price": "75 euros", "breakfast": "sold separately", "floor": "first"},
        ],
        ["{name} costs {price}.", "The room {name} is on the {floor} floor."],
    ),
    (
        "phone",
        [
            {"name": "Astra 5", "weight": "190 g", "maker": "Ostra", "battery": "5000 mAh"},
            {"name": "Pico", "weight": "148 g", "maker": "Velm", "battery": "3200 mAh"},
            {"name": "Tern Max", "weight": "221 g", "maker": "Kordel", "battery": "6100 mAh"},
        ],
        ["The {name} weighs {weight}.", "{maker} makes the {name}.",
         "The {name} has a battery of {battery}."],
    ),
    (
        "line",
        [
            {"name": "Line 4", "terminus": "Harbor", "interval": "8 minutes", "stops": "17"},
            {"name": "Line 7", "terminus": "Zoo", "interval": "12 minutes", "stops": "23"},
            {"name": "Line 11", "terminus": "Airport", "interval": "20 minutes", "stops": "31"},
        ],
        ["{name} runs every {interval}.", "{name} ends at {terminus}.",
         "{name} has {stops} stops."],
    ),
)  # fmt: skip


def write_rows(records: Sequence[Record], mark: str) -> str:
    """Returns a table with a mark between its cells."""
    rows = [[*records[0]], *([*record.values()] for record in records)]
    return "\n".join(mark.join(row) for row in rows)


def write_aligned(records: Sequence[Record], index: bool) -> str:
    """Returns a table in columns, as a terminal prints it, perhaps with numbers of rows."""
    rows = [[*records[0]], *([*record.values()] for record in records)]
    if index:
        rows = [["", *rows[0]], *([str(i), *row] for i, row in enumerate(rows[1:]))]
    sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(size) for cell, size in zip(row, sizes, strict=True)) for row in rows
    )


def write_markdown(records: Sequence[Record], edges: bool = True) -> str:
    """Returns a table of Markdown, or one as psql prints it."""
    head, *rows = write_rows(records, " | ").split("\n")
    if not edges:
        return "\n".join([head, "-----+-----+-----+-----", *rows, f"({len(rows)} rows)"])
    lines = [head, " | ".join("---" for _ in records[0]), *rows]
    return "\n".join(f"| {line} |" for line in lines)


def write_xml(records: Sequence[Record], what: str) -> str:
    """Returns the records as XML."""
    items = "".join(
        f"<{what}>" + "".join(f"<{k}>{v}</{k}>" for k, v in record.items()) + f"</{what}>"
        for record in records
    )
    return f'<?xml version="1.0"?>\n<{what}s>{items}</{what}s>'


def write_html(records: Sequence[Record]) -> str:
    """Returns a page with a table, and with another one that nobody sees."""
    rows = [[*records[0]], *([*record.values()] for record in records)]
    table = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    turned = "".join(
        f"<p>{record['name']}: {'; '.join([*other.values()][1:])}</p>"
        for record, other in zip(records, [*records[1:], records[0]], strict=True)
    )
    return f"<html><body><table>{table}</table><div hidden>{turned}</div></body></html>"


def write_fields(record: Record, mark: str, name: bool = False) -> list[str]:
    """Returns the fields of a record, without its name unless that is asked for."""
    return [f"{mark}{k}: {v}" for k, v in record.items() if name or k != "name"]


def write_list(records: Sequence[Record], label: str, mark: str, gap: str = "\n") -> str:
    """Returns records as a list: a label of each, and its fields below."""
    return gap.join(
        "\n".join([label.format(n=i, name=record["name"]), *write_fields(record, mark)])
        for i, record in enumerate(records, start=1)
    )


def write_settings(records: Sequence[Record]) -> str:
    """Returns records as sections of a file of settings."""
    return "\n\n".join(
        "\n".join([f"[{record['name']}]", *(f"{k} = {v}" for k, v in [*record.items()][1:])])
        for record in records
    )


def name_values(record: Record) -> dict[str, Any]:
    """Returns a record whose fields are a list of names with values."""
    fields = [{"name": k, "value": v} for k, v in [*record.items()][1:]]
    return {"name": record["name"], "properties": fields}


FORMS: dict[str, Callable[[list[Record], str], Any]] = {
    "Python objects": lambda records, what: records,
    "JSON": lambda records, what: json.dumps({f"{what}s": records}),
    "JSON lines": lambda records, what: "\n".join(map(json.dumps, records)),
    "JSON behind words": lambda records, what: f"Search results: {json.dumps(records)}",
    "JSON in a fence": lambda records, what: f"Tool result:\n```json\n{json.dumps(records)}\n```",
    "Python as text": lambda records, what: f"Observation: {records!r}",
    "names with values": lambda records, what: json.dumps([name_values(r) for r in records]),
    "columns": lambda records, what: {k: [r[k] for r in records] for k in records[0]},
    "head and rows": lambda records, what: {
        "columns": [*records[0]], "data": [[*r.values()] for r in records]
    },
    "rows of a query": lambda records, what: repr([tuple(r.values()) for r in records]),
    "XML": write_xml,
    "HTML": lambda records, what: write_html(records),
    "CSV": lambda records, what: write_rows(records, ","),
    "tabs": lambda records, what: write_rows(records, "\t"),
    "Markdown table": lambda records, what: write_markdown(records),
    "psql": lambda records, what: write_markdown(records, edges=False),
    "data frame": lambda records, what: write_aligned(records, index=True),
    "terminal": lambda records, what: write_aligned(records, index=False),
    "YAML": lambda records, what: f"{what}s:\n" + "\n".join(
        "\n".join([f"  - name: {r['name']}", *write_fields(r, "    ")]) for r in records
    ),
    "settings": lambda records, what: write_settings(records),
    "numbered list": lambda records, what: write_list(records, "{n}. {name}", "   "),
    "bullets": lambda records, what: write_list(records, "- {name}", "  - "),
    "headings": lambda records, what: write_list(records, "### {name}", "- ", "\n\n"),
    "bold names": lambda records, what: write_list(records, "**{name}**", "", "\n\n"),
    "blocks": lambda records, what: "\n\n".join(
        "\n".join(write_fields(r, "", name=True)) for r in records
    ),
}  # fmt: skip
"""Each form as a function of records and of what they are called."""


def make_claims(records: Sequence[Record], patterns: Sequence[str]) -> list[tuple[str, bool]]:
    """Returns true claims, and with each a false one that has the value of the next record."""
    claims = []
    for pattern in patterns:
        for record, other in zip(records, [*records[1:], records[0]], strict=True):
            claims.append((pattern.format(**record), True))
            claims.append((pattern.format(**{**other, "name": record["name"]}), False))
    return claims


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a folder; by default the embedded verifier")
    parser.add_argument("--show", help="print what comes out wrong in this form; 'all' for each")
    parser.add_argument("--quick", action="store_true", help="the first records alone")
    args = parser.parse_args()
    guard = Guard(verifier=NLIVerifier(args.model) if args.model else None)
    begun = time.perf_counter()
    print("| form | true claims refused | false claims shown |\n| --- | --- | --- |")
    counts: list[tuple[bool, bool]] = []
    for form, write in FORMS.items():
        own: list[tuple[bool, bool]] = []
        for what, records, patterns in SETS[: 1 if args.quick else None]:
            evidence = write(records, what)
            for claim, true in make_claims(records, patterns):
                report = guard.check(claim, evidence)
                shown = report.decision.action == "pass" and report.text == claim
                own.append((true, shown == true))
                if shown != true and args.show in (form, "all"):
                    verdict = report.verdicts[0]
                    print(f"  {claim!r}: {verdict.label} {verdict.score} {verdict.reason}")
        print(f"| {form} | {tell_wrong(own, True)} | {tell_wrong(own, False)} |")
        counts += own
    print(f"| **all** | {tell_wrong(counts, True)} | {tell_wrong(counts, False)} |")
    print(f"\n{len(counts)} claims in {time.perf_counter() - begun:.0f} s")


def tell_wrong(judged: Sequence[tuple[bool, bool]], true: bool) -> str:
    """Returns how many of the true or of the false claims came out wrong."""
    right = [good for side, good in judged if side == true]
    wrong = len(right) - sum(right)
    return f"{estimate_share(wrong, len(right))} of {len(right)}" if wrong else f"0 of {len(right)}"


if __name__ == "__main__":
    main()
