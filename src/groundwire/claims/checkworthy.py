"""Checkworthiness of a sentence: which ones state nothing to check (English, by hand)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from groundwire.claims.lacks import Lack, find_lack
from groundwire.claims.talk import is_talk, name_talk
from groundwire.text.blocks import is_unit
from groundwire.text.citations import blank_citations, is_citation
from groundwire.text.symbols import has_denial, spell_symbols
from groundwire.types import ClaimKind

# Without "one", which is mostly a pronoun ("this one is for you").
_NUMBER_WORD = (
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|"
    r"dozens?|half|twice|double|triple|percent|first|second|third|last"
)
NUMBER = re.compile(rf"\d|[%$€£¥°]|\b(?:{_NUMBER_WORD})\b", re.IGNORECASE)
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
AUXILIARY = (
    r"is|are|was|were|am|isn't|aren't|wasn't|weren't|has|had|did|does|do|will|won't|would|can|"
    r"cannot|can't|could|should|must|may|might"
)
# Adjectives of small talk ("the documents provided"), and so no sign of a statement.
_PARTICIPLE = r"provided|given|based|related|needed|listed|interested|retrieved|requested|detailed"
_FINITE = re.compile(
    rf"\b(?:{AUXILIARY}|have|became|began|fell|rose|went|wrote|took|gave|came|said|won|lost|"
    r"sold|bought|built|left|kept|held|sent|met|ran|broke|stole|drew|drove|flew|grew|paid|shot|"
    r"spent|"
    rf"(?!(?:{_PARTICIPLE}|need|speed|feed|seed)\b)[a-z]{{2,}}ed)\b|'(?:s|re|ve|d|ll) "
    r"(?!(?!(?:the|a|an|not)\b)\w+\b\s*$)\b(?:the|a|an|not|been|\w+ed|\w+ing)\b",
    re.IGNORECASE,
)
# Where a second statement may begin: "They do not mention Lyon - the capital of Italy".
TURN = re.compile(
    r"[;()\[\]{}–—\"“”|<>]|\s-\s|:\s*\S|[.!?]\s|\b(?:but|however|although|though|because|whereas|"
    r"while|except|since|yet|only|instead|rather|than|namely|due|given that|despite|besides|"
    r"other than|apart|until|so|means|meaning|(?<!such )(?<!well )as(?! well| to)|"
    r"which (?:is|was|are|were|has|had|also|makes|made))\b|,\s*(?:who|which|where|when|whose|as)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:who|whom|whose|what|when|where|why|how|whether|if|which)\b", re.I)
# A new subject after a joint: "Let me know if you need help and Bob stole it" tells of Bob.
_RIDES = re.compile(
    r"(?<=\w)(?:,|,? (?:and|that|or))\s+(?:[A-Z][\w'-]*(?: [A-Z][\w'-]*)* "
    r"(?!of|in|on|at|or|and|for|to)[a-z]|(?:it|he|she|they|there|we)\b)"
)
# What makes a wish a promise: "Enjoy your free evening!", "Have an extra day with us".
_GRANTED = re.compile(
    r"\b(?:free|paid|full|extra|complimentary|discounted|reduced|unlimited|guided|included|"
    r"additional|bonus|upgraded|prepaid|cancelled|canceled|whole|another)\b|-",
    re.IGNORECASE,
)


def _bare(slot: str) -> bool:
    """Whether a slot names a thing at most: no number, no verb, no turn."""
    return not (
        NUMBER.search(slot)
        or TURN.search(slot)
        or _RIDES.search(slot)
        or _FINITE.search(slot)
        or re.search(r"\bthat\b(?! (?:question|request|topic)\b)\s*\w", slot, re.I)
        or len(slot.split()) > 14
    )


def _nameless(slot: str) -> bool:
    """Like ``_bare``, and without what an instruction can state: a name, a denial, a purpose."""
    lowered = slot[:1].lower() + slot[1:]
    return (
        _bare(slot)
        and not re.search(r"(?<!\w)(?!I\b)[A-Z]", lowered)
        and not re.search(r"\b(?:not|no|never|without|to|if|when|before|after|every)\b", slot, re.I)
    )


def _topic(slot: str) -> bool:
    """Whether a slot is only what an answer says it lacks ("who built it in 1990")."""
    # A year may be part of what was asked: "They do not say who built the tower in 1889".
    if NUMBER.search(YEAR.sub("", slot)) or TURN.search(slot):
        return False
    if _RIDES.search(slot) or len(slot.split()) > 40:
        return False
    for number, part in enumerate(re.split(r",\s*(?:and|or)?\b|\band\b|\bor\b", slot)):
        verb = _FINITE.search(part)
        if verb is None:
            continue
        asks = _ASKS.search(part, 0, verb.start())
        complement = number == 0 and re.match(r"\s*that\b", part, re.I)
        if asks is None and not complement:
            return False
    return True


def _own(slot: str) -> bool:
    """Whether a slot names only what a speaker says that it can or cannot do."""
    return not (
        NUMBER.search(slot)
        or TURN.search(slot)
        or _RIDES.search(slot)
        or _ASKS.search(slot)
        or re.search(r"\bthat\b \w|,? and (?:the|an?|his|her|our|its)\b", slot, re.IGNORECASE)
        or re.search(r"(?<!\w)(?!AI\b|I\b|PDF|URL|FAQ)[A-Z]", slot[1:])
    )


def _wished(slot: str) -> bool:
    """Whether a slot only says how a reader is to have it ("a calm and cosy evening")."""
    return _nameless(slot) and not _GRANTED.search(slot)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern for whole sentences, and what its open slots may hold."""

    kind: ClaimKind
    pattern: re.Pattern[str]
    slot: Callable[[str], bool] = _bare

    def covers(self, sentence: str) -> bool:
        """Whether the rule holds for all of a sentence."""
        match = self.pattern.fullmatch(sentence)
        return match is not None and all(self.slot(part) for part in match.groups() if part)


