"""Situations of amounts: the value of the neighbor, units, names one off, quantifiers and bounds.

A claim whose figure stands in the text, beside another subject, is the commonest false claim that
reads as a true one. Every value here is true of one subject and false of the other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundwire.train.pairs.drafts import FALSE, TRUE, Draft, split_bars
from groundwire.train.pairs.quantifiers import make_both, make_bounds, make_quantifiers
from groundwire.train.pairs.situations import (
    Maker,
    Situation,
    draw_distinct,
    draw_person,
    draw_place,
    spell_with_capital,
)

# The attribute, its subjects, a value, the lowest and highest number and the step, and a sentence;
# "-" says the same in other words, "?" asks for the value and "!" for the subject.
_SHEETS = """
height
the north tower;the south tower;the clock tower;the water tower;the old tower
{n} m
20;300;1
{s} is {v} tall
- the height of {s} is {v}
- {s} rises to {v}
- {s} measures {v} from foot to top
? how tall is {s}?
! which tower is {v} tall?

daily dose
adults;children;older patients;teenagers;pregnant women
{n} mg
20;900;10
{s} take {v} a day
- the daily dose for {s} is {v}
- {v} a day are recommended for {s}
- {s} should have {v} each day
? how much do {s} take a day?
! who takes {v} a day?

price per month
the basic plan;the family plan;the team plan;the student plan;the premium plan
{n} euros
4;90;1
{s} costs {v} per month
- the monthly price of {s} is {v}
- users pay {v} a month for {s}
- {s} is available for {v} per month
? how much is {s} per month?
! which plan costs {v} per month?

results of the season
wins;draws;losses
{n}
3;25;1
the season ended with {v} {s}
- the team had {v} {s}
- the number of {s} was {v}
- there were {v} {s} in the season
? how many {s} did the team have?

pages per minute
the compact model;the office model;the travel model;the studio model
{n} pages per minute
8;90;1
{s} prints {v}
- the speed of {s} is {v}
- {s} manages {v}
- with {s}, one gets {v}
? how fast does {s} print?
! which model prints {v}?

opening time of the museum
Monday;Tuesday;Wednesday;Friday;Saturday;Sunday
{n}:00
6;11;1
on {s}, the museum opens at {v}
- the doors of the museum open at {v} on {s}
- visitors get in from {v} on {s}
- opening time on {s} is {v}
? when does the museum open on {s}?
! on which day does the museum open at {v}?

deadline
the outline;the first draft;the figures;the final report;the slides
{n} May
1;31;1
{s} must be in by {v}
- the deadline for {s} is {v}
- {s} may be handed in until {v}
- the last day for {s} is {v}
? when must {s} be in?
! what must be in by {v}?

revenue of the company
2016;2017;2018;2019;2020;2021;2022
{n} million euros
12;480;1
in {s}, revenue was {v}
- the company took in {v} in {s}
- revenue for {s} stood at {v}
- {s} brought revenue of {v}
? what was the revenue in {s}?
! in which year was revenue {v}?

population
towns
{n},000 people
3;400;1
{s} has {v}
- {v} live in {s}
- the population of {s} is {v}
- {s} is home to {v}
? how many people live in {s}?
! which place has {v}?

age
people
{n}
19;80;1
{s} is {v} years old
- the age of {s} is {v}
- {s} is {v}
? how old is {s}?
! who is {v} years old?

seats
the blue room;the garden room;the main hall;the cellar;the attic room
{n} seats
12;300;1
{s} has {v}
- there are {v} in {s}
- {s} offers {v}
- in {s}, one finds {v}
? how many seats does {s} have?
! which room has {v}?

battery life
the watch;the phone;the tablet;the headset;the reader
{n} hours
5;90;1
the battery of {s} lasts {v}
- {s} runs for {v} on a full battery
- one charge of {s} is good for {v}
- after {v}, {s} has to be charged
? how long does the battery of {s} last?
! which device lasts {v}?

distance from the hotel
the harbor;the station;the airport;the stadium;the market
{n} km
1;60;1
{s} is {v} from the hotel
- it is {v} from the hotel to {s}
- the way from the hotel to {s} is {v}
- {s} lies at a distance of {v} from the hotel
? how far is {s} from the hotel?
! what is {v} from the hotel?

