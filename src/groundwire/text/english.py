"""English: closed word classes that several modules read, once."""

from __future__ import annotations

import re

from groundwire.text.words import STOP, split_table

PRONOUNS = frozenset(split_table("it he she they this that these those him her them"))
"""Pronouns that may stand for what another sentence names."""

NEGATIONS = frozenset(split_table("not never no without neither nor"))
"""Words that deny what they stand beside; ``cannot`` and ``n't`` hold one."""

NEGATED = re.compile(
    # The "No." of "Chanel No. 5" denies nothing.
    r"\b(?:not|never|no(?!\.\s?\d)|without|neither|nor)\b|n['’]t\b",
    re.IGNORECASE,
)
"""A negation in a text."""

DERIVED = re.compile(
    r"\b(?:totals?|sum|altogether|combined|averages?|averaged|difference|twice|double|half|"
    r"remaining|another|additional|overall)\b",
    re.IGNORECASE,
)
"""Words of a claim that may give a value that the evidence does not state as such."""

COMPARED = re.compile(
    r"\b(?:than|most|least|first|last|same|total|each|both|all|other|together|behind|ahead|"
    r"\w{2,}est)\b",
    re.IGNORECASE,
)
"""Words with which a claim compares things or tells of several."""

MONTHS = frozenset(
    split_table(
        "january february march april may june july august september october november december"
    )
)
WEEK = tuple(split_table("monday tuesday wednesday thursday friday saturday sunday"))
"""The days of a week in their order."""

WEEKDAYS = frozenset(WEEK)

LIMITS = frozenset(
    split_table(
        "in on at for during when where while if unless until till since from after before under "
        "over above below with without within between among only except last next each every"
    )
)
"""Words that may limit a sentence to a time, a place or a case."""

LOOSE = frozenset(
    split_table(
        "if unless whether may might could some several certain sometimes often usually many few "
        "other others most only until nor necessarily longer both all every always"
    )
)
"""Words with which a sentence and its denial may both be true."""

REPORTING = frozenset(
    split_table(
        "that which who although though yet else except alleged allegedly claim claims claimed "
        "said says believe believes believed deny denies denied doubt doubts doubted rumor rumour "
        "instead rather"
    )
)
"""Words with which a part of a sentence may be denied by the rest, or be about another thing."""

HEDGES = frozenset(
    split_table(
        "may might could possibly perhaps probably allegedly reportedly proposed planned plans "
        "expected rarely partly half nearly almost"
    )
)
"""Words without which a sentence says more than it did."""

PARTS = frozenset(split_table("some several many most few sometimes often usually"))
WHOLES = frozenset(split_table("all every each both only entire always"))
"""Words for some of several things, and for all of them."""

OPENERS = STOP | frozenset(
    split_table(
        "another both each either every everyone few many most none one other others some such "
        "several nobody someone something nothing unlike like let make use try yes no now today "
        "however please because while during before since though although despite"
    )
)
"""Words with a capital that open a sentence and are no name."""
