"""Verbs of claimed actions, and the tools whose names say that they do them (English)."""

from __future__ import annotations

import re

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


def parts(name: str) -> list[str]:
    """Returns the words of a tool's name, in lower case."""
    return [part.casefold() for part in _PART.findall(name)]


def reads(name: str) -> bool:
    """Whether a tool, by its name, looks something up and changes nothing."""
    words = parts(name)
    return bool(_READ.intersection(words)) and words[0] not in _WRITE


def does(name: str, verb: str) -> bool:
    """Whether a tool, by the verb in its name, does what a verb of a claim says.

    A tool that looks something up does nothing; ``cancel_order`` cancels and orders nothing.
    """
    family = FAMILY[verb]
    if not family:
        return True
    words = parts(name)
    if not words or reads(name):
        return False
    known = [word for word in words if word.startswith(tuple(_STEMS))]
    plain = [word for word in known if not _NOUNS.fullmatch(word)]
    head = (plain or known or [""])[0]
    own = head.startswith(tuple(family)) and (verb == "created" or not head.startswith("creat"))
    if not head.startswith(_GENERAL):
        return own
    return own or any(word.startswith(tuple(family)) for word in words if word != head)
