"""How E2E NLG texts tell the values of the eight slots: patterns of words, and no model.

Written against the references of the training and development sets. Values that the writers of
the data used for one another are one class: "cheap" and "less than £20", "moderate" and "£20-25",
"high" and "more than £30"; ratings "low" and "1 out of 5", "average" and "3 out of 5", "high" and
"5 out of 5". A phrase that fits two classes ("affordable", "good reviews") stands for either.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

Values = list[frozenset[str]]
Rules = list[tuple[re.Pattern[str], frozenset[str]]]

NAMES = (
    "Alimentum", "Aromi", "Bibimbap House", "Blue Spice", "Browns Cambridge", "Clowns", "Cocum",
    "Cotto", "Fitzbillies", "Giraffe", "Green Man", "Loch Fyne", "Midsummer House", "Strada",
    "Taste of Cambridge", "The Cambridge Blue", "The Cricketers", "The Dumpling Tree", "The Eagle",
    "The Golden Curry", "The Golden Palace", "The Mill", "The Olive Grove", "The Phoenix",
    "The Plough", "The Punter", "The Twenty Two", "The Vaults", "The Waterman", "The Wrestlers",
    "Travellers Rest Beefeater", "Wildwood", "Zizzi",
)  # fmt: skip
NEAR = (
    "All Bar One", "Avalon", "Burger King", "Café Adriatic", "Café Brazil", "Café Rouge",
    "Café Sicilia", "Clare Hall", "Crowne Plaza Hotel", "Express by Holiday Inn",
    "Rainbow Vegetarian Café", "Raja Indian Cuisine", "Ranch", "The Bakers", "The Portland Arms",
    "The Rice Boat", "The Six Bells", "The Sorrento", "Yippee Noodle Bar",
)  # fmt: skip
NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "ten": "10", "fifteen": "15",
    "twenty": "20", "thirty": "30",
}  # fmt: skip


def plain(text: str) -> str:
    """Returns the text in lower case without accents and hyphens, numbers as digits."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub(r"\s?['’`](?=(?:s|t|re|ll|ve|d|m)\b)", "", text.lower())
    # Some texts of the data have lost the pound sign to a letter: "L20", "E20".
    text = re.sub(r"\.00\b", "", re.sub(r"(?:£|\b[le](?=\d))\s*", " £", text))
    text = re.sub(r"[\"'’`‘“”*_\-–—]", " ", text)
    text = re.sub(r"([.,;:!?()/])(?!\d)", r" \1 ", text)
    text = re.sub(r"\btwenty five\b", "25", " ".join(text.split()))
    return re.sub(r"[a-z]+", lambda word: NUMBERS.get(word[0], word[0]), text)


def rules(*pairs: tuple[str, str]) -> Rules:
    """Compiles pairs of the classes, with a bar between them, and the pattern that tells them."""
    return [(re.compile(rf"(?<!\w)(?:{p})(?!\w)"), frozenset(v.split("|"))) for v, p in pairs]


def levels(words: dict[str, str], *templates: str) -> tuple[tuple[str, str], ...]:
    """Sets the words of each class into each template, where LEVEL stands; EVERY is any class."""
    every = "|".join(words.values())
    return tuple(
        (value, form.replace("LEVEL", f"(?:{word})").replace("EVERY", f"(?:{every})"))
        for form in templates
        for value, word in words.items()
    )


FOOD = rules(
    ("English", r"english|british|fish and chips|uk"),
    ("Chinese", r"chines\w*|china"),
    ("Japanese", r"japanese|sushi|japan"),
    ("Fast food", r"fast foods?|hamburgers?|burgers|french fries"),
    ("French", r"french|france"),
    ("Indian", r"indian|india"),
    ("Italian", r"italian|pasta|pizzas?|italy"),
    ("other", r"mexican|thai|american|spanish|korean|greek|turkish|vietnamese"),
)
EAT = rules(
    ("coffee shop", r"coffee ?(?:shops?|house|place|bar)?|cafes?"),
    ("pub", r"(?:gastro ?)?pubs?|public house|bar"),
    ("restaurant", r"restaurants?"),
)
AREA = rules(
    ("skip", r"(?:outside|outskirts)(?: \w+){0,4} (?:cent(?:re|er)|city|town)"),
    ("riverside", r"river ?(?:sides?|banks?|front)?|rivers|water(?:side|front)"),
    ("city centre", r"(?:city|town)s? ?cent(?:re|er)s?|cent(?:re|er) of|the cent(?:re|er)"
     r"|cent(?:re|er) (?:city|town)|central(?:ly)?|downtown|heart of the (?:city|town)"),
)  # fmt: skip

KIDS = (
    r"(?:famil(?:y|ies)(?: with (?:young |small )?(?:kids|children))?|kids?|kiddies?"
    r"|child(?:s|ren|rens)?|toddlers?|bab(?:y|ies)|all ages|every age|any age|youngsters"
    r"|little ones)"
)
NOT = r"(?:not|no|non|none|isnt|arent|doesnt|dont|wont|cant|cannot|never|nor|without|neither)"
FRIENDLY = rules(
    ("skip", r"family (?:run|owned)|not (?:only|just)"),
    ("no", rf"{KIDS} ?(?:free|less)|(?:leave|away from)(?: \w+){{0,2}} {KIDS}|no minors"),
    ("no", rf"(?:{NOT}|un\w+|inappropriate|discourag\w+|lacks?)"
     rf"(?: (?!(?:and|but|is|are|near|has|have|serves|which|cheap|\w*expensive)\b)\w+){{0,8}}"
     rf" {KIDS}(?: friendly)?"),
    ("no", rf"{KIDS}(?: friendly)?(?: (?:is|are|it|should|would|will|do|may|also|:|,))*"
     rf" (?:{NOT}|unfriendly|unwelcome)"),
    ("no", r"(?<!and )(?<! or )(?<! as )adults?(?! (?:and|or|as|alike|too)\b)"),
    ("yes", KIDS),
)  # fmt: skip

RATE = (
    r"(?:(?:customers?|costumers?|users?|guests?|consumers?|overall|general|service|star) )*"
    r"(?:rat(?:ings?|ed|es?)|reviews?|reviewed|scores?|ranked|ranking|feedback|satisfaction)"
)
QUALITY = {
    "low": r"very low|low(?:ly|est|er)?|poor(?:ly)?|bad(?:ly)?|terrible|negative|below average",
    "average": r"average(?:ly)?|mediocre|decent(?:ly)?|ok(?:ay)?|fair(?:ly)?|moderate(?:ly)?"
    r"|medium|mid",
    "average|high": r"good|well|nice|above average",
    "high": r"high(?:ly|est|er)?|excellent(?:ly)?|great|top|best|positive|outstanding|perfect",
}
STARS = r" ?(?:stars? )?(?:rating )?(?:out )?(?:of|/|out|over) ?(?:a )?(?:possible )?5(?: stars?)?"
RATING = rules(
    ("low", rf"[01](?:\.\d)?{STARS}"),
    ("average", rf"3{STARS}"),
    ("high", rf"5{STARS}"),
    ("other", rf"[24](?:\.\d)?{STARS}"),
    *levels(
        {"low": "1", "average": "3", "high": "5", "other": "[24]"},
        "LEVEL stars?",
        rf"{RATE}(?: (?:is|are|of|at|as|a|an|it|them|:|was|only))* LEVEL",
    ),
    ("skip", rf"average {RATE}(?= (?:(?:of|is|by|was|customers?) )+(?:low|high|\|))"),
    ("low", r"(?:low|poor)(?:er)? quality"),
    ("average", r"(?:average|decent) quality"),
    ("high", r"(?:high|excellent|top) quality"),
    ("low|average", rf"{NOT}(?: (?:got|have|has|received|the|a|any|very|so|too))*"
     rf" (?:good|great|best|high|highly|well) {RATE}|not rated?(?: it)?(?: very)? (?:well|highly)"),
    *levels(
        QUALITY,
        rf"LEVEL(?: (?:quality|in|by|its))* {RATE}",
        rf"LEVEL(?: (?:pric\w+|range|and|in))+ {RATE}(?! (?:\w+ ){{0,2}}(?:[\d|]|EVERY))",
        rf"{RATE}(?: (?:is|are|of|at|as|a|an|it|this|them|its|the|place|by|customers?|very|rather"
        r"|quite|only|was|were|being|has|have|been|for|that|their|experience|:|@\w+))*"
        r" LEVEL(?! pric| cost)",
    ),
)  # fmt: skip

COST = r"(?:price range|pric(?:es?|ed|ings?)(?: ranges?| ranged)?|costs?|range(?: of prices?)?)"
DEAR = {
    "cheap": r"very low|low(?:er)?|cheap(?:ly|er)?|small|budget|inexpensive|great|good|bargain",
    "moderate": r"moderate(?:ly)?|average(?:ly)?|medium|mid(?:dle)?(?: (?:ranged?|level))?",
    "cheap|moderate": r"reasonabl[ey]|affordabl[ey]|fair(?:ly)?(?! high| low)|decent(?:ly)?"
    r"|modest(?:ly)?",
    "high": r"high(?:ly|er)?|expensive|premium|upper|above average|hefty|steep|top",
}
UNIT = r"(?: (?:pounds?|gbp|euros?|dollars?|quid))"
PRICE = rules(
    ("skip", rf"moderate(?:ly)? {RATE}|{RATE}(?: (?:is|are|of|as))* moderate(?:ly)?(?! pric)"),
    ("high", rf"(?:more than|higher than|above)(?: the)? average(?: {COST})?|{COST}"
     r"(?: (?:is|are))? (?:higher than|above) average"),
    ("cheap", rf"(?:below|(?:lower|less) than)(?: the)? average(?: {COST})?"),
    ("moderate|high", r"moderately expensive"),
    ("moderate", rf"(?:between )?[£$€]?20{UNIT}?(?: (?:to|and|through))? [£$€]?25{UNIT}?"),
    ("high", rf"(?:more|over|above|higher|greater|excess|least|upwards?|from|start\w*)"
     rf"(?: (?:than|of|from|at|is|are))* [£$€]?30{UNIT}?|[£$€]30|30{UNIT}"
     r"|30 (?:plus|or more|price)"),
    ("cheap", rf"(?:less|under|below|lower|cheaper|within|up|most|over)"
     rf"(?: (?:than|of|to|the))* [£$€]?20{UNIT}?|[£$€]20|20{UNIT}|20 or less"),
    ("cheap", rf"[£$€]1?\d(?:\.\d+)?|1?\d{UNIT}"),
    ("moderate", rf"[£$€]2[1-9](?:\.\d+)?|2[1-9]{UNIT}"),
    ("high", r"(?:not|isnt|arent)(?: very| so)? cheap"),
    ("cheap", r"(?:not|isnt|arent)(?: \w+)? (?:expensive|pricey|costly)"),
    *levels(
        DEAR,
        rf"LEVEL(?: (?:in|and|customer|quality))* {COST}",
        rf"LEVEL(?: (?:customer|rat\w+|and))+ {COST}(?! (?:\w+ ){{0,2}}(?:[£|\d]|EVERY))",
        rf"{COST}(?: (?:is|are|of|in|at|a|an|the|its|it|very|rather|quite|fairly|somewhat|for"
        r"|and|customer|ratings?|range|both|:|@\w+|between|from|being|also))* LEVEL"
        r"(?! (?:customer |quality )*rat| customer| quality)",
    ),
    ("cheap", r"cheap(?:ly|er)?|inexpensive|low cost"),
    ("cheap|moderate", r"affordabl[ey]|reasonably"),
    ("moderate", r"moderate(?:ly)?|mid range"),
    ("high", r"expensive|price?y|costly|upscale|high end"),
)  # fmt: skip

RULES = {
    "food": FOOD, "eatType": EAT, "area": AREA, "familyFriendly": FRIENDLY,
    "customer rating": RATING, "priceRange": PRICE,
}  # fmt: skip


@cache
def venue(value: str) -> re.Pattern[str]:
    """Returns the pattern of a venue's name: article, kind and plural may be left out."""
    words = [re.escape(word) for word in plain(value).split() if word not in ("the", "cafe")]
    if len(words) > 1 and words[-1] in ("hotel", "cuisine"):
        words[-1] = f"(?:{words[-1]})?"
    core = " ?".join(words).replace("crowne", "crowne?")
    return re.compile(rf"(?<!\w)(?:the )?(?:cafe )?{core}s?(?: cafe)?(?!\w)")


def told(text: str, wanted: dict[str, set[str]]) -> dict[str, Values]:
    """Returns the classes that each mention of a slot in a text may stand for.

    Venues are taken out of the text first: those of ``wanted``, the values of the representation,
    then those of the data. Each pattern sees what the ones before it have left.
    """
    text = plain(text)
    found: dict[str, Values] = {"name": [], "near": []}
    own = [(slot, value) for slot in found for value in sorted(wanted.get(slot, ()))]
    known = [("name", value) for value in NAMES] + [("near", value) for value in NEAR]
    for slot, value in own + known:
        text, count = venue(value).subn(f"@{slot}", text)
        found[slot] += [frozenset([value])] * count
    for slot, patterns in RULES.items():
        rest, found[slot] = text, []
        for pattern, classes in patterns:
            rest, count = pattern.subn("|", rest)
            found[slot] += [classes] * count if "skip" not in classes else []
    return found
