"""Business records, made up: shops, restaurants and hotels.

What a RAG application over business data reads: nested JSON with opening hours, booleans,
ratings and reviews. Every name and value is drawn from word lists, so the
records describe nothing that exists. The text of a record is made as the evidence loader makes
it, so the model trains on what it will read.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from groundwire.evidence.records import write_table
from groundwire.text.words import split_table
from groundwire.train.pairs.pairs import Pair, find_changed

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST = split_table(
    "Amber Arlo Basil Birch Cedar Coral Daisy Elm Fern Hazel Iris Ivy Juniper Laurel Linden Maple "
    "Marlow Nettle Olive Orchid Pearl Quince Raven Rowan Sable Sorrel Tansy Thistle Willow Yarrow"
)
_SECOND = split_table(
    "Kitchen Grill Bistro Diner Tavern Cantina Bakery Roasters Garage Salon Spa Hotel Lodge Inn "
    "Gym Studio Market Pharmacy Books Dental Florist Brewery Pizzeria Creamery Motors Clinic"
)
KINDS = split_table(
    "Italian Mexican Thai Greek Indian Japanese Vegan Seafood Steakhouse Sushi Breakfast Barbecue "
    "Burgers Desserts Coffee Wine_Bars Nightlife Hair_Salons Auto_Repair Yoga Hotels Pet_Grooming"
)
CITIES = split_table(
    "Ashford Bellmere Carston Dunmore Eastvale Farrow Glenrock Hartwell Inverly Jasper Kelso "
    "Lorne Milbrook Norwick Oakdale Penrith Quarley Redcliff Stanmore Thornby Umber Westlake"
)
STREETS = split_table("Main Oak River Mill Church Station King Harbor Garden Hill Lake Market Park")
ATTRIBUTES = {
    "outdoor_seating": ("outdoor seating", "has outdoor seating", "has no outdoor seating"),
    "takes_reservations": ("reservations", "takes reservations", "does not take reservations"),
    "delivery": ("delivery", "offers delivery", "does not deliver"),
    "takeout": ("takeout", "offers takeout", "does not offer takeout"),
    "good_for_groups": ("groups", "is good for groups", "is not suited to groups"),
    "good_for_kids": ("kids", "is good for children", "is not suitable for children"),
    "dogs_allowed": ("dogs", "allows dogs", "does not allow dogs"),
    "wheelchair_accessible": (
        "access", "is wheelchair accessible", "is not accessible for wheelchairs",
    ),
    "accepts_credit_cards": ("cards", "accepts credit cards", "does not accept credit cards"),
    "has_tv": ("television", "has a TV", "does not have a TV"),
    "happy_hour": ("happy hour", "has a happy hour", "has no happy hour"),
    "live_music": ("music", "has live music", "does not have live music"),
    "by_appointment_only": ("appointment", "works by appointment only", "needs no appointment"),
    "bike_parking": ("bikes", "has bike parking", "has no bike parking"),
}  # fmt: skip
WIFI = {"free": "offers free Wi-Fi", "paid": "charges for Wi-Fi", "no": "does not offer Wi-Fi"}
NOISE = ("quiet", "average", "loud", "very loud")
_AMBIENCE = ("romantic", "intimate", "classy", "hipster", "touristy", "trendy", "upscale", "casual")
GOOD = (
    "the staff", "the service", "the coffee", "the pasta", "the prices", "the view", "the location",
    "the fresh bread", "the patio", "the rooms", "the parking", "the portions", "the music",
)  # fmt: skip
_PRAISE = ("{x} was wonderful", "we loved {x}", "{x} could not be better", "great things about {x}")
_BLAME = ("{x} was a letdown", "we were unhappy with {x}", "{x} was terrible", "avoid: {x} is poor")


def _name(rng: random.Random) -> str:
    lead = rng.choice(["", "", "The ", "Old "])
    return f"{lead}{rng.choice(_FIRST)} {rng.choice(_SECOND)}"


def make_business(rng: random.Random) -> dict[str, Any]:
    """Returns a made-up record of a shop, a restaurant or a hotel."""
    opens, closes = rng.randint(6, 12), rng.randint(15, 23)
    weekend = (min(opens + rng.randint(0, 3), 13), closes - rng.randint(0, 3))
    early, late = rng.choice([0, 0, 30]), rng.choice([0, 0, 30])
    hours: dict[str, Any] = {}
    for day in DAYS:
        a, b = weekend if day in DAYS[5:] else (opens, closes)
        hours[day] = f"{a}:{early:02d}-{b}:{late:02d}"
    for day in rng.sample(DAYS, rng.choice([0, 0, 1, 2])):
        hours[day] = "closed"
    flags = rng.sample(list(ATTRIBUTES), rng.randint(4, 8))
    attributes: dict[str, Any] = {
        f: None if rng.random() < 0.12 else rng.random() < 0.55 for f in flags
    }
    if rng.random() < 0.6:
        attributes["wifi"] = rng.choice([*WIFI, None])
    if rng.random() < 0.4:
        attributes["noise_level"] = rng.choice(NOISE)
    if rng.random() < 0.6:
        places = ["garage", "street", "lot", "valet"]
        attributes["parking"] = {p: rng.random() < 0.4 for p in places}
    if rng.random() < 0.5:
        attributes["ambience"] = {a: rng.random() < 0.25 for a in rng.sample(_AMBIENCE, 5)}
    things = rng.sample(GOOD, 4)
    reviews = []
    for thing in things[: rng.randint(1, 3)]:
        stars = rng.choice([1, 2, 4, 5])
        said = rng.choice(_PRAISE if stars > 3 else _BLAME).format(x=thing)
        reviews.append({
            "stars": stars,
            "date": f"20{rng.randint(15, 23)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            "text": f"{said[0].upper()}{said[1:]}.",
        })  # fmt: skip
    record: dict[str, Any] = {
        "name": _name(rng),
        "address": f"{rng.randint(2, 980)} {rng.choice(STREETS)} St",
        "city": rng.choice(CITIES),
        "categories": [k.replace("_", " ") for k in rng.sample(KINDS, rng.randint(1, 4))],
        "stars": rng.choice([2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]),
        "review_count": rng.randint(3, 900),
        "hours": hours,
        "attributes": attributes,
        "reviews": reviews,
    }
    if rng.random() < 0.5:
        record["phone"] = f"{rng.randint(200, 989)}-555-01{rng.randint(10, 99)}"
    if rng.random() < 0.4:
        record["price_range"] = rng.choice(["$", "$$", "$$$", "$$$$"])
    if rng.random() < 0.3:
        record["hours"] = None
    return record


_PEOPLE = split_table(
    "Anna Ben Carla David Elena Frank Grace Hugo Ines Jonas Karin Liam Mona Nils Olga Paul Rita "
    "Sam Tara Uwe Vera Will Yara Zoe"
)

_FIELDS: tuple[tuple[str, str, Callable[[random.Random], str]], ...] = (
    ("salary", "{n} earns {v}", lambda r: str(r.randint(18, 140) * 100)),
    ("city", "{n} lives in {v}", lambda r: r.choice(CITIES)),
    ("age", "{n} is {v} years old", lambda r: str(r.randint(19, 66))),
    (
        "department",
        "{n} works in {v}",
        lambda r: r.choice(split_table("Sales Legal Design Support")),
    ),
    ("start_year", "{n} started in {v}", lambda r: str(r.randint(1995, 2024))),
    ("manager", "{n} reports to {v}", lambda r: r.choice(_PEOPLE)),
    ("vacation_days", "{n} has {v} days of vacation", lambda r: str(r.randint(18, 35))),
    ("score", "{n} scored {v} points", lambda r: str(r.randint(40, 100))),
    ("team", "{n} is on the {v} team", lambda r: r.choice(split_table("red blue green amber"))),
    ("remote", "{n} works remotely", lambda r: r.choice(["yes", "no"])),
    ("price", "{n} paid {v} dollars", lambda r: f"{r.randint(2, 90)}.{r.randint(0, 99):02d}"),
    ("status", "{n}'s status is {v}", lambda r: r.choice(split_table("active on_leave retired"))),
)


def make_table_pairs(seed: int, limit: int) -> list[Pair]:
    """Returns pairs of made-up tables of people and cells of them, right and wrong."""
    rng = random.Random(f"{seed}-tables")
    pairs: list[Pair] = []
    while len(pairs) < limit:
        fields = rng.sample(_FIELDS, rng.randint(2, 5))
        people = rng.sample(_PEOPLE, rng.randint(2, 7))
        rows = [[make(rng) for _, _, make in fields] for _ in people]
        header = ["name", *(field[0] for field in fields)]
        table = [header, *([n, *row] for n, row in zip(people, rows, strict=True))]
        premise = " ".join(write_table(table).split("\n"))
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
        fault = find_changed(false, said)
        pairs.append(Pair(premise, false, "contradicted", "synthetic_tables", fault))
        absent = [f for f in _FIELDS if f not in fields and f[0] != "remote"]
        if rng.random() < 0.25:
            _, shape, make = rng.choice(absent)
            claim = shape.format(n=people[i], v=make(rng).replace("_", " "))
            pairs.append(Pair(premise, f"{claim}.", "not_enough", "synthetic_tables"))
    return pairs[:limit]
