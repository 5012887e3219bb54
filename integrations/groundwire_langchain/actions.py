"""Actions that an agent says it took, held against the tools that it called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from groundwire.protocols import Verifier
from groundwire.types import Claim, Evidence, Quote, Verdict
from groundwire_langchain.carriers import text_of

_STEMS = {
    "booked": "book reserv schedul appointment", "reserved": "reserv book", "paid": "pay charg",
    "scheduled": "schedul calendar event meeting appointment book invit remind",
    "rescheduled": "schedul calendar event meeting appointment book move updat",
    "emailed": "mail send", "mailed": "mail send", "sent": "send mail messag notif sms text post",
    "texted": "sms text send messag", "messaged": "messag send sms", "notified": "notif send mail",
    "forwarded": "forward send mail", "replied": "repl send mail", "called": "call phone dial",
    "cancelled": "cancel delet remov", "canceled": "cancel delet remov",
    "deleted": "delet remov", "removed": "remov delet", "created": "creat add new open insert",
    "added": "add insert creat append calendar cart", "updated": "updat edit set chang modif patch",
    "changed": "chang updat edit set modif patch", "ordered": "order buy purchas checkout cart",
    "bought": "buy purchas order checkout", "purchased": "purchas buy order checkout",
    "placed": "order place buy purchas checkout", "refunded": "refund", "charged": "charg pay",
    "transferred": "transfer pay send", "saved": "sav writ stor creat", "uploaded": "upload",
    "submitted": "submit fil creat send", "filed": "fil submit creat ticket",
    "posted": "post publish send", "published": "publish post", "reset": "reset password",
    "restarted": "restart reboot", "deployed": "deploy releas", "installed": "install",
    "registered": "regist sign creat", "enrolled": "enrol regist sign",
    "subscribed": "subscrib sign", "unsubscribed": "unsubscrib", "confirmed": "confirm book order",
    "issued": "issu creat refund", "opened": "open creat ticket", "closed": "clos",
    "renewed": "renew", "activated": "activ enabl", "deactivated": "deactiv disabl",
    "enabled": "enabl activ set", "disabled": "disabl deactiv set", "assigned": "assign",
    "shared": "shar send invit", "invited": "invit send calendar", "searched": "", "checked": "",
    "verified": "", "reviewed": "", "looked": "", "confirmed with": "",
}  # fmt: skip
"""Verbs of claimed actions, and the stems of which a call that did it has one; "": any call."""

_VERB = "|".join(sorted(_STEMS, key=len, reverse=True))
_HASTE = r"(?:(?:just|now|already|also|successfully|then|gone ahead and|went ahead and)\s+)*"
_CLAIMED = re.compile(
    rf"\b(?:(?:I|we)(?:['’]ve|\s+have)?\s+{_HASTE}"
    rf"|(?:your|the|a|an)\s[^.;:!?]{{1,60}}?\s(?:has|have)\s{_HASTE}been\s+{_HASTE})"
    rf"(?P<verb>{_VERB})\b",
    re.IGNORECASE,
)
_DETAIL = re.compile(r"\d+(?:[.,:]\d+)*|\b[A-Z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that ended without an error."""

    name: str
    args: dict[str, Any]
    result: str

    @property
    def record(self) -> dict[str, Any]:
        """The call as evidence."""
        return {"tool called": self.name, **self.args, "result": self.result}

    @property
    def words(self) -> str:
        """Everything that the call says, in lower case."""
        return f"{self.name} {self.args} {self.result}".casefold()


def claimed_action(text: str) -> str | None:
    """Returns the verb of an action that a sentence says was taken for the reader; else None."""
    match = _CLAIMED.search(text)
    return match["verb"].casefold() if match else None


def successful_calls(messages: Sequence[Any]) -> list[Call]:
    """Returns the tool calls since the last human message that ended without an error."""
    asked = [i for i, message in enumerate(messages) if isinstance(message, HumanMessage)]
    calls: dict[str, Any] = {}
    found = []
    for message in messages[asked[-1] if asked else 0 :]:
        if isinstance(message, AIMessage):
            calls.update({call["id"] or "": call for call in message.tool_calls})
        elif isinstance(message, ToolMessage) and message.status != "error":
            call = calls.get(message.tool_call_id)
            name = call["name"] if call else message.name or ""
            found.append(Call(name, dict(call["args"]) if call else {}, text_of(message)))
    return found


@dataclass(frozen=True, slots=True)
class ActionVerifier:
    """A verifier that believes no action without a tool call that did it.

    Attributes:
        inner: verifies every other claim, and the details of an action that was taken.
        calls: the successful tool calls of the run.
    """

    inner: Verifier
    calls: tuple[Call, ...]

    @property
    def version(self) -> str:
        """The version of the inner verifier."""
        return str(getattr(self.inner, "version", type(self.inner).__name__))

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Verifies claims; one of an action that no tool call did is ``unsupported``."""
        verdicts = list(self.inner.verify(claims, evidence))
        for i, (claim, found) in enumerate(zip(claims, evidence, strict=True)):
            verb = claimed_action(claim.text) if claim.checkable else None
            if verb is not None:
                verdicts[i] = self._acted(verb, claim, found, verdicts[i])
        return verdicts

    def _acted(
        self, verb: str, claim: Claim, evidence: Sequence[Evidence], verdict: Verdict
    ) -> Verdict:
        stems = _STEMS[verb].split()
        did = [c for c in self.calls if not stems or any(stem in c.words for stem in stems)]
        if not did:
            reason = f"no successful tool call of this run has {verb} anything"
            return Verdict(claim, "unsupported", 0.0, reason=reason)
        if verdict.label == "supported":
            return verdict
        said = " ".join([*(call.words for call in did), (claim.context.question or "").casefold()])
        details = {match[0].casefold() for match in _DETAIL.finditer(claim.text)} - {"i", "we"}
        first = claim.text.split()[0].casefold()
        told = all(detail in said for detail in details if detail != first)
        place = next((e.passage for e in evidence if did[0].name in e.passage.text), None)
        if not told or place is None or verdict.label == "contradicted":
            return verdict
        quote = Quote(place.text, place.source, place.start, place.end)
        reason = "a tool call of this run did it, and no detail differs"
        return replace(verdict, label="supported", score=0.9, quotes=(quote,), reason=reason)