boiling time
eggs;potatoes;beans;rice;carrots
{n} minutes
4;60;1
{s} boil for {v}
- {s} must boil for {v}
- {s} are ready after {v}
- the boiling time for {s} is {v}
? how long do {s} boil?
! what boils for {v}?

fine
speeding;littering;illegal parking;fishing without a permit
{n} dollars
20;700;5
the fine for {s} is {v}
- {s} costs {v}
- whoever is caught at {s} pays {v}
- {s} is punished with a fine of {v}
? what is the fine for {s}?
! what is punished with a fine of {v}?

votes
people
{n} votes
40;900;1
{s} received {v}
- {v} went to {s}
- {s} was given {v}
- {s} ended up with {v}
? how many votes did {s} receive?
! who received {v}?

share of the electricity
wind;coal;hydropower;solar power;gas
{n} percent
4;24;1
{s} supplies {v} of the electricity
- {v} of the electricity comes from {s}
- the share of {s} in electricity is {v}
- {s} accounts for {v} of the electricity
? what share of the electricity comes from {s}?
! what supplies {v} of the electricity?

storage time for deleted files
the standard account;the trial account;the school account;the business account
{n} days
7;365;1
{s} keeps deleted files for {v}
- with {s}, deleted files are kept for {v}
- deleted files stay in {s} for {v}
- {s} removes deleted files after {v}
? how long does {s} keep deleted files?
! which account keeps deleted files for {v}?
"""


@dataclass(slots=True)
class _Sheet:
    """An attribute that several subjects have."""

    title: str
    subjects: str
    value: str
    numbers: range
    sentence: str
    others: list[str]
    ask_value: str
    ask_name: str


def _read_sheet(block: str) -> _Sheet:
    lines = block.split("\n")
    title, subjects, value, bounds, sentence = lines[:5]
    low, high, step = map(int, bounds.split(";"))
    marked = {mark: [x[2:] for x in lines[5:] if x[0] == mark] for mark in "-?!"}
    return _Sheet(
        title, subjects, value, range(low, high + 1, step), sentence,
        marked["-"], marked["?"][0], "".join(marked["!"]),
    )  # fmt: skip


_READ = [_read_sheet(block) for block in _SHEETS.strip().split("\n\n")]


def _lay_out(title: str, rows: Sequence[tuple[str, str]], sentence: str, rng: random.Random) -> str:
    """The rows as a sentence, sentences, lines, a table or JSON."""
    facts = [sentence.format(s=subject, v=value) for subject, value in rows]
    names = [_strip_article(subject) for subject, _ in rows]
    values = [value for _, value in rows]
    shape = rng.randrange(11)
    if shape == 0:
        return f"{spell_with_capital(', '.join(facts[:-1]))} and {facts[-1]}."
    if shape == 1:
        return f"{spell_with_capital('; '.join(facts))}."
    if shape == 2 and len(facts) == 2:
        return f"{spell_with_capital(facts[0])}, while {facts[1]}."
    if shape == 3:
        lines = (f"{name}: {value}" for name, value in zip(names, values, strict=True))
        return f"{spell_with_capital(title)}\n\n" + "\n".join(lines)
    if shape == 4:
        items = (f"- {spell_with_capital(name)}: {value}" for name, value in
                 zip(names, values, strict=True))  # fmt: skip
        return f"{spell_with_capital(title)}\n" + "\n".join(items)
    if shape == 5:
        body = "\n".join(f"| {name} | {value} |" for name, value in zip(names, values, strict=True))
        return f"| | {title} |\n|---|---|\n{body}"
    if shape == 6:
        head = " | ".join(names)
        return f"| | {head} |\n|{'---|' * (len(rows) + 1)}\n| {title} | {' | '.join(values)} |"
    if shape == 7:
        key = title.replace(" ", "_")
        return json.dumps(
            [{"name": name, key: value} for name, value in zip(names, values, strict=True)]
        )
    if shape == 8:
        return json.dumps({title.replace(" ", "_"): dict(zip(names, values, strict=True))})
    if shape == 9:
        inner = ", ".join(f"{name} ({value})" for name, value in zip(names, values, strict=True))
        return f"{spell_with_capital(title)}: {inner}."
    return " ".join(f"{spell_with_capital(fact)}." for fact in facts)


def _strip_article(subject: str) -> str:
    return subject.removeprefix("the ")


def _make_neighbors(rng: random.Random) -> Situation:
    sheet = rng.choice(_READ)
    sentence, ask_name = sheet.sentence, sheet.ask_name
    count = rng.choice([2, 2, 3, 3, 4])
    if sheet.subjects in ("towns", "people"):
        names = draw_distinct(draw_person if sheet.subjects == "people" else draw_place, count, rng)
    else:
        known = sheet.subjects.split(";")
        names = rng.sample(known, min(count, len(known)))
    values = [sheet.value.format(n=n) for n in rng.sample(sheet.numbers, len(names) + 1)]
    rows = list(zip(names, values, strict=False))
    draft = Draft(rng, _lay_out(sheet.title, rows, sentence, rng))
    for said in rng.sample([sentence, *sheet.others], 3):
        for name, value in rows:
            other = rng.choice([v for v in values[:-1] if v != value])
            draft.tell(said.format(s=name, v=value) + ".", TRUE)
            draft.tell(said.format(s=name, v=other) + ".", FALSE)
        draft.tell(said.format(s=names[0], v=values[-1]) + ".", FALSE)
    for name, value in rows:
        other = rng.choice([v for v in values[:-1] if v != value])
        draft.ask(sheet.ask_value.format(s=name), value, TRUE)
        draft.ask(sheet.ask_value.format(s=name), other, FALSE)
        if ask_name:
            draft.ask(ask_name.format(v=value), name, TRUE)
            draft.ask(ask_name.format(v=value), rng.choice([n for n in names if n != name]), FALSE)
        said = sentence.format(s=name, v=value)
        draft.ask_whether(f"Is it right that {said}?", True)
        draft.ask_whether(f"Is it right that {sentence.format(s=name, v=other)}?", False)
    return draft.build()


# Forms of one measure: any two lines differ, the forms in a line are the same.
_UNITS = [
    [line.split("=") for line in block.split("|")]
    for block in (
        "{n} km={n} kilometers|{n} miles=a distance of {n} miles|{n} m={n} meters",
        "{n} euros=€{n}|{n} dollars=${n}|{n} pounds=£{n}|{n} yen=¥{n}",
        "{n} liters a day={n} liters per day={n} liters daily|{n} liters a week={n} liters per "
        "week|{n} liters a month={n} liters per month|{n} liters a year={n} liters per year",
        "{n} million tons={n},000,000 tons|{n} billion tons={n},000 million tons|{n} thousand tons"
        "={n},000 tons",
        "{n} kg={n} kilograms|{n} g={n} grams|{n} tons={n} metric tons|{n} mg={n} milligrams",
        "{n} km/h={n} kilometers per hour|{n} mph={n} miles per hour|{n} m/s={n} meters per second",
        "{n} °C={n} degrees Celsius|{n} °F={n} degrees Fahrenheit",
        "{n} minutes={n} min|{n} hours={n} h|{n} seconds={n} s|{n} days=a period of {n} days",
        "{n} MB={n} megabytes|{n} GB={n} gigabytes|{n} kB={n} kilobytes|{n} TB={n} terabytes",
        "{n} kW={n} kilowatts|{n} MW={n} megawatts|{n} GW={n} gigawatts",
        "{n} hectares={n} ha|{n} acres=an area of {n} acres|{n} square kilometers={n} km²",
        "{n} percent={n}%|{n} per mille={n}‰",
        "{n} euros an hour={n} euros per hour|{n} euros a day={n} euros per day|{n} euros a week="
        "{n} euros per week|{n} euros a month={n} euros per month",
        "{n} ml={n} milliliters|{n} liters={n} l|{n} cl={n} centiliters",
    )
]
_FRAMES = [
    line.split("|")
    for line in (
        "the report gives {x} as the figure|the figure in the report is {x}|what is the figure in "
        "the report?",
        "the manual states a value of {x} for the pump|for the pump, the manual names {x}|which "
        "value does the manual state for the pump?",
        "the label gives {x}|{x} is what the label says|what does the label give?",
        "the limit was set at {x}|{x} is the limit|what is the limit?",
        "the old plant comes to {x}|for the old plant, the figure is {x}|what is the figure for "
        "the old plant?",
        "the test ended at {x}|at {x}, the test was over|where did the test end?",
        "the contract provides for {x}|{x} is what the contract says|what does the contract "
        "provide for?",
        "the committee agreed on {x}|the agreed amount is {x}|what did the committee agree on?",
    )
]


def _make_units(rng: random.Random) -> Situation:
    group = rng.choice(_UNITS)
    right, wrong = rng.sample(group, 2)
    n = rng.randint(2, 95)
    told, said, question = rng.choice(_FRAMES)
    tail = rng.choice(["", "", " All other values are kept in the annex.",
                       " Nobody objected.", " The value has not changed since."])  # fmt: skip
    first = rng.choice(right).format(n=n)
    draft = Draft(rng, spell_with_capital(told.format(x=first)) + "." + tail)
    for forms, holds in ((right, True), (wrong, False)):
        for form in forms:
            value = form.format(n=n)
            draft.tell(told.format(x=value) + ".", holds)
            draft.tell(said.format(x=value) + ".", holds)
            draft.ask(question, value, holds)
            draft.ask_whether(f"Is it right that {told.format(x=value)}?", holds)
    other = n + rng.choice([1, 2, 5, 10])
    draft.tell(told.format(x=right[0].format(n=other)) + ".", FALSE)
    return draft.build()


_WORDS = split_bars(
    "amber|birch|copper|delta|ember|falcon|garnet|harbor|iris|juniper|kestrel|lantern|maple|"
    "nectar|onyx|pebble|quartz|raven|saffron|tundra"
)


def _draw_twins(rng: random.Random) -> tuple[str, list[str], list[str], str]:
    """What it is, two of it that are one thing apart, sentences and a question."""
    i, j, k = (rng.randint(1, 12) for _ in range(3))
    step = rng.choice([1, 2, 10])
    a, b, c = rng.sample(_WORDS, 3)
    serial = "".join(rng.sample("ABCDEFGHJKLMNPRSTUVWXYZ23456789", 6))
    at = rng.randrange(5)
    swapped = serial[:at] + serial[at + 1] + serial[at] + serial[at + 2 :]
    stages = rng.sample(["", "-rc1", "-rc2", "-beta1", "-alpha2", "-beta2", ".post1"], 2)
    port = 1000 + 97 * i

    def pick(*values: str) -> str:
        return rng.choice(values)

    kinds = [
        ("version", [f"{i}.{j}.{k}", pick(f"{i}.{j}.{k + step}", f"{i}.{j + step}.{k}")],
         "the bug was fixed in version {x}|version {x} brought the fix for the bug|"
         "the fix came with version {x}", "in which version was the bug fixed?"),
        ("release", [f"{i}.{j}{stages[0]}", f"{i}.{j}{stages[1]}"],
         "the current release of the program is {x}|{x} is the release of the program that is "
         "current|as its current release, the program has {x}", "what is the current release?"),
        ("serial number", [serial, swapped],
         "the serial number of the device is {x}|the device bears the serial number {x}|"
         "{x} is the serial number of the device", "what is the serial number?"),
        ("article", rng.choice([[f"Article {i}({j})", f"Article {i}({j + step})"],
                              [f"Article {i}", f"Article {i}a"]]),
         "the right to appeal is laid down in {x}|{x} gives the right to appeal|"
         "one may appeal under {x}", "where is the right to appeal laid down?"),
        ("section", rng.choice([[f"section {i}.{i + j}", f"section {i + j}.{i}"],
                              [f"section {i}.{j}", f"section {i}.{j}.1"]]),
         "the tolerances are listed in {x}|{x} lists the tolerances|"
         "one finds the tolerances in {x}", "where are the tolerances listed?"),
        ("option", [f"--{a}-{b}", f"--{a}-{c}"],
         "the option {x} turns the log on|the log is turned on by {x}|"
         "to turn the log on, one passes {x}", "which option turns the log on?"),
        ("flag", [f"-{a[0]}", f"-{a[0].upper()}"],
         "with {x}, the tool works through all folders|the flag {x} makes the tool work through "
         "all folders|the tool works through all folders if one passes {x}",
         "with which flag does the tool work through all folders?"),
        ("package", [f"{a}-{b}", pick(f"{a}_{b}", f"{b}-{a}", f"{a}{b}", f"py{a}-{b}")],
         "the client is in the package {x}|the package {x} contains the client|"
         "whoever needs the client installs {x}", "which package is the client in?"),
        ("address", [f"{a}@{b}.example", pick(f"{a}@{c}.example", f"{a}s@{b}.example",
                                              f"{b}@{a}.example", f"{a}@{b}.test")],
         "questions go to {x}|the address for questions is {x}|for questions, one writes to {x}",
         "where do questions go?"),
        ("path", [f"/etc/{a}/{b}.conf", pick(f"/etc/{b}/{a}.conf", f"/etc/{a}/{b}.toml",
                                             f"/var/{a}/{b}.conf")],
         "the settings are read from {x}|the file with the settings is {x}|"
         "the program takes its settings from {x}", "where are the settings read from?"),
        ("function", [f"{a}.{b}_{c}()", pick(f"{a}.{c}_{b}()", f"{b}.{a}_{c}()")],
         "the table is loaded by {x}|the call {x} loads the table|"
         "to load the table, one calls {x}", "which call loads the table?"),
        ("port", [str(port), str(port + step)],
         "the service listens on port {x}|the port of the service is {x}|"
         "one reaches the service on port {x}", "on which port does the service listen?"),
        ("code", [f"E{port}", f"E{port + step}"],
         "a missing file is reported as {x}|the error for a missing file is {x}|"
         "{x} means that a file is missing", "which error means that a file is missing?"),
        ("platform", [f"{a}-{i}{b[0]}", f"{a}-{i}{b[0]}{c[0]}"],
         "the tests were run on the model {x}|the model {x} was used for the tests|"
         "it was the model {x} on which the tests were run", "on which model were the tests run?"),
        ("room", [f"{b[0].upper()}{port}", f"{c[0].upper()}{port + 1}"],
         "the hearing is in room {x}|room {x} is where the hearing takes place|"
         "whoever wants to attend the hearing goes to room {x}", "in which room is the hearing?"),
    ]  # fmt: skip
    kind, pair, told, question = rng.choice(kinds)
    return kind, pair, told.split("|"), question


_REMARKS = split_bars(
    "do not confuse it with {y}|{y} has nothing to do with it|{y} stands for something else|"
    "{y} was turned down"
)


def _make_identifiers(rng: random.Random) -> Situation:
    kind, pair, told, question = _draw_twins(rng)
    right, wrong = rng.sample(pair, 2)
    shown = rng.choice(told)
    fact = shown.format(x=right)
    near = rng.choice(_REMARKS).format(y=wrong)
    premise = rng.choice([
        f"{fact}.",
        f"{fact}; {near}.",
        f"note: {fact}, and not {wrong}." if shown.endswith("{x}") else f"note: {fact}.",
        f"the notes of last week say that {fact}.",
        f"{kind}: {right}\nremark: {fact}",
        f"{fact}, as the handbook says. Other {kind}s look alike, such as {wrong}.",
    ])  # fmt: skip
    draft = Draft(rng, spell_with_capital(premise))
    for value, holds in ((right, True), (wrong, False)):
        for said in told:
            draft.tell(f"{said.format(x=value)}.", holds)
            draft.ask_whether(f"is it right that {said.format(x=value)}?", holds)
        draft.ask(question, value, holds)
    return draft.build()


# What is replaced, and the shape of its value.
_REPLACED = [
    line.split("|")
    for line in (
        "the speed limit on the ring road|{n} km/h|30|120", "the entrance fee|{n} euros|4|40",
        "the membership fee|{n} dollars a year|20|300", "the number of seats|{n}|40|900",
        "the minimum age|{n} years|12|25", "the notice period|{n} days|7|120",
        "the length of the course|{n} weeks|2|40", "the password length|{n} characters|6|30",
        "the warranty|{n} months|6|60", "the size limit for uploads|{n} MB|5|500",
        "the number of zones|{n}|2|30", "the deposit|{n} pounds|50|900",
        "the time-out of the client|{n} seconds|5|300", "the interest rate|{n} percent|2|15",
        "the allowance for meals|{n} euros a day|8|60", "the interval between trains|{n} minutes"
        "|4|60",
    )
]  # fmt: skip


def _make_replaced(rng: random.Random) -> Situation:
    name, shape, low, high = rng.choice(_REPLACED)
    old, new = (shape.format(n=n) for n in rng.sample(range(int(low), int(high)), 2))
    year = rng.randint(2005, 2024)
    told = rng.choice([
        "{s} was {o}; it is now {n}.",
        "{s} is {n} today. It used to be {o}.",
        "{s} was changed from {o} to {n}.",
        "until {y}, {s} was {o}; since then, it has been {n}.",
        "{s}: {n} (formerly {o})",
        "{s} of {o} was replaced by one of {n} in {y}.",
        "as of {y}, {s} is {n} instead of {o}.",
        "in {y}, the board set {s}, until then {o}, at {n}.",
        "where it once was {o}, {s} has been {n} since {y}.",
        "| | before {y} | now |\n|---|---|---|\n| {s} | {o} | {n} |",
        "the figure of {o} for {s} is out of date; {n} is in force.",
        "update: {s} {n}, no longer {o}.",
    ])  # fmt: skip
    draft = Draft(rng, spell_with_capital(told.format(s=name, o=old, n=new, y=year)))
    for value, current in ((new, True), (old, False)):
        draft.tell(f"{name} is now {value}.", current)
        draft.tell(f"at present, {name} is {value}.", current)
        draft.tell(f"the value in force for {name} is {value}.", current)
        draft.tell(f"{name} was {value} before the change.", not current)
        draft.tell(f"in the past, {name} was {value}.", not current)
        draft.ask(f"what is {name} now?", value, current)
        draft.ask(f"what was {name} before?", value, not current)
        draft.ask_whether(f"is {name} {value} today?", current)
    draft.tell(f"{name} went from {old} to {new}.", TRUE)
    draft.tell(f"{name} went from {new} to {old}.", FALSE)
    if "{y}" in told:
        draft.ask(f"since when has {name} been {new}?", f"since {year}", TRUE)
        draft.ask(f"since when has {name} been {new}?", f"since {year - 3}", FALSE)
    return draft.build()


_PARTS = [
    line.split("|")
    for line in (
        "people|men|women|the bus carried {a} and {b}",
        "books|novels|atlases|the box held {a} and {b}",
        "animals|cows|goats|the farm has {a} and {b}",
        "coins|silver coins|gold coins|the chest contained {a} and {b}",
        "vehicles|cars|trucks|{a} and {b} waited at the border",
        "trees|oaks|pines|{a} and {b} were planted",
        "rooms|single rooms|double rooms|the inn offers {a} and {b}",
        "staff|nurses|doctors|the clinic employs {a} and {b}",
        "matches|home matches|away matches|the team played {a} and {b}",
        "tickets|adult tickets|child tickets|{a} and {b} were sold",
    )
]  # fmt: skip


def _make_totals(rng: random.Random) -> Situation:
    whole, one, two, told = rng.choice(_PARTS)
    x, y = rng.sample(range(3, 60), 2)
    shapes = [
        told.format(a=f"{x} {one}", b=f"{y} {two}") + ".",
        f"{one}: {x}\n{two}: {y}",
        f"there were {x + y} {whole}: {x} {one}, and the rest {two}.",
        f"of {x + y} {whole}, {x} were {one} and {y} {two}.",
        f"the list names {x} {one}. It names {y} {two} too, and no other {whole}.",
        f"| {one} | {two} |\n|---|---|\n| {x} | {y} |",
    ]
    draft = Draft(rng, spell_with_capital(rng.choice(shapes)))
    wrong = x + y + rng.choice([-2, -1, 1, 2, 10])
    for value, holds in ((x + y, True), (wrong, False)):
        draft.tell(f"{one} and {two} together come to {value}.", holds)
        draft.tell(f"in all, there were {value} {one} and {two}.", holds)
        draft.ask(f"how many {one} and {two} are there in all?", str(value), holds)
    for value, other, mine, theirs in ((x, y, one, two), (y, x, two, one)):
        draft.tell(f"the number of {mine} is {value}.", TRUE)
        draft.tell(f"the number of {mine} is {other}.", FALSE)
        draft.tell(f"there were {value} {mine}.", TRUE)
        draft.tell(f"there were {other} {mine}.", FALSE)
        draft.tell(f"there were more {mine} than {theirs}.", value > other)
        draft.tell(f"there were fewer {mine} than {theirs}.", value < other)
        draft.ask(f"how many {mine} are there?", str(value), TRUE)
        draft.ask(f"how many {mine} are there?", str(other), FALSE)
        draft.ask_whether(f"are there more {mine} than {theirs}?", value > other)
    return draft.build()


AMOUNTS: Mapping[str, Maker] = {
    "neighbors": _make_neighbors,
    "units": _make_units,
    "identifiers": _make_identifiers,
    "quantifiers": make_quantifiers,
    "both": make_both,
    "replaced": _make_replaced,
    "bounds": make_bounds,
    "totals": _make_totals,
}
"""Makers of situations of amounts, by kind."""
