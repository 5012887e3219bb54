"""Presuppositions: facts that ride in sentences which state nothing, as questions do (English).

"# Free lifetime warranty", "When did Bob stop cheating?" and "I don't know why Ann was jailed"
are a heading, a question and a hedge, and yet each tells the reader something (P. Strawson, "On
Referring", Mind 1950). Such a span stays a ``no_claim`` only as long as its words come from the
evidence, from the question or from the small talk of answers; else it is checked as a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from groundwire.claims.absence import has_absence
from groundwire.claims.checkworthy import SIZE
from groundwire.claims.followups import drop_told
from groundwire.claims.talk import load_talk_model
from groundwire.text.citations import blank_citations
from groundwire.text.overlap import split_words, stem_word
from groundwire.text.symbols import spell_symbols
from groundwire.text.words import STOP, split_table
from groundwire.types import Claim, Evidence

# What answers say of themselves, of help and of documents: it tells nothing of their subject.
_TALK = split_table("""
able about above absolutely according account actually add additional additionally address advice
advisor after afternoon again age agent agree all alright also always amount analysis answer any
anyone anything apologize appendix appreciate approach area aren article ask assist assistance
assume attribute available aware background based basic because before begin below benefit best
better both brief bring broad budget bullet but call care case category cause certain certainly
change chapter characteristic check choice choose clarification clarify clear code colleague color
column comment common compare comparison concern conclude conclusion confidential confirm confused
cons consider consideration contact contain content context continue correct cost could couldn
course criterion curious current customer data date day dear deep definitely definition depend
describe description detail determine device didn difference different difficult discuss
discussion doctor document doesn don easy effect eight else email english enough ensure evening
every everyone everything evidence exact example excellent excerpt expert explain explanation
explore extra fact factor familiar faq far favorite feature fee feedback feel few field figure
final finally financial find finding first five follow following form format found four friend
full further furthermore general get give given glad go goal good great group guess guidance guide
guideline happy hard hear hello help helpful hey hi highlight history hope how however idea
identify impact important include inconvenience indicate info information inquiry insight interest
interested interesting introduction isn issue item keep key kind know knowledge language last
later latest leaflet learn least legal let level like limit limitation line list little long look
love main major make manual manufacturer many matter maybe mean meaning measure medical mention
menu message method metric mind minute model moment month more morning most much name near
necessary need news next nice nine no note nothing now number ok okay one open opinion option
order other outline overall overview own paragraph parameter part particular pass passage patience
per perhaps person personal pharmacist phase phone physician place plan please point possible
potential practical prefer preference preferred present price private pro problem process product
professional property pros provide purpose q&a quantity question quick quickly quote range read
ready really reason recap receive recommend recommendation refer reference regard related relevant
remember reply report representative request require requirement response rest result retailer
retrieve review risk role row rule same say search second section see select seller sense serial
set seven several share short shouldn show side similar simple since six size small snippet
solution some someone something sorry sort source specific specifically staff start state
statement step still story structure subject such suggest suggestion summarize summary supplier
support sure table take takeaway talk team tell ten term text thank thanks that there therefore
thing think third thought three time tip title today together top topic total try two type unable
unclear understand unfortunately unit unsure use useful user using usual value variant various
verify version view wait waiting want wasn way web webpage website week welcome well weren what
when where which while who why will wish won wonder word work world would wouldn write wrong year
yes yet you
""")
# Words of usual headings. In a sentence they may tell something, so only labels are let off.
_SECTIONS = split_table("""
abstract acknowledgment advantage alternative appendix appendices assumption author availability
benefit bibliography biography career caveat challenge citation cleaning compatibility component
configuration consideration contraindication credit deliverable delivery design diagnosis diagram
dimension disadvantage discussion dosage drawback early education equipment evaluation executive
exercise experiment expectation factor faqs feature finding formula function future getting
glossary goal highlights implementation implication ingredient installation instruction
interpretation legacy lesson license life location maintenance material methodology methods
milestone mistake motivation nutrition objective observation operation opportunity origin
parameter payment performance personal pitfall policy precaution preparation prerequisite
prevention price pricing procedure process properties property recipe remark resource
responsibility return safety sample scenario scope serving setup shipping side solution
specification specifications specs stakeholder started strategy strength symptom syntax task
technical theory threat timeline tldr tl dr tool topics troubleshooting tutorial usage weakness
workflow years
treatment causes architecture analyses application direction practice weaknesses action notes
""")


def _root(word: str) -> str:
    """The stem of a word, the same for "feature" and "features"."""
    cut = stem_word(word)
    return cut[:-1] if len(cut) > 3 and cut[-1] in "ey" else cut


_KNOWN_TALK = frozenset(_root(word) for word in _TALK)
_KNOWN_SECTIONS = frozenset(_root(word) for word in _SECTIONS)
_COMPLEMENT = re.compile(
    r"\b(?:why|when|where|how(?! to\b)|who|whom|whose|that|which)\b(?P<rest>.*)", re.IGNORECASE
)
# "How (often) to become a member" takes nothing for granted.
_WHEN = re.compile(
    r"\b(?:why|when|where|how)\b(?!(?: \w+)? you\b|(?: \w+)? to\b| many\b| much\b)(?P<rest>.*)",
    re.IGNORECASE,
)
# A question to the reader tells by its names and "the ..." alone: "How can I help you today?"
_ADDRESSED = re.compile(r"\b(?:you|your|i|we)\b", re.IGNORECASE)
_DEFINITE = re.compile(
    r"\b(?:the|this|that|these|those|his|her|its|their|your|our)\s+"
    r"(?P<rest>(?:[\w'’-]+\s*){1,6})",
    re.IGNORECASE,
)
# Small words end a noun phrase, but "that" and "not" go on with it: "the kettle that exploded".
_BREAKS = frozenset(STOP) - {"that", "which", "who", "whom", "not", "no"}
_WISHING = frozenset({"greeting", "filler", "opinion"})
_WISH = re.compile(
    r"\W*(?:enjoy|have|happy|(?:good|best of) luck|(?:i |we )?(?:hope|wish))\b", re.I
)
_PROMISED = frozenset(_root(word) for word in ("free", "safe", "new"))
_SPACED = re.compile(r"(?<!\w)\w(?:[\s.·_-]\w){2,}(?!\w)")


def has_presupposition(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether a span that states nothing tells what neither evidence nor question says.

    A heading or a lead-in does where it has a word of its own; any other span where such a word
    is a name or stands where it is taken for granted: after "the" or "your", or in the clause of
    a "when" or "why". "The documents do not say whether" tells nothing, whatever follows.

    Args:
        claim: a span of a kind other than ``"claim"``.
        evidence: what was retrieved for it.
    """
    told = list(_told(claim))
    if not told:
        return False
    known = {_root(word) for item in evidence for word in split_words(item.passage.text)}
    if claim.context.question:
        asked = spell_symbols(drop_told(claim.context.question))
        known |= {_root(word) for word in split_words(asked)}
    own = {_root(word) for word, _ in told} - known
    if _is_label(claim):
        return bool(own)
    return any(granted and _root(word) in own for word, granted in told)


