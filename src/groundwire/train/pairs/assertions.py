"""Makers of situations in which a text asserts something, or does not.

Plans, hopes, conditions, doubts, rumors, questions and denials name an event in the words of a
fact. A premise here tells one event in one such mode, and the statements tell the same event in
the same mode (supported) or in another that does not follow.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from groundwire.text.words import split_table
from groundwire.train.pairs.situations import (
    Maker,
    Situation,
    draw_body,
    draw_firm,
    draw_person,
    draw_place,
    spell_with_capital,
)

_VERBS = split_table(
    "build:built:built:building open:opened:opened:opening close:closed:closed:closing "
    "sell:sold:sold:selling buy:bought:bought:buying move:moved:moved:moving "
    "hire:hired:hired:hiring publish:published:published:publishing test:tested:tested:testing "
    "replace:replaced:replaced:replacing cancel:canceled:canceled:canceling "
    "launch:launched:launched:launching restore:restored:restored:restoring "
    "repair:repaired:repaired:repairing sign:signed:signed:signing end:ended:ended:ending "
    "expand:expanded:expanded:expanding lease:leased:leased:leasing pay:paid:paid:paying "
    "release:released:released:releasing paint:painted:painted:painting "
    "install:installed:installed:installing demolish:demolished:demolished:demolishing "
    "donate:donated:donated:donating record:recorded:recorded:recording "
    "remove:removed:removed:removing translate:translated:translated:translating "
    "introduce:introduced:introduced:introducing raise:raised:raised:raising "
    "reduce:reduced:reduced:reducing abolish:abolished:abolished:abolishing "
    "acquire:acquired:acquired:acquiring ban:banned:banned:banning",
)
_OBJECTS = {
    "build": "a second bridge|a new library|forty homes|a solar farm near {place}|a tram line to "
    "{place}|a warehouse",
    "open": "a branch in {place}|a second clinic|a night school|an office in {place}|a new wing|a "
    "visitor center",
    "close": "the plant in {place}|its ferry service|two of the pools|the old market hall|the "
    "branch in {place}",
    "sell": "its shares in {firm}|the old town hall|its bus fleet|the forest near {place}|the "
    "patent to {firm}",
    "buy": "six electric buses|the land by the river|a rival called {firm}|new lab equipment|the "
    "archive of {person}",
    "move": "its headquarters to {place}|the archive to {place}|the school to a new site|the "
    "server room to {place}",
    "hire": "forty engineers|a new head of security|{person} as conductor|twelve nurses|{person}",
    "publish": "the audit report|a new edition|the minutes|its accounts|a study of {place}",
    "test": "a driverless train|a new vaccine|a water filter in {place}|the alarm system",
    "replace": "the old boilers|its payment system|the wooden seats|the lamps in {place}",
    "cancel": "the summer tour|the contract with {firm}|the spring fair|the train to {place}",
    "launch": "a loyalty card|a mobile app|a satellite|a bike rental scheme in {place}",
    "restore": "the chapel|the mural by {person}|the harbor crane|the old mill at {place}",
    "repair": "the roof|the flood gates|the organ|the road to {place}",
    "sign": "a contract with {firm}|the treaty|a lease in {place}|an agreement with {person}",
    "end": "its partnership with {firm}|the free trial|the night shift|the paper edition",
    "expand": "the car park|the airport at {place}|its kitchen|the vaccination program",
    "lease": "a hangar at {place}|two ships|the roof to {firm}|an office floor",
    "pay": "a dividend|the fine|a bonus to all staff|the ransom|damages to {person}",
    "release": "a film about {place}|the source code|an album|the full recording",
    "paint": "the lighthouse red|the station|the bridge at {place}|the assembly hall",
    "install": "heat pumps|cameras at every gate|a new server|solar panels in {place}",
    "demolish": "the grain silo|the grandstand|the old bridge|the tower at {place}",
    "donate": "the painting to {body}|its earnings|the manuscript to {body}|ten computers",
    "record": "an album in {place}|the interview with {person}|the bird calls",
    "remove": "the statue of {person}|the speed limit|the asbestos|the entry fee",
    "translate": "the handbook|the novels of {person}|the signs",
    "introduce": "a four-day week|a deposit on bottles|school uniforms|a city tax",
    "raise": "the entry fee|the rent|its forecast|the minimum age",
    "reduce": "the opening hours|the speed limit|its staff by a tenth|the price of tickets",
    "abolish": "the annual fee|the dress code|the night curfew",
    "acquire": "{firm}|a stake in {firm}|a vineyard near {place}|the rights to the song",
    "ban": "cars from the center|dogs from the beach|plastic cups|drones over {place}",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Someone does something: subject, verb in its forms, object, a time that is past."""

    subject: str
    base: str
    past: str
    participle: str
    gerund: str
    object: str
    year: int

    @property
    def does(self) -> str:
        """The infinitive with its object."""
        return f"{self.base} {self.object}"

    @property
    def did(self) -> str:
        """The past tense with its object."""
        return f"{self.past} {self.object}"

    @property
    def doing(self) -> str:
        """The gerund with its object."""
        return f"{self.gerund} {self.object}"

    @property
    def done(self) -> str:
        """The participle with its object."""
        return f"{self.participle} {self.object}"


