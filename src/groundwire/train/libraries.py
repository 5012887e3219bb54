"""Libraries of training (transformers, peft, trl) at work without their own bars and notes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def hide_bars() -> Iterator[None]:
    """Hides progress bars of transformers and datasets, and what peft and trl call by old names."""
    from transformers.utils import logging

    bars: Any = logging
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    datasets = sys.modules.get("datasets")
    mapped = datasets is not None and datasets.are_progress_bars_disabled() is False
    if datasets is not None:
        datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.filterwarnings("ignore", "fan_in_fan_out")  # peft corrects it by itself
            yield
    finally:
        if shown:
            bars.enable_progress_bar()
        if datasets is not None and mapped:
            datasets.enable_progress_bars()