def _rule(kind: ClaimKind, pattern: str, slot: Callable[[str], bool] = _bare) -> Rule:
    for name, value in _PARTS.items():
        pattern = pattern.replace(f"<{name}>", value)
    return Rule(kind, re.compile(rf"(?:{pattern})[\s.!,:?…]*", re.IGNORECASE), slot)


_NOUN = (
    r"(?:documents?|passages?|contexts?|texts?|sources?|evidence|excerpts?|search results|"
    r"references?|snippets?|paragraphs?|files?|knowledge base)"
)
# Evidence only as "the provided report": "The report does not mention deaths" may be a fact about a
# report in the world.
_LOOSE = r"(?:information|materials?|data|content|articles?|reports?|records?)"
_GIVEN = r"(?:provided|given|available|retrieved|supplied|uploaded|shared|above|attached|cited)"
SOURCE = (
    r"(?:(?:the|this|these|those|your|my|our|any of the|either of the)\s+)?"
    rf"(?:(?:{_GIVEN}\s+)?(?:(?:source|context|reference)\s+)?{_NOUN}"
    rf"(?:\s+(?:{_GIVEN}|I have|you provided))?|{_GIVEN}\s+{_LOOSE}|"
    rf"{_LOOSE}\s+(?:{_GIVEN}|I have|you provided)|"
    rf"(?:{_NOUN}|{_LOOSE}) \d{{1,2}}(?:(?:, | and | or |, and ){_NOUN}? ?\d{{1,2}})*)"
)
_PARTS = {
    "source": rf"(?:{SOURCE}|(?:the|this)\s+(?:article|manual|leaflet|record))",
    "not": r"(?:do not|does not|did not|don't|doesn't|didn't|cannot|can't)",
    "adv": r"(?:(?:explicitly|specifically|directly|clearly|actually|currently|really) )?",
    "say": r"(?:say|state|mention|specify|indicate|discuss|address|describe|cover|reveal|explain|"
    r"tell(?: us)?|clarify|disclose|confirm|list|answer)",
    "give": r"(?:provide|contain|include|give|offer|have)",
    "info": r"(?:(?:any|enough|sufficient|specific|explicit|direct|further|additional|clear|"
    r"relevant|necessary|required|needed|detailed|exact|precise|more|much|such|the|an?|this|that|"
    r"these|those|your) ){0,3}"
    r"(?:information|details?|answers?|data|mention|indication|evidence|references?|explanation|"
    r"instructions?|guidance|specifics|context)",
    "about": r"(?:about|on|of|for|regarding|concerning|as to|related to|to answer|to determine)",
    "further": r"(?: for (?:(?:more|further|additional) )?"
    r"(?:information|details|help|assistance|advice|guidance|support))?",
    "alas": r"(?:(?:unfortunately|regrettably),? )?",
    "never": r"(?:cannot|can't|can not|unable to|not able to|won't|will not|must decline to|"
    r"not allowed to)",
    "look": r"(?:check|look|look into|look up|search for|find)",
    "slip": r"(?:confusion|mix-up|delay|trouble|inconvenience|misunderstanding|mistake|error)",
    "bot": r"(?:(?:ai|artificial intelligence)(?: (?:language )?(?:model|assistant|system|"
    r"chatbot))?|"
    r"(?:large )?language model|(?:virtual )?assistant|chat ?bot|bot|computer program|machine)",
    "good": r"(?:beautiful|great|good|nice|lovely|interesting|amazing|wonderful|bad|terrible|"
    r"awful|ugly|boring|fun|fascinating|cool|excellent|fantastic|impressive|delightful|"
    r"charming|pleasant|sad|strange|fair|reasonable|worth it|gorgeous|funny)",
}

