"""Situations of two names: who did it to whom, told actively, passively and in other words.

A statement that keeps every word and turns the roles looks as true as any to a reader of words.
Each template of a statement is filled both ways here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from groundwire.text.words import split_table
from groundwire.train.pairs.drafts import FALSE, TRUE, Draft, split_bars
from groundwire.train.pairs.situations import (
    Situation,
    draw_distinct,
    draw_firm,
    draw_person,
    draw_place,
    spell_with_capital,
)


@dataclass(slots=True)
class _Relation:
    """One relation of two names, and how it is told, said and asked for."""

    names: str
    turned: str
    told: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    roles: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    polar: list[str] = field(default_factory=list)


# A block is a relation: kind of names and label of the turned statement; "=" opens a premise, "-" a
# statement, "?a" a question for the role whose answer is {a}, "@a" one that names the other of the
# two, "!" a question for yes or no. {x} is a thing, {w} a date or nothing.
_RELATIONS = """
firm contradicted
= {a} acquired {b}{w}.
= {b} was taken over by {a}{w}.
= {b} has belonged to {a} since {a} bought it{w}.
= {w0}{a} completed its purchase of {b}, after months of talks.
- {a} acquired {b}.
- {b} was bought by {a}.
- {a} is the company that took over {b}.
- {b} passed into the hands of {a}.
?a Which company was the buyer?
?b Which company was bought?
@a Who acquired {b}?
@b Which company did {a} acquire?
! Did {a} acquire {b}?
! Was {b} taken over by {a}?

place contradicted
= {a} beat {b} {x}{w}.
= {b} lost to {a} {x}{w}.
= {w0}{a} won against {b} {x}, to the surprise of many.
= {b} was defeated {x} by {a}{w}.
- {a} beat {b}.
- {b} lost to {a}.
- {a} won the match against {b}.
- {b} suffered a defeat against {a}.
?a Which side won?
?b Which side lost?
@a Who beat {b}?
@b Who lost to {a}?
! Did {a} beat {b}?
! Did {b} lose the match against {a}?

firm unsupported
= {a} sued {b}{w} over a patent.
= {b} was taken to court by {a}{w}.
= {w0}{a} filed a lawsuit against {b}; a court in the capital will hear the case.
- {a} sued {b}.
- {b} was sued by {a}.
- {a} brought a lawsuit against {b}.
- {b} is the defendant in a case that {a} brought.
?a Who is the plaintiff?
?b Who is the defendant?
@a Who sued {b}?
@b Whom did {a} sue?
! Did {a} sue {b}?

person contradicted
= {b} learned {s} from {a}.
= {a} taught {b} {s}.
= {b} was taught {s} by {a}{w}.
= As a child, {b} took lessons in {s} with {a}.
- {a} taught {b}.
- {b} was a pupil of {a}.
- {a} was the teacher of {b}.
- {b} had lessons from {a}.
?a Who was the teacher?
?b Who was the pupil?
@a Who taught {b}?
@b Whom did {a} teach?
! Did {a} teach {b}?
! Was {b} a pupil of {a}?

person contradicted
= {a} hired {b} as {j}{w}.
= {b} was taken on by {a} as {j}{w}.
= {w0}{b} got a job as {j} with {a}.
- {a} hired {b}.
- {b} was hired by {a}.
- {a} gave {b} a job.
- {b} works, or worked, for {a}.
?a Who was the employer?
?b Who got the job?
@a Who hired {b}?
@b Whom did {a} hire?
! Did {a} hire {b}?

person contradicted
= {b} reports to {a}.
= {a} is the manager of {b}.
= In the new structure, {b} answers directly to {a}.
= {a} leads the team, in which {b} works as {j}.
- {b} reports to {a}.
- {a} is the superior of {b}.
- {a} is the boss of {b}.
- {b} works under {a}.
?a Which of the two is the boss?
?b Which of the two is the subordinate?
@a Whom does {b} report to?
@b Who reports to {a}?
! Does {b} report to {a}?
! Is {a} the superior of {b}?

