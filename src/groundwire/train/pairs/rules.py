"""Makers of situations of rules: what must, may and must not be done, by whom, up to where.

A rule and its flips share nearly all words: "must not" and "need not", "only members" and
"members", "except on Sundays", "at most ten". The statements are what follows from a rule and what
it excludes or leaves open.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from groundwire.text.words import split_table
from groundwire.train.pairs.situations import (
    Maker,
    Situation,
    draw_body,
    draw_distinct,
    draw_person,
    draw_place,
    spell_with_capital,
)

_PEOPLE = split_table(
    "visitors members guests employees tenants students drivers patients passengers volunteers "
    "contractors residents players suppliers customers trainees teachers owners"
)
_ACTS = (
    "bring dogs", "use the side door", "park in the yard", "work from home", "wear a helmet",
    "sign the register", "carry a badge", "take photographs", "smoke on the terrace",
    "enter the archive", "pay in cash", "swim in the lake", "use the freight lift",
    "share their password", "store food in the room", "light a fire", "leave the building at noon",
    "vote by post", "keep a copy of the key", "sublet the flat", "print in color",
    "record the meeting", "take the samples home", "book two weeks ahead", "wash the filter",
    "show a passport", "open the windows", "file a report", "switch the pump off at night",
    "update the firmware by hand", "send the form by e-mail", "use the library on weekends",
)  # fmt: skip

_MUST_NOT = (
    "{P} must not {a}.", "{P} are not allowed to {a}.", "{P} may not {a}.",
    "It is forbidden for {p} to {a}.", "{P} are prohibited from {ing}.", "{P} are not permitted to "
    "{a}.", "{P} cannot {a}; it is against the rules.",
)  # fmt: skip
_MUST = (
    "{P} must {a}.", "{P} are required to {a}.", "{P} have to {a}.", "{P} are obliged to {a}.",
    "It is mandatory for {p} to {a}.", "All {p} shall {a}.",
)  # fmt: skip
_MAY = (
    "{P} may {a}.", "{P} are allowed to {a}.", "{P} can {a} if they like.",
    "{P} are permitted to {a}.", "{P} have the right to {a}.", "It is optional for {p} to {a}.",
)  # fmt: skip
_NEED_NOT = (
    "{P} need not {a}.", "{P} do not have to {a}.", "{P} are not required to {a}.",
    "{P} are under no duty to {a}.",
)  # fmt: skip
_SHOULD = ("{P} should {a}.", "{P} are advised to {a}.", "It is recommended that {p} {a}.")

_FOLLOWS: Mapping[str, Mapping[str, str]] = {
    "must not": {"must not": "supported", "must": "contradicted", "may": "contradicted"},
    "must": {"must": "supported", "must not": "contradicted", "need not": "contradicted"},
    "may": {"may": "supported", "must not": "contradicted", "must": "unsupported"},
    "need not": {"need not": "supported", "must": "contradicted", "must not": "unsupported"},
    "should": {"should": "supported", "must": "unsupported", "must not": "contradicted"},
}
"""What a rule of one mode says of the others; pairs that are open to dispute are left out."""

_SHAPES = {
    "must not": _MUST_NOT, "must": _MUST, "may": _MAY, "need not": _NEED_NOT, "should": _SHOULD,
}  # fmt: skip
_QUESTIONS = {
    "must": ("Must {p} {a}?", "Are {p} required to {a}?", "Do {p} have to {a}?"),
    "may": ("May {p} {a}?", "Are {p} allowed to {a}?", "Can {p} {a}?"),
}
_REPLIES = {
    ("must not", "may"): False, ("may", "may"): True, ("must", "must"): True,
    ("need not", "must"): False, ("should", "must"): False,
}  # fmt: skip


def _make_gerund(act: str) -> str:
    verb, _, rest = act.partition(" ")
    if verb.endswith("e"):
        verb = verb[:-1]
    elif verb in ("sublet", "swim"):
        verb += verb[-1]
    return f"{verb}ing {rest}"


def _fill(shape: str, people: str, act: str) -> str:
    return shape.format(P=spell_with_capital(people), p=people, a=act, ing=_make_gerund(act))


def make_rule(rng: random.Random) -> Situation:
    """Draws a duty, a permission or a prohibition, and the other modes of the same act."""
    people, act = rng.choice(_PEOPLE), rng.choice(_ACTS)
    mode = rng.choice([*_FOLLOWS])
    shapes = list(_SHAPES[mode])
    premise = _fill(shapes.pop(rng.randrange(len(shapes))), people, act)
    statements = [
        (_fill(rng.choice(shapes if other == mode else _SHAPES[other]), people, act), label)
        for other, label in _FOLLOWS[mode].items()
    ]
    answers = []
    for kind, asked in _QUESTIONS.items():
        if (mode, kind) in _REPLIES:
            yes = _REPLIES[mode, kind]
            question = _fill(rng.choice(asked), people, act)
            answers += [
                (question, rng.choice(["Yes.", "Yes, they " + kind + "."]),
                 "supported" if yes else "contradicted"),
                (question, rng.choice(["No.", "No, they " + ("need not." if kind == "must" else
                 "may not.")]), "contradicted" if yes else "supported"),
            ]  # fmt: skip
    return Situation(premise, tuple(statements), tuple(answers))


_ONLY = (
    "Only {p} may {a}.", "{P} alone are allowed to {a}.", "No one but {p} may {a}.",
    "Nobody except {p} is permitted to {a}.", "The right to {a} is reserved for {p}.",
)  # fmt: skip
_SHARED = (
    "Not only {p} may {a}; everyone else may, too.", "{P} and all others may {a}.",
    "Everyone, whether among the {p} or not, is allowed to {a}.",
    "The right to {a} is not reserved for {p}: anyone has it.",
)  # fmt: skip
_EXCEPT = (
    "All {group} except {p} may {a}.", "Everyone but {p} is allowed to {a}.",
    "{Group}, with the exception of {p}, may {a}.", "Apart from {p}, all {group} may {a}.",
    "Any of the {group} may {a}, {p} excepted.",
)  # fmt: skip


def make_only(rng: random.Random) -> Situation:
    """Draws a right of one group alone, or of that group and all others."""
    people, other = rng.sample(_PEOPLE, 2)
    act = rng.choice(_ACTS)
    shared = rng.random() < 0.4
    yes, no = ("supported", "contradicted") if shared else ("contradicted", "supported")
    strangers = f"people who are not {people}"
    statements = [
        (_fill("{P} may {a}.", people, act), "supported"),
        (_fill("{P} are allowed to {a}.", people, act), "supported"),
        (_fill("{P} may not {a}.", people, act), "contradicted"),
        (_fill("{P} may {a}.", strangers, act), yes),
        (_fill("{P} may not {a}.", strangers, act), no),
        (_fill("Everyone may {a}.", people, act), yes),
        (_fill("Not everyone may {a}.", people, act), no),
        (_fill("Only {p} may {a}.", people, act), no),
        (_fill("{P}, too, may {a}.", f"those who are not {people}", act), yes),
    ]
    asked = f"Who may {act}?"
    answers = (
        (asked, f"Only {people}.", no), (asked, "Everyone.", yes),
        (asked, f"Only {other}.", "contradicted"),
    )  # fmt: skip
    shapes = _SHARED if shared else _ONLY
    return Situation(_fill(rng.choice(shapes), people, act), tuple(statements), answers)


def make_exception(rng: random.Random) -> Situation:
    """Draws a rule for all of a group but one: for that one it does not hold."""
    act = rng.choice(_ACTS)
    group, noun = rng.choice([
        ("branches", "the {x} branch"), ("models", "the {x} model"), ("floors", "the {x} floor"),
        ("teams", "the {x} team"), ("rooms", "the {x} room"), ("depots", "the {x} depot"),
    ])  # fmt: skip
    names = rng.sample(["red", "blue", "green", "eastern", "western", "first", "third", "largest",
                        "oldest", "smallest"], 2)  # fmt: skip
    out, inside = (noun.format(x=name) for name in names)
    state, lacks = rng.choice([
        ("open on Sundays", "not open on Sundays"), ("have a lift", "do not have a lift"),
        ("use gas", "do not use gas"), ("are insured", "are not insured"),
        ("were painted in May", "were not painted in May"), ("run on diesel", "do not run on "
        "diesel"), ("passed the test", "did not pass the test"),
    ])  # fmt: skip
    singular = _make_singular(state), _make_singular(lacks)
    premise = rng.choice([
        "All {g} except {x} {s}.", "Except for {x}, all the {g} {s}.",
        "With the exception of {x}, the {g} {s}.", "All the {g} {s}, but {x} does not follow suit: "
        "it {n}.", "Every one of the {g} but {x} belongs to those that {s}.",
    ]).format(g=group, x=out, s=state, n=singular[1])  # fmt: skip
    statements = [
        (f"{out} {singular[1]}.", "supported"), (f"{out} {singular[0]}.", "contradicted"),
        (f"{inside} {singular[0]}.", "supported"), (f"{inside} {singular[1]}.", "contradicted"),
        (f"All {group} {state}.", "contradicted"), (f"Not all {group} {state}.", "supported"),
    ]  # fmt: skip
    people = rng.choice(_PEOPLE)
    if rng.random() < 0.4:
        shape = rng.choice(_EXCEPT)
        other = rng.choice([p for p in _PEOPLE if p != people])
        premise = shape.format(
            group="people in the building", Group="People in the building", p=people, a=act
        )
        statements = [
            (_fill("{P} may {a}.", people, act), "contradicted"),
            (_fill("{P} may not {a}.", people, act), "supported"),
            (_fill("{P} in the building may {a}.", other, act), "supported"),
            (_fill("{P} in the building may not {a}.", other, act), "contradicted"),
        ]
    return Situation(
        premise, tuple((spell_with_capital(claim), label) for claim, label in statements)
    )


def _make_singular(state: str) -> str:
    swaps = (
        ("are ", "is "), ("were ", "was "), ("do not ", "does not "), ("did not ", "did not "),
        ("not open", "is not open"), ("open", "is open"), ("have ", "has "), ("use ", "uses "),
        ("run ", "runs "), ("passed", "passed"),
    )  # fmt: skip
    for plural, singular in swaps:
        if state.startswith(plural):
            return singular + state[len(plural) :]
    return state


_LIMITS = (
    ("Bags of up to {n} kg may be taken on board.", "A bag of {x} kg may be taken on board."),
    ("Children under {n} ride free.", "A child of {x} rides free."),
    ("The pool admits at most {n} swimmers at a time.", "{x} swimmers may use the pool at once."),
    (
        "Trucks of more than {n} tonnes must take the ring road.",
        "A truck of {x} tonnes must take the ring road.",
    ),
    ("Applicants must be at least {n} years old.", "A person of {x} can apply."),
    ("Orders over {n} euros are shipped free.", "An order of {x} euros is shipped free."),
    ("Refunds are granted within {n} days of purchase.", "A refund is granted after {x} days."),
    (
        "Rooms with fewer than {n} seats need no second exit.",
        "A room with {x} seats needs no second exit.",
    ),
    ("The discount applies from {n} tickets upward.", "The discount applies to {x} tickets."),
    ("Files larger than {n} MB are rejected.", "A file of {x} MB is rejected."),
    ("The alarm sounds above {n} degrees.", "The alarm sounds at {x} degrees."),
    ("No more than {n} guests may stay in a cabin.", "{x} guests may stay in a cabin."),
    ("The lift carries a maximum of {n} people.", "The lift can carry {x} people."),
    ("A minimum of {n} votes is needed.", "{x} votes are enough."),
)
_UPWARD = frozenset({3, 4, 5, 8, 9, 10, 13})
"""Of ``_LIMITS`` those that hold above the figure."""


def make_limit(rng: random.Random) -> Situation:
    """Draws a bound, and cases on either side of it."""
    at = rng.randrange(len(_LIMITS))
    premise, case = _LIMITS[at]
    bound = rng.randint(6, 60)
    above, below = bound + rng.randint(2, 12), max(1, bound - rng.randint(2, 5))
    inside, outside = (above, below) if at in _UPWARD else (below, above)
    said = premise.format(n=bound)
    figure = f" {bound} "
    statements = [
        (case.format(x=inside), "supported"),
        (case.format(x=outside), "contradicted"),
        (said, "supported"),
        (said.replace(figure, f" {rng.choice([above, below])} "), "contradicted"),
    ]
    return Situation(said, tuple(statements))


_TERMS = (
    ("the seal is unbroken", "the seal is broken"),
    ("the receipt is shown", "no receipt is shown"),
    ("the order was paid by card", "the order was paid in cash"),
    ("the request comes before noon", "the request comes after noon"),
    ("the device is registered", "the device is not registered"),
    ("a manager signs", "no manager signs"),
    ("the weather is dry", "it rains"),
    ("the account is verified", "the account is not verified"),
    ("the patient is over 65", "the patient is 40"),
)
_GRANTS = (
    "a refund is paid", "the deposit is returned", "a replacement is sent", "the fee is waived",
    "access is granted", "the tour takes place", "the warranty holds", "the bonus is due",
    "the dose may be doubled", "the contract can be ended early",
)  # fmt: skip


def make_term(rng: random.Random) -> Situation:
    """Draws a benefit under a condition: without it, an answer that drops it says too much."""
    met, unmet = rng.choice(_TERMS)
    grant = rng.choice(_GRANTS)
    premise = rng.choice([
        "{G} only if {m}.", "{G} if {m}, otherwise not.", "If {m}, {g}; if not, it is refused.",
        "{G} on condition that {m}.", "{G}, provided that {m}.",
    ]).format(G=spell_with_capital(grant), g=grant, m=met)  # fmt: skip
    free = rng.random() < 0.35
    if free:  # the same words, without the condition
        premise = rng.choice([
            "{G} in any case, whether or not {m}.", "{G}, even if {u}.",
            "{G} both when {m} and when {u}.", "It does not matter whether {m}: {g} all the same.",
        ]).format(G=spell_with_capital(grant), g=grant, m=met, u=unmet)  # fmt: skip
    other = ("contradicted", "supported")[free]
    statements = [
        (f"{spell_with_capital(grant)} if {met}.", "supported"),
        (f"If {met}, {grant}.", "supported"),
        (f"{spell_with_capital(grant)} even if {unmet}.", other),
        (f"If {unmet}, {grant}.", other),
        (f"{spell_with_capital(grant)} in any case.", other),
        (f"{spell_with_capital(grant)} whether or not {met}.", other),
        (f"{spell_with_capital(grant)} only if {met}.", ("supported", "contradicted")[free]),
    ]
    return Situation(premise, tuple(statements))


_WORKS = split_table("report map song bridge engine garden vaccine program statue bell")


def make_membership(rng: random.Random) -> Situation:
    """Draws a list of things or people: what is on it, what is not, whether it is all."""
    owner = draw_body(rng)
    people = draw_distinct(draw_person, 4, rng)
    places = draw_distinct(draw_place, 4, rng)
    items, shape = rng.choice([
        (places, "has offices in"), (people, "was founded by"), (places, "delivers to"),
        (people, "is run by"), (rng.sample(_WORKS, 4), "lent out a"),
    ])  # fmt: skip
    *inside, out = items
    article = "a " if shape.endswith(" a") else ""
    listed = f"{inside[0]}, {article}{inside[1]} and {article}{inside[2]}"
    premise = rng.choice([
        "{o} {s} {l}.", "{o} {s} {l}, and nothing else is on the list.",
        "The following is known of {o}: it {s} {l}.",
    ]).format(o=owner, s=shape, l=listed)  # fmt: skip
    premise, owner = spell_with_capital(premise), spell_with_capital(owner)
    closed = "nothing else" in premise
    statements = [
        (f"{owner} {shape} {rng.choice(inside)}.", "supported"),
        (f"{owner} {shape} {inside[1]} and {article}{inside[2]}.", "supported"),
        (f"{owner} {shape} {out}.", "contradicted" if closed else "not_enough"),
        (f"{owner} {shape} only {article}{inside[0]} and {article}{inside[1]}.", "contradicted"),
        (f"{owner} {shape} {inside[0]} and {article}{out}.", "unsupported"),
    ]
    return Situation(premise, tuple(statements))


RULES: Mapping[str, Maker] = {
    "rule": make_rule,
    "only": make_only,
    "exception": make_exception,
    "limit": make_limit,
    "term": make_term,
    "membership": make_membership,
}
"""By kind."""
