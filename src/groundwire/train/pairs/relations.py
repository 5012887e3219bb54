"""Situations of two names or two events: who did what, what came first, what is more, and why."""

from __future__ import annotations

import random
from collections.abc import Mapping

from groundwire.train.pairs.drafts import FALSE, TRUE, Draft, split_bars
from groundwire.train.pairs.roles import make_roles
from groundwire.train.pairs.situations import (
    Maker,
    Situation,
    draw_distinct,
    draw_person,
    spell_with_capital,
)

# A clause, and the same event as a noun.
_EVENTS = [
    tuple(line.split("|"))
    for line in (
        "the bridge was repaired|the repair of the bridge",
        "the school was enlarged|the enlargement of the school",
        "the council elected a new mayor|the election of the new mayor",
        "the harbor froze over|the freezing of the harbor",
        "the railway reached the town|the arrival of the railway",
        "the museum bought the painting|the purchase of the painting",
        "the mill burned down|the fire at the mill",
        "the factory closed|the closure of the factory",
        "the orchestra toured the islands|the orchestra's tour of the islands",
        "the two villages merged|the merger of the two villages",
        "the library got a reading room|the opening of the reading room",
        "the union called a strike|the strike",
        "the survey was published|the publication of the survey",
        "the valley was flooded|the flood in the valley",
        "the tram line was extended|the extension of the tram line",
        "the bank raised its fees|the rise in bank fees",
        "the statue was moved|the moving of the statue",
        "the treaty was signed|the signing of the treaty",
        "the hospital hired twenty nurses|the hiring of twenty nurses",
        "the old server was switched off|the shutdown of the old server",
        "the team changed its coach|the change of coach",
        "the new vaccine was approved|the approval of the new vaccine",
    )
]
_DATED = (
    "{A} in {y}, and {B} in {z}.",
    "{B} in {z}; {A} in {y}.",
    "In {y}, {A}. In {z}, {B}.",
    "{z}: {B}. {y}: {A}.",
    "Timeline\n{y}: {A}\n{z}: {B}",
    "{NA} dates from {y}, {NB} from {z}.",
    "| Event | Year |\n|---|---|\n| {NB} | {z} |\n| {NA} | {y} |",
)
_UNDATED = (
    "First {A}, then {B}.",
    "{B}, but only after {A}.",
    "Before {B}, {A}.",
    "{A}. Some time later, {B}.",
    "{NB} was preceded by {NA}.",
    "{NA} was followed by {NB}.",
    "By the time that {B}, {NA} was already history.",
    "{NA} came first; {NB} had to wait until the following year.",
)
_ORDER = (
    "{A} before {B}.",
    "{B} after {A}.",
    "{NA} came before {NB}.",
    "{NB} came later than {NA}.",
    "{NA} was earlier than {NB}.",
    "First {A}, and then {B}.",
    "{NB} followed {NA}.",
    "Of the two, {NA} came first.",
)


def _make_order(rng: random.Random) -> Situation:
    (one, one_noun), (two, two_noun) = rng.sample(_EVENTS, 2)
    y = rng.randint(1880, 2015)
    z = y + rng.randint(1, 12)
    dated = rng.random() < 0.5
    slots = {"A": one, "B": two, "NA": one_noun, "NB": two_noun, "y": str(y), "z": str(z)}
    turned = {"A": two, "B": one, "NA": two_noun, "NB": one_noun, "y": str(z), "z": str(y)}
    told = rng.choice(_DATED if dated else _UNDATED).format(**slots)
    draft = Draft(rng, ". ".join(spell_with_capital(part) for part in told.split(". ")))
    for said in rng.sample(_ORDER, 4):
        draft.tell(said.format(**slots), TRUE)
        draft.tell(said.format(**turned), FALSE)
    draft.ask(f"Which came first, {one_noun} or {two_noun}?", one_noun, TRUE)
    draft.ask(f"Which came first, {one_noun} or {two_noun}?", two_noun, FALSE)
    draft.ask(f"Which came later, {two_noun} or {one_noun}?", two_noun, TRUE)
    draft.ask(f"Which came later, {two_noun} or {one_noun}?", one_noun, FALSE)
    draft.ask_whether(f"Did {one_noun} come before {two_noun}?", True)
    draft.ask_whether(f"Did {two_noun} come before {one_noun}?", False)
    if dated:
        for noun, right, wrong in ((one_noun, y, z), (two_noun, z, y)):
            draft.tell(f"The year of {noun} was {right}.", TRUE)
            draft.tell(f"The year of {noun} was {wrong}.", FALSE)
            draft.ask(f"When was {noun}?", f"In {right}", TRUE)
            draft.ask(f"When was {noun}?", f"In {wrong}", FALSE)
    return draft.build()


