"""Sentences of a prompt that ask or instruct, and state nothing that a text could rest on."""

from __future__ import annotations

import re

_POLITE = r"(?:(?:please|now|then|first|next|also)\W+)?"
_VERB = (
    r"(?:add|answer|analy[sz]e|brainstorm|calculate|categori[sz]e|cite|classify|compare|complete|"
    r"compose|compute|consider|continue|convert|correct|create|decline|define|describe|design|"
    r"determine|develop|discuss|draft|edit|evaluate|explain|express|extract|fill in|find|fix|"
    r"follow|generate|give|identify|imagine|improve|include|keep|limit|list|look|make|mention|name|"
    r"outline|output|paraphrase|phrase|predict|produce|propose|provide|put|quote|rank|read|"
    r"recommend|refer|refuse|remember|render|reply|report|respond|return|rewrite|rephrase|say|"
    r"select|solve|sort|speak|state|stay|stick|suggest|summari[sz]e|talk|tell|think|transform|"
    r"translate|turn|use|verbali[sz]e|write)"
)
_OBJECT = (
    r"(?:the|an?|this|that|these|those|all|any|each|every|some|your|my|me|us|it|its|them|in|into|"
    r"from|on|with|for|to|as|about|of|by|only|no|not|one|two|three|how|what|why|which|who|whether|"
    r"if|and|or|out|sure|at|up|exactly|based|using|[a-z]+ly|\d+|[\"'“‘(])"
)
_GIVEN_WORDS = (
    r"\b(?:contexts?|passages?|documents?|records?|data|texts?|inputs?|questions?|sentences?|"
    r"words?|answers?|following|below|above)\b"
)
_ASKS = re.compile(rf"{_POLITE}(?:what|when|where|which|who|whom|whose|why|how)\b", re.I)
_ORDERS = re.compile(
    rf"{_POLITE}(?:do not|don['’]t|never|always|be|act|behave|avoid|ensure|only {_VERB})\s"
    r"(?=[a-z\"'“‘])",
    re.I,
)
_BEGINS = re.compile(
    rf"{_POLITE}{_VERB}\b(?:\s+(?P<object>(?-i:{_OBJECT})\b|[\"'“‘(])|(?P<end>\W*$|:))?", re.I
)
_YOU = re.compile(
    rf"(?:you['’]re|you\s+(?:are|will|must|should|can|may|need|never|always|only|{_VERB})|"
    r"your\s(?:task|job|role|goal|aim|answers?|repl(?:y|ies)|responses?|tone|output|purpose))\b",
    re.I,
)
_ROLE = re.compile(
    r"you(?:['’]re| are)\b[^.]*\b(?:assistant|model|chatbot|bot|expert|agent|writer|helper)\b", re.I
)
_WHEN = re.compile(r"(?:if|when(?:ever)?|unless)\b.*\b(?:you|say|answer|reply|respond|refuse)\b",
                   re.I | re.S)  # fmt: skip
_HERE = re.compile(
    rf"(?:here (?:is|are)|below (?:is|are)|given|based on|using|the following)\b.*"
    rf"(?:{_GIVEN_WORDS}|:\s*$)",
    re.I | re.S,
)
_VALUE = re.compile(r"\d|(?<=[\w,] )(?!(?:I|AI|LLM|JSON|English)\b)[A-Z]")
"""A number or a name inside a sentence, with which it may state something, too."""

_SHORT, _NAMED = 3, 2
"""Words of a sentence that is an instruction if it begins with a verb, and of one with a name."""


def instructs(sentence: str) -> bool:
    """Whether a sentence asks for something, or says what the model is or is to do.

    It is read by its first words (English). One that could be either, such as "You are the
    assistant of Blue Spice, which opens at 9.", states something.
    """
    text = sentence.strip()
    if text.endswith("?") or (_ASKS.match(text) and not text.endswith(".")):
        return True
    if _ORDERS.match(text):
        return True
    begins = _BEGINS.match(text)
    if begins and (begins["object"] or begins["end"] is not None):
        return True
    short = begins is not None and len(text.split()) <= _NAMED
    if (short or _ROLE.match(text)) and not re.search(r"\d", text):
        return True
    if _VALUE.search(text):
        return False
    if begins and (len(text.split()) <= _SHORT or re.search(_GIVEN_WORDS, text, re.I)):
        return True
    return any(pattern.match(text) for pattern in (_YOU, _WHEN, _HERE))
