"""Console view of a report: the answer colored by label, the quotes, what changed.

Text from answers and evidence is data here: markup in it stays as it is written, and control
characters, which a terminal would obey, are made visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from groundwire.reports.citations import CitedText, cite, find_miscitations
from groundwire.types import Edit, Finding, Quote, Report, Verdict
from groundwire.verify.checks.finding import describe_kind

LABEL_STYLES = {
    "supported": "green",
    "contradicted": "red",
    "unsupported": "yellow",
    "unchecked": "magenta",
    "no_claim": "dim",
}
ACTION_STYLES = {"pass": "bold green", "rewrite": "bold yellow", "block": "bold red"}

_NARROW = 56
_LABELS = max(map(len, LABEL_STYLES)) + 2
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but not tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u2028\u2029\ud800-\udfff]"  # line ends of another kind, lone surrogates
)


def make_visible(text: str) -> str:
    """Returns text that a terminal only shows: what it would obey becomes visible.

    ASCII controls become their pictures (U+241B for escape); other controls, characters that
    change the direction of text and lone surrogates become their numbers, such as ``<U+202E>``.
    Tabs and line ends stay.
    """
    return _OBEYED.sub(_picture, text.replace("\r\n", "\n"))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


def join_line(text: str) -> str:
    """Returns visible text without line ends: white space becomes single spaces."""
    return make_visible(" ".join(text.split()))


def render_report(report: Report, *, cite_sources: bool = False) -> Group:
    """Returns what ``groundwire check`` prints: answer, claims, changes and the final text.

    Args:
        report: the report.
        cite_sources: put markers ``[n]`` into the final text and list what they point to.
    """
    cited = cite(report) if cite_sources else None
    numbers = {c.quote: c.number for c in cited.citations} if cited else {}
    parts: list[RenderableType] = []
    if report.question:
        parts += _section("Question", Text(make_visible(report.question).strip()))
    parts += _section("Answer", color_answer(report))
    claims = [verdict for verdict in report.verdicts if verdict.label != "no_claim"]
    if claims:
        parts += [Text(), Text("Claims", style="bold")]
        parts += [ClaimView(verdict, numbers) for verdict in claims]
    else:
        parts.append(Text())
    wrong = [
        Text(make_visible(f"{report.answer[m.mark.start : m.mark.end]} {m}"))
        for m in find_miscitations(report)
    ]
    if wrong:
        parts += _section("Citations", *wrong)
    parts.append(_decision(report))
    if report.decision.edits:
        parts += _section("Changed", *(_edit(report.answer, e) for e in report.decision.edits))
    parts += _section("Shown", *_shown(report, cited))
    return Group(*parts)


def write_versions(report: Report) -> Text:
    """Returns what made the report: package, verifier, policy, and a config with its promise."""
    known = {"groundwire": "groundwire ", "policy": "policy ", "config": "config "}
    parts = [f"{known.get(name, '')}{join_line(v)}" for name, v in report.versions.items()]
    return Text(" · ".join(parts), "dim")


def color_answer(report: Report) -> Text:
    """Returns the answer, each claim in the color of its label, words at fault underlined."""
    text, done = Text(), 0
    for verdict in report.verdicts:
        claim, style = verdict.claim, LABEL_STYLES[verdict.label]
        text.append(make_visible(report.answer[done : claim.start]))
        done = claim.start
        for span in sorted(verdict.spans, key=lambda span: (span.start, span.end)):
            if done <= span.start < span.end <= claim.end:
                text.append(make_visible(report.answer[done : span.start]), style)
                fault = make_visible(report.answer[span.start : span.end])
                text.append(fault, f"{style} bold underline")
                done = span.end
        text.append(make_visible(report.answer[done : claim.end]), style)
        done = claim.end
    text.append(make_visible(report.answer[done:]))
    text.rstrip()
    return text


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim: label and score, its words, what was found, and the quotes that decided.

    Attributes:
        verdict: what was decided.
        numbers: the number of each quote that the final text cites.
    """

    verdict: Verdict
    numbers: Mapping[Quote, int]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yields two columns, or one where there is no room for two."""
        body = Group(*self._body())
        if options.max_width < _NARROW:
            yield Padding(Text(" ").join(self._label()), (0, 0, 0, 2))
            yield Padding(body, (0, 0, 1, 4))
            return
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(width=_LABELS)
        grid.add_column(ratio=1)
        grid.add_row(Text("\n").join(self._label()), body)
        yield Padding(grid, (0, 0, 1, 2))

    def _label(self) -> Iterator[Text]:
        yield Text(self.verdict.label, LABEL_STYLES[self.verdict.label])
        if self.verdict.score is not None:
            yield Text(f"{self.verdict.score:.2f}", "dim")

    def _body(self) -> Iterator[Text]:
        yield Text(join_line(self.verdict.claim.text))
        told = [line for f in self.verdict.findings for line in self._finding(f)]
        yield from told
        # Of what is supported no finding tells the reason, such as what several rows come to.
        if self.verdict.reason and (not told or self.verdict.label == "supported"):
            yield Text(join_line(self.verdict.reason), "italic")
        for quote in self.verdict.quotes:
            yield _quote(quote, self.numbers.get(quote))

    def _finding(self, finding: Finding) -> Iterator[Text]:
        if finding.status == "conflict":
            yield _exchange(finding, "red")
        # A value that does not stand there in these words informs: where the verifier found the
        # claim supported in others, saying that the evidence lacks it would be untrue.
        elif finding.status == "missing" and self.verdict.label != "supported":
            if finding.found:
                yield _exchange(finding, "yellow")
            else:
                claimed = join_line(finding.claimed)
                yield Text.assemble((claimed, "yellow"), (" is not in the evidence", "dim"))


def _exchange(finding: Finding, style: str) -> Text:
    """What is claimed beside what the evidence has."""
    claimed, found = join_line(finding.claimed), join_line(finding.found or "something else")
    kind = describe_kind(finding.kind)
    return Text.assemble((claimed, style), " → ", (found, "green"), (f"  {kind}", "dim"))


def _quote(quote: Quote, number: int | None) -> Text:
    lead = f"[{number}] " if number is not None else ""
    return Text.assemble(
        (lead, "bold"), (f"{join_line(quote.source)}: ", "cyan"), f"“{join_line(quote.text)}”"
    )


def _decision(report: Report) -> Text:
    action = report.decision.action
    return Text.assemble(
        (action, ACTION_STYLES[action]), f"  {join_line(report.decision.reason)}".rstrip()
    )


def _edit(answer: str, edit: Edit) -> Text:
    old, new = join_line(answer[edit.start : edit.end]), join_line(edit.text)
    if not new:
        return Text.assemble(("removed ", "dim"), (f"“{old}”", "red"))
    if not old:
        return Text.assemble(("added ", "dim"), (f"“{new}”", "green"))
    return Text.assemble((f"“{old}”", "red"), " → ", (f"“{new}”", "green"))


def _shown(report: Report, cited: CitedText | None) -> Iterator[Text]:
    if cited and cited.citations:
        yield Text(make_visible(cited.text).rstrip() + "\n")
        for citation in cited.citations:
            yield _quote(citation.quote, citation.number)
    elif report.decision.action == "pass":
        yield Text("the answer, unchanged", "dim")
    else:
        yield Text(make_visible(report.text).rstrip())


def _section(title: str, *lines: Text) -> list[RenderableType]:
    return [
        Text(),
        Text(title, style="bold"),
        *(Padding(line, (0, 0, 0, 2), expand=False) for line in lines),
    ]