_POSTS = split_bars(
    "director of the zoo|editor of the paper|captain of the club|mayor of the town|"
    "conductor of the choir|head of the school|keeper of the lighthouse|chair of the union"
)


def _make_spans(rng: random.Random) -> Situation:
    person, other = draw_distinct(draw_person, 2, rng)
    post = rng.choice(_POSTS)
    start = rng.randint(1920, 1995)
    end = start + rng.randint(6, 20)
    told = rng.choice([
        "{p} was {o} from {s} until {e}.",
        "{p} became {o} in {s} and resigned in {e}.",
        "Between {s} and {e}, {p} served as {o}.",
        "{p} had been {o} since {s} when {q} took over in {e}.",
        "In {e}, {p} retired after {n} years as {o}.",
        "{q} was {o} until {s}; {p} held the post from then until {e}.",
        "{p} ({o}, {s} to {e}) was succeeded by {q}.",
    ])  # fmt: skip
    draft = Draft(rng, told.format(p=person, q=other, o=post, s=start, e=end, n=end - start))
    inside = rng.randint(start + 2, end - 2)
    outside = rng.choice([end + rng.randint(2, 8), start - rng.randint(2, 8)])
    if rng.random() < 0.4:
        clause, noun = rng.choice(_EVENTS)
        within = rng.random() < 0.5
        year = inside if within else outside
        draft.premise += rng.choice([f" In {year}, {clause}.", f" The year of {noun} was {year}."])
        draft.tell(f"{clause} while {person} was {post}.", within)
        draft.tell(f"during {noun}, the {post} was {person}.", within)
        draft.tell(f"at the time of {noun}, {person} was {post}.", within)
        draft.tell(f"{noun} does not fall in the years of {person} as {post}.", not within)
        draft.ask_whether(f"was {person} {post} when {clause}?", within)
    for year, holds in ((inside, True), (outside, False)):
        draft.tell(f"In {year}, {person} was {post}.", holds)
        draft.tell(f"{person} was {post} in {year}.", holds)
        draft.tell(f"{year} was one of the years in which {person} was {post}.", holds)
        draft.ask_whether(f"Was {person} {post} in {year}?", holds)
    for year, holds in ((start, True), (end, False)):
        draft.tell(f"{person} became {post} in {year}.", holds)
        draft.ask(f"Since when was {person} {post}?", f"Since {year}", holds)
        draft.tell(f"{person} stopped being {post} in {year}.", not holds)
        draft.ask(f"Until when was {person} {post}?", f"Until {year}", not holds)
    return draft.build()


# Noun of the subject, unit with its side, how it is said, more, less, most, least, range.
_SCALES = [
    tuple(line.split("|"))
    for line in (
        "tower|{n} m tall|taller|shorter|tallest|shortest|height|40|300",
        "tunnel|{n} km long|longer|shorter|longest|shortest|length|2|40",
        "parcel|{n} kg in weight|heavier|lighter|heaviest|lightest|weight|2|60",
        "lake|{n} m deep|deeper|shallower|deepest|shallowest|depth|5|120",
        "bus|{n} years old|older|newer|oldest|newest|age|2|30",
        "road|{n} m wide|wider|narrower|widest|narrowest|width|4|30",
        "hall|{n} sqm in area|larger|smaller|largest|smallest|area|80|900",
        "engine|{n} kW in output|more powerful|less powerful|most powerful|least powerful|power"
        "|30|400",
        "phone|{n} euros in the shop|more expensive|cheaper|most expensive|cheapest|price|90|999",
        "pump|{n} decibels loud|louder|quieter|loudest|quietest|noise|30|90",
        "oven|{n} degrees at most|hotter|cooler|hottest|coolest|heat|180|450",
    )
]
_PLAIN = {
    "shorter": "short", "lighter": "light", "newer": "new", "narrower": "narrow",
    "smaller": "small", "cheaper": "cheap", "quieter": "quiet", "cooler": "cool",
    "shallower": "shallow",
}  # fmt: skip
_PLACES = split_bars("north|south|east|west|old|new|inner|outer|upper|lower|green|gray")