RULES = (
    _rule("greeting", r"(?:hello|hi|hey|greetings|welcome|good (?:morning|afternoon|evening|day))"
          r"(?: there| again| everyone| all| back)?(?:,? (?:sir|madam|friend))?"),
    _rule("greeting", r"dear (?:(?:valued )?customer|user|reader|sir or madam|friend|all)"),
    _rule("greeting", r"(?:many )?(?:thanks|thank you)(?: (?:so|very) much)?(?: for (?:asking|"
          r"reaching out|contacting (?:us|me)|getting in touch|waiting|(?:your|the) (?:great |"
          r"good |interesting )?(?:question|message|patience|inquiry|interest|feedback|email|"
          r"understanding))(?: to us)?)?"),
    _rule("greeting", r"(?:you're|you are) (?:very |most )?welcome|(?:it's |it is )?my pleasure|"
          r"no problem|(?:i am|i'm) (?:always )?(?:happy|glad|here) to (?:help|assist)"
          r"(?: you)?(?: with (?:that|this))?|(?:happy|glad) to help"),
    _rule("greeting", r"(?:that's |that is |what )?an? (?:great|good|excellent|interesting) "
          r"question|(?:great|good|excellent|interesting) question"),
    _rule("greeting", r"(?:i )?hope (?:this|that|it) (?:information |answer )?(?:helps|was helpful|"
          r"is helpful|helped|answers your question|clarifies things)(?: you)?"),
    _rule("greeting", r"(?:have a |enjoy (?:your|the) )(?:nice |great |good |lovely )?(?:day|"
          r"evening|weekend)(?: ahead)?|have (?:an? )?(?:very )?(?:nice|great|good|lovely|safe|"
          r"pleasant|wonderful) (?:ride|trip|time|stay|journey|flight|meal|holiday|vacation|week|"
          r"night|morning|afternoon|one)|goodbye|bye|take care|good luck|(?:best|kind|warm) "
          r"(?:regards|wishes)|sincerely|yours sincerely|cheers|congratulations"),
    _rule("greeting", r"(?:i'm|i am|we're|we are)?\s*(?:very |so )?sorry(?: (?:about that|to hear "
          r"that|for (?:the|any) (?:inconvenience|confusion|trouble|delay)))?|(?:i|we|my) "
          r"(?:apologize|apologies)(?: for (?:the|any) (?:inconvenience|confusion|trouble|"
          r"delay))?"),
    _rule("filler", r"sure(?: thing)?|of course|certainly|absolutely|definitely|okay|ok|alright|"
          r"all right|understood|got it|no worries"),
    _rule("filler", r"(?:(?:in|to) (?:summary|conclusion|short|brief|sum up|conclude|summarize)|"
          r"overall|answer|summary|note|please note|for example|for instance|note that|"
          r"(?:key|main) (?:points|takeaways)|conclusion|example|explanation|sources|references)"),
    _rule("filler", r"(?:here|below|following) (?:is|are|'s)(?: (?:the|a|an|some|my|your|all|"
          r"what))?(?: (?:two|three|four|five|six|seven|ten|\d{1,2})(?= (?:\w+ )?(?:points|steps|"
          r"tips|ways|things|facts|reasons|examples|sentences)))?( [^:]{0,90})?(?:(?<=:)|:)"),
    _rule("filler", r"here(?: is|'s) (?:(?:the|your|a|my) (?:brief |short |concise )?(?:answer|"
          r"summary|information|overview|explanation)|what (?:i|we) (?:found|know)|how)(?: (?:to|"
          r"for) (?:your|the|this) question| you (?:requested|asked for))?(?:,? (?:based on|"
          r"according to|from|using) <source>)?"),
    _rule("filler", rf"(?:based on|according to|from|per|as per) {SOURCE}"),
    _rule("filler", r"the (?:answer|response|steps?|process)(?: to (?:the|your|this) question)? "
          r"(?:can|could|may) be (?:summarized|summarised|summed up|given|listed)(?: (?:as(?: "
          r"follows)?|below|above|in (?:\d{1,2}|a few|several|the following) (?:steps|points)))?"
          r"(?: (?:as )?(?:mentioned|listed|described|given) (?:above|below))?"),
    _rule("filler", r"there are (?:two|three|four|five|six|seven|eight|nine|ten|\d{1,2}|several|"
          r"a few|some) (?:(?:main|key|important) )?(?:facts|points|things|takeaways)"
          r"(?: (?:here|to (?:note|know|mention|consider)))?\s*(?=:)"),
    _rule("filler", r"(?:please )?(?:(?:just )?(?:one|a) (?:moment|second|minute)|wait a moment|"
          r"hold on|bear with me)(?: (?:a|one) moment)?(?:,? please)?(?: while i <look>"
          r"(?: (?:that|this|it))?(?: up)?(?: for you)?)?"),
    _rule("offer", r"(?:(?:please )?let me|allow me to|i'll|i will|i'm going to|i am going to) "
          r"(?:just |quickly |first )?(?:check|<look> (?:that|this|it)(?: (?:up|out))?)"
          r"(?: for you)?(?: (?:now|right away|first|quickly))?"),
    _rule("offer", r"anything else(?: (?:i|we) can (?:do(?: for you)?|help(?: you)?(?: with)?)|"
          r" (?:that )?you(?: would|'d)? (?:need|want|like to know))?(?: today)?(?=\s*\?)"),
    _rule("offer", r"(?:i|we) can (?:also )?help you (?:to )?(?:search|browse|read|understand|"
          r"navigate|look (?:in|through|up)|find (?:information|something|answers|things) in) "
          r"<source>"),
    _rule("instruction", r"(?:to ([^,:]{1,60}), )?(?:please |you (?:can|could|should|may|need to) "
          r")?follow (?:these|the)(?: following| simple)? (?:steps|instructions)"
          r"(?: below)?", _nameless),
    _rule("offer", r"(?:please )?(?:just )?(?:let (?:me|us) know|tell me) if (?:you|there|i|we) "
          r"(?:(?:have|need|want|would like|require|'d like|can|could)\b|(?:is|are) anything)"
          r"( .{0,120})?"),
    _rule("offer", r"(?:please )?(?:feel free|do not hesitate|don't hesitate) to (?:ask|reach out|"
          r"contact (?:me|us)|let (?:me|us) know|get in touch|return)( .{0,60})?"),
    _rule("offer", r"if you (?:have|need|want|would like|require|'d like)( [^,]{0,80}),? "
          r"(?:please )?(?:just )?(?:feel free to (?:ask|reach out|contact (?:me|us)|let (?:me|"
          r"us) know)|let (?:me|us) know|ask(?: me)?|(?:do not|don't) hesitate to (?:ask|contact "
          r"(?:me|us)|reach out))(?: again| at any time| anytime| me)?"),
    _rule("offer", r"(?:i|we)(?: can|'d| would|'ll| could|'m| am)(?: also| be| always){0,2}(?: "
          r"more than)?(?: (?:happy|glad|here|able) to)? (?:help|assist)(?: you)?(?: with( "
          r"[^,]{0,60}))?(?: if you (?:want|like|wish|need|have any (?:other |more |further "
          r")?questions))?"),
    _rule("offer", r"(?:would you like|do you want|shall i|should i|may i|can i|how (?:can|may) i|"
          r"is there anything(?: else)?|do you need|what can i)\b( [^?]{0,120})?\?",
          lambda slot: _bare(re.sub(r"\b(?:[Ii]|you) (?:can|could|may|would)\b", "", slot))),
    _rule("instruction", r"(?:please |kindly )?(?:you (?:should|may want to|can) )?(?:press|click|"
          r"tap|open|select|choose|try|check|see|consult|contact|call|ask|visit|read|wait|restart|"
          r"refer to|reach out to|talk to|speak to|speak with|look at)( .{0,60}?)?<further>",
          _nameless),
    _rule("opinion", r"(?:(?:in my (?:opinion|view)|personally|to me),? )(?:i (?:think|believe|"
          r"feel) )?(?:that )?(?:it|this|that|they|these|those|he|she|you|the \w+)(?:'s|'re| is| "
          r"are| looks?| sounds?| seems?| was)(?: (?:very|really|quite|so|truly|a|an|pretty|"
          r"rather)){0,2} <good>(?: (?:and|but) <good>| (?:idea|choice|place|book|film|option|"
          r"one)){0,2}"),
    _rule("opinion", r"i (?:really |personally )?(?:think|believe|feel|find|guess) (?:that )?(?:it|"
          r"this|that|they|these|those|he|she|you|the \w+)(?:'s|'re| is| are| looks?| sounds?| "
          r"seems?| was)?(?: (?:very|really|quite|so|truly|a|an|pretty|rather)){0,2} <good>(?: (?:"
          r"and|but) <good>| (?:idea|choice|place|book|film|option|one)){0,2}"),
    _rule("opinion", r"i (?:really |personally )?(?:love|like|enjoy|adore|hate|dislike|prefer) "
          r"(?:it|this|that|them|these|those)(?: (?:very much|a lot|one))?"),
    _rule("hedge", r"i (?:really )?(?:do not|don't) know(?: (?:the answer(?: to (?:that|this|your "
          r"question))?|that|this|for sure)|( (?:who|what|when|where|why|how|whether|if|which)\b.*)"
          r")?", _topic),
    _rule("hedge", r"(?:i'm|i am|we are) not (?:entirely |quite |completely |really )?(?:sure|"
          r"certain)(?: (?:about )?(?:that|this|it)|( (?:who|what|when|where|why|how|whether|if|"
          r"which)\b.*))?", _topic),
    _rule("hedge", r"<source> <not> <adv>(?:<say>|<give> <info>(?: <about>)?|<say> <info>(?: "
          r"<about>)?)( .*)?", _topic),
    _rule("hedge", r"none of <source> <adv>(?:<say>|<give> <info>(?: <about>)?|mentions|says|"
          r"states)( .*)?", _topic),
    _rule("hedge", r"there (?:is|are|was|isn't|aren't) (?:no|not|not any)? ?<info>(?: (?:available|"
          r"provided|given))?(?: in <source>)?(?: <about>( .*?))? (?:in|within|from) <source>",
          _topic),
    _rule("hedge", r"there (?:is|isn't) (?:no|not) ?(?:enough|sufficient)? ?<info>(?: (?:available|"
          r"provided|given))?(?: in <source>)?(?: <about>( .*))?", _topic),
    _rule("hedge", r"no <info>(?: <about>( .*?))? (?:is|are|was|were) (?:provided|given|available|"
          r"found|mentioned)(?: in <source>)?(?: <about>( .*))?", _topic),
    _rule("hedge", r"([^,]{1,80}) (?:is|are|was|were)(?: not|n't) <adv>(?:mentioned|stated|"
          r"specified|provided|given|described|discussed|addressed|included|found|clear) (?:in|by|"
          r"from) <source>"),
    _rule("hedge", r"it (?:is|'s|was) (?:not clear|unclear|not possible|impossible|not stated|not "
          r"specified|not mentioned)(?: to (?:say|tell|determine|answer|know)(?: (?:this|the|that|"
          r"your) question)?)?,? ?(?:(?:from|in|based on) <source>)(,? .*)?", _topic),
    _rule("hedge", r"it (?:is|'s) (?:not possible|impossible|unclear|not clear) ?(?:to (?:say|"
          r"tell|determine|know))?((?: (?:who|what|when|where|why|how|whether|if|which)\b.*?))?,? "
          r"(?:from|in|based on|with|using) (?:only )?<source>", _topic),
    _rule("hedge", r"(?:i (?:am|was) |i'm |we are )?(?:unable|not able) to (?:answer|find|"
          r"determine|provide|say|locate|confirm|verify)(?: (?:this|the|that|your|an?)? "
          r"?(?:question|answer|request|information|it))?( .*?)??(?:,? (?:based on|from|in|with|"
          r"using) <source>)?", _topic),
    _rule("hedge", r"(?:i|we) (?:do not|don't|could not|couldn't|did not|didn't|cannot|can't) "
          r"(?:have|find|see|locate)(?: access to)? <info>(?: <about>( .*?))?(?:,? (?:based on|"
          r"from|in|within) <source>)?", _topic),
    _rule("hedge", r"(?:i|we) (?:could not|couldn't|did not|didn't|cannot|can't) (?:find|see|"
          r"locate) (?:anything|any mention|a mention)(?: in <source>)? <about>( .*?)"
          r"(?:,? (?:in|from|within) <source>)?", _topic),
    _rule("hedge", r"(?:i|we) (?:cannot|can't|could not|couldn't) (?:answer|determine|say|tell|"
          r"confirm|verify)(?: (?:this|the|that|your) question)?( .*?)??,? (?:based on|from|with|"
          r"using) <source>", _topic),
    _rule("refusal", r"<alas>i(?:'m| am)? <never> (?:help|assist|answer|"
          r"comply|share|discuss|respond|do (?:that|this|it|so))( .{0,80})??"),
    _rule("refusal", r"<alas>we(?:'re| are)? <never> (?:help|assist|"
          r"answer|comply|discuss|respond|do)(?: you)?(?: (?:with|to|on|about))?(?: (?:that|this|"
          r"it|so|your (?:question|request)|(?:that|this) (?:question|request|topic)))?"),
    _rule("refusal", r"<alas>(?:i|we)(?:'m|'re| am| are)? <never> "
          r"(?:provide|give|offer|share|complete|process|fulfill|continue)(?: (?:you|with|any|an?|"
          r"the|this|that|your|further|more|specific|additional|such|medical|legal|financial|"
          r"personal|"
          r"professional|detailed)){0,4}(?: (?:information|details?|data|advice|answers?|opinions?|"
          r"requests?|response))?(?: (?:on|about|for|to|regarding|with) (?:that|this|it|you|your "
          r"(?:question|request)|(?:that|this) (?:question|request|topic)))?"),
    # What follows is talk of more wordings, in its closed parts; the talk model knows the rest.
    _rule("greeting", r"(?:hello|hi|hey|good (?:morning|afternoon|evening))?(?: there| "
          r"again)?[,!]? "
          r"?(?:and )?(?:welcome(?: back)?|(?:it's |it is )?(?:so )?(?:nice|good|great|lovely) to "
          r"(?:meet|see|hear from|have) you(?: again| here| back)?)"),
    _rule("greeting", r"(?:(?:i'm|i am|we're|we are) )?(?:so |very |really |truly )?sorry (?:for|"
          r"about) (?:the|any|this|that|my) (?:<slip>)(?: (?:in|with) my (?:reply|answer))?|(?:my |"
          r"our |please accept my |many )?apologies(?: (?:for|about) (?:the|any|my) <slip>(?: "
          r"in my "
          r"(?:reply|answer))?)?"),
    _rule("greeting", r"(?:excellent|great|good|nice|wonderful|perfect|awesome|amazing|fantastic|"
          r"brilliant|lovely|cool|super|fair|smart)(?: (?:choice|idea|point|question|work|job|"
          r"catch|"
          r"thinking))?|noted|well done|congrat(?:ulation)?s|anytime|wow|oops|oh|ah|aw+|hmm|yay|"
          r"hooray|bravo|gotcha|phew|whew|yum|yikes|ouch|gosh|haha|hugs|likewise|indeed|voilà"),
    _rule("greeting", r"(?:(?:happy|merry|joyful) (?:coding|reading|cooking|learning|writing|"
          r"holidays|birthday|weekend|anniversary|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
          r"new year|christmas|easter|diwali|eid|hanukkah|halloween)(?: to (?:you|all)(?: and "
          r"yours?)?)?|safe travels|fingers crossed|all the best|take care and stay safe|bye for "
          r"now|"
          r"until next time|see you(?: soon| next time| later| around)?)"),
    _rule("greeting", r"(?:(?:so|and),? )?(?:have|enjoy|(?:(?:i|we) )?(?:hope you (?:have|enjoy)|"
          r"wish(?:ing)? you(?: all)?)) (?:an?|your|the(?: rest of (?:your|the))?)"
          r"((?: [a-z]+){0,2}?(?: and [a-z]+)?)"
          r" (?:day|morning|afternoon|evening|night|weekend|week|month|year|time|trip|stay|journey|"
          r"flight|ride|drive|walk|meal|lunch|dinner|holidays?|vacation|break|rest|sunday|saturday|"
          r"friday|monday|tuesday|wednesday|thursday|recovery|start|move)(?: (?:ahead|home|there|"
          r"back|to the (?:day|week|month|year|season)|out there|today|tonight|together|everyone|"
          r"everybody|all|off|with us))?", _wished),
    _rule("greeting", r"(?:kind|best|warm) (?:regards|wishes),? (?:your |the )?(?:\w+ ){0,2}"
          r"(?:team|desk)"),
    _rule("hedge", r"<alas><source> (?:contains?|ha(?:s|ve)|gives?|offers?|provides?|makes?) no "
          r"<info>(?: <about>( .*)?)?", _topic),
    _rule("hedge", r"<alas><source> <not> <adv>(?:<say>|<give>)( .*)?", _topic),
    _rule("hedge", r"<alas>(?:there(?:'s| is) (?:nothing|no <info>)|i (?:found|see|can see) "
          r"(?:nothing|"
          r"no <info>)) (?:<about>( .*?) )?(?:in|within|from) <source>", _topic),
    _rule("hedge", r"<alas>there's (?:no|not enough) <info>(?: <about>( .*))?", _topic),
    _rule("hedge", r"nothing in <source> (?:says|mentions|states|specifies|tells|answers|explains)"
          r"( .*)?", _topic),
    _rule("hedge", r"<source> (?:only |just |merely |mainly )?(?:covers?|talks? about|"
          r"discuss(?:es)?|"
          r"describes?|mentions?|focus(?:es)? on|deals? with|(?:is|are) about)( "
          r"[^;]{1,100}?)(?:;|,? "
          r"(?:but|and)|,) (?:it |they |this )?<not> <adv>(?:<say>|<give> <info>(?: <about>)?)( "
          r".*)?",
          _topic),
    _rule("hedge", r"<source> (?:only|just|merely) (?:covers?|talks? about|discuss(?:es)?|"
          r"describes?|"
          r"mentions?|deals? with)( [^;,]{1,100}),? so i (?:cannot|can't|could not|am unable to|"
          r"am not "
          r"able to) (?:say|tell|answer)(?: (?:that|this|you|for sure))?", _topic),
    _rule("hedge", r"<alas>(?:it|this|that|the answer|(?:this|that|the|such) (?:information|detail|"
          r"answer|topic|point))(?:(?:'s| is| was) (?:not|nowhere)| isn't| wasn't) "
          r"<adv>(?:available|"
          r"covered|mentioned|stated|specified|included|given|provided|found|answered|addressed|"
          r"discussed|contained|explained|described|part of)(?: anywhere)?(?: in| by| from| "
          r"within)? "
          r"<source>"),
    _rule("hedge", r"<alas>(?:i|we) (?:cannot|can't|could not|couldn't|did not|didn't|do not|don't|"
          r"am unable to|was unable to|'m unable to|wasn't able to|was not able to) (?:find|see|"
          r"locate) (?:that|this|it|the answer|an answer)(?: to (?:this|that|your question))?(?: "
          r"(?:anywhere )?(?:in|from|within) <source>)?"),
    _rule("hedge", r"i(?:'ve| have)? (?:searched|looked through|checked|went through|read) "
          r"<source>,? "
          r"(?:but|and) (?:i )?(?:found (?:nothing|no <info>)(?: relevant)?|(?:could not|"
          r"couldn't|did "
          r"not|didn't) find (?:it|that|this|the answer|anything|any <info>)|there is no <info>)"
          r"(?: <about>( .*))?", _topic),
    _rule("hedge", r"(?:my|the) search (?:returned|gave|found|brought up) (?:no (?:results|"
          r"matches)|"
          r"nothing)(?: relevant| useful)?|(?:there (?:were|are) )?no (?:matching |relevant "
          r")?(?:results|"
          r"matches)(?: (?:were |was )?found)?"),
    _rule("hedge", r"(?:un|not )answerable|n/a|not (?:mentioned|stated|specified|provided|given|"
          r"answered)(?: (?:in|by) <source>)?|(?:it |this )?cannot be (?:determined|"
          r"answered)(?: (?:from|"
          r"with|by) <source>)?|(?:insufficient|not enough) (?:information|context|data)(?: to "
          r"answer)?|no (?:relevant )?(?:answer|information)(?: (?:available|found|provided|"
          r"given))?"
          r"(?: in <source>)?"),
    _rule("hedge", r"(?:(?:based on|from) <source>,? )?it(?:'s| is) (?:impossible|not possible) to "
          r"(?:say|tell|know|answer)(?: (?:that|this))?"),
    _rule("refusal", r"(?:as|being|since i'm|since i am|because i'm|because i am) (?:just |only "
          r")?an? "
          r"<bot>,? i (?:cannot|can't|can only|do not|don't|have no|am not|am unable|may|might)"
          r"( .{0,100})?", _own),
    _rule("refusal", r"i(?:'m| am) (?:just |only |an? )?(?:an? )?(?:virtual )?<bot>(?:,? (?:so|"
          r"and|but|"
          r"not)( .{0,80})?)?", _own),
    _rule("refusal", r"<alas>i(?:'m| am)? (?:<never>|do not have the ability to|don't have the "
          r"ability "
          r"to|have no way to|can not) (?:browse|access|open|see|view|check|look up|hear|remember|"
          r"recall|search|send|book|taste|predict|verify|make (?:phone )?calls)( .{0,80})?", _own),
    _rule("refusal", r"<alas>i (?:do not|don't) have (?:access to|feelings|emotions|opinions|"
          r"personal|"
          r"real-time|live|a body)( .{0,80})?", _own),
    _rule("refusal", r"(?:sorry,? )?i can only (?:help|assist|answer|respond|talk|speak|use|work)"
          r"( .{0,100})?", _own),
    _rule("refusal", r"i(?:'m| am) (?:only )?(?:designed|made|built|trained|set up|limited) to"
          r"( .{0,100})", _own),
    _rule("refusal", r"(?:i'm afraid )?(?:this|that|it|your question|(?:this|that|the) (?:question|"
          r"topic|request))(?:'s| is| falls| lies) (?:outside|beyond|out of|not (?:within|"
          r"in))(?: of)? "
          r"(?:(?:my|the|our) (?:scope|area|expertise|remit|knowledge)|what i can|scope)( "
          r".{0,60})?",
          _own),
    _rule("filler", r"(?:the |these |those )?(?:\w+ ){1,3}(?:are|is) (?:as follows|listed below|"
          r"shown "
          r"below|given below|below)\s*(?=:)", lambda _: True),
    _rule("filler", r"(?:then |just |simply )?(?:you can |you could )?(?:use|run|try|type|enter|"
          r"execute|save|paste|add) (?:the following|this|these|something like (?:this|the "
          r"following))"
          r"(?: (?:code|commands?|snippet|script|query|lines?|function|example))?( .{0,40})?(?=:)",
          _nameless),
)  # fmt: skip


