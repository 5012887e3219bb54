"""Characters at fault: what is predicted, and the figures over them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evaluate.metrics import collect_fault_spans, count_span_characters, score_spans
from groundwire.types import Claim, Span, Verdict


def test_spans_of_a_flagged_claim_or_all_of_it() -> None:
    claim = Claim("x" * 10, 5, 15)
    assert collect_fault_spans(
        [
            Verdict(claim, "supported", 0.9, spans=(Span(5, 6),)),
            Verdict(claim, "no_claim"),
            Verdict(claim, "contradicted", 0.1, spans=(Span(7, 9),)),
            Verdict(claim, "unchecked"),
        ]
    ) == (Span(7, 9), Span(5, 15))


SPANS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda t: Span(min(t), max(t))),
    max_size=4,
)


@given(st.lists(st.tuples(SPANS, SPANS), min_size=1, max_size=6))
def test_span_scores_are_micro_over_characters(answers: list[tuple[list[Span], ...]]) -> None:
    truth, said = [a for a, _ in answers], [b for _, b in answers]
    sources = [str(i // 2) for i in range(len(answers))]
    scores = score_spans(truth, said, sources, draws=20)
    both, found, marked = (
        sum(c) for c in zip(*map(count_span_characters, truth, said), strict=True)
    )
    assert both <= min(found, marked)
    if found + marked:
        assert scores.f1.value == pytest.approx(2 * both / (found + marked))
    if found and marked:
        assert min(scores.precision.value, scores.recall.value) <= scores.f1.value + 1e-12
    turned = score_spans(said, truth, sources, draws=20)
    assert str(turned.precision) == str(scores.recall)


def test_overlapping_spans_count_once_and_nothing_is_undefined() -> None:
    assert count_span_characters([Span(0, 4), Span(2, 6)], [Span(3, 8), Span(3, 8)]) == (3, 5, 6)
    scores = score_spans([[Span(0, 4)], []], [[], []], ["a", "b"], draws=10)
    assert str(scores.precision).startswith("nan") and scores.recall.value == 0.0
