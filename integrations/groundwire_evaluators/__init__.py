"""groundwire for tools that evaluate answers: Langfuse, Phoenix, DeepEval and Inspect.

    from groundwire_evaluators import make_langfuse_evaluator

    langfuse.run_experiment(..., evaluators=[make_langfuse_evaluator()])

Each works on the question and the evidence that an example has under the usual names (``question``,
``input``; ``context``, ``documents``), else on the evidence of the guard. No claim counts as
supported because it could not be checked.
"""

from __future__ import annotations

from groundwire_evaluators.evaluators import (
    make_deepeval_metric,
    make_inspect_scorer,
    make_langfuse_evaluator,
    make_phoenix_evaluator,
)

__all__ = [
    "make_deepeval_metric",
    "make_inspect_scorer",
    "make_langfuse_evaluator",
    "make_phoenix_evaluator",
]
