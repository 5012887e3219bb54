"""The report as people see it: text is data, nothing is lost, any width will do."""

from __future__ import annotations

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from groundwire import Guard, Report, ThresholdPolicy
from groundwire.reports.console import color_answer, join_line, make_visible, render_report
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Decision, Finding, Label, Verdict

EVIDENCE = "The pump weighs 64 kg. It was made in Lyon. The tank holds 3 liters."
ANSWER = "Hello! The pump weighs 62 kg. The tank holds 3 liters. Penguins dance at midnight."


def report(
    answer: str = ANSWER, evidence: str | None = EVIDENCE, policy: ThresholdPolicy | None = None
) -> Report:
    return Guard(verifier=FakeVerifier(), policy=policy).check(answer, evidence)


def printed(shown: Report, width: int = 80, *, cite: bool = False, color: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="truecolor" if color else None
    )
    console.print(render_report(shown, cite_sources=cite))
    return out.getvalue()


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_every_claim_has_its_label_score_and_quote() -> None:
    text = squeezed(printed(report()))
    assert "contradicted The pump weighs 62 kg." in text
    assert "62 → 64" in text
    assert "evidence[0]: “The pump weighs 64 kg.”" in text
    assert "supported The tank holds 3 liters." in text
    assert "unsupported Penguins dance at midnight." in text
    for verdict in report().verdicts:
        if verdict.score is not None:
            assert f"{verdict.score:.2f}" in text


@pytest.mark.parametrize(("label", "told"), [("supported", False), ("unsupported", True)])
def test_a_supported_claim_is_not_said_to_lack_evidence(label: Label, told: bool) -> None:
    claim = Claim("The pump weighs 62 kg.", 0, 22)
    verdict = Verdict(claim, label, 0.8, findings=(Finding("number", "missing", "62 kg", 16, 21),))
    shown = Report(None, claim.text, (verdict,), Decision("pass"), claim.text)
    assert ("62 kg is not in the evidence" in squeezed(printed(shown))) is told


def test_what_rows_come_to_is_shown_whatever_the_label() -> None:
    claim = Claim("They weigh 62 kg in total.", 0, 26)
    told = "Weight: 30 + 34 = 64 kg (all 2 rows)"
    other = Finding("figure", "missing", "62 kg", 11, 16, told)
    verdict = Verdict(claim, "contradicted", 0.1, findings=(other,), reason=f"not so: {told}")
    shown = Report(None, claim.text, (verdict,), Decision("pass"), claim.text)
    text = squeezed(printed(shown, 120))
    assert f"62 kg → {told} number" in text and "not in the evidence" not in text
    missing = Finding("number", "missing", "62 kg", 11, 16)
    kept = Verdict(claim, "supported", 0.9, findings=(missing,), reason=f"reckoned: {told}")
    shown = Report(None, claim.text, (kept,), Decision("pass"), claim.text)
    assert f"reckoned: {told}" in squeezed(printed(shown, 120))


def test_a_question_stands_before_its_answer() -> None:
    shown = Guard(verifier=FakeVerifier()).check("62 kg.", EVIDENCE, "How\x1b heavy is it?")
    text = printed(shown)
    assert squeezed(text).startswith("Question How␛ heavy is it? Answer")
    assert "Question" not in printed(report())


def test_what_changed_and_what_is_shown() -> None:
    shown = report()
    text = printed(shown)
    assert shown.text == "Hello! The pump weighs 64 kg. The tank holds 3 liters."
    assert squeezed(shown.text) in squeezed(text.split("Shown")[1])
    changed = squeezed(text.split("Changed")[1].split("Shown")[0])
    assert "“62” → “64”" in changed
    assert "removed “Penguins dance at midnight.”" in changed


def test_a_clean_answer_is_said_to_be_unchanged() -> None:
    text = printed(report("The tank holds 3 liters."))
    assert "pass" in text and "unchanged" in text and "Changed" not in text


def test_a_blocked_answer_shows_the_message() -> None:
    blocked = report("Penguins dance at midnight.")
    assert blocked.decision.action == "block"
    assert blocked.text in squeezed(printed(blocked))


def test_sources_are_numbered_and_stand_with_their_claims() -> None:
    text = squeezed(printed(report(), cite=True))
    assert "The tank holds 3 liters [2]." in text
    assert text.count("[2] evidence[0]: “The tank holds 3 liters.”") == 2


def test_why_a_claim_is_unchecked_is_said() -> None:
    text = printed(report(evidence=None, policy=ThresholdPolicy.observe()))
    assert "unchecked" in text
    assert "no evidence" in text
    assert "let 3 of 3 claims through unverified" in squeezed(text)


def test_labels_have_colors_and_faults_are_underlined() -> None:
    text = printed(report(), color=True)
    assert "\x1b[31mThe pump weighs \x1b[0m\x1b[1;4;31m62" in text
    assert "\x1b[32mThe tank holds 3 liters." in text


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True).print(render_report(report()))
    assert "\x1b[3" not in out.getvalue()
    assert "contradicted" in out.getvalue()


@pytest.mark.parametrize("width", [12, 24, 55, 56, 80, 200])
def test_any_width_holds_every_line_and_every_word(width: int) -> None:
    text = printed(report(), width)
    assert max(map(len, text.splitlines())) <= width
    joined = "".join(text.split())
    for words in ("contradicted", "Penguinsdanceatmidnight.", "Thepumpweighs64kg."):
        assert words in joined


def test_markup_in_answer_and_evidence_is_not_read() -> None:
    text = "The [red]pump[/red] weighs 64 kg :bomb: in [link=file:x]Lyon[/link]."
    shown = printed(report(text, text), 200, color=True)
    assert shown.count(text) == 3  # in the answer, beside its label and as the quote


def test_escape_sequences_never_reach_the_terminal() -> None:
    bad = "The pump\x1b[2J\x1b]8;;file:x\x07 weighs 62 kg\x9b31m\u202e.\r\x08"
    text = printed(report(bad, bad.replace("62", "64")), color=False)
    assert not set(text) & set("\x1b\x07\x9b\u202e\r\x08")
    assert "␛[2J" in text and "<U+009B>" in text and "<U+202E>" in text


def test_line_ends_of_the_answer_stay_and_those_of_quotes_go() -> None:
    assert make_visible("a\r\nb\tc\n") == "a\nb\tc\n"
    assert join_line(" a\r\n\u2028b\x85c ") == "a b c"
    assert make_visible("\x00\x7f\ud83d") == "␀␡<U+D83D>"


@given(st.text(st.characters()))
def test_visible_text_has_nothing_to_obey(text: str) -> None:
    shown = make_visible(text)
    assert shown.isprintable() or all(
        c in "\t\n" or c.isprintable() or ord(c) > 0x9F for c in shown
    )
    shown.encode("utf-8")
    assert make_visible(shown) == shown


@given(st.text(st.characters(), min_size=1).filter(str.strip))
def test_any_answer_can_be_shown_whole(answer: str) -> None:
    shown = report(answer, answer)
    assert color_answer(shown).plain == visible_pieces(shown)
    printed(shown, 30, cite=True)


def visible_pieces(shown: Report) -> str:
    """The answer as it is cut for coloring: a line end is not joined across a cut."""
    cuts = {0, len(shown.answer)}
    for verdict in shown.verdicts:
        cuts |= {verdict.claim.start, verdict.claim.end}
        cuts |= {place for span in verdict.spans for place in (span.start, span.end)}
    places = sorted(cuts)
    pieces = itertools.pairwise(places)
    return "".join(make_visible(shown.answer[a:b]) for a, b in pieces).rstrip()