# A longer sentence is a claim at once: no small talk is as long, and the rules stay fast.
_LONGEST = 400
_NAME = re.compile(r"(?<=[\w,'] )(?!I\b)[A-Z]\w*")
_LEAD = re.compile(
    r"(?:hello|hi|hey|sure|of course|certainly|okay|ok|well|unfortunately|however|therefore|but|"
    r"and|so|also|sorry|(?:i'm|i am) (?:very )?sorry|i apologize|thank(?:s| you) for asking|"
    r"additionally|furthermore|overall|on the other hand|(?:please )?note(?: that|:)|"
    rf"(?:based on|according to) {SOURCE})(?:[,!]? but|[,!])? ",
    re.IGNORECASE,
)
_SEAM = re.compile(r"[,;]\s+(?:but|so|and|please|therefore,?|however,?)?\s*", re.IGNORECASE)
_REPEATED = re.compile(
    r"(\b(?:the|your|this) question),? [\"“](?:who|whom|whose|what|which|when|where|why|how|is|"
    r"are|was|were|do|does|did|can|could|should|will|would)\b[^\"“”\d]{1,200}[\"”]",
    re.IGNORECASE,
)
"""The question that an answer repeats; whether its words are known, ``presupposes`` tells."""
_QUESTION = re.compile(
    r"(?:(?:and|but|so|okay|ok|now),? )?(?:who|whom|whose|what|which|when|where|how|is|are|was|"
    r"were|do|does|did|can|could|would|will|should|have|has|had|may|might|shall|am)\b([^?]*)\?+",
    re.IGNORECASE,
)
# Questions that tell what they seem to ask: "Did you know that Ann founded Acme?"
_TELLS = re.compile(
    r"\b(?:know|knew|known|aware|realize|realise|hear|heard|that|think|believe|remember|agree|"
    r"noticed?|why|not|true|surprised?)\b|n't\b|"
    r", (?:right|correct|no|yes|huh|is|are|was|does|do)\b",
    re.IGNORECASE,
)
# The number of "Step 2: Setup" counts parts of the answer and states nothing.
_LABEL = re.compile(r"(?:step|part|chapter|section|day|week|phase|option|figure|table) \d+\b", re.I)
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|without|neither|nor|cannot|nothing|nobody|nowhere|zero)\b|n't\b|"
    r"\bnon-",
    re.IGNORECASE,
)
# The cross of "❌ Cons" is an ornament, while that of "❌ Warranty" denies something.
_CONS = re.compile(
    r"\W*(?:cons|don'?ts|avoid|disadvantages|drawbacks|limitations|weaknesses)\W*", re.IGNORECASE
)
_POLAR = re.compile(
    r"(?:(?:sure(?: thing)?|of course|certainly|absolutely|definitely|no problem(?: at all)?|"
    r"no worries(?: at all)?|okay|ok|alright|all right|got it|understood|(?:it's |it is )?"
    r"my pleasure|you're welcome|happy to help|(?:and|but|then)\b|"
    r"[👍👎👌✅✔☑💯❌❎✖✗✘🚫⛔🛑🙅🙆🙌🤝✓\uFE0F\u200d♀♂\U0001F3FB-\U0001F3FF])[\s,.!;–—-]*)+",
    re.IGNORECASE,
)
# "Uses" and "Costs" are headings: such a word is a verb only between a subject and an object.
_OBJECT = r"(?= (?!of|and|or|for|in|to|by|on|at|from|with)\w)"
_STATES = re.compile(
    rf"\b(?:{AUXILIARY}|have|became|began|won|lost|died|made|wrote|built|went|led|fell|rose|sold|"
    r"bought|took|gave|said|says|kills?|cures?|contains?|prevents?|requires?|includes?|means)\b|"
    rf"(?<=\w )(?:\w{{2,}}ed|causes|uses|needs|increases|reduces|treats|helps|supports|makes|"
    rf"takes|costs|owns|wins|hits|beats|becomes|provides|allows|gets|has)\b{_OBJECT}|'(?:re|ve|"
    rf"ll)\b",
    re.IGNORECASE,
)