def draw_event(rng: random.Random) -> Event:
    """Returns an event of a drawn subject."""
    base, past, participle, gerund = rng.choice(_VERBS).split(":")
    said = rng.choice(_OBJECTS[base].split("|")).format(
        place=draw_place(rng), firm=draw_firm(rng), person=draw_person(rng), body=draw_body(rng)
    )
    subject = rng.choice([draw_firm, draw_firm, draw_body, draw_person])(rng)
    return Event(subject, base, past, participle, gerund, said, rng.randint(1996, 2025))


_PLANS = (
    "{s} plans to {does}", "{s} intends to {does}", "{s} is planning to {does}",
    "{s} has announced plans to {does}", "{s} wants to {does}", "{s} hopes to {does} next year",
    "{s} is considering whether to {does}", "{s} may {does} soon", "{s} might {does}",
    "{s} has proposed to {does}", "{s} is expected to {does} by {later}",
    "{s} has applied for permission to {does}", "{s} will {does} in {later}",
    "{s} has been asked to {does}", "{s} is due to {does} in the coming months",
    "{s} was supposed to {does} in {year}", "{s} promised to {does}", "{s} aims to {does}",
    "The idea is that {s} should {does}", "Under a draft plan, {s} would {does}",
    "{s} has set aside money to {does}", "{s} voted on whether to {does}",
)  # fmt: skip
_INTENTS = (
    "{s} plans to {does}.", "{s} intends to {does}.", "There are plans for {s} to {does}.",
    "{s} has not yet {done} but means to.", "It is planned that {s} will {does}.",
)  # fmt: skip
_PLANNED = frozenset({0, 1, 2, 3, 11, 20})
"""Of ``_PLANS`` those that tell an intention."""

