"""Actions that an agent says it took, held against the tools that it called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundwire.protocols import Verifier
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.words import find_content_words
from groundwire.types import Claim, Evidence, Passage, Quote, Verdict
from groundwire_langchain.tool_calls import Call

_BOOK = "book reserv schedul creat appoint"
_SEND = "send email mail messag notif sms text post forward repl invit remind"
_CHANGE = "updat edit set chang modif patch"
_ORDER = "order buy purchas checkout"
_FAMILIES = {
    "booked reserved": _BOOK,
    "scheduled rescheduled": f"{_BOOK} calendar meet event mov {_CHANGE}",
    "cancelled canceled": "cancel", "refunded": "refund",
    "emailed mailed sent texted messaged notified forwarded replied": _SEND,
    "invited shared": f"{_SEND} shar", "called": "call phone dial",
    "ordered bought purchased placed": _ORDER, "paid charged transferred": "pay charg transfer",
    "updated changed": _CHANGE, "deleted removed": "delet remov", "added": "add insert append",
    "created": f"{_BOOK} add insert open", "saved": "sav writ stor", "uploaded": "upload",
    "submitted filed": "submit fil ticket", "posted published": "post publish",
    "reset": "reset", "restarted": "restart reboot", "deployed": "deploy releas",
    "installed": "install", "registered enrolled": "regist enrol signup",
    "subscribed": "subscrib", "unsubscribed": "unsubscrib", "confirmed": f"confirm {_BOOK}",
    "issued": "issu refund", "opened": "open ticket", "closed": "clos", "renewed": "renew",
    "activated enabled": "activ enabl", "deactivated disabled": "deactiv disabl",
    "assigned": "assign",
    "searched checked verified reviewed looked": "",
}  # fmt: skip
FAMILY = {verb: stems.split() for verbs, stems in _FAMILIES.items() for verb in verbs.split()}
"""Verbs of claims, and stems of the verbs of a tool that does the same; none: any tool."""

_READ = frozenset({
    "get", "list", "check", "search", "find", "look", "lookup", "read", "fetch", "show", "view",
    "query", "describe", "availability", "available", "status", "retrieve", "inspect", "count",
    "verify", "validate", "preview", "estimate", "history", "details", "detail", "info", "policy",
    "track", "browse", "compare", "calculate", "is", "has", "can", "knowledge", "faq", "docs",
})  # fmt: skip
_WRITE = frozenset({
    "update", "set", "change", "edit", "modify", "create", "delete", "remove", "add", "send",
    "save", "mark",
})  # fmt: skip
_GENERAL = ("creat", "mak", "plac", "submit", "add", "issu", "process", "execut", "confirm", "new")
"""Verbs that do what the noun after them says: ``place_order``, ``process_refund``."""
_NOUNS = re.compile(
    r"orders?|book|bookings?|reservations?|appointments?|schedules?|e?mails?|messages?|payments?"
    r"|posts?|tickets?|events?|files?|calls?|texts?|calendars?|invites?|invitations?|meetings?"
    r"|notifications?|releases?|phone|sms"
)
"""Words that are the tool's verb only where no other one is in its name."""
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_STEMS = sorted({s for stems in FAMILY.values() for s in stems} | set(_GENERAL), key=len)


def split_tool_name(name: str) -> list[str]:
    """Returns the words of a tool's name, in lower case."""
    return [part.casefold() for part in _PART.findall(name)]


def is_reading(name: str) -> bool:
    """Whether a tool, by its name, looks something up and changes nothing."""
    words = split_tool_name(name)
    return bool(_READ.intersection(words)) and words[0] not in _WRITE


def is_doing(name: str, verb: str) -> bool:
    """Whether a tool, by the verb in its name, does what a verb of a claim says.

    A tool that looks something up does nothing; ``cancel_order`` cancels and orders nothing.
    """
    family = FAMILY[verb]
    if not family:
        return True
    words = split_tool_name(name)
    if not words or is_reading(name):
        return False
    known = [word for word in words if word.startswith(tuple(_STEMS))]
    plain = [word for word in known if not _NOUNS.fullmatch(word)]
    head = (plain or known or [""])[0]
    own = head.startswith(tuple(family)) and (verb == "created" or not head.startswith("creat"))
    if not head.startswith(_GENERAL):
        return own
    return own or any(word.startswith(tuple(family)) for word in words if word != head)