# "The limits are:" says nothing before its items do: its verb has no complement yet. Only of a few
# plain words: a name, a clause or a condition in the subject may be false by itself.
_UNENDED = re.compile(
    r"(?P<subject>\w+(?: (?!only\b|not\b|no\b|that\b|who\b|which\b|its\b|\w+ed\b)[a-z-]+){1,4})"
    r" (?:is|are|was|were|includes?|included):"
)

SIZE = re.compile(
    r" (?:(?:with)?in|of|using) (?:about |around |exactly |under |up to )?\d+ words"
    r"(?: or (?:less|fewer))?(?=:$)",
    re.IGNORECASE,
)
"""What a lead-in says of the length of the answer that follows."""


def classify_sentence(sentence: str) -> ClaimKind:
    """Sorts a sentence: ``"claim"`` unless it is of another kind in all of its parts.

    The rules decide, and where none holds, the talk model and the parser of lacks. English only;
    a sentence in another language is a claim. When in doubt it is a claim, and so is every
    sentence that puts a fact beside a greeting, a hedge or an opinion.
    """
    kind = classify_by_rules(sentence)
    if kind != "claim" or has_denial(sentence):
        return kind
    text = make_plain(sentence)
    if is_talk(text):
        return name_talk(text)
    return "claim" if read_lack(text) is None else "hedge"


