"""Situations of quantifiers and bounds: what "most", "both" or "at least" tell, and what not.

The labels follow from counting: a statement is supported where it holds for every number that the
text leaves open, contradicted where it holds for none, and else not told. Where logic and habit
disagree (from "some came" one takes that some did not), nothing is said.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from groundwire.train.pairs.drafts import FALSE, TRUE, Draft, split_bars
from groundwire.train.pairs.situations import (
    Situation,
    draw_distinct,
    draw_person,
    spell_with_capital,
)

# What a quantifier says of k out of n; the words are followed by "of the {things}" or stand alone.
_QUANTIFIERS: Mapping[str, tuple[Callable[[int, int], bool], Sequence[str]]] = {
    "all": (lambda k, n: k == n, (
        "all of the {p} {d}", "every {s} {d}", "each {s} {d}", "all {p} {d}, without exception",
        "there was no {s} but {d}",
    )),
    "none": (lambda k, n: k == 0, (
        "none of the {p} {d}", "no {s} {d}", "not one of the {p} {d}", "not a single {s} {d}",
    )),
    "most": (lambda k, n: 2 * k > n, (
        "most of the {p} {d}", "more than half of the {p} {d}", "a majority of the {p} {d}",
        "the greater part of the {p} {d}",
    )),
    "some": (lambda k, n: k > 0, (
        "some of the {p} {d}", "at least one of the {p} {d}", "there were {p} that {d}",
    )),
    "half": (lambda k, n: 2 * k == n, (
        "exactly half of the {p} {d}", "one in two {p} {d}", "precisely 50 percent of the {p} {d}",
    )),
    "not all": (lambda k, n: k < n, (
        "not all of the {p} {d}", "not every {s} {d}", "it was not all of the {p} that {d}",
    )),
    "fewer": (lambda k, n: 2 * k < n, (
        "fewer than half of the {p} {d}", "only a minority of the {p} {d}",
        "less than 50 percent of the {p} {d}",
    )),
}  # fmt: skip
_COUNTED = [
    line.split("|")
    for line in (
        "bridge|bridges|passed the inspection", "student|students|passed the exam",
        "room|rooms|had a view of the sea", "member|members|came to the meeting",
        "sample|samples|contained lead", "farm|farms|suffered from the drought",
        "bus|buses|left on time", "parcel|parcels|arrived before noon",
        "school|schools|got a new roof", "witness|witnesses|saw the car",
        "tree|trees|survived the storm", "patient|patients|recovered within a week",
        "shop|shops|stayed open", "runner|runners|reached the finish",
        "letter|letters|went unanswered", "sensor|sensors|failed the test",
        "ship|ships|returned to port", "guest|guests|chose the fish",
        "employee|employees|kept their jobs", "order|orders|contained an error",
    )
]  # fmt: skip
_SMALL = split_bars("zero|one|two|three|four|five|six|seven|eight|nine|ten")


def _judge(told: Callable[[int], bool], said: Callable[[int], bool], total: int) -> str:
    """The label of what is said of k out of a total, where what is told leaves some k open."""
    possible = [said(k) for k in range(total + 1) if told(k)]
    return TRUE if all(possible) else "not_enough" if any(possible) else FALSE


def _holds(kind: str, total: int, count: int) -> bool:
    return _QUANTIFIERS[kind][0](count, total)


# What is told and said, where logic and habit disagree: "not all came" lets one think of some.
_UNCLEAR = {
    ("not all", "some"), ("not all", "none"), ("fewer", "some"), ("fewer", "none"),
    ("some", "not all"), ("most", "not all"),
}  # fmt: skip


def _weigh_support(kind: str) -> float:
    """How many of the quantifiers, told, support one that is said, for each that does not."""
    judged = [_judge(partial(_holds, told, 12), partial(_holds, kind, 12), 12)
              for told in _QUANTIFIERS if (told, kind) not in _UNCLEAR]  # fmt: skip
    return judged.count(TRUE) / (len(judged) - judged.count(TRUE))


def _balance(labels: Mapping[str, str], rng: random.Random) -> list[str]:
    """The quantifiers to say: one that is seldom true is seldom said where it is not."""
    groups: dict[bool, list[str]] = {True: [], False: []}
    kept = []
    for kind, label in labels.items():
        rate = 1 / _SUPPORTS[kind] if label == TRUE else _SUPPORTS[kind]
        groups[label == TRUE].append(kind)
        if rng.random() < rate:
            kept.append(kind)
    for group in groups.values():
        if not set(group) & set(kept):
            kept.append(rng.choice(group))
    return kept


_SUPPORTS = {kind: _weigh_support(kind) for kind in _QUANTIFIERS}


def make_quantifiers(rng: random.Random) -> Situation:
    """Returns a count or a quantifier, and what others it tells."""
    singular, plural, did = rng.choice(_COUNTED)
    slots = {"s": singular, "p": plural, "d": did}
    total = 12
    counted = rng.random() < 0.4
    if counted:
        total = rng.randint(3, 10)
        count = rng.choice([total, (total + 1) // 2, rng.randint(1, total)])
        words = _SMALL[count], _SMALL[total]
        if count == total:
            words = f"all {words[1]}", ""
        shown = rng.choice([
            f"{words[0]} of the {words[1]} {plural} {did}" if words[1] else
            f"{words[0]} {plural} {did}",
            f"there were {_SMALL[total]} {plural}, of which {words[0]} {did}",
            f"{count} of {total} {plural} {did}",
            f"of the {_SMALL[total]} {plural}, {'exactly ' * (count < total)}{words[0]} {did}",
        ])  # fmt: skip
    else:
        name = rng.choice([*_QUANTIFIERS, "none", "half"])
        holds, forms = _QUANTIFIERS[name]
        count = -1
        shown = rng.choice(forms[:-1] if name == "all" else forms).format(**slots)

    def told(k: int) -> bool:
        return k == count if counted else holds(k, total)

    lead = rng.choice(["", "", "the inspector noted that ", "last year, ", "as the log shows, "])
    draft = Draft(rng, spell_with_capital(f"{lead}{shown}."))
    kinds = [kind for kind in _QUANTIFIERS if counted or (name, kind) not in _UNCLEAR]
    labels = {kind: _judge(told, partial(_holds, kind, total), total) for kind in kinds}
    kept = _balance(labels, rng)
    for kind in kept:
        said = _QUANTIFIERS[kind][1]
        for form in rng.sample(said[:-1] if kind == "all" else said, 2):
            draft.tell(form.format(**slots) + ".", labels[kind])
        if labels[kind] in (TRUE, FALSE):
            claim = said[0].format(**slots)
            draft.ask_whether(f"is it right that {claim}?", labels[kind] == TRUE)
    if counted:
        below, above = max(0, count - 1), min(total, count + 1)
        wrong = rng.choice([k for k in (below, above) if k != count])
        for k in (count, wrong):
            draft.ask(f"How many of the {plural} {did}?", spell_with_capital(_SMALL[k]), k == count)
            draft.tell(f"The number of {plural} that {did} was {k}.", k == count)
        if above > count:
            low = rng.choice([max(below, 1), count])
            draft.tell(f"At least {_SMALL[low]} of the {plural} {did}.", TRUE)
            draft.tell(f"At least {_SMALL[above]} of the {plural} {did}.", FALSE)
        if below > 0:
            high = rng.choice([count, above])
            draft.tell(f"No more than {_SMALL[high]} of the {plural} {did}.", TRUE)
            draft.tell(f"No more than {_SMALL[below]} of the {plural} {did}.", FALSE)
    return draft.build()


_PAIRS = [
    line.split("|")
    for line in (
        "won a medal|win a medal", "signed the letter|sign the letter",
        "went to the hearing|go to the hearing", "voted for the plan|vote for the plan",
        "missed the train|miss the train", "applied for the job|apply for the job",
        "lived in the capital|live in the capital", "spoke at the opening|speak at the opening",
        "finished the course|finish the course", "owned a car|own a car",
        "agreed to the merger|agree to the merger", "got a refund|get a refund",
    )
]  # fmt: skip


def make_both(rng: random.Random) -> Situation:
    """Returns what two people did, or one of them, or neither."""
    a, b = draw_distinct(draw_person, 2, rng)
    did, do = rng.choice(_PAIRS)
    first, second = rng.choice(
        [(True, True)] * 3 + [(False, False)] * 3 + [(True, False), (False, True)] * 2
    )
    if first and second:
        told = rng.choice([f"both {a} and {b} {did}", f"{a} {did}, and so did {b}",
                           f"{a} {did} together with {b}", f"{a} and {b} both {did}"])  # fmt: skip
    elif not first and not second:
        told = rng.choice([f"neither {a} nor {b} {did}", f"{a} did not {do}, and nor did {b}",
                           f"{a} and {b} were two who did not {do}"])  # fmt: skip
    else:
        yes, no = (a, b) if first else (b, a)
        told = rng.choice([
            f"{yes} {did}, but {no} did not", f"of the two, {a} and {b}, only {yes} {did}",
            f"unlike {no}, {yes} {did}", f"{no} did not {do}; {yes} did",
            f"it was {yes}, not {no}, who {did}",
        ])  # fmt: skip
    draft = Draft(rng, spell_with_capital(told) + ".")
    draft.tell(f"Both {a} and {b} {did}.", first and second, share=0.3)
    draft.tell(f"Neither {a} nor {b} {did}.", not first and not second, share=0.3)
    draft.tell(f"Only one of the two {did}.", first != second, share=0.4)
    draft.tell(f"At least one of the two, {a} or {b}, {did}.", first or second, share=0.7)
    draft.tell(f"Of {a} and {b}, at least one did not {do}.", not (first and second), share=0.7)
    for name, holds, other, too in ((a, first, b, second), (b, second, a, first)):
        draft.tell(f"{name} {did}.", holds)
        draft.tell(f"{name} did not {do}.", not holds)
        draft.tell(f"Of the two, only {name} {did}.", holds and not too, share=0.2)
        draft.ask_whether(f"Did {name} {do}?", holds)
        if holds != too:
            draft.ask(f"Which of the two {did}?", name, holds)
            draft.ask(f"Which of the two did not {do}?", other, holds)
    states = {
        "Both": first and second,
        "Neither": not (first or second),
        "Only one": first != second,
    }
    right = next(name for name in states if states[name])
    wrong = rng.choice([name for name in states if not states[name]])
    for answer, holds in ((right, True), (wrong, False)):
        draft.ask(f"Did both of them {do}, or neither, or only one?", answer, holds)
    return draft.build()


_Bound: TypeAlias = Callable[[int, int], bool]
_BOUNDS: Sequence[tuple[str, _Bound]] = (
    ("at most {b} {u}", lambda x, b: x <= b),
    ("no more than {b} {u}", lambda x, b: x <= b),
    ("{b} {u} or fewer", lambda x, b: x <= b),
    ("fewer than {b} {u}", lambda x, b: x < b),
    ("at least {b} {u}", lambda x, b: x >= b),
    ("no fewer than {b} {u}", lambda x, b: x >= b),
    ("{b} {u} or more", lambda x, b: x >= b),
    ("more than {b} {u}", lambda x, b: x > b),
    ("over {b} {u}", lambda x, b: x > b),
    ("under {b} {u}", lambda x, b: x < b),
    ("exactly {b} {u}", lambda x, b: x == b),
)
_MEASURED = [
    line.split("|")
    for line in (
        "the choir has {x}|singers", "the fair drew {x}|visitors", "the archive holds {x}|maps",
        "the farm keeps {x}|sheep", "the strike involved {x}|drivers", "the village has {x}|houses",
        "the survey reached {x}|households", "the fleet consists of {x}|vans",
        "the herbarium contains {x}|plants", "the firm employs {x}|people",
        "the fire destroyed {x}|barns", "the course needs {x}|participants",
    )
]  # fmt: skip
_RULES = [
    line.split("|")
    for line in (
        "the weight of a bag must be {x}|kg|a bag of {v} kg meets the rule",
        "the age of applicants must be {x}|years|an applicant of {v} years meets the rule",
        "the size of the group has to be {x}|people|a group of {v} people is in order",
        "the size of a file must be {x}|MB|a file of {v} MB is in order",
        "the length of a title has to be {x}|letters|a title of {v} letters meets the rule",
        "the temperature of the water must be {x}|degrees|water of {v} degrees meets the rule",
        "the length of a plank must be {x}|cm|a plank of {v} cm is in order",
        "the rent of the flat must be {x}|euros a day|a rent of {v} euros a day is in order",
    )
]  # fmt: skip
_STEPS = (-10, 0, 10)


def _judge_bound(told: _Bound, bound: int, said: _Bound, figure: int) -> str:
    return _judge(lambda k: told(k, bound), lambda k: said(k, figure), 100)


def _measure_share(said: _Bound) -> float:
    """The share of statements with a bound that are supported, over all bounds that are told."""
    judged = [_judge_bound(told, 50, said, 50 + step) for _, told in _BOUNDS for step in _STEPS]
    return judged.count(TRUE) / len(judged)


_SHARES = {words: _measure_share(said) for words, said in _BOUNDS}


def make_bounds(rng: random.Random) -> Situation:
    """Returns a bound on a number, and figures on either side."""
    bound = rng.choice([20, 30, 40, 50, 60, 80])
    if rng.random() < 0.4:
        phrase, holds = rng.choice([row for row in _BOUNDS if "fewer" not in row[0]])
        rule, unit, said = rng.choice(_RULES)
        shown = phrase.format(b=bound, u=unit)
        draft = Draft(rng, spell_with_capital(rule.format(x=shown)) + ".")
        for value in {bound, bound + rng.randint(1, 9), bound - rng.randint(1, 9)}:
            draft.tell(said.format(v=value) + ".", holds(value, bound))
            draft.ask_whether(f"is it right that {said.format(v=value)}?", holds(value, bound))
        return draft.build()
    phrase, holds = rng.choice(_BOUNDS)
    told, unit = rng.choice(_MEASURED)
    draft = Draft(rng, spell_with_capital(told.format(x=phrase.format(b=bound, u=unit))) + ".")
    labeled = [
        (words, bound + step, _judge_bound(holds, bound, said, bound + step))
        for words, said in _BOUNDS
        for step in _STEPS
    ]
    # One that is supported and one that is not stay, whatever else is left out.
    sure = [rng.choice([row for row in labeled if (row[2] == TRUE) == wanted and row[0] != phrase])
            for wanted in (True, False)]  # fmt: skip
    for words, figure, label in labeled:
        claim = told.format(x=words.format(b=figure, u=unit))
        draft.tell(claim + ".", label, 0.5 if (words, figure, label) in sure else _SHARES[words])
        if label in (TRUE, FALSE):
            draft.ask_whether(f"is it right that {claim}?", label == TRUE)
    return draft.build()
