"""Report of a run: a table, plots, and a model card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.evaluate.metrics import estimate_share
from groundwire.io.atomic import write_whole
from groundwire.train.generator.config import Config, Steps
from groundwire.train.generator.perturb import OPEN
from groundwire.train.generator.sft import name_options

Table = Mapping[str, Mapping[str, float]]

_MEANING = {
    "faithful": "share of the prompts whose answer is supported whole",
    "claims_supported": "share of all claims that are supported",
    "coverage": "share of the input that the answer tells; who says nothing errs in nothing",
    "refused": "share of answerable prompts that were refused",
    "words": "mean length of an answer",
    "bleu": "BLEU against the references, 0 to 100",
    "chrf": "chrF against the references, 0 to 100",
    "perplexity": "of the references, under the model",
    "abstention": "share of prompts without evidence that were refused, as they should be",
    "robust_faithful": "as faithful, for perturbed prompts, judged by the original evidence",
    "robust_same": "chrF of the answers to perturbed prompts against the first answers, 0 to 100",
    "slots_added": "slots that answers tell and the input lacks, as a share of the input's slots",
    "slots_wrong": "slots told with another value, as a share of the input's slots",
    "slots_missing": "slots that answers leave out, as a share of the input's slots",
    "slots_exact": "share of the answers without an error in any slot",
}

LITTLE = 0.2
"""Coverage below which faithfulness says nothing: the answers hardly speak of their input."""

FEW_STEPS = 10
"""Steps of ``prefer`` from which a change can be expected."""


_WHICH = {"decoder": "A decoder", "encoder-decoder": "An encoder-decoder"}


def write_report(
    config: Config,
    output: Path,
    table: Table,
    figures: Mapping[str, Mapping[str, Any]],
    judge: str,
) -> None:
    """Writes ``table.json``, ``table.md``, ``plots/*.svg`` and the model card ``README.md``.

    Raises:
        InputError: if matplotlib is missing.
    """
    timeless = {
        name: {k: v for k, v in held.items() if k != "seconds"} for name, held in figures.items()
    }
    told = list_notes(config, table, figures)
    data = {"stages": timeless, "figures": table, "judge": judge, "notes": told}
    write_whole(output / "table.json", (json.dumps(data, indent=1) + "\n").encode())
    markdown = write_table(table)
    write_whole(output / "table.md", markdown.encode())
    if table:
        (output / "plots").mkdir(exist_ok=True)
        for name, drawn in draw_plots(table).items():
            write_whole(output / "plots" / f"{name}.svg", drawn)
    write_whole(
        output / "README.md", write_card(config, markdown, table, figures, judge, told).encode()
    )


def list_notes(
    config: Config, table: Table, figures: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    """Returns what a reader of the figures must know: how many, what was left out, what to doubt.

    Args:
        config: of the run.
        table: figures of the stages.
        figures: of the work of the stages, and of the prompts (``evaluate``).
    """
    out = []
    for stage, what in (("sft", "training"), ("evaluate", "test")):
        left = figures.get(stage, {}).get("left_out", 0)
        if left:
            out.append(
                f"{left} {what} rows do not fit data.max_tokens = {config.data.max_tokens} and "
                "were left out"
            )
    if config.sft and config.sft.perturb.swap and not figures.get("sft", {}).get("names", True):
        out.append(
            f"sft.perturb.swap changed nothing: no slot of the training rows has {OPEN} values or "
            "more"
        )
    asked = figures.get("evaluate", {})
    if table:
        out.append(f"the figures stand on {asked['prompts']} prompts of {asked['rows']} test rows")
    for stage, held in table.items():
        share = estimate_share(round(held["faithful"] * asked["prompts"]), asked["prompts"])
        out.append(f"{stage}: faithful is between {share.low:.2f} and {share.high:.2f} (95 %)")
        if held["coverage"] < LITTLE:
            out.append(
                f"{stage}: the answers tell {held['coverage']:.0%} of their input, so how faithful "
                "they are says little"
            )
    prefer = figures.get("prefer", {})
    if config.prefer and prefer and prefer["steps"] < FEW_STEPS:
        out.append(
            f"prefer took {prefer['steps']} steps on {prefer['pairs']} pairs, too few to change "
            f"much; raise prefer.{'steps' if config.prefer.steps else 'prompts or samples'}"
        )
    data = config.data
    for name, path in (("test", data.test), ("validation", data.validation)):
        if path is not None and path == data.train:
            out.append(f"the {name} rows are the training rows: they show what is known by heart")
    return tuple(out)


def write_table(table: Table) -> str:
    """Returns the figures with a row for each measure and a column for each stage."""
    if not table:
        return "Nothing was evaluated.\n"
    names = list(dict.fromkeys(key for held in table.values() for key in held))
    lines = ["| measure | " + " | ".join(table) + " |", "| --- |" + " ---: |" * len(table)]
    for name in names:
        cells = [f"{held[name]:.3f}" if name in held else "" for held in table.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def draw_plots(table: Table) -> dict[str, bytes]:
    """Returns SVG charts: faithfulness beside coverage, and robustness.

    Raises:
        InputError: if matplotlib is missing.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "matplotlib is missing: pip install 'groundwire[train]', then run again"
        ) from error
    charts = {
        "faithfulness": ("faithful", "coverage", "claims_supported"),
        "robustness": ("faithful", "robust_faithful", "abstention"),
    }
    out = {}
    with mpl.rc_context({"svg.hashsalt": "groundwire", "svg.fonttype": "none"}):
        for title, names in charts.items():
            figure = Figure(figsize=(5.5, 3))
            canvas: Any = FigureCanvasSVG(figure)
            axes = figure.add_subplot()
            for name in names:
                points = [(s, held[name]) for s, held in table.items() if name in held]
                if points:
                    axes.plot([p[0] for p in points], [p[1] for p in points], "o-", label=name)
            axes.set_ylim(0, 1.02)
            axes.set_title(title)
            axes.legend(frameon=False)
            drawn = BytesIO()
            canvas.print_svg(drawn, metadata={"Date": None})
            out[title] = drawn.getvalue()
    return out


def list_settings(config: Config, stage: str) -> list[str]:
    """Returns the rate, batch size, length and files of a stage, for the model card."""
    section, data = getattr(config, stage, None), config.data
    out = []
    if isinstance(section, Steps):
        times = f" x {section.accumulate}" if section.accumulate > 1 else ""
        length = f"{section.steps} steps" if section.steps else f"{section.epochs} epochs"
        out = [f"rate {section.rate:g}", f"batch size {section.batch_size}{times}", length]
    drawn = config.prefer is not None and config.prefer.prompts
    files = {
        "sft": [data.train, data.validation],
        "prefer": [data.train if drawn else None],
        "evaluate": [data.test],
    }.get(stage, [])
    files += [value for _, value in section or () if isinstance(value, Path)]
    names = dict.fromkeys(f"`{path.name}`" for path in files if path is not None)
    return [*out, *(["of " + " and ".join(names)] if names else [])]


def write_card(
    config: Config,
    markdown: str,
    table: Table,
    figures: Mapping[str, Mapping[str, Any]],
    judge: str,
    told: Sequence[str],
) -> str:
    """Returns the model card: what it is, how it was trained, what was measured, its limits."""
    section = config.model
    start = f"`{section.path.name}`" if section.path else "random weights"
    size = figures.get("base", {}).get("parameters", 0)
    stages = [
        f"- `{name}`: "
        + ", ".join([*list_settings(config, name), *(f"{k} {v}" for k, v in held.items())])
        for name, held in figures.items()
    ]
    known = {name for held in table.values() for name in held}
    meanings = [f"- `{name}`: {text}." for name, text in _MEANING.items() if name in known]
    regular = f"Regularization of `sft`: {name_options(config.sft)}.\n\n" if config.sft else ""
    return (
        f"# A generator trained with groundwire\n\n{_WHICH[section.family]} of {size:,} "
        f"parameters, started from {start}, seed {config.seed}"
        f"{', adapters merged into the weights' if section.lora else ''}.\n\n"
        f"## Stages\n\n" + "\n".join(stages) + f"\n\n{regular}"
        f"## Figures\n\n{markdown}\n"
        + "\n".join(meanings)
        + "".join(f"\n- {note}." for note in told)
        + (f"\n\nFaithfulness was judged by {judge}.\n" if judge else "\n")
        + "\n## Limits\n\nThe judge errs; where `prefer` was trained on it, its figures flatter "
        "the model: read them beside a measure of another kind. The model may still state what "
        "its input does not say: check its answers with `groundwire check`.\n"
    )
