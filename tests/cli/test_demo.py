"""The demo: stories are data, and the guard really decides them."""

from __future__ import annotations

import json

import pytest

from groundwire import FormatError, Guard, InputError, Report, demo
from groundwire.cli.commands import main
from groundwire.testing import FakeVerifier

STORIES = demo.load_stories()
ROW = 'title="t"\nabout="a"\nevidence="manual.md"\nquestion="q"\nanswer="x"\n'


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.setenv("COLUMNS", "80")


def test_there_are_three_stories_on_three_kinds_of_documents() -> None:
    assert [story.evidence.rpartition(".")[2] for story in STORIES] == ["md", "txt", "json"]
    for story in STORIES:
        assert story.documents()[0].source == story.evidence
        assert 3 <= story.answer.count(". ") + 1 <= 5


def test_documents_say_that_they_are_made_up() -> None:
    for story in STORIES:
        assert "ritten for a demonstration" in story.documents()[0].text


def test_stories_read_from_toml() -> None:
    (story,) = demo.read_stories(f"[[story]]\n{ROW}")
    assert (story.title, story.answer) == ("t", "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("story = ", "no TOML"),
        ("", "no \\[\\[story\\]\\]"),
        ("story = 3", "no \\[\\[story\\]\\]"),
        ("story = [3]", "story 1 needs exactly these texts: title"),
        (f"[[story]]\n{ROW}[[story]]\n{ROW}extra=1\n", "story 2 needs exactly"),
        ("[[story]]\n" + ROW.replace('answer="x"', 'answer=" "'), "story 1 needs"),
        ("[[story]]\n" + ROW.replace("manual.md", "../x.md"), "bare file name"),
    ],
)
def test_bad_stories_are_refused(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        demo.read_stories(text)


def test_picking_a_story_that_is_not_there() -> None:
    with pytest.raises(InputError, match="choose one from 1 to 3"):
        demo.pick_stories(4)
    assert demo.pick_stories(2) == [(2, STORIES[1])]


def test_the_demo_shows_what_the_guard_decides(
    fake: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo"]) == 0
    out, _ = capsys.readouterr()
    assert max(map(len, out.splitlines())) <= 80
    words = " ".join(out.split())
    for story in STORIES:
        report = story.check(Guard(verifier=FakeVerifier()))
        for part in (story.title, story.question, story.answer, report.decision.reason):
            assert " ".join(part.split()) in words
        for quote in (q for v in report.verdicts for q in v.quotes):
            assert " ".join(quote.text.split()) in words


def test_one_story_and_json(fake: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--story", "2", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert Report.from_json(line).question == STORIES[1].question
    assert main(["demo", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["answer"] for line in lines] == [story.answer for story in STORIES]


def test_an_unknown_story_is_bad_input(fake: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--story", "9"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "error: there is no story 9: choose one from 1 to 3\n")


# With the embedded verifier: the stories end as the README and `make demo` promise.


def test_a_faithful_answer_passes_untouched() -> None:
    report = STORIES[0].check(Guard())
    assert {verdict.label for verdict in report.verdicts} == {"supported"}
    assert (report.decision.action, report.text) == ("pass", STORIES[0].answer)


def test_a_wrong_number_is_repaired_with_its_quote() -> None:
    report = STORIES[1].check(Guard())
    (edit,) = report.decision.edits
    assert (STORIES[1].answer[edit.start : edit.end], edit.text) == ("4 hours", "6 hours")
    assert report.text == STORIES[1].answer.replace("every 4 hours", "every 6 hours")
    (wrong,) = report.flagged
    assert [quote.text for quote in wrong.quotes] == ["Adults take one tablet every 6 hours."]


def test_an_invented_claim_is_removed() -> None:
    report = STORIES[2].check(Guard())
    (invented,) = report.flagged
    assert "jazz" in invented.claim.text
    assert report.text == STORIES[2].answer.replace(invented.claim.text + " ", "")