woman contradicted
= {a} is the mother of {b}.
= {b} is the youngest child of {a}.
= {b} was born to {a}{w}.
= {a} gave birth to {b}{w}.
= {b} grew up with {a}, the mother, in a small house.
- {a} is the mother of {b}.
- {b} is a child of {a}.
- {b} has {a} as a mother.
- {a} is a parent of {b}.
?a Which of the two is the parent?
?b Which of the two is the child?
@a Who is the mother of {b}?
@b Whose mother is {a}?
! Is {a} the mother of {b}?
! Is {b} a child of {a}?

person contradicted
= {a} sold {x} to {b}{w}.
= {b} bought {x} from {a}{w}.
= {w0}{x} went from {a} to {b}, who paid in cash.
= {x} was sold to {b} by {a}{w}.
- {a} sold {x} to {b}.
- {b} bought {x} from {a}.
- {b} paid {a} for {x}.
- {x} was sold by {a} to {b}.
?a Who was the seller?
?b Who was the buyer?
@a Who sold {x} to {b}?
@b Who bought {x} from {a}?
! Did {a} sell {x} to {b}?
! Did {b} buy {x} from {a}?

person contradicted
= {a} lent {b} {x}{w}.
= {b} borrowed {x} from {a}{w}.
= {x} is on loan to {b}; the owner is {a}.
= {w0}{b} asked for {x}, and {a} lent it without a fee.
- {a} lent {x} to {b}.
- {b} borrowed {x} from {a}.
- {x} was lent to {b} by {a}.
- {b} has had {x} on loan from {a}.
?a Who was the lender?
?b Who was the borrower?
@a Who lent {x} to {b}?
@b Who borrowed {x} from {a}?
! Did {b} borrow {x} from {a}?
! Did {a} lend {x} to {b}?

person contradicted
= {b} succeeded {a} as {o}{w}.
= {a} was followed as {o} by {b}{w}.
= {a} was {o} until {b} took over{w}.
= {w0}{a} stepped down as {o} and handed the office to {b}.
- {b} succeeded {a} as {o}.
- {a} was the predecessor of {b} as {o}.
- {a} was {o} before {b}.
- {b} became {o} after {a}.
?a Which of the two held the office first?
?b Which of the two held the office later?
@a Whom did {b} succeed as {o}?
@b Who succeeded {a} as {o}?
! Did {b} succeed {a} as {o}?
! Was {a} {o} before {b}?

person contradicted
= {a} is older than {b} by {n} years.
= {b} is {n} years younger than {a}.
= {b} was born {n} years after {a}.
= When {b} was born, {a} was already {n}.
- {a} is older than {b}.
- {b} is younger than {a}.
- {b} was born after {a}.
- {a} was born earlier than {b}.
?a Which of the two is older?
?b Which of the two is younger?
! Is {a} older than {b}?
! Was {b} born after {a}?

place contradicted
= {a} lies {n} kilometers north of {b}.
= {b} is south of {a}.
= From {b}, the road runs due north for {n} kilometers to {a}.
= If you leave {a} and travel {n} kilometers due south, you come to {b}.
- {a} lies north of {b}.
- {b} is to the south of {a}.
- {a} is farther north than {b}.
- One travels north from {b} to {a}.
?a Which of the two towns is farther north?
?b Which of the two towns is farther south?
! Is {a} north of {b}?
! Does {b} lie south of {a}?

place contradicted
= {a} lies upstream of {b} on the same river.
= The river flows past {a} first and reaches {b} {n} kilometers later.
= {b} stands downstream from {a}.
- {a} is upstream of {b}.
- {b} is downstream of {a}.
- The river reaches {a} before {b}.
- Water that passes {b} has come by {a}.
?a Which town does the river reach first?
?b Which town is downstream of the other?
! Is {a} upstream of {b}?

place unsupported
= {a} exports {g} to {b}.
= {b} imports {g} from {a}.
= Most of the {g} that {b} uses comes from {a} by ship.
= So far this year, {a} has shipped {n} tons of {g} to {b}.
- {g} goes from {a} to {b}.
- {b} gets {g} from {a}.
- {a} supplies {b} with {g}.
?a Where does the {g} come from?
?b Where does the {g} go?
@a Who supplies {b} with {g}?
@b Whom does {a} supply with {g}?
! Does {a} send {g} to {b}?

