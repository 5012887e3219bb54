"""Facts that ride in sentences which state nothing: presuppositions (English).

"# Free lifetime warranty", "When did Bob stop cheating?" and "I don't know why Ann was jailed"
are a heading, a question and a hedge, and yet each tells the reader something (P. Strawson, "On
Referring", Mind 1950). Such a span stays a ``no_claim`` only as long as its words come from the
evidence, from the question or from the small talk of answers; else it is checked as a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from groundwire.evidence.overlap import stem, words
from groundwire.types import Claim, Evidence
from groundwire.verify.words import STOP, words_of

_TALK = words_of("""
able about above according account actually add additional address advice after again age agree
all also always amount analysis anyone anything apologize appreciate approach area article ask
assist assistance assume available aware background based basic because before begin below benefit
best better brief bring broad budget but call care case category cause certain change chapter
characteristic check choice choose clarification clarify clear code color comment common
comparison compare concern conclude conclusion confirm confused consider consideration contact
contain content context continue correct cost could curious current customer data date day deep
definition depend describe description detail determine difference different difficult discuss
discussion document easy effect else email enough ensure everyone everything evidence exact
example excellent excerpt explain explanation explore extra fact factor familiar far favorite
feature fee feedback feel few final finally find finding first follow following form friend full
further general get give glad go goal good great group guess guidance guide guideline happy hard
hear hello help helpful hi highlight history hope how however idea identify impact important
inconvenience include indicate info information insight interest interested interesting
introduction issue item keep key kind know knowledge language last later latest learn least let
level like limit limitation line list little long look love main major make many matter maybe mean
meaning measure mention message method mind minute model moment month more most much name near
necessary need next nice no note nothing now number ok okay one open opinion option order other
outline overview own paragraph part particular pass passage per perhaps person phone place plan
please point possible potential practical prefer preference present price pro problem process
product pros cons provide purpose question quick quickly quote range read ready really reason
recap receive recommend recommendation reference refer regard related relevant remember reply
report request require requirement response rest result retrieve review risk role rule same say
search second section see select sense serial set several share short show side similar simple
since size small snippet solution some someone something sorry sort source specific specifically
start state statement step still story structure subject such suggest suggestion summarize summary
support sure table take takeaway talk tell term text thank thanks that there thing think third
thought three time tip title today together top topic total try two type unable unclear understand
unfortunately unsure use useful user using usual variant various verify version view wait want way
week welcome well what when where which while who why will wish wonder word work world would write
wrong year yes yet you four five six seven eight nine ten dear hey morning afternoon evening
alright certainly absolutely course definitely overall additionally furthermore answer figure
appendix phase faq q&a quantity value unit column row field property attribute parameter metric
criterion
""")
_KNOWN_TALK = frozenset(stem(word) for word in _TALK)
_COMPLEMENT = re.compile(r"\b(?:why|when|where|how|who|whom|whose|that|which)\b(?P<rest>.*)", re.I)
_ADDRESSED = re.compile(r"\b(?:you|your|i|we)\b", re.IGNORECASE)
_DEFINITE = re.compile(
    r"\b(?:the|this|that|these|those|his|her|its|their)\s+(?P<rest>(?:[\w'’-]+\s*){1,6})", re.I
)
_LABELS = frozenset({"heading", "filler"})


def presupposes(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether a span that states nothing tells what neither evidence nor question says.

    A heading or a lead-in does where it has two words of its own, or one beside a known one; any
    other span where it has a name or two words of its own. "The documents do not say whether"
    tells nothing, whatever follows.

    Args:
        claim: a span of a kind other than ``"claim"``.
        evidence: what was retrieved for it.
    """
    told = list(_told(claim))
    if not told:
        return False
    known = {stem(word) for item in evidence for word in words(item.passage.text)}
    if claim.context.question:
        known |= {stem(word) for word in words(claim.context.question)}
    own = {stem(word) for word, _ in told} - known
    if claim.kind in _LABELS:
        return len(own) > 1 or (len(own) == 1 and len({stem(w) for w, _ in told}) > 1)
    return len(own) > 1 or any(name and stem(word) in own for word, name in told)


def may_presuppose(claim: Claim) -> bool:
    """Whether a span has words that evidence must be looked up for."""
    return not claim.checkable and claim.kind != "code" and next(_told(claim), None) is not None


def _told(claim: Claim) -> Iterator[tuple[str, bool]]:
    """The words of a span that are not small talk, each with whether it is written as a name."""
    text = claim.text
    parts = [text]
    if claim.kind == "hedge":
        parts = [match["rest"] for match in _COMPLEMENT.finditer(text)]
    elif claim.kind in ("question", "offer") and _ADDRESSED.search(text):
        parts = [match["rest"] for match in _DEFINITE.finditer(text)]
        yield from ((word, False) for word, name in _content(text) if name)
    for part in parts:
        yield from _content(part)


def _content(text: str) -> Iterator[tuple[str, bool]]:
    first = True
    for word in words(text):
        plain = word.casefold()
        name = word[0].isupper() and not first
        first = False
        if len(word) > 1 and plain not in STOP and stem(plain) not in _KNOWN_TALK:
            yield word, name
