"""Statements that a question and its short answer make together (English).

"Which lamp is the cheapest?" and "The Luna." are "The Luna is the cheapest lamp."; "How many rooms
does the Vega have?" and "12" are "The Vega has 12 rooms." What cells come to is found in such a
sentence, not in a name or a number alone. The forms are those of E. Demszky et al., "Transforming
Question Answering Datasets Into Natural Language Inference Datasets" (arXiv:1809.02922), which
parses the question; here the names of the evidence tell where its subject ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from groundwire.claims.questions import find_fragment
from groundwire.claims.replies import is_denying, is_reply
from groundwire.quantities.units import ONES
from groundwire.text.words import WORD, split_table, strip_ending
from groundwire.types import Claim

LONGEST = 40
"""Words of the longest question that is turned into a statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that says what an answer says to its question.

    Attributes:
        text: the sentence.
        start: offset in it of the answer's own words; -1 where it has none, as after yes or no.
        said: these words.
        denied: whether the answer says no to it.
        listed: the sentence that it is all of it, where the question asked for that: "Only Basic
            has roaming of the plans."
    """

    text: str
    start: int = -1
    said: str = ""
    denied: bool = False
    listed: str = ""


_LABEL = re.compile(r"\W*(?:user |my )?(?:question|query)\s*:\s*", re.IGNORECASE)
# What stands before a question: "Hi there, I'd like to know which ...", "Quick check: does ...".
_LEAD = re.compile(
    r"(?:^|[,;:.!–—-]\s+|\b(?:know|tell (?:me|us)|ask(?:ing)?|wonder(?:ing)?|check|so|and|please|"
    r"pls|but)\s+)"
    r"(?=(?:which|what|whats|who|whos|how|when|where|in (?:which|what|how)|is|are|was|were|does|do|"
    r"did|can|could|will|has|have|list|name|show|give)\b)",
    re.IGNORECASE,
)
_TALK = frozenset(
    split_table(
        "hi hello hey there thanks thank you please pls ok okay so and also well now then but "
        "quick quickly question check i i'd i'm would like want need to know just wondering wonder "
        "curious can could tell me us help one more another thing about this that a the short "
        "simple for my"
    )
)
"""Words before a question that say nothing of what it asks for."""

# What was completed by a conversation, or asks for one of several, or for two things.
_LEFT_OUT = re.compile(
    r"\(said before:|, and (?:the|with|in|on|for|of)\b|\beither\b|\bneither\b|\bexcept\b|"
    r"\bother than\b|\bapart from\b|\bbesides\b|\bexcluding\b|"
    r"\b(?:now|currently|today|at the moment)$",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|no|without|never|lack\w*)\b|n't\b", re.IGNORECASE)
_BE = r"(?:is|are|was|were)"
_DO = r"(?:does|do|did)"
_MODAL = r"(?:can|could|will|would|must|should|may|might|has|have|had)"
_BASES = split_table(
    "have cost include provide contain open close start end require offer use allow need mean get "
    "give live work belong exist happen depend consist lie sit serve hold keep lead leave lose "
    "make pay say sell take win begin come fall go grow weigh last earn spend run arrive depart "
    "score finish play support rank rate receive reach gain measure charge accept own teach study "
    "speak join report exceed rise increase decrease drop know hit top beat draw "
    "produce consume generate employ carry stand stop eat drink visit order buy"
)
_PAST = dict(
    pair.split(":")
    for pair in split_table(
        "have:had cost:cost get:got give:gave hold:held keep:kept lead:led leave:left lose:lost "
        "make:made mean:meant pay:paid say:said sell:sold take:took win:won begin:began come:came "
        "fall:fell go:went grow:grew spend:spent run:ran lie:lay sit:sat teach:taught speak:spoke "
        "stand:stood eat:ate drink:drank buy:bought rise:rose know:knew hit:hit "
        "beat:beat draw:drew drop:dropped"
    )
)
_THIRD = {"have": "has", "do": "does", "go": "goes"}
_PLAIN_FINITE = re.compile(rf"\b(?:{_BE}|{_DO}|{_MODAL})(?:n't)?(?!\w)", re.IGNORECASE)
_FINITE = re.compile(
    rf"(?:{_PLAIN_FINITE.pattern}|"
    + "|".join(sorted({_THIRD.get(b, f"{b}s") for b in _BASES} | {*_BASES} | {*_PAST.values()}))
    + r"|[a-z]{3,}(?:ches|shes|sses|xes)|[a-z]{3,}ed)",
    re.IGNORECASE,
)
_LISTING = r"(?:list|name|show|give)(?: me| us)?(?: all)?(?: of)?(?: the)? (?!an? |one |some )"
_ASKED_FOR = re.compile(
    r"(?:(?:second|third|fourth|fifth|\d+(?:st|nd|rd|th))[ -])?(?:total|sum|average|mean|median|"
    r"combined|overall|number|price|cost|most|least|best|worst|(?:high|low|max|min)imum|max|min|"
    r"(?!inter)[a-z]{2,}est)\b",
    re.IGNORECASE,
)
# After a noun these tell that the question asks which of them, not for a property of another thing.
_SUPERLATIVE = re.compile(
    r"\b(?:most|least|fewest|best|worst|first|last|only|(?!inter)[a-z]{2,}est)\b", re.IGNORECASE
)
# "both Italian plants", "all of the open ones"
_QUANTIFIED = re.compile(
    r"(?:all|any|some|none|most|both|half|neither|no)(?: of)?"
    r"(?: (?:the|these|those|our|its|their))?(?: [\w-]+){0,2}? [\w-]*[^\Ws]s\b",
    re.IGNORECASE,
)
_EACH = re.compile(r"(?:all|each|every|any|some|either|no)(?: of)? [\w-]+", re.IGNORECASE)
_JOINT = re.compile(r"(?:,| and| or| &|, and)\s+(?:the\s+)?", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"(?:in|on|at|by|from|to|near|under|over|behind|between|after|before|during|since|until|around|"
    r"every|daily|weekly|monthly|yearly|today|yesterday|tomorrow|now|here|there|next|this|last|"
    r"each|across|along|with|within|about)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"the|an?|all|any|more|most|less|least|fewer|fewest|at|in|on|to|for|with|from|under|over|above|"
    r"below|between|before|after|by|of|no|both|\d.*",
    re.IGNORECASE,
)
# "No, it's a tomato."
_RATHER = re.compile(
    r"\W*(?:no|yes)[,;:.]?\s+(?:it|they|he|she)(?:'s|'re| is| are| was| were)\s+(?!not\b)(.+?)\W*$",
    re.IGNORECASE,
)
_INVERTED = re.compile(r"(?:i|we|you|they|he|she|it|one)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"(?:are|were|have|do)(?:n't)?", re.IGNORECASE)
_SMALL = re.compile(r"(?:About|Around|Roughly|Approximately|At|In|On|The|From|Near|By)\b")
_COUNT = re.compile(rf"(?:about |around |only |just )?(?:\d|(?:{'|'.join(ONES)})\b)(?!.*%)", re.I)
_HOUR = re.compile(r"\d{1,2}(?:[:.]\d\d|\s*[ap]\.?m\b)|noon|midnight", re.IGNORECASE)
_YEAR = re.compile(r"(?:(?:early|late|mid)[- ])?(?:[A-Z]\w+ )?\d{4}s?$")
_ARTICLE = re.compile(r"(?:the|a|an|our|my|your|its|their)\s+", re.IGNORECASE)
_COMPARED = r"(?:more|less|fewer|(?:more|less) [\w-]+|[\w-]+er)"


def make_statement(claim: Claim, names: Iterable[str]) -> Statement | None:
    """Returns a short answer, or a yes or no, with its question as one sentence.

    Args:
        claim: with the question in its context.
        names: of what the evidence tells of, such as the cells of its records.

    Returns:
        None where the claim is no such answer, or the question has no form that is known.
    """
    whole = (claim.context.question or "").replace("’", "'").strip()
    if whole.count("?") > 1 or len(whole.split()) > LONGEST:
        return None
    asked = _find_question(whole)
    if not asked or _LEFT_OUT.search(asked):
        return None
    known = sorted({" ".join(n.split()) for n in names if n[:1].isalnum()}, key=len, reverse=True)
    subject = _make_finder(known)
    if is_reply(claim.text, claim.context.question):
        # What says no to "isn't it" may mean either.
        told = "" if _NEGATED.search(asked) else _state_polar(asked, subject)
        return Statement(f"{_begin(told)}.", denied=is_denying(claim.text)) if told else None
    if re.match(r"\W*(?:no|yes)\b", claim.text, re.IGNORECASE):
        return _state_other(asked, claim, subject)
    answer = find_fragment(claim) or _find_list(claim, subject)
    return _state_short(asked, answer, subject) if answer else None


def _find_question(text: str) -> str:
    """The question of a text without what leads to it; empty where that says more than "Hello"."""
    plain = _LABEL.sub("", " ".join(text.split()), count=1).rstrip(" ?!.")
    plain = re.sub(r"\b(what|who|how|where)s\b", r"\1's", plain, count=1, flags=re.IGNORECASE)
    plain = re.sub(r"\b(have|has) got\b", r"\1", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\bavg\b\.?", "average", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\b(do|does|did|is|are|was|were|has|have) not\b", r"\1n't", plain, flags=re.I)
    found = _LEAD.search(plain)
    if found is None:
        return plain
    # "Of the lamps with a dimmer, which is the cheapest?": what says of which is no lead.
    before = {word.casefold() for word in WORD.findall(plain[: found.start()])}
    return plain[found.end() :] if before <= _TALK else ""


Finder = Callable[[str], int]
"""Gives the length of the subject with which a text begins, 0 where that is not known."""


def _make_finder(names: list[str]) -> Finder:
    """A finder of subjects that are one of the names, several of them, or "all lamps"."""

    def find(text: str) -> int:
        article = _ARTICLE.match(text)
        end = _match_name(text, article.end() if article else 0, names)
        while end and (joint := _JOINT.match(text, end)):
            more = _match_name(text, joint.end(), names)
            if not more:
                break
            end = more
        if end:
            return end
        quantified = _QUANTIFIED.match(text) or _EACH.match(text)
        return quantified.end() if quantified else 0

    return find


def _match_name(text: str, start: int, names: list[str]) -> int:
    """Where the longest name that stands at an offset ends; 0 where none does."""
    rest = text[start:].casefold()
    for name in names:
        if rest.startswith(name.casefold()):
            end = start + len(name)
            # "Luna Lite" is no Luna.
            longer = re.match(r"\s+[A-Z]", text[end:])
            if not longer and (end == len(text) or not text[end].isalnum()):
                return end
    return 0


def _find_list(claim: Claim, subject: Finder) -> str | None:
    """The names that a claim is; a list of them may be longer than other short answers."""
    text = claim.text.strip(" .!*\n")
    return text if text and subject(text) == len(text) else None


def _state_short(asked: str, answer: str, subject: Finder) -> Statement | None:
    """The statement of an answer that names something, by the first form that the question has."""
    mark = "\N{OBJECT REPLACEMENT CHARACTER}"
    if answer.count("(") != answer.count(")"):
        return None
    written = _SMALL.sub(lambda m: m[0].lower(), answer, count=1)
    for form in (
        _state_listed,
        _state_placed,
        _state_count,
        _state_extent,
        _state_time,
        _state_wh,
        _state_noun,
    ):
        if told := form(asked, mark, written, subject):
            before, _, after = told.partition(mark)
            said = written
            # "3 lamps" to "How many lamps ...?" has its noun already.
            own = re.match(r"\s+([\w-]+)", after)
            if own and strip_ending(said.split()[-1].casefold()) == strip_ending(own[1].casefold()):
                after = after[own.end() :]
            said = re.sub(r"(?<=\w) of (?:them|these|those)$", "", said)
            noun = "" if before and not before.startswith("of the ") else _find_listed(asked)
            listed = f"Only {said}{after} of the {noun}." if noun else ""
            before = _begin(before)
            said = said if before else _begin(said)
            return Statement(f"{before}{said}{after}.", len(before), answer, listed=listed)
    return None


def _state_other(asked: str, claim: Claim, subject: Finder) -> Statement | None:
    """A reply that names another thing than the question did: "No, the Vega is."."""
    asks = re.match(rf"({_BE})\s+(.+)", asked, re.IGNORECASE)
    told = _RATHER.match(claim.text.replace("’", "'"))
    if asks and told and (end := subject(asks[2])):
        text = f"{_begin(asks[2][:end])} {asks[1].lower()} "
        return Statement(f"{text}{told[1]}.", len(text), told[1])
    found = re.fullmatch(rf"\W*no[,;:.]?\s+(.+?)\s+(?:{_BE}|{_DO}|{_MODAL})\W*", claim.text, re.I)
    told = re.match(rf"(?:{_BE}|{_DO}|{_MODAL})\s+(.+)", asked, re.IGNORECASE)
    if not found or not told or subject(found[1]) != len(found[1]):
        return None
    end = subject(told[1])
    whole = _state_polar(asked, subject) if end else ""
    rest = whole[end:].strip() if whole.startswith(told[1][:end]) else ""
    # "Is the Sol cheaper than the Vega?" "No, the Vega is": than the Sol.
    rest = re.sub(rf"\bthan {re.escape(found[1])}$", f"than {told[1][:end]}", rest, flags=re.I)
    return Statement(f"{_begin(found[1])} {rest}.", 0, found[1]) if rest else None


def _state_polar(asked: str, subject: Finder) -> str:
    """What a yes says; empty where it is not known where the subject of the question ends."""
    if told := re.match(rf"({_BE})\s+there\s+(?:any|a|an)?\s*(.+)", asked, re.IGNORECASE):
        number = "a " if told[1].lower() in ("is", "was") else ""
        return f"there {told[1].lower()} {number}{told[2]}"
    if told := re.match(rf"({_BE}|{_MODAL})\s+(.+)", asked, re.IGNORECASE):
        end = subject(told[2])
        rest = told[2][end:].strip()
        return f"{_some(told[2][:end])} {told[1].lower()} {rest}" if end and rest else ""
    if told := re.match(r"do (?:you|they|we) (?:have|sell|offer) (?:an?|any) (.+)", asked, re.I):
        return f"there is a {told[1]}"
    if told := re.match(rf"({_DO})\s+(.+)", asked, re.IGNORECASE):
        who, verb, rest = _part_verb(told[2], subject)
        known = subject(told[2]) and re.fullmatch(r"[a-z]+", verb) and not _OPENING.fullmatch(verb)
        return f"{_some(who)} {_inflect(verb, told[1])} {rest}".rstrip() if known else ""
    if told := re.match(r"(.+?),?\s+(?:right|correct|yes|true|or not)$", asked, re.IGNORECASE):
        return told[1]
    return ""


def _some(subject: str) -> str:
    """A subject of a question as it stands in what says yes to it."""
    return re.sub(r"^any\b", "some", subject, flags=re.IGNORECASE)


def _state_count(asked: str, mark: str, said: str, subject: Finder) -> str:
    """A count, an amount or a difference that is asked for: "How many ...?", "How much ...?"."""
    if asked[:8].casefold() == "how many" and not _COUNT.match(said):
        return ""  # "Half", "None"
    if told := re.match(
        rf"how (?:much|many [\w ]+?) ({_COMPARED}(?: (?:per|a|each|in) [\w-]+)?) ({_BE})\s+(.+?)"
        r"\s+than\s+(.+)", asked, re.IGNORECASE,
    ):  # fmt: skip
        return f"{told[3]} {told[2].lower()} {mark} {told[1]} than {told[4]}"
    if told := re.match(
        rf"how (?:many|much)\s+(.+?)\s+({_BE})\s+there\b\s*(.*)", asked, re.IGNORECASE
    ):
        return f"there {told[2].lower()} {mark} {told[1]} {told[3]}".rstrip()
    if told := re.match(r"how many (of (?:the|these|those|our|all) .+)", asked, re.IGNORECASE):
        return f"{mark} {told[1]}"
    if told := re.match(rf"how (?:many|much)\s+(.*?)\s*\b({_DO})\s+(.+)", asked, re.IGNORECASE):
        if re.search(rf"\b{_COMPARED}$", told[1], re.IGNORECASE) and " than " in told[3]:
            return _state_gap(told[1], told[2], told[3], mark, subject)
        if there := re.match(r"(?:they|you|we|it) have\b(.*)", told[3], re.IGNORECASE):
            return f"there are {mark} {told[1]}{there[1]}"
        who, verb, rest = _part_verb(told[3], subject)
        noun = f" {told[1]}" if told[1] else ""
        return f"{who} {_inflect(verb, told[2])} {mark}{noun} {rest}".rstrip() if who else ""
    if told := re.match(rf"how much ({_BE})\s+(.+)", asked, re.IGNORECASE):
        return f"{told[2]} {told[1].lower()} {mark}"
    told = re.match(rf"how many\s+([\w -]+?)\s+({_BE})\s+(.+)", asked, re.IGNORECASE)
    if told and (end := subject(told[3])) and told[3][end:].strip():
        return f"{told[3][:end]} {told[2].lower()} {mark} {told[1]}{told[3][end:]}"
    if told := re.match(r"how many\s+(.+)", asked, re.IGNORECASE):
        words = told[1].split()
        if _PLAIN_FINITE.fullmatch(words[0]) or words[0].casefold() in _BASES:
            return f"{mark} of them {told[1]}"
        return f"{mark} {told[1]}" if 0 < (_find_verb(words) or 0) < len(words) - 1 else ""
    return ""


def _state_listed(asked: str, mark: str, said: str, subject: Finder) -> str:
    """What is to be listed: "List the estates with more than 25 ha", "show me the open ones"."""
    told = re.match(rf"{_LISTING}(.+)", asked, re.IGNORECASE)
    if not told:
        return ""
    parted = re.match(r"[\w -]*?\b(with|without|that|which|who) (.+)", told[1], re.IGNORECASE)
    if not parted:
        return f"{mark} are the {told[1]}"
    verb = {"with": "have ", "without": "have no "}.get(parted[1].lower(), "")
    return f"{mark} {verb}{parted[2]}"


def _state_noun(asked: str, mark: str, said: str, subject: Finder) -> str:
    """A thing that is asked for without a verb: "average price of the lamps?", "third oldest?"."""
    noun = re.match(r"(?:and )?(?:the )?(.+)", asked, re.IGNORECASE)
    if noun is None or not _ASKED_FOR.match(noun[1]) or _PLAIN_FINITE.search(noun[1]):
        return ""
    return f"the {noun[1]} is {mark}"


def _state_gap(much: str, do: str, rest: str, mark: str, subject: Finder) -> str:
    """By how much one is more: "How much more does A cost than B?", "A costs 5 EUR more"."""
    who, verb, after = _part_verb(rest, subject)
    return f"{who} {_inflect(verb, do)} {mark} {much} {after}" if who else ""


def _state_extent(asked: str, mark: str, said: str, subject: Finder) -> str:
    """A size that is asked for: "How tall is the Vega?", "How long does it take?"."""
    if told := re.match(rf"how ([\w-]+) ({_BE})\s+(.+)", asked, re.IGNORECASE):
        end = subject(told[3]) or len(told[3])
        rest = told[3][end:].rstrip()
        return f"{told[3][:end]} {told[2].lower()} {mark} {told[1]}{rest}"
    if told := re.match(rf"how (?:[\w-]+) ({_DO})\s+(.+)", asked, re.IGNORECASE):
        who, verb, rest = _part_verb(told[2], subject)
        return f"{who} {_inflect(verb, told[1])} {mark} {rest}".rstrip() if who else ""
    return ""


def _state_time(asked: str, mark: str, said: str, subject: Finder) -> str:
    """A time or place that is asked for, with the preposition that it needs."""
    told = re.match(
        r"(when|where|(?:at )?what time|(?:on )?(?:what|which) day)\b\s+(.+)", asked, re.I
    )
    if not told or (_SUPERLATIVE.search(told[2]) and "day" in told[1].lower()):
        return ""  # "Which day is the warmest?" asks for one of the rows
    placed = mark
    if not _PREPOSITION.match(said):
        if told[1].lower() == "where":
            placed = f"in {mark}"
        else:
            placed = f"{'at' if _HOUR.match(said) else 'in' if _YEAR.match(said) else 'on'} {mark}"
    if be := re.match(rf"({_BE}|{_MODAL})\s+(.+)", told[2], re.IGNORECASE):
        end = subject(be[2])
        if not end:  # "when was the mill built": what was done is the last word
            done = re.match(r".+(?=\s[a-z]+(?:ed|en|ilt|ld|nt|ught)$)", be[2])
            end = done.end() if done else len(be[2])
        return f"{be[2][:end]} {be[1].lower()}{be[2][end:].rstrip()} {placed}"
    if do := re.match(rf"({_DO})\s+(.+)", told[2], re.IGNORECASE):
        who, verb, rest = _part_verb(do[2], subject)
        rest = f"{_inflect(verb, do[1])} {rest}".strip()
        if re.search(r"\b(?:from|to|at|in|on|for)$", rest) and not _PREPOSITION.match(said):
            placed = mark  # "Where does it depart from?"
        return f"{who} {rest} {placed}" if who else ""
    return ""


def _state_placed(asked: str, mark: str, said: str, subject: Finder) -> str:
    """A place that is asked for: "In which city does Mia live?", "In how many years ...?"."""
    told = re.match(
        rf"(in|on|at|from|to|for|with|by) (how many|which|what) (.*?)\b({_BE}|{_DO})\s+(.+)",
        asked, re.IGNORECASE,
    )  # fmt: skip
    if not told:
        return ""
    if re.fullmatch(_DO, told[4], re.IGNORECASE):
        who, verb, rest = _part_verb(told[5], subject)
        verb = _inflect(verb, told[4])
    else:
        # "was revenue highest", "is traffic the top concern"
        top = re.search(rf"\s+(?:the\s+)?{_SUPERLATIVE.pattern}", told[5], re.IGNORECASE)
        end = subject(told[5]) or (top.start() if top else 0)
        who, verb, rest = told[5][:end], told[4].lower(), told[5][end:].strip()
    if not who or not verb:
        return ""
    counted = f" {told[3].strip()}" if told[2].lower() == "how many" else ""
    lead = "" if _PREPOSITION.match(said) else f"{told[1].lower()} "
    return " ".join(f"{who} {verb} {rest} {lead}{mark}{counted}".split())


def _state_wh(asked: str, mark: str, said: str, subject: Finder) -> str:
    """A thing or person that is asked for: "Which lamp is the cheapest?", "What is the price?"."""
    told = re.match(r"(which|what|who|whom)(?:'s|\b)\s*(.+)", asked, re.IGNORECASE)
    if not told:
        return ""
    rest = told[2]
    if re.match(r"(?:what|who)'s\b", asked, re.IGNORECASE):
        rest = f"is {rest}"
    words = rest.split()
    at = _find_verb(words)
    if at is None:
        return ""
    noun, verb, after = " ".join(words[:at]), words[at], " ".join(words[at + 1 :])
    if not after:
        return ""
    if re.match(r"of (?:the|these|those|our|all)\b", noun, re.IGNORECASE):
        return f"{mark} {verb} {after} {noun}"
    if _INVERTED.match(after) and re.fullmatch(rf"(?:{_BE}|{_DO}|{_MODAL})(?:n't)?", verb, re.I):
        return ""  # "Which one should I buy?"
    if re.fullmatch(_DO, verb, re.IGNORECASE):
        who, base, more = _part_verb(after, subject)
        return f"{who} {_inflect(base, verb)} {mark} {more}".rstrip() if who else ""
    if re.fullmatch(_BE, verb, re.IGNORECASE):
        named = subject(after)
        definite = re.match(r"(?:the|a|an|its|their|our|your)\b|[\w-]+['’]s?\s", after, re.I)
        if not noun and (definite or named):
            return f"{after} {verb} {mark}"  # "What is the price": "The price is 5 EUR"
        top = _SUPERLATIVE.search(after)
        if noun and not top and (named == len(after) or (definite and not named)):
            return f"the {noun} of {after} {verb} {mark}"
        if top and not top.start() and not named:
            after = f"the {after}"  # "Which is quickest?"
        if noun and top and after.endswith(top[0]):
            return f"{mark} {verb} {after} {noun}"
    if " " in noun:  # "Which vegan dish has no nuts?": of the vegan ones
        return f"of the {noun}, {mark} {verb} {after}"
    return f"{mark} {verb} {after}"


def _find_listed(asked: str) -> str:
    """What a question asks for all of: "plans" of "Which plans have roaming?"; else nothing."""
    if told := re.match(rf"{_LISTING}(.+?)(?: (?:with|without|that|which|who)\b|$)", asked, re.I):
        return told[1]
    words = re.sub(
        r"^(?:which|what|who) (?:of (?:the|these|those) )?", "", asked, flags=re.I
    ).split()
    at = _find_verb(words)
    if at is None or words == asked.split():
        return ""
    head = re.split(r" (?:with|without|in|of|from|for|on|at) ", " ".join(words[:at]))[0]
    plural = re.search(r"[\w-][^s\W]s$", head) is not None
    third = words[at][-1:] == "s" and not re.fullmatch(r"\w+ss", words[at])
    if _SEVERAL.fullmatch(words[at]) is None and (not plural or third):
        return ""
    return " ".join(words[:at]) or "those"


def _find_verb(words: list[str]) -> int | None:
    """Where the verb of a question stands whose subject is asked for; None if none is known."""
    for verb, first in ((_PLAIN_FINITE, 0), (_FINITE, 1), (_FINITE, 0)):
        # "How many runs were made": a noun may look like a verb.
        for place, word in enumerate(words[first:9], first):
            last = place == len(words) - 1
            if verb.fullmatch(word) and not last and not (place and word[0].isupper()):  # "in May"
                return place
    # "Which town covers the smallest area?": the word before what it is done to.
    opened = (i for i, word in enumerate(words[1:], 1) if _OPENING.fullmatch(word))
    place = next(opened, 0) - 1
    plural = len(words) > 2 and words[0][-1:] == "s" and not _OPENING.fullmatch(words[1])
    if place < 1 and plural:
        place = 1  # "Which plans include roaming?"
    return place if place > 0 else None


def _part_verb(text: str, subject: Finder) -> tuple[str, str, str]:
    """Parts "the Vega have in May" into its subject, its verb and the rest; all empty if unsure."""
    end = subject(text)
    words = text.split()
    if end and text[end:].strip():
        verb, _, rest = text[end:].strip().partition(" ")
        later = any(word.casefold() in _BASES for word in rest.split())
        if verb.casefold() in _BASES or not later:
            return text[:end], verb, rest  # "the Loire estates have" is of the estates
    bases = [i for i, word in enumerate(words) if i and word.casefold() in _BASES]
    opened = [i - 1 for i, word in enumerate(words) if i > 1 and _OPENING.fullmatch(word)]
    at = bases[0] if bases else opened[0] if opened else len(words) - 1
    if at < 1:
        return "", "", ""
    return " ".join(words[:at]), words[at], " ".join(words[at + 1 :])


def _inflect(verb: str, do: str) -> str:
    """A verb as it stands without its "do": "does have" is "has"."""
    base = verb.casefold()
    if do.casefold() == "do":
        return base
    if do.casefold() == "did":
        regular = f"{base}d" if base.endswith("e") else f"{base}ed"
        regular = f"{base[:-1]}ied" if re.search(r"[^aeiou]y$", base) else regular
        return _PAST.get(base, regular)
    if base in _THIRD:
        return _THIRD[base]
    if re.search(r"(?:[sxz]|ch|sh)$", base):
        return f"{base}es"
    return f"{base[:-1]}ies" if re.search(r"[^aeiou]y$", base) else f"{base}s"


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]