person contradicted
= {a} nominated {b} for the prize{w}.
= {b} was put forward for the prize by {a}{w}.
= {w0}the jury of the prize took up the name of {b}, which {a} had put forward.
- {a} proposed {b} for the prize.
- {b} was nominated by {a}.
- It was {a} who nominated {b}.
- {b} owed the nomination to {a}.
?a Who made the nomination?
?b Who was nominated?
@a Who nominated {b}?
@b Whom did {a} nominate?
! Did {a} nominate {b}?

firm contradicted
= {a} outbid {b} for {x}{w}.
= {b} bid less than {a}, which got {x}.
= {w0}{x} went to {a}, which had offered more than {b}.
- {a} offered more for {x} than {b}.
- {b} was outbid by {a}.
- {x} went to {a} and not to {b}.
- {b} lost {x} to {a}.
?a Which company made the higher offer?
?b Which company made the lower offer?
! Did {a} outbid {b}?
! Was {b} outbid by {a}?

person contradicted
= {a} rescued {b} from the lake{w}.
= {b} was pulled out of the burning house by {a}{w}.
= {w0}{b} slipped on the ice, and {a} came to the rescue.
- {a} rescued {b}.
- {b} was saved by {a}.
- It was {a} who came to the aid of {b}.
- {b} got help from {a}.
?a Which of the two was the rescuer?
?b Which of the two was rescued?
@a Who rescued {b}?
@b Whom did {a} rescue?
! Did {a} rescue {b}?
! Was {b} saved by {a}?

firm contradicted
= {b} is a subsidiary of {a}.
= {a} owns all shares of {b}.
= {a} is the parent company of {b}, which was founded {w1}.
= {b} belongs to the {a} group.
- {a} owns {b}.
- {b} belongs to {a}.
- {a} is the parent company of {b}.
- {b} is owned by {a}.
?a Which company is the parent?
?b Which company is the subsidiary?
@a Who owns {b}?
@b Which company does {a} own?
! Does {a} own {b}?
! Is {b} a subsidiary of {a}?

person unsupported
= {a} interviewed {b} for a local paper{w}.
= {b} answered the questions of {a} in an interview{w}.
= {w0}{b} gave an interview to {a}, a reporter.
- {a} interviewed {b}.
- {b} was interviewed by {a}.
- {a} put questions to {b}.
?a Who asked the questions?
?b Who gave the interview?
@a Who interviewed {b}?
@b Whom did {a} interview?
! Did {a} interview {b}?

firm unsupported
= {a} owes {b} {n} thousand euros for parts.
= {b} is still waiting for {n} thousand euros from {a}.
= An invoice from {b} to {a} over {n} thousand euros has not been paid.
- {a} owes money to {b}.
- {b} is a creditor of {a}.
- {a} is in debt to {b}.
?a Who is the debtor?
?b Who is the creditor?
@a Who owes money to {b}?
@b Whom does {a} owe money?
! Does {a} owe money to {b}?

person contradicted
= {a} translated the novel, which {b} had written {w1}.
= The author of the novel is {b}; the translation is by {a}.
= {b} wrote the novel, and {a} translated it.
- {a} translated the novel by {b}.
- {b} wrote the novel that {a} translated.
- The novel is a work of {b}, in a translation by {a}.
?a Who is the translator?
?b Who is the author?
! Did {a} translate the novel by {b}?
! Is {b} the author of the novel?

