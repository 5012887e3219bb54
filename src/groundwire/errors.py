"""Errors that groundwire raises, every one of them, and the place that its warnings name.

    GroundwireError
    ├── InputError          an answer, evidence or option that cannot be used
    │   └── DocumentError   an evidence file that cannot be read
    ├── StoreError          a saved index that is damaged, half-written or made otherwise
    ├── ModelError          a model folder that is missing, altered or of the wrong shape
    ├── FormatError         report JSON of an unknown version or shape
    └── BlockedError        an answer that must not be shown; carries its report

A message names the value that is wrong and the next step. The CLI turns each of
them (but ``BlockedError``, which is a result) into exit code 2.
"""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundwire.types import Report


def warn_caller(message: str) -> None:
    """Warns at the line that called groundwire, however deep in it the reason was found."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_own(frame.f_globals.get("__name__", "")):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _is_own(module: str) -> bool:
    """Whether a module is of groundwire, or of one of its adapters."""
    package = module.partition(".")[0]
    return package == "groundwire" or package.startswith("groundwire_")


class GroundwireError(Exception):
    """Base of all errors raised on purpose by groundwire."""


class InputError(GroundwireError, ValueError):
    """An answer, a piece of evidence or an option that cannot be used."""


class DocumentError(InputError):
    """An evidence file that is missing, empty, unreadable or of an unknown kind."""


class StoreError(GroundwireError):
    """A saved index that is damaged, half-written, or made by another embedder."""


class ModelError(GroundwireError):
    """A model folder that is missing, altered, or not an NLI classifier."""


class FormatError(GroundwireError, ValueError):
    """Report JSON that this version cannot read."""


class BlockedError(GroundwireError):
    """An answer that the policy blocked.

    Attributes:
        report: the trace that led to the decision; ``report.text`` is the message to show.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(f"the answer was blocked: {report.decision.reason}")
        self.report = report