_FACTS = (
    "{s} {did}.", "{s} has {done}.", "In {year}, {s} {did}.", "{s} {did} in {year}.",
    "{s} managed to {does} in {year}.", "{s} succeeded in {doing}.", "{s} finally {did}.",
    "After a long delay, {s} {did}.", "{s}, as planned, {did} in {year}.",
    "It is true that {s} {did}.", "{s} did {does}, as the minutes show.",
    "Against all odds {s} {did}.", "Few noticed that {s} {did}.",
)  # fmt: skip
_DENIALS = (
    "{s} did not {does}.", "{s} never {did}.", "{s} has not {done}.", "{s} refused to {does}.",
    "{s} failed to {does}.", "{s} decided not to {does}.", "{s} gave up its plan to {does}.",
    "{s} was about to {does} when the money ran out, and the project was dropped.",
    "Contrary to reports, {s} did not {does}.", "It is not true that {s} {did}.",
    "It is a common mistake to think that {s} {did}.", "{s} considered {doing}, but decided "
    "against it.", "{s} was prevented from {doing}.", "Nothing came of the plan that {s} should "
    "{does}.", "{s} chose not to {does}.", "A court stopped {s} from {doing}.",
    "Myth: {s} {did}. Fact: it was another body.", "The report that {s} {did} was wrong.",
)  # fmt: skip
_CLAIMED = (
    "According to a rumor, {s} {did}.", "Some residents believe that {s} {did}.",
    "{who} claims that {s} {did}.", "It is alleged that {s} {did}.",
    "{who} suspects that {s} has {done}.", "A pamphlet says that {s} {did}; nobody has confirmed "
    "it.", "{who} accused {s} of {doing}.", "It is unclear whether {s} {did}.",
    "Whether {s} {did} is disputed.", "Did {s} {does}? The files do not say.",
    "{who} asked whether {s} had {done}.", "{who} dreamed that {s} {did}.",
    "In the novel, {s} {did}.", "{s} denies having {done}.",
)  # fmt: skip
_CONDITIONS = (
    ("If {c}, {s} will {does}.", "{s} will {does} if {c}."),
    ("{s} will {does} only if {c}.", "Unless {c}, {s} will not {does}."),
    ("Should {c2}, {s} would {does}.", "{s} would {does} if {c}."),
    ("Provided that {c}, {s} will {does}.", "{s} will {does} on condition that {c}."),
    ("{s} would have {done} if {c3}.", "{s} did not {does}."),
)
_CAUSES = (
    ("the grant is approved", "the grant be approved", "the grant had been approved"),
    ("the court agrees", "the court agree", "the court had agreed"),
    ("prices fall", "prices fall", "prices had fallen"),
    ("enough members sign up", "enough members sign up", "enough members had signed up"),
    ("the test succeeds", "the test succeed", "the test had succeeded"),
    ("the owner consents", "the owner consent", "the owner had consented"),
    ("the river stays low", "the river stay low", "the river had stayed low"),
)


def _fill(shape: str, event: Event, rng: random.Random, cause: tuple[str, str, str]) -> str:
    said = shape.format(
        s=event.subject, does=event.does, did=event.did, doing=event.doing, done=event.done,
        year=event.year, later=event.year + rng.randint(1, 6), who=draw_person(rng),
        c=cause[0], c2=cause[1], c3=cause[2],
    )  # fmt: skip
    return spell_with_capital(said if said.endswith(".") else f"{said}.")


_DID = ("{s} {did}.", "{s} has {done}.", "{s} has already {done}.", "{s} actually {did}.")
_NOT = ("{s} did not {does}.", "{s} has not {done}.", "{s} never {did}.")


def make_plan(rng: random.Random) -> Situation:
    """Draws a plan, a hope or a proposal: it tells no deed, and its intention alone."""
    event, cause = draw_event(rng), rng.choice(_CAUSES)
    at = rng.randrange(len(_PLANS))
    planned = at in _PLANNED
    statements = [(_fill(rng.choice(_DID), event, rng, cause), "not_enough")]
    premise = _fill(_PLANS[at], event, rng, cause)
    statements.append((premise, "supported"))
    if planned:
        statements.append((_fill(rng.choice(_INTENTS), event, rng, cause), "supported"))
        refusal = f"{event.subject} has no plans to {event.does}."
        statements.append((spell_with_capital(refusal), "contradicted"))
    asked = f"Has {event.subject} {event.done}?"
    answers = (
        (asked, "Yes.", "not_enough"),
        (asked, rng.choice(["Yes, it has.", f"Yes, in {event.year}."]), "not_enough"),
        (f"What does {event.subject} plan?", f"To {event.does}.", "supported"),
    )  # fmt: skip
    return Situation(premise, tuple(statements), answers if planned else answers[:2])