firm contradicted
= {a} makes {x2} and has rented the hall from {b} since it moved out of town.
= {b} has let the hall to {a} on a long lease.
= {a} is a tenant of {b}; the lease runs for {n} years.
- {a} rents space from {b}.
- {b} is the landlord of {a}.
- {a} pays rent to {b}.
- {b} lets property to {a}.
?a Who is the tenant?
?b Who is the landlord?
@a Who rents from {b}?
@b Who is the landlord of {a}?
! Does {a} rent from {b}?
"""

_WOMEN = split_table(
    "Ada Alma Bea Clara Dana Elsa Fiona Greta Hana Ida Jana Kira Lena Mara Nora Olga"
)


def _draw_woman(rng: random.Random) -> str:
    return f"{rng.choice(_WOMEN)} {draw_person(rng).split()[1]}"


_DRAWS: Mapping[str, Callable[[random.Random], str]] = {
    "firm": draw_firm,
    "person": draw_person,
    "place": draw_place,
    "woman": _draw_woman,
}
_THINGS = split_bars(
    "the old mill|the red truck|the sailing boat|the lake house|the printing press|the vineyard|"
    "the grand piano|the brick warehouse|the farm|the camera|the stamp collection|the quarry"
)
_SCORES = split_bars("3–1|2–0|in the final|on penalties|in the semifinal|at home|after extra time")
_GOODS = split_bars("timber|wheat|copper|salt|wool|coffee|glass|cement|olive oil|fish|steel|sugar")
_SKILLS = split_bars("the violin|chess|carpentry|French|drawing|pottery|geometry|singing")
_JOBS = split_bars("a driver|a cook|an accountant|a gardener|a translator|an engineer|a nurse")
_OFFICES = split_bars("mayor|chair of the club|head of research|treasurer|director|head coach")
_PRODUCTS = split_bars("furniture|bicycles|lamps|paint|shoes|batteries")
_MONTHS = split_bars(
    "January|February|March|April|May|June|July|August|September|October|November|December"
)


def _read_relations(text: str) -> list[_Relation]:
    found = []
    for block in text.strip().split("\n\n"):
        head, *lines = block.split("\n")
        names, turned = head.split()
        relation = _Relation(names, turned)
        for line in lines:
            mark, _, rest = line.partition(" ")
            if mark in ("=", "-", "!"):
                {"=": relation.told, "-": relation.said, "!": relation.polar}[mark].append(rest)
            else:
                (relation.roles if mark[0] == "?" else relation.asked).append((mark[1], rest))
        found.append(relation)
    return found


_READ = _read_relations(_RELATIONS)


def _draw_slots(relation: _Relation, rng: random.Random) -> dict[str, str]:
    year = rng.randint(1950, 2024)
    when = rng.choice([f"in {year}", f"in {rng.choice(_MONTHS)} {year}"])
    match = "lost to" in " ".join(relation.told)
    return {
        "x": rng.choice(_SCORES if match else _THINGS),
        "w": rng.choice(["", f" {when}"]),
        "w0": f"{when}, ",
        "w1": when,
        "n": str(rng.randint(3, 40)),
        "g": rng.choice(_GOODS),
        "s": rng.choice(_SKILLS),
        "j": rng.choice(_JOBS),
        "o": rng.choice(_OFFICES),
        "x2": rng.choice(_PRODUCTS),
    }


def make_roles(rng: random.Random) -> Situation:
    """Returns a relation of two names, at times beside the same relation of two others."""
    relation = rng.choice(_READ)
    a, b, c, d = draw_distinct(_DRAWS[relation.names], 4, rng)
    slots = _draw_slots(relation, rng)
    first, second = rng.sample(relation.told, 2)

    def fill(template: str, one: str = a, two: str = b) -> str:
        return spell_with_capital(template.format(a=one, b=two, **slots))

    told = [fill(first)]
    crowded = bool(relation.asked) and rng.random() < 0.4
    if crowded:
        own = _draw_slots(relation, rng)
        own |= {"g": slots["g"], "o": slots["o"]} if rng.random() < 0.5 else {}
        own["x"] = rng.choice([x for x in _THINGS if x != slots["x"]])
        if slots["x"] in _SCORES:
            own["x"] = rng.choice(_SCORES)
        told.append(spell_with_capital(second.format(a=c, b=d, **own)))
        rng.shuffle(told)
    draft = Draft(rng, " ".join(told))
    for said in relation.said:
        draft.tell(fill(said), TRUE)
        draft.tell(fill(said, b, a), relation.turned)
        if crowded:
            draft.tell(fill(said, c, b), "unsupported")
            draft.tell(fill(said, a, d), "unsupported")
    for polar in relation.polar:
        if relation.turned == FALSE:
            draft.ask_whether(fill(polar), True)
            draft.ask_whether(fill(polar, b, a), False)
        else:
            draft.ask(fill(polar), "Yes.", TRUE)
            draft.ask(fill(polar, b, a), "Yes.", relation.turned)
    if crowded:
        for role, question in relation.asked:
            right, wrong = (a, c) if role == "a" else (b, d)
            draft.ask(fill(question), right, TRUE)
            draft.ask(fill(question), wrong, "unsupported")
    else:
        for role, question in relation.roles:
            right, wrong = (a, b) if role == "a" else (b, a)
            draft.ask(fill(question), right, TRUE)
            draft.ask(fill(question), wrong, FALSE)
    return draft.build()