def _make_comparisons(rng: random.Random) -> Situation:
    noun, measure, more, less, most, least, attribute, low, high = rng.choice(_SCALES)
    count = rng.choice([2, 2, 3])
    numbers = sorted(rng.sample(range(int(low), int(high)), count), reverse=True)
    names = [f"the {word} {noun}" for word in rng.sample(_PLACES, count)]
    rows = list(zip(names, numbers, strict=True))
    rng.shuffle(rows)
    facts = [f"{name} is {measure.format(n=number)}" for name, number in rows]
    unit = measure.format(n="").split()[0]
    premise = rng.choice([
        " ".join(f"{spell_with_capital(fact)}." for fact in facts),
        f"{', '.join(facts[:-1])} and {facts[-1]}.",
        "\n".join(f"{name[4:]}: {number} {unit}" for name, number in rows),
        f"{spell_with_capital(attribute)}: "
        + "; ".join(f"{number} {unit} for {name}" for name, number in rows) + ".",
        f"| {noun} | {attribute} |\n|---|---|\n"
        + "\n".join(f"| {name[4:]} | {number} {unit} |" for name, number in rows),
    ])  # fmt: skip
    draft = Draft(rng, spell_with_capital(premise))
    for i in range(count):
        for j in range(count):
            if i == j:
                continue
            one, two, holds = names[i], names[j], i < j
            draft.tell(f"{one} is {more} than {two}.", holds)
            draft.tell(f"{one} is {less} than {two}.", not holds)
            draft.tell(f"Compared with {two}, {one} is {more}.", holds)
            if less in _PLAIN:
                draft.tell(f"{one} is not as {_PLAIN[less]} as {two}.", holds)
            draft.ask_whether(f"Is {one} {more} than {two}?", holds)
            gap = f"by {abs(numbers[i] - numbers[j])} {unit}"
            draft.tell(f"{one} is {more} than {two} {gap}.", holds)
    kind = ("the two", more, less) if count == 2 else ("all three", most, least)
    for name, number in rows:
        for word, best in ((kind[1], numbers[0]), (kind[2], numbers[-1])):
            draft.tell(f"{name} is the {word} of {kind[0]}.", number == best)
            draft.ask(f"Which {noun} is the {word} of {kind[0]}?", name, number == best)
    return draft.build()


_SERIES = split_bars(
    "the number of visitors|the price of a ticket|the population of the village|the rent|"
    "the number of staff|the harvest of apples|the share price|the water level|the output of the "
    "mine|the number of complaints|the length of the network|the budget of the theater"
)


def _make_changes(rng: random.Random) -> Situation:
    name = rng.choice(_SERIES)
    low = rng.randint(4, 450) * rng.choice([1, 10])
    state = rng.choice(["doubled", "halved", "tripled", "", ""])
    factor = {"": 0, "tripled": 3}.get(state, 2)
    high = low * factor if factor else low + rng.randint(1, low - 1)
    up = state in ("doubled", "tripled") if state else rng.random() < 0.5
    first, last = (low, high) if up else (high, low)
    y = rng.randint(1990, 2018)
    z = y + rng.randint(1, 6)
    told = rng.choice([
        "In {y}, {s} was {a}; in {z}, it was {b}.",
        "{s} went from {a} in {y} to {b} in {z}.",
        "{s} was {b} in {z}. In {y} it had been {a}.",
        "{s}\n{y}: {a}\n{z}: {b}",
        "| Year | {s} |\n|---|---|\n| {y} | {a} |\n| {z} | {b} |",
        "Records of {s} show {a} for {y} and {b} for {z}.",
        "After {a} in {y}, {s} stood at {b} in {z}.",
    ])  # fmt: skip
    slots = {"s": name, "y": y, "z": z, "a": f"{first:,}", "b": f"{last:,}"}
    draft = Draft(rng, spell_with_capital(told.format(**slots)))
    span = f"between {y} and {z}"
    for words, holds in (("rose", up), ("fell", not up), ("went up", up), ("went down", not up)):
        draft.tell(f"{name} {words} {span}.", holds)
    if state:
        wrong = rng.choice([w for w in ("doubled", "halved", "tripled") if w != state])
        draft.tell(f"{name} {state} from {y} to {z}.", TRUE)
        draft.tell(f"{name} {wrong} from {y} to {z}.", FALSE)
    gap = high - low
    draft.tell(f"{span}, {name} increased by {gap:,}.", up)
    draft.tell(f"{span}, {name} decreased by {gap:,}.", not up)
    draft.tell(f"{name} was higher in {y} than in {z}.", not up)
    draft.tell(f"{name} was higher in {z} than in {y}.", up)
    draft.tell(f"{name} was lower in {y} than in {z}.", up)
    draft.tell(f"{name} was lower in {z} than in {y}.", not up)
    for year, value, other in ((y, first, last), (z, last, first)):
        draft.ask(f"What was {name} in {year}?", f"{value:,}", TRUE)
        draft.ask(f"What was {name} in {year}?", f"{other:,}", FALSE)
    draft.ask_whether(f"Did {name} rise {span}?", up)
    draft.ask_whether(f"Was {name} lower in {z} than in {y}?", not up)
    draft.ask(f"In which year was {name} higher?", str(z if up else y), TRUE)
    draft.ask(f"In which year was {name} higher?", str(y if up else z), FALSE)
    return draft.build()


