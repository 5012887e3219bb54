"""Card of a trained verifier: what it is, how it was trained, what was measured, its limits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from groundwire._version import __version__
from groundwire.evaluate.metrics import Summary
from groundwire.io.atomic import write_whole
from groundwire.train.verifier.recipe import Recipe
from groundwire.verify.backends.backbones import name_backbone
from groundwire.verify.backends.checkpoint import MANIFEST


def save_card(output: Path, source: Path, measured: tuple[Summary, Summary] | None = None) -> None:
    """Writes the model card ``README.md`` of a model, if there is none.

    Args:
        output: folder of the model.
        source: folder that training started from.
        measured: figures on held-out claims before and after, where it was adapted.
    """
    path = output / "README.md"
    if not path.exists():
        facts = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
        write_whole(path, write_card(facts, source, measured).encode())


def write_card(
    facts: Mapping[str, Any], source: Path, measured: tuple[Summary, Summary] | None
) -> str:
    """Returns the model card: what it is, how it was trained, what was measured, its limits.

    Args:
        facts: of the manifest.
        source: folder that training started from.
        measured: figures on held-out claims before and after, where it was adapted.
    """
    recipe, defaults = facts["recipe"], asdict(Recipe())
    told = [f"{k} {v}" for k, v in recipe.items() if k == "peak_rate" or v != defaults[k]]
    start, license_of = name_backbone(source), _license(source)
    figures = "Nothing was measured: do so with `groundwire evaluate`.\n"
    if measured:
        before, after = measured
        figures = (
            f"AUC on {after.rows} held-out claims, in percent with 95 % intervals: {before.auc} "
            f"before, {after.auc} after. The claims are made from the same material as those of "
            "training.\n"
        )
    return (
        (f"---\nlicense: {license_of}\n---\n\n" if license_of else "")
        + f"# A verifier trained with groundwire {__version__}\n\n"
        + ("Adapted" if measured else "Trained")
        + f" from `{start}`, whose license is {license_of or 'not stated in its folder'}; seed "
        f"{recipe['seed']}.\n\n## Training\n\n{facts['pairs']:,} pairs, of which "
        f"{facts['left_out']:,} did not fit and were left out; {facts['steps']:,} steps. "
        f"Recipe: {', '.join(told)}; all else as usual (`groundwire.json` has it whole).\n\n"
        + "".join(f"- {name}: {count:,}\n" for name, count in facts["sets"].items())
        + f"\n## Figures\n\n{figures}\n## Limits\n\nIt errs, and was trained on what its "
        "sources hold: measure it on claims that people labeled before you rely on it. Sources "
        "have licenses of their own.\n"
    )


def _license(source: Path) -> str:
    """The license that the card of a model states, or nothing."""
    path = source / "README.md"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    head = text.split("---", 2)[1] if text.startswith("---") else ""
    found = re.search(r"^license: *(\S+)", head, re.MULTILINE)
    return found[1] if found else ""
