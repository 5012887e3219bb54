"""Deterministic checks: what a claim says against evidence sentences, without a model.

A check is one file with one function, one line in ``CHECKS``, and one test. What its kinds of
finding mean stands in ``finding.KINDS``.
"""

from groundwire.verify.checks.clauses import check_clauses
from groundwire.verify.checks.contrast import check_contrast
from groundwire.verify.checks.counts import check_counts
from groundwire.verify.checks.denials import check_denials
from groundwire.verify.checks.fields import check_fields
from groundwire.verify.checks.figures import check_figures
from groundwire.verify.checks.finding import Check
from groundwire.verify.checks.hours import check_hours
from groundwire.verify.checks.lacking import check_lacking
from groundwire.verify.checks.literals import check_literals
from groundwire.verify.checks.names import check_names
from groundwire.verify.checks.roles import check_roles
from groundwire.verify.checks.subjects import check_subjects
from groundwire.verify.checks.values import check_values

__all__ = ["CHECKS", "Check"]

CHECKS: tuple[Check, ...] = (
    check_values,
    check_names,
    check_literals,
    check_contrast,
    check_fields,
    check_figures,
    check_counts,
    check_lacking,
    check_hours,
    check_denials,
    check_clauses,
    check_roles,
    check_subjects,
)
"""The checks that a verifier runs by default, in order; ``benchmarks/facts.py`` measures each."""