_VERB = "|".join(sorted(FAMILY, key=len, reverse=True))
_HASTE = r"(?:(?:just|now|already|also|successfully|then|gone ahead and|went ahead and)\s+)*"
_CLAIMED = re.compile(
    rf"\b(?:(?:I|we)(?:['’]ve|\s+have)?\s+{_HASTE}"
    rf"|(?:your|the|a|an)\s[^.;:!?]{{1,60}}?\s(?:has|have)\s{_HASTE}been\s+{_HASTE})"
    rf"(?P<verb>{_VERB})\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"(?:,|\band|\bthen)\s+(?:(?:I|we)(?:['’]ve|\s+have)?\s+|have\s+|been\s+)?{_HASTE}"
    rf"(?P<verb>{_VERB})\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[;–—]|:(?!\d)|\s-\s|,?\s+\b(?:and|but|so|which|because|as)\s+"
    r"(?=(?:the|it|its|they|he|she|this|that|there|you|your)\b(?!['’]ve\b))|[.!?]\s",
    re.IGNORECASE,
)
_FILLER = find_content_words(
    "please person people guest party number id reference date time day name successfully "
    "request requested as up behalf gone went ahead already now too well"
)
_TIMES = find_content_words(
    "today tonight tomorrow morning noon afternoon evening night week weekend"
)
_DAYS = find_content_words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mondays Tuesdays Wednesdays "
    "Thursdays Fridays Saturdays Sundays am pm"
)
_DENIED = re.compile(r"\b(?:not|no|never|none|without|unavailable)\b|n['’]t\b", re.IGNORECASE)
_OBJECTS = find_content_words("table booking reservation appointment order email message")
"""What a tool without a noun in its name (``book``) may be said to have done it to."""


def find_claimed_verb(text: str) -> str | None:
    """Returns the verb of an action that a sentence says was taken for the reader; else None."""
    match = _CLAIMED.search(text)
    return match["verb"].casefold() if match else None


@dataclass(frozen=True, slots=True)
class Action:
    """What a sentence says was done.

    Attributes:
        verbs: of the actions.
        words: stems of the other words of the clause that says so.
        values: its numbers, dates, times and amounts.
        whole: whether the clause is all of the sentence.
    """

    verbs: tuple[str, ...]
    words: frozenset[str]
    values: tuple[Value, ...]
    whole: bool


def find_claimed_action(text: str) -> Action | None:
    """Returns the action that a sentence claims; None for none."""
    match = _CLAIMED.search(text)
    if match is None:
        return None
    end = _CLAUSE.search(text, match.end())
    clause = text[match.start() : end.start() if end else len(text)]
    verbs = [match["verb"], *(more["verb"] for more in _MORE.finditer(clause))]
    values = tuple(parse_values(clause))
    rest = clause
    for value in reversed(values):
        rest = f"{rest[: value.start]} {rest[value.end :]}"
    rest = re.sub(r"\b(?:I|we)['’]ve\b", "", rest, flags=re.IGNORECASE)
    words = find_content_words(rest) - _FILLER - _DAYS - find_content_words(" ".join(verbs))
    before = text[: match.start()].strip()
    whole = not before and not (end and text[end.end() :].strip())
    return Action(tuple(v.casefold() for v in verbs), words, values, whole)


@dataclass(frozen=True, slots=True)
class ActionVerifier:
    """A verifier that believes no action without a tool call that did it.

    Such a call has a verb of the claim's family in its tool's name, and the names, values and
    other words of the claim in its arguments or its result. What an earlier answer said was done,
    and was verified then, may be said again.

    Attributes:
        inner: verifies every other claim, and the details of an action that was taken.
        calls: the successful tool calls of the run.
        earlier: verified claims of earlier answers.
    """

    inner: Verifier
    calls: tuple[Call, ...]
    earlier: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The version of the inner verifier."""
        return str(getattr(self.inner, "version", type(self.inner).__name__))

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Verifies claims; one of an action that no tool call did is ``unsupported``."""
        actions = [find_claimed_action(claim.text) if claim.checkable else None for claim in claims]
        proofs = [self._proofs(action) if action else () for action in actions]
        found = [
            [*(Evidence(passage, 1.0) for passage in own), *given]
            for own, given in zip(proofs, evidence, strict=True)
        ]
        verdicts = list(self.inner.verify(claims, found))
        for i, (claim, action) in enumerate(zip(claims, actions, strict=True)):
            if action is not None:
                verdicts[i] = _acted(claim, action, proofs[i], verdicts[i])
        return verdicts

    def _proofs(self, action: Action) -> tuple[Passage, ...]:
        """The calls that did all that is claimed, else the earlier answers that said so."""
        did = {verb: [c for c in self.calls if is_doing(c.name, verb)] for verb in action.verbs}
        if all(did.values()):
            calls = [call for call in self.calls if any(call in found for found in did.values())]
            return tuple(_passage(call.record, f"tool call {call.name}") for call in calls)
        same = []
        for text in self.earlier:
            said = find_claimed_action(text)
            if said and all(any(_kin(v, w) for w in said.verbs) for v in action.verbs):
                same.append(_passage(text, "earlier answer"))
        return tuple(same)


def _kin(verb: str, other: str) -> bool:
    return verb == other or bool(FAMILY[verb] and FAMILY[verb] == FAMILY[other])


def _passage(text: str, source: str) -> Passage:
    return Passage(text, source, 0, len(text))


def _acted(claim: Claim, action: Action, proofs: Sequence[Passage], verdict: Verdict) -> Verdict:
    if not proofs:
        reason = f"no successful tool call of this run has {' and '.join(action.verbs)} anything"
        return Verdict(claim, "unsupported", 0.0, reason=reason)
    missing = _missing(action, proofs, claim.context.question or "")
    if missing:
        reason = f"the tool call that did it says nothing of {', '.join(missing)}"
        return Verdict(claim, "unsupported", 0.0, findings=verdict.findings, reason=reason)
    if verdict.label == "supported" or not action.whole:
        return verdict
    said = " ".join([claim.text, *(proof.text for proof in proofs)])
    if any(f.status == "conflict" for f in verdict.findings) or _DENIED.search(said):
        return verdict
    quote = Quote(proofs[0].text, proofs[0].source, proofs[0].start, proofs[0].end)
    reason = "a tool call of this run did it, and no detail differs"
    return replace(verdict, label="supported", score=0.9, quotes=(quote,), reason=reason)


def _missing(action: Action, proofs: Sequence[Passage], question: str) -> list[str]:
    """The words and values of an action that its proofs do not have."""
    said = "\n".join(passage.text.replace("_", " ") for passage in proofs)
    known = find_content_words(said) | (_TIMES & find_content_words(question))
    for passage in proofs:
        name = passage.source.removeprefix("tool call ")
        known |= find_content_words(" ".join(split_tool_name(name)))
        if len(split_tool_name(name)) == 1:
            known |= _OBJECTS
    words = sorted(word for word in action.words if not _among(word, known))
    stated = parse_values(said)
    values = [v for v in action.values if not any(_same(v, other) for other in stated)]
    return [*words, *(v.text for v in values if v.text.casefold() not in said.casefold())]


def _among(word: str, known: frozenset[str]) -> bool:
    least = max(4, len(word) - 2)
    return word in known or any(len(k) >= least and k[:least] == word[:least] for k in known)


def _same(value: Value, other: Value) -> bool:
    if len(value.key) != len(other.key):
        return False
    if value.kind != other.kind and {value.kind, other.kind} & {"date", "time"}:
        return False
    pairs = zip(value.key, other.key, strict=True)
    return all(a == b or a is None or b is None for a, b in pairs)