def make_deed(rng: random.Random) -> Situation:
    """Draws an event that is told as a fact."""
    event, cause = draw_event(rng), rng.choice(_CAUSES)
    premise = _fill(rng.choice(_FACTS), event, rng, cause)
    dated = str(event.year) in premise
    wrong = event.year + rng.choice([-9, -3, -2, -1, 1, 2, 4, 10])
    statements = [
        (_fill(rng.choice(_DID), event, rng, cause), "supported"),
        (_fill(rng.choice(_NOT), event, rng, cause), "contradicted"),
        (_fill(rng.choice(_PLANS[:3]), event, rng, cause), "unsupported"),
        (_fill(rng.choice(_DENIALS[3:7]), event, rng, cause), "contradicted"),
    ]
    asked = f"Did {event.subject} {event.does}?"
    answers = [
        (asked, rng.choice(["Yes.", "Yes, it did.", "Correct."]), "supported"),
        (asked, rng.choice(["No.", "No, it did not.", "No, that never happened."]), "contradicted"),
    ]
    if dated:
        said = f"{event.subject} {event.did} in {{}}."
        statements.append((spell_with_capital(said.format(event.year)), "supported"))
        statements.append((spell_with_capital(said.format(wrong)), "contradicted"))
        when = f"When did {event.subject} {event.does}?"
        answers += [(when, f"In {event.year}", "supported"), (when, f"{wrong}", "contradicted")]
    return Situation(premise, tuple(statements), tuple(answers))


def make_denial(rng: random.Random) -> Situation:
    """Draws an event that a text says did not happen."""
    event, cause = draw_event(rng), rng.choice(_CAUSES)
    premise = _fill(rng.choice(_DENIALS), event, rng, cause)
    asked = f"Did {event.subject} {event.does}?"
    return Situation(
        premise,
        (
            (_fill(rng.choice(_NOT), event, rng, cause), "supported"),
            (_fill(rng.choice(_DID), event, rng, cause), "contradicted"),
            (_fill(rng.choice(_FACTS[:4]), event, rng, cause), "contradicted"),
        ),
        (
            (asked, rng.choice(["No.", "No, it did not."]), "supported"),
            (asked, rng.choice(["Yes.", "Yes, it did.", "True."]), "contradicted"),
        ),
    )


def make_report(rng: random.Random) -> Situation:
    """Draws an event that someone claims, asks for or doubts: it may have happened or not."""
    event, cause = draw_event(rng), rng.choice(_CAUSES)
    shape = rng.choice(_CLAIMED)
    who = draw_person(rng)
    premise = spell_with_capital(_fill(shape.replace("{who}", who), event, rng, cause))
    return Situation(
        premise,
        (
            (premise, "supported"),
            (f"It is not established that {event.subject} {event.did}.", "supported"),
            (f"It is established that {event.subject} {event.did}.", "not_enough"),
            (_fill(rng.choice(_DID), event, rng, cause), "not_enough"),
            (_fill(rng.choice(_NOT), event, rng, cause), "not_enough"),
        ),
        ((f"Did {event.subject} {event.does}?", "Yes.", "not_enough"),),
    )


def make_condition(rng: random.Random) -> Situation:
    """Draws an event on a condition: dropped, it is no longer what the text says."""
    event, cause = draw_event(rng), rng.choice(_CAUSES)
    first, second = rng.choice(_CONDITIONS)
    turned = rng.random() < 0.5 and "would have" not in first
    premise = _fill(second if turned else first, event, rng, cause)
    said = _fill(first if turned else second, event, rng, cause)
    unreal = "would have" in first
    sure = _fill(rng.choice(["{s} will {does}.", "{s} will certainly {does}."]), event, rng, cause)
    statements = [
        (said, "supported"),
        (_fill(rng.choice(_DID), event, rng, cause), "contradicted" if unreal else "not_enough"),
    ]
    if not unreal:
        statements += [(sure, "not_enough"), (premise, "supported")]
    return Situation(premise, tuple(statements))


