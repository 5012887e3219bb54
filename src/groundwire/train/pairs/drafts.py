"""Drafts of situations: statements and answers, each with its label, and none twice."""

from __future__ import annotations

import random

from groundwire.train.pairs.situations import Situation, spell_with_capital

TRUE, FALSE = "supported", "contradicted"

_YES = ("Yes.", "Yes.", "Yes", "Yes, that is right.", "Yes, it says so.")
_NO = ("No.", "No.", "No", "No, that is not right.", "No, it says otherwise.")


class Draft:
    """Collects what can be said of a premise.

    Attributes:
        rng: the source of chance.
        premise: the text so far.
    """

    def __init__(self, rng: random.Random, premise: str) -> None:
        self.rng = rng
        self.premise = premise
        self._said: dict[tuple[str, str], None] = {}
        self._asked: dict[tuple[str, str, str], None] = {}

    def tell(self, claim: str, label: str | bool, share: float = 0.5) -> None:
        """Takes a statement, or leaves it out where its form would give its label away.

        Args:
            claim: the statement.
            label: True is supported and False is contradicted.
            share: of the statements of this form that are supported; of the commoner label, only
                as many are taken as of the other.
        """
        own = share if _name_label(label) == TRUE else 1 - share
        if self.rng.random() < (1 - own) / own:
            self._said[spell_with_capital(claim), _name_label(label)] = None

    def ask(self, question: str, answer: str, label: str | bool) -> None:
        """Takes a short answer to a question; what may be a name keeps its small letter."""
        if " " in answer and answer.split()[0].isalpha():
            answer = spell_with_capital(answer)
        self._asked[spell_with_capital(question), answer, _name_label(label)] = None

    def ask_whether(self, question: str, holds: bool) -> None:
        """Takes the yes and the no to a question."""
        self.ask(question, self.rng.choice(_YES), holds)
        self.ask(question, self.rng.choice(_NO), not holds)

    def build(self) -> Situation:
        """Returns the situation."""
        return Situation(self.premise, tuple(self._said), tuple(self._asked))


def _name_label(label: str | bool) -> str:
    if isinstance(label, str):
        return label
    return TRUE if label else FALSE


def split_bars(text: str) -> list[str]:
    """Returns the phrases between bars."""
    return text.split("|")
