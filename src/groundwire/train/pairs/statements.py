"""Statements about made-up business records, true and false, and pairs of both."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from groundwire.evidence.records import write_record
from groundwire.train.pairs.business import (
    ATTRIBUTES,
    CITIES,
    DAYS,
    GOOD,
    KINDS,
    NOISE,
    STREETS,
    WIFI,
    make_business,
)
from groundwire.train.pairs.pairs import Pair, find_changed

Fact = tuple[str, str, str]
"""A true sentence, a false one beside it, and the label of the false one."""


def _clock(hour: int, minute: int, rng: random.Random) -> str:
    """A time as people say it: 5 PM, 5:30 p.m., 17:30."""
    if rng.random() < 0.25:
        return f"{hour}:{minute:02d}"
    half = rng.choice([("AM", "PM"), ("am", "pm"), ("a.m.", "p.m.")])[hour >= 12]
    shown = hour % 12 or 12
    return f"{shown}:{minute:02d} {half}" if minute or rng.random() < 0.4 else f"{shown} {half}"


def _hours(record: dict[str, Any], it: str, rng: random.Random) -> Iterator[Fact]:
    hours = record["hours"]
    if not hours:
        day = rng.choice(DAYS)
        yield (
            f"{it} is in {record['city']}.",
            f"{it} is open on {day}s from {_clock(rng.randint(7, 11), 0, rng)}.",
            "not_enough",
        )
        return
    day = rng.choice(DAYS)
    if hours[day] == "closed":
        yield f"{it} is closed on {day}s.", f"{it} is open on {day}s.", "contradicted"
        return
    (a, b), (c, d) = (map(int, part.split(":")) for part in hours[day].split("-"))
    yield f"{it} is open on {day}s.", f"{it} is closed on {day}s.", "contradicted"
    from_, to = _clock(a, b, rng), _clock(c, d, rng)
    wrong = _clock(c + rng.choice([-2, -1, 1]) if c < 23 else 20, d, rng)
    early = _clock(a + rng.choice([-1, 1, 2]), b, rng)
    times = rng.choice([f"{from_} to {wrong}", f"{early} to {to}"])
    yield (
        f"On {day}, {it} is open from {from_} to {to}.",
        f"On {day}, {it} is open from {times}.",
        "contradicted",
    )
    yield (
        f"{it} opens at {from_} on {day}.",
        rng.choice([f"{it} closes at {from_} on {day}.", f"{it} opens at {early} on {day}."]),
        "contradicted",
    )
    other = [x for x in DAYS if hours[x] not in (hours[day], "closed")]
    if other:
        yield (
            f"{it} closes at {to} on {day}.",
            f"{it} opens at {from_} and closes at {to} on {rng.choice(other)}.",
            "contradicted",
        )
    week = {hours[x] for x in DAYS[:5]}
    if len(week) == 1:
        yield (
            f"From Monday to Friday it is open {from_} to {to}."
            if day in DAYS[:5]
            else f"{it} is open every weekday.",
            f"{it} is closed on weekdays.",
            "contradicted",
        )
    if "closed" not in hours.values():
        yield f"{it} is open seven days a week.", f"{it} is closed on {day}s.", "contradicted"
    else:
        yield (
            f"{it} is not open every day of the week.",
            f"{it} is open seven days a week.",
            "contradicted",
        )


def _attributes(record: dict[str, Any], it: str, rng: random.Random) -> Iterator[Fact]:
    attributes = record["attributes"]
    for key in rng.sample(list(ATTRIBUTES), len(ATTRIBUTES)):
        _, yes, no = ATTRIBUTES[key]
        value = attributes.get(key)
        if value is None:
            known = [k for k in attributes if isinstance(attributes[k], bool)]
            if known:
                k = rng.choice(known)
                true = ATTRIBUTES[k][1 if attributes[k] else 2]
                yield f"{it} {true}.", f"{it} {rng.choice([yes, no])}.", "not_enough"
        else:
            said, denied = (yes, no) if value else (no, yes)
            yield f"{it} {said}.", f"{it} {denied}.", "contradicted"
    if attributes.get("wifi"):
        other = rng.choice([w for w in WIFI if w != attributes["wifi"]])
        yield f"{it} {WIFI[attributes['wifi']]}.", f"{it} {WIFI[other]}.", "contradicted"
    if noise := attributes.get("noise_level"):
        other = rng.choice([n for n in NOISE if n not in noise and noise not in n] or ["silent"])
        yield f"The noise level is {noise}.", f"The noise level is {other}.", "contradicted"
    if parking := attributes.get("parking"):
        has = [p for p in parking if parking[p]]
        lacks = [p for p in parking if not parking[p]]
        if has and lacks:
            yield (
                f"{it} has {rng.choice(has)} parking.",
                f"{it} has {rng.choice(lacks)} parking.",
                "contradicted",
            )
            yield (
                f"There is {has[0]} parking but no {lacks[0]} parking.",
                f"There is {lacks[0]} parking but no {has[0]} parking.",
                "contradicted",
            )
    if ambience := attributes.get("ambience"):
        has = [a for a in ambience if ambience[a]]
        lacks = [a for a in ambience if not ambience[a]]
        if has and lacks:
            yield (
                f"{it} has a {rng.choice(has)} atmosphere.",
                f"{it} has a {rng.choice(lacks)} atmosphere.",
                "contradicted",
            )


def _reviews(record: dict[str, Any], it: str, rng: random.Random) -> Iterator[Fact]:
    review = rng.choice(record["reviews"])
    thing = next(g for g in GOOD if g in review["text"].lower())
    others = [g for g in GOOD if all(g not in r["text"].lower() for r in record["reviews"])]
    good = review["stars"] > 3
    praise = rng.choice(["praised {x}", "was happy with {x}", "liked {x}"])
    blame = rng.choice(["complained about {x}", "was disappointed by {x}", "disliked {x}"])
    who = rng.choice(["One reviewer", "A customer", "One guest"])
    said, denied = (praise, blame) if good else (blame, praise)
    yield (
        f"{who} {said.format(x=thing)}.",
        *rng.choice([
            (f"{who} {denied.format(x=thing)}.", "contradicted"),
            (f"{who} {said.format(x=rng.choice(others))}.", "not_enough"),
        ]),
    )  # fmt: skip
    stars = review["stars"]
    wrong = rng.choice([s for s in range(1, 6) if all(r["stars"] != s for r in record["reviews"])])
    yield (
        f"{who} gave it {stars} star{'s' * (stars > 1)}.",
        f"{who} gave it {wrong} star{'s' * (wrong > 1)}.",
        "contradicted",
    )


def _plain(record: dict[str, Any], it: str, rng: random.Random) -> Iterator[Fact]:
    stars = record["stars"]
    wrong = rng.choice([s for s in (2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0) if abs(s - stars) >= 0.5])
    shape = rng.choice([
        "{it} has a rating of {x} stars.", "{it} is rated {x} out of 5.",
        "Its rating is {x} stars.",
    ])  # fmt: skip
    shown = [f"{s:g}" if rng.random() < 0.5 else f"{s}" for s in (stars, wrong)]
    yield shape.format(it=it, x=shown[0]), shape.format(it=it, x=shown[1]), "contradicted"
    count = record["review_count"]
    other = count + rng.choice([-2, 3, 10, 25, 100])
    yield f"{it} has {count} reviews.", f"{it} has {other} reviews.", "contradicted"
    city = rng.choice([c for c in CITIES if c != record["city"]])
    yield f"{it} is in {record['city']}.", f"{it} is in {city}.", "contradicted"
    number, street, _ = record["address"].split()
    elsewhere = rng.choice([s for s in STREETS if s != street])
    yield (
        f"You find it at {number} {street} Street in {record['city']}.",
        rng.choice([
            f"You find it at {number} {elsewhere} Street in {record['city']}.",
            f"You find it at {int(number) + 11} {street} Street in {record['city']}.",
        ]),
        "contradicted",
    )  # fmt: skip
    kinds = [k.replace("_", " ") for k in KINDS if k.replace("_", " ") not in record["categories"]]
    kind = rng.choice(record["categories"])
    yield (
        f"{it} is listed under {kind}.",
        f"{it} is listed under {rng.choice(kinds)}.",
        "not_enough",
    )
    if "phone" in record:
        wrong_phone = record["phone"][:-1] + str((int(record["phone"][-1]) + 3) % 10)
        yield (
            f"The phone number is {record['phone']}.",
            f"The phone number is {wrong_phone}.",
            "contradicted",
        )


_PARTS: tuple[Callable[[dict[str, Any], str, random.Random], Iterator[Fact]], ...] = (
    _hours, _hours, _attributes, _attributes, _reviews, _plain,
)  # fmt: skip


def _joined(facts: Sequence[str], rng: random.Random) -> str:
    if len(facts) == 1:
        return facts[0]
    first, *rest = facts
    second = rest[0]
    glue = rng.choice([" and ", ", and ", ". Additionally, ", ". ", ". Also, "])
    low = second if glue == ". " or second.split()[0] not in ("It", "There", "The", "On") else (
        second[0].lower() + second[1:]
    )  # fmt: skip
    return f"{first[:-1]}{glue}{low}"


def make_business_pairs(seed: int, limit: int) -> list[Pair]:
    """Returns pairs of made-up records and one or two facts, half of them with one made false."""
    rng = random.Random(f"{seed}-business")
    pairs: list[Pair] = []
    while len(pairs) < limit:
        record = make_business(rng)
        lines = write_record(record).split("\n")
        for _ in range(3):
            it = rng.choice([record["name"], record["name"], "It", "The business"])
            facts = [
                rng.choice(list(rng.choice(_PARTS)(record, it, rng)))
                for _ in range(1 + (rng.random() < 0.35))
            ]
            kept = lines if rng.random() < 0.6 else _nearest(lines, rng)
            premise = " ".join(kept)
            true = [fact[0] for fact in facts]
            if kept is lines or len(kept) == len(lines):
                pairs.append(Pair(premise, _joined(true, rng), "supported", "synthetic_business"))
            at = rng.randrange(len(facts))
            false = [fact[1] if i == at else fact[0] for i, fact in enumerate(facts)]
            whole = kept is lines
            label = facts[at][2] if whole else "unsupported"
            draw = rng.random()
            said, claim = (_joined(f, random.Random(draw)) for f in (true, false))
            fault = find_changed(claim, said) if whole else None
            pairs.append(Pair(premise, claim, label, "synthetic_business", fault))
    rng.shuffle(pairs)
    return pairs[:limit]


def _nearest(lines: Sequence[str], rng: random.Random) -> list[str]:
    """Some of the lines of a record, in order, its name among them."""
    some = set(rng.sample(range(len(lines)), max(1, len(lines) * 2 // 3))) | {0}
    return [line for i, line in enumerate(lines) if i in some]
