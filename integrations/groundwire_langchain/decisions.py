"""Decision model about grounding for ``langchain_core.decisions`` (langchain-core 1.8)."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field

from groundwire.guard.guard import Guard
from groundwire_langchain.options import explain_errors, make_guard, refuse_unknown
from groundwire_langchain.questions import GROUNDED, classify

try:
    from langchain_core.decisions import (  # type: ignore[import-not-found, unused-ignore]
        BaseDecisionModel,
        ClassifierResponse,
    )
except ImportError as error:
    raise ImportError(
        "GroundingDecisionModel needs langchain_core.decisions: install 'langchain-core>=1.8', or "
        "call groundwire_langchain.questions.classify, which needs no decision types"
    ) from error

__all__ = ["GROUNDED", "GroundingDecisionModel"]


class GroundingDecisionModel(BaseDecisionModel):  # type: ignore[misc, unused-ignore]
    """Answers whether the last answer in a state is grounded.

        model = GroundingDecisionModel(guard)
        state = {"answer": answer, "question": question, "context": documents}
        response = model.invoke({"state": state, "questions": {"ok": Noul(instructions=GROUNDED)}})
        response.nouls["ok"].noul

    The state is the answer (a string or a message), a list of messages, or a dict with an answer
    or messages, a question and a context. Evidence is the context, else what tools returned,
    else what the guard's own retriever finds.

    - ``Noul``: the lowest probability of support among the claims that can be checked. A claim
      that could not be checked has 0.0; an answer that claims nothing has 1.0. Ask ``GROUNDED``:
      other questions are refused, among them its opposite ("is it hallucinated?").
    - ``Choice`` among ``pass``, ``rewrite`` and ``block``: what the guard's policy decides; or
      among the five labels: the worst label of a claim. ``pass`` (``supported``) has the lowest
      probability of support; the rest lies on what was chosen, or on ``block``
      (``unsupported``).

    ``invoke`` raises ``InputError`` for other questions, a state without an answer and evidence
    that cannot be read, and ``ModelError`` if a model cannot be loaded.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: str = "groundwire"
    guard: Guard = Field(default_factory=Guard, exclude=True)

    def __init__(self, guard: Any = None, **options: Any) -> None:
        """Takes the guard, by place or by name.

        Raises:
            InputError: if an option is unknown or its value cannot be used.
        """
        owner = type(self)
        refuse_unknown(owner.__name__, options, owner.model_fields)
        with explain_errors(owner.__name__):
            super().__init__(guard=make_guard(guard), **options)

    @property
    def _provider(self) -> str:
        return "groundwire"

    def _classify(self, state: Any, questions: dict[str, Any]) -> Any:
        answers = classify(self.guard, state, questions)
        return ClassifierResponse.model_validate({"model": self.model, "answers": answers})