def read_lack(text: str) -> Lack | None:
    """Returns what a plain sentence says that a text does not tell, if that is all it says."""
    return find_lack(text, _topic, lambda clause: _kind(clause, 2) not in ("claim", "heading"))


def classify_by_rules(sentence: str) -> ClaimKind:
    """Sorts a sentence as the rules alone do."""
    if is_citation(sentence):
        return "filler"
    text = make_plain(sentence)
    if not any(char.isalnum() for char in text):
        return "filler"
    if len(text) > _LONGEST:
        return "claim"
    if text.startswith("#"):
        return classify_heading(sentence)
    if text.endswith(":"):
        text = SIZE.sub("", text)
    return "claim" if has_denial(sentence) else _kind(text, 3)


def classify_heading(line: str) -> ClaimKind:
    """Sorts a line that is set as a heading: ``"heading"``, or ``"claim"`` if it states a fact."""
    text = make_plain(line).lstrip("#").strip(" :#")
    rest = _LABEL.sub("", re.sub(r"\b[A-Z]{1,3}\d{1,2}\b", "", _section(text)))
    if _NEGATION.search(text) or (has_denial(line) and not _CONS.fullmatch(text)):
        return "claim"
    if re.fullmatch(r"(?:what|how|why|when|where|who)\b[^?]*\?", text, re.I):
        return "claim" if NUMBER.search(rest) else "heading"
    dated = re.search(r"\b\w+ed\b|\b(?:in|since|by|until|from)\s+\d{4}", rest, re.IGNORECASE)
    numbered = NUMBER.search(YEAR.sub("", rest)) or (YEAR.search(rest) and dated)
    if len(text.split()) > 12 or numbered or _STATES.search(text):
        return "claim"
    return "claim" if re.search(r"[.!;]\s|[.!]$", text) else "heading"