# Events that may stand on either side of a "because".
_CAUSES = [
    tuple(line.split("|"))
    for line in (
        "the road was closed|the closure of the road",
        "the market was moved|the move of the market",
        "the power failed|the power failure",
        "the pump stopped|the stop of the pump",
        "the workers went on strike|the strike of the workers",
        "the parts arrived late|the late arrival of the parts",
        "the river rose|the rise of the river",
        "the price was raised|the rise in price",
        "the software was replaced|the replacement of the software",
        "two trains were canceled|the cancellation of two trains",
        "the contract was ended|the end of the contract",
        "the manager resigned|the resignation of the manager",
        "the alarm went off|the alarm",
        "the building was evacuated|the evacuation of the building",
        "the concert was postponed|the postponement of the concert",
        "the roof was damaged|the damage to the roof",
        "the budget was cut|the budget cut",
        "the project was delayed|the delay of the project",
        "the number of guests fell|the drop in the number of guests",
        "the valve was opened|the opening of the valve",
    )
]
_WHY = (
    "{E} because {C}.",
    "{NC} led to {NE}.",
    "{NE} resulted from {NC}.",
    "{C}, and as a result {E}.",
    "{C}, which is why {E}.",
    "The reason for {NE} was {NC}.",
    "{NE} was a consequence of {NC}.",
    "Since {C}, {E}.",
    "{NC} was the cause of {NE}.",
    "It was because of {NC} that {E}.",
    "{E} as a consequence of {NC}.",
    "{NE} was brought about by {NC}.",
)


def _make_causes(rng: random.Random) -> Situation:
    (cause, cause_noun), (effect, effect_noun), (other, other_noun) = rng.sample(_CAUSES, 3)
    slots = {"C": cause, "NC": cause_noun, "E": effect, "NE": effect_noun}
    turned = {"C": effect, "NC": effect_noun, "E": cause, "NE": cause_noun}
    rival = {"C": other, "NC": other_noun, "E": effect, "NE": effect_noun}
    denied = rng.random() < 0.4
    if denied:
        told = rng.choice([
            f"{effect}, not because {other} but because {cause}.",
            f"Many blamed {other_noun} for {effect_noun}, but the true cause was {cause_noun}.",
            f"{effect_noun} had nothing to do with {other_noun}: it came from {cause_noun}.",
            f"The report rules out {other_noun} as the cause of {effect_noun} and names "
            f"{cause_noun}.",
        ])  # fmt: skip
    else:
        told = rng.choice(_WHY).format(**slots)
    draft = Draft(rng, spell_with_capital(told))
    for said in rng.sample(_WHY, 4):
        draft.tell(said.format(**slots), TRUE)
        draft.tell(said.format(**turned), FALSE)
        if denied:
            draft.tell(said.format(**rival), FALSE)
    question = f"What was the cause of {effect_noun}?"
    draft.ask(question, cause_noun, TRUE)
    draft.ask(question, other_noun, FALSE if denied else "unsupported")
    draft.ask(f"What did {cause_noun} lead to?", effect_noun, TRUE)
    draft.ask(f"What did {cause_noun} lead to?", other_noun, "unsupported")
    draft.ask_whether(f"Did {cause_noun} lead to {effect_noun}?", True)
    draft.ask_whether(f"Did {effect_noun} lead to {cause_noun}?", False)
    return draft.build()


RELATIONS: Mapping[str, Maker] = {
    "roles": make_roles,
    "order": _make_order,
    "spans": _make_spans,
    "comparisons": _make_comparisons,
    "changes": _make_changes,
    "causes": _make_causes,
}
"""Makers of situations of two names or events, by kind."""
