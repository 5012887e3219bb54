"""Made-up tables of people and true and false sentences about their cells."""

from __future__ import annotations

import random
from collections.abc import Callable

from groundwire.evidence.tables import table_text
from groundwire.train.business import CITIES
from groundwire.train.pairs import Pair, changed
from groundwire.verify.words import words_of

_PEOPLE = words_of(
    "Anna Ben Carla David Elena Frank Grace Hugo Ines Jonas Karin Liam Mona Nils Olga Paul Rita "
    "Sam Tara Uwe Vera Will Yara Zoe"
)

_FIELDS: tuple[tuple[str, str, Callable[[random.Random], str]], ...] = (
    ("salary", "{n} earns {v}", lambda r: str(r.randint(18, 140) * 100)),
    ("city", "{n} lives in {v}", lambda r: r.choice(CITIES)),
    ("age", "{n} is {v} years old", lambda r: str(r.randint(19, 66))),
    ("department", "{n} works in {v}", lambda r: r.choice(words_of("Sales Legal Design Support"))),
    ("start_year", "{n} started in {v}", lambda r: str(r.randint(1995, 2024))),
    ("manager", "{n} reports to {v}", lambda r: r.choice(_PEOPLE)),
    ("vacation_days", "{n} has {v} days of vacation", lambda r: str(r.randint(18, 35))),
    ("score", "{n} scored {v} points", lambda r: str(r.randint(40, 100))),
    ("team", "{n} is on the {v} team", lambda r: r.choice(words_of("red blue green amber"))),
    ("remote", "{n} works remotely", lambda r: r.choice(["yes", "no"])),
    ("price", "{n} paid {v} dollars", lambda r: f"{r.randint(2, 90)}.{r.randint(0, 99):02d}"),
    ("status", "{n}'s status is {v}", lambda r: r.choice(words_of("active on_leave retired"))),
)


def table_pairs(seed: int, limit: int) -> list[Pair]:
    """Returns pairs of made-up tables of people and cells of them, right and wrong."""
    rng = random.Random(f"{seed}-tables")
    pairs: list[Pair] = []
    while len(pairs) < limit:
        fields = rng.sample(_FIELDS, rng.randint(2, 5))
        people = rng.sample(_PEOPLE, rng.randint(2, 7))
        rows = [[make(rng) for _, _, make in fields] for _ in people]
        header = ["name", *(field[0] for field in fields)]
        table = [header, *([n, *row] for n, row in zip(people, rows, strict=True))]
        premise = " ".join(table_text(table).split("\n"))
        i, j = rng.randrange(len(people)), rng.randrange(len(fields))
        key, shape, make = fields[j]
        value = rows[i][j]
        plain = key.replace("_", " ")
        shapes = [shape, "{n}'s " + plain + " is {v}", "The " + plain + " of {n} is {v}"]
        if key == "remote":
            shapes = shapes[1:] if value == "no" else shapes
        form = rng.choice(shapes)
        others = [r[j] for r in rows if r[j] != value] + [v for v in [make(rng)] if v != value]
        if not others or (key == "remote" and form == shape):
            continue
        wrong = rng.choice(others)
        said, false = (
            f"{form.format(n=people[i], v=v.replace('_', ' '))}." for v in (value, wrong)
        )
        pairs.append(Pair(premise, said, "supported", "synthetic_tables"))
        fault = changed(false, said)
        pairs.append(Pair(premise, false, "contradicted", "synthetic_tables", fault))
        absent = [f for f in _FIELDS if f not in fields and f[0] != "remote"]
        if rng.random() < 0.25:
            _, shape, make = rng.choice(absent)
            claim = shape.format(n=people[i], v=make(rng).replace("_", " "))
            pairs.append(Pair(premise, f"{claim}.", "not_enough", "synthetic_tables"))
    return pairs[:limit]
