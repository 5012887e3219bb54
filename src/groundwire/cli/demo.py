"""``groundwire demo``: the stories, told and checked."""

from __future__ import annotations

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from groundwire import demo
from groundwire.guard.guard import Guard
from groundwire.reports.console import render_report, write_versions
from groundwire.types import Report

WIDEST = 100


def run_demo(number: int | None, as_json: bool) -> None:
    """Checks the stories and prints them; as JSON, one report a line.

    Raises:
        GroundwireError: if there is no story of that number, or the model cannot be loaded.
    """
    told = demo.pick_stories(number)
    reports: list[Report] = []
    guard = Guard()
    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    total = len(demo.load_stories())
    for place, story in told:
        with Console(stderr=True).status("Checking the answer"):
            report = story.check(guard)
        reports.append(report)
        if as_json:
            print(report.to_json())
            continue
        console.print(Rule(Text(f"{place} of {total}: {story.title}", "bold"), style="dim"))
        console.print(_head(story))
        console.print(render_report(report, cite_sources=True))
        console.print()
    if not as_json:
        console.print(Rule(style="dim"))
        console.print(_foot(), write_versions(reports[-1]), sep="\n")


def _head(story: demo.Story) -> Text:
    return Text.assemble(
        f"{story.about}\n\n",
        ("Evidence  ", "bold"), (story.evidence, "cyan"), "\n",
        ("Question  ", "bold"), story.question,
    )  # fmt: skip


def _foot() -> Text:
    return Text.assemble(
        ("Try it     ", "bold"), "groundwire check --evidence FILE --answer TEXT --cite\n",
        ("Documents  ", "bold"), str(demo.FOLDER),
    )  # fmt: skip