def make_dialog(rng: random.Random) -> Situation:
    """Draws a question and its answer, as pages of questions and threads have them."""
    event, cause = draw_event(rng), rng.choice(_CAUSES)
    happened = rng.random() < 0.5
    asked = f"Did {event.subject} {event.does}?"
    reply = (
        rng.choice(["Yes", "Yes, it did", f"Yes, in {event.year}", "That is right"])
        if happened
        else rng.choice(["No", "No, it did not", "No, that was only discussed", "Not at all"])
    )
    shape = rng.choice([
        "Q: {q} A: {a}.", "Question: {q} Answer: {a}.", "{q} {a}.",
        "{one}: {q} {two}: {a}.", "{one} asked: \"{q}\" {two} replied: \"{a}.\"",
    ])  # fmt: skip
    premise = shape.format(q=asked, a=reply, one=draw_person(rng), two=draw_person(rng))
    true, false = (_DID[:2], _NOT[:2]) if happened else (_NOT[:2], _DID[:2])
    yes, no = "Yes.", "No."
    return Situation(
        premise,
        (
            (_fill(rng.choice(true), event, rng, cause), "supported"),
            (_fill(rng.choice(false), event, rng, cause), "contradicted"),
        ),
        (
            (asked, yes if happened else no, "supported"),
            (asked, no if happened else yes, "contradicted"),
        ),
    )


_BELIEFS = (
    ("{s} used to {was} regularly; since {y} that has stopped, and now it does {now} regularly.",
     True),
    ("Until {y}, {s} would regularly {was}. Today {s} does {now} regularly instead.", True),
    ("Many think that it was {s} that {did}. In fact {s} did not; {s} only {did2}.", False),
    ("Myth: {s} {did}. Fact: {s} {did2}, nothing else.", False),
    ("{s} has often been said to have {done}, which is false; what {s} really did was {now}.",
     False),
    ("An earlier version of this page said that {s} {did}. That was an error: {s} {did2}.", False),
)  # fmt: skip
"""Shapes, and whether what is no longer so was so once."""


def make_belief(rng: random.Random) -> Situation:
    """Draws what was believed, or used to be so, beside what is so."""
    one, other = draw_event(rng), draw_event(rng)
    subject, cause = one.subject, rng.choice(_CAUSES)
    shape, was_so = rng.choice(_BELIEFS)
    premise = shape.format(
        s=subject, was=one.does, now=other.does, did=one.did, did2=other.did, done=one.done,
        y=one.year,
    )  # fmt: skip
    if was_so:
        statements = [
            (f"{subject} used to {one.does}.", "supported"),
            (f"{subject} never used to {one.does}.", "contradicted"),
            (f"{subject} no longer has a reason to {one.does}.", "unsupported"),
            (f"Today, {subject} does {one.does} regularly.", "contradicted"),
            (f"Today, {subject} does {other.does} regularly.", "supported"),
        ]
    else:
        statements = [
            (f"{subject} {other.did}.", "supported"),
            (_fill(rng.choice(_NOT), one, rng, cause), "supported"),
            (f"{subject} {one.did}.", "contradicted"),
            (f"{subject} did not {other.does}.", "contradicted"),
        ]
    return Situation(
        spell_with_capital(premise),
        tuple((spell_with_capital(c), label) for c, label in statements),
    )


ASSERTIONS: Mapping[str, Maker] = {
    "plan": make_plan,
    "deed": make_deed,
    "denial": make_denial,
    "report": make_report,
    "condition": make_condition,
    "dialog": make_dialog,
    "belief": make_belief,
}
"""By kind."""