def is_affirmation(sentence: str) -> bool:
    """Whether a sentence says yes or no and no more ("Of course!"): after a question, a claim."""
    text = spell_symbols(sentence).replace("’", "'").strip(" \n\t*_`.!,")
    return bool(text) and _POLAR.fullmatch(text) is not None


def is_prose(line: str) -> bool:
    """Whether a line of code states a fact in words, such as a sentence in a comment."""
    for run in re.findall(r"[^\W\d_][\w'.,%$€£-]*(?: [\w'.,%$€£-]+){3,}", line):
        if _STATES.search(run) or NUMBER.search(run) or _NAME.search(run):
            return True
    return False


def make_plain(sentence: str) -> str:
    """Returns a sentence as it is sorted: without markup, citations and pictures at its end."""
    text = spell_symbols(blank_citations(sentence[: 4 * _LONGEST]))
    text = text.replace("’", "'").replace("*", "").replace("`", "")
    text = re.sub(r" (?=[.!?:]+$)", "", " ".join(text[: 2 * _LONGEST].split()))
    text = _REPEATED.sub(r"\1", text)
    return re.sub(r"[\s\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]+$", "", text.strip("_ "))


def _section(text: str) -> str:
    """Returns a heading without a section number such as "2.1", unless it counts something."""
    match = re.match(r"\d{1,2}(?:\.\d{1,2})+[.):]?\s+(?=\S)", text)
    return text[match.end() :] if match and not is_unit(text[match.end() :]) else text


def _kind(text: str, depth: int) -> ClaimKind:
    for rule in RULES:
        if rule.covers(text):
            return rule.kind
    question = _QUESTION.fullmatch(text)
    if question and not (_TELLS.search(text) or NUMBER.search(text) or TURN.search(text[:-1])):
        return "question"
    if depth and (lead := _LEAD.match(text)) and lead.end() < len(text):
        kind = _kind(text[lead.end() :], depth - 1)
        if kind not in ("claim", "heading", "instruction"):
            return kind
    if depth:
        for seam in _SEAM.finditer(text):
            if seam.end() >= len(text) or not seam.start():
                break
            kind = _kind(text[: seam.start()], 0)
            if kind != "claim" and _kind(text[seam.end() :], depth - 1) not in ("claim", "heading"):
                return kind
    # Only a whole short line is a heading, and no part of a sentence that was divided above.
    if text.endswith(":") and depth == 3:
        unended = _UNENDED.fullmatch(text)
        if unended or len(text.split()) <= 8:
            return classify_heading(unended["subject"] if unended else text)
    return "claim"