def has_telling_words(claim: Claim) -> bool:
    """Whether a span has words that evidence must be looked up for."""
    return not claim.checkable and claim.kind != "code" and next(_told(claim), None) is not None


def _told(claim: Claim) -> Iterator[tuple[str, bool]]:
    """The words of a span that are not small talk, each with whether it is taken for granted."""
    plain = spell_symbols(blank_citations(claim.text))
    text = _SPACED.sub(lambda found: re.sub(r"[\W_]", "", found[0]), plain)
    text = SIZE.sub("", text)
    talk = _talk_roots(_is_label(claim), claim.kind in _WISHING or bool(_WISH.match(text)))
    # What the documents are said to lack is looked for in them (``is_false_absence``).
    named = () if has_absence(claim) else _DEFINITE.finditer(text)
    granted = [_noun_phrase(match["rest"]) for match in named]
    if claim.kind in ("question", "offer", "hedge"):
        granted += [match["rest"] for match in _WHEN.finditer(text)]
    if claim.kind == "hedge":
        parts = [match["rest"] for match in _COMPLEMENT.finditer(text)]
        sure = {word for part in granted for word, _ in _content(part, talk)}
        for part in parts:
            yield from ((word, name or word in sure) for word, name in _content(part, talk))
        return
    for part in granted:
        yield from ((word, True) for word, _ in _content(part, talk))
    if claim.kind in ("question", "offer") and _ADDRESSED.search(text):
        yield from ((word, False) for word, name in _content(text, talk) if name)
        for match in _DEFINITE.finditer(text):
            yield from ((word, False) for word, _ in _content(match["rest"], talk))
        return
    skipped = _KNOWN_SECTIONS if _is_label(claim) else frozenset()
    yield from ((word, name) for word, name in _content(text, talk) if _root(word) not in skipped)


def _is_label(claim: Claim) -> bool:
    """Whether a span names what stands below it: a heading, or a lead-in with its colon."""
    return claim.kind == "heading" or (
        claim.kind == "filler" and claim.text.rstrip(" *_`").endswith(":")
    )


@cache
def _talk_roots(label: bool, wish: bool) -> frozenset[str]:
    """The roots of the words of talk, but for labels learned ones too ("the web", "your screen").

    What talk is about is none of them, nor what it promises ("the free kettle"); what a reader is
    wished well with is one in a wish ("Enjoy the show!").
    """
    if label:
        return _KNOWN_TALK
    model = load_talk_model()
    words = model.words - model.topics | (model.wished if wish else frozenset())
    learned = frozenset(_root(word) for word in words)
    return _KNOWN_TALK | (learned - _PROMISED)


def _noun_phrase(text: str) -> str:
    """What stands after an article, up to the next small word."""
    kept: list[str] = []
    for word in text.split():
        if word.casefold() in _BREAKS:
            break
        kept.append(word)
    return " ".join(kept)


def _content(text: str, talk: frozenset[str]) -> Iterator[tuple[str, bool]]:
    first = True
    for word in split_words(text):
        plain = re.split("['’]", word.casefold())[0]
        name = word[0].isupper() and not first
        first = False
        if (len(word) > 1 or not word.isascii()) and plain not in STOP and _root(plain) not in talk:
            yield word, name
