"""Error of the checker, and the range in which the true rate lies behind a flagged share.

Where a share ``se`` of the faulty answers and ``fp`` of the faithful ones is flagged, a share
``p`` at fault gives a flagged share ``t = p se + (1 - p) fp`` (W. J. Rogan and B. Gladen,
"Estimating prevalence from the results of a screening test", American Journal of Epidemiology
107, 1978). ``se`` and ``fp`` are known from sets of answers that people labeled
(``error_rates.json``, which ``python -m benchmarks.error_rates --write`` measures); they differ
from set to set, and which one the user's answers are like is not known. So ``p`` has every value
from 0 to 1 alike before anything is flagged (L. Joseph, T. W. Gyorkos, L. Coupal, "Bayesian
estimation of disease prevalence and the parameters of diagnostic tests in the absence of a gold
standard", American Journal of Epidemiology 141, 1995); ``se`` and ``fp`` are those of sets drawn
at random, one for each, with their own sampling (Beta, Jeffreys' prior); and what was flagged
weighs them, by as many independent answers as its own sampling is worth.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.intervals import MINIMUM
from groundwire.audit.figures.tally import Floats
from groundwire.errors import FormatError

TABLE = Path(__file__).parent / "error_rates.json"
EDGE = 0.05
"""Difference of both shares below which being flagged tells nothing of an answer."""
DRAWS = 600
"""Draws of both shares."""
GRID = 500
"""Values of the true rate that are weighed."""
TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class SetErrors:
    """Counts of one set of answers that people labeled.

    Attributes:
        name: of the set.
        what: what kind of answers it holds.
        faithful: answers without a fault.
        faithful_flagged: of these, flagged.
        faulty: answers with a fault.
        faulty_flagged: of these, flagged.
    """

    name: str
    what: str
    faithful: int
    faithful_flagged: int
    faulty: int
    faulty_flagged: int


@dataclass(frozen=True, slots=True)
class CheckerError:
    """Error of one verifier on labeled answers.

    Attributes:
        verifier: its version.
        measured: the day.
        sets: at least one.
    """

    verifier: str
    measured: str
    sets: tuple[SetErrors, ...]

    @property
    def answers(self) -> int:
        """Labeled answers of all sets."""
        return sum(one.faithful + one.faulty for one in self.sets)

    def share_flagged(self, faulty: bool) -> tuple[float, float, float]:
        """Returns the share flagged of faulty or of faithful answers: of all, least, greatest."""
        counts = [
            (one.faulty_flagged, one.faulty) if faulty else (one.faithful_flagged, one.faithful)
            for one in self.sets
        ]
        shares = [hits / tries for hits, tries in counts if tries]
        total = sum(hits for hits, _ in counts) / max(1, sum(tries for _, tries in counts))
        return total, min(shares, default=total), max(shares, default=total)


@cache
def read_error() -> CheckerError:
    """Reads the table of the package.

    Raises:
        FormatError: if it is damaged.
    """
    try:
        found = json.loads(TABLE.read_text(encoding="utf-8"))
        sets = tuple(SetErrors(**one) for one in found["sets"])
        return CheckerError(found["verifier"], found["measured"], sets)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FormatError(
            f"{TABLE} is damaged ({error!r:.80}): install groundwire again"
        ) from error


def name_checker(verifier: str, config: str = "") -> str:
    """Returns what errors are known by: the version of the verifier, and of a config over it."""
    return f"{verifier} with {config}" if config else verifier


def find_error(verifier: str) -> CheckerError | None:
    """Returns the error of a verifier, or None if it was not measured."""
    known = read_error()
    return known if known.verifier == verifier else None


def draw_shares(error: CheckerError, draws: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Returns draws of the shares of faulty and of faithful answers that are flagged.

    Args:
        error: of the checker.
        draws: how many; each takes one of the sets for either share.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    faulty = np.array([[s.faulty_flagged, s.faulty] for s in error.sets])
    faithful = np.array([[s.faithful_flagged, s.faithful] for s in error.sets])
    drawn = []
    for counts in (faulty, faithful):
        hits, tries = counts[rng.integers(len(counts), size=draws)].T
        drawn.append(rng.beta(hits + 0.5, tries - hits + 0.5))
    return drawn[0], drawn[1]


def estimate_true_rate(flagged: Floats, error: CheckerError, seed: int = 0) -> tuple[float, float]:
    """Returns the 95 % range of the share of faulty answers.

    Args:
        flagged: draws of the share that was flagged, in [0, 1], as its sampling has them.
        error: of the checker.
        seed: of the draws.
    """
    share = float(flagged.mean())
    tries = share * (1 - share) / max(float(flagged.var()), 1e-12) - 1
    faulty, faithful = draw_shares(error, DRAWS, seed)
    rates = (np.arange(GRID) + 0.5) / GRID
    expected = np.clip(np.outer(faulty, rates) + np.outer(faithful, 1 - rates), 1e-6, 1 - 1e-6)
    fit = tries * (share * np.log(expected) + (1 - share) * np.log1p(-expected))
    weights = np.exp(fit - fit.max()).sum(axis=0)
    below = np.cumsum(weights) / weights.sum()
    low, high = (int(np.searchsorted(below, tail)) for tail in TAILS)
    return low / GRID, min(high + 1, GRID) / GRID


def estimate_true_difference(
    differences: Floats, error: CheckerError, seed: int = 0
) -> tuple[float, float]:
    """Returns the 95 % range of a difference of two true rates, of answers of one kind.

    The checker errs alike on both sides, so that what it flags of faithful answers cancels out,
    and the difference is that of the flagged shares over ``se - fp``.

    Args:
        differences: draws of the difference of the flagged shares, in [-1, 1].
        error: of the checker.
        seed: of the draws.
    """
    faulty, faithful = draw_shares(error, len(differences), seed)
    gap = faulty - faithful
    blind = gap < EDGE
    found = np.clip(differences / np.where(blind, 1.0, gap), -1.0, 1.0)
    # Where the flag tells nothing, any difference is possible.
    found[blind] = np.random.default_rng(seed + 1).uniform(-1, 1, int(blind.sum()))
    low, high = np.quantile(found, TAILS)
    return float(low), float(high)


def count_labels(low: float, high: float, answers: int) -> int:
    """Returns how many labels make a range half as wide, at most as many as there are answers.

    It is what labels alone need at the middle of the range (a share of n labels is known to about
    ``1.96 sqrt(p (1 - p) / n)``); the scores of the other answers make it fewer.
    """
    middle, wanted = (low + high) / 2, (high - low) / 4
    if wanted <= 0:
        return 0
    needed = math.ceil(middle * (1 - middle) * (1.96 / wanted) ** 2)
    return min(answers, max(MINIMUM, needed))


def encode_error(error: CheckerError) -> dict[str, Any]:
    """Returns the JSON form, as the table of the package has it."""
    sets: Sequence[SetErrors] = error.sets
    fields = SetErrors.__dataclass_fields__
    return {
        "verifier": error.verifier,
        "measured": error.measured,
        "sets": [{name: getattr(one, name) for name in fields} for one in sets],
    }
