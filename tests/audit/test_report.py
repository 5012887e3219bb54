"""The page of an audit as a file: equal bytes, its policy, what it embeds, what it refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from audit_page_cases import (
    HOSTILE,
    hostile_records,
    record,
    records,
    summary,
    without_text,
    write_audit,
)
from groundwire.audit.figures.headline import describe_checked, list_worst
from groundwire.audit.figures.overview import Overview
from groundwire.audit.page import entries
from groundwire.audit.page import entries as sample
from groundwire.audit.page.charts import Charts
from groundwire.audit.page.escaping import (
    escape_attribute,
    escape_text,
    format_chance,
    format_percent,
    format_points,
    format_scalar,
)
from groundwire.audit.page.report import write_report
from groundwire.cli.audit_figures import run_report
from groundwire.errors import InputError

FLAGGED = ("contradicted", "unsupported")


class Page(HTMLParser):
    """What is on a page: elements with their attributes, scripts, styles and text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside = ""
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.raw:
            self.inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.raw[self.inside][-1] += data
        else:
            self.text += data

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [entry for block in self.raw["script"][:-1] for entry in json.loads(block)]


def report(folder: Path, lines: Any, about: Any = None, most: int = 10_000) -> Page:
    return Page(write_report(write_audit(folder, list(lines), about), most=most))


def test_equal_audits_give_equal_bytes(tmp_path: Path) -> None:
    write_audit(tmp_path / "a", list(records(60)))
    first = write_report(tmp_path / "a").read_bytes()
    code = (
        "import sys, pathlib; from groundwire.audit.page.report import write_report; "
        "write_report(pathlib.Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=True, env=environment)
    assert write_report(tmp_path / "a").read_bytes() == first


def test_policy_allows_the_page_its_own_script_and_style_alone(tmp_path: Path) -> None:
    page = report(tmp_path, records(20))
    policy = next(
        str(attributes["content"])
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, text in (("script", page.raw["script"][-1]), ("style", page.raw["style"][0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert len(page.raw["style"]) == 1


def test_page_reaches_for_nothing(tmp_path: Path) -> None:
    page = report(tmp_path, records(20))
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\"' ]+", source)) <= {"http://www.w3.org/2000/svg"}
    for tag, attributes in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert "style" not in attributes and "src" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        assert str(attributes.get("href") or "#").startswith("#")


def test_names_of_the_page_are_unique(tmp_path: Path) -> None:
    page = report(tmp_path, records(20))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))
    for tag, attributes in page.elements:
        if tag in ("a", "use"):
            target = str(attributes["href"])[1:]
            assert target in names or re.fullmatch(r"answer-\d+", target)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_users_stays_text(tmp_path: Path, text: str) -> None:
    lines = [record(0, text, [("contradicted", text), ("supported", "Yes.")], {text: text})]
    plain = report(tmp_path / "plain", lines, summary(lines, "plain"))
    page = report(tmp_path / "hostile", lines, summary(lines, text))
    elements = [(tag, known.get("class")) for tag, known in page.elements]
    tags = [tag for tag, kind in elements if kind != "hidden-character"]
    assert tags == [tag for tag, _ in plain.elements]
    assert ("span", "hidden-character") in elements or text in page.text
    assert page.entries[0]["answer"].startswith(json.loads(json.dumps(text)))


def test_every_answer_is_embedded_worst_first(tmp_path: Path) -> None:
    lines = list(records(150))
    found = report(tmp_path, lines).entries
    assert sorted(entry["index"] for entry in found) == list(range(150))
    badness = [sample.rank_badness(lines[entry["index"]]) for entry in found]
    assert badness == sorted(badness, reverse=True)


def test_larger_audits_embed_the_worst_and_a_random_part_and_say_so(tmp_path: Path) -> None:
    lines = list(records(400))
    page = report(tmp_path, lines, most=40)
    assert "holds 40 of 400 answers: the 20 worst and 20 drawn at random" in page.text
    found = [entry["index"] for entry in page.entries]
    assert len(set(found)) == 40
    order = sorted(range(400), key=lambda n: (-sample.rank_badness(lines[n]), n))
    assert found[:20] == order[:20]
    assert any(sample.rank_badness(lines[n]) == 0 for n in found)
    assert "This page holds" not in report(tmp_path, lines).text


def test_long_lines_count_so_that_the_page_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "BYTES", 100_000)
    page = report(tmp_path, records(200))
    size = sum(len(block) for block in page.raw["script"][:-1])
    shown_ = len(page.entries)
    assert 10 < shown_ < 100 and size < 100_000
    half = f"the {shown_ // 2} worst and {shown_ - shown_ // 2} drawn"
    assert f"holds {shown_} of 200 answers: {half}" in page.text


def test_one_answer_of_many(tmp_path: Path) -> None:
    assert len(report(tmp_path, records(5), most=1).entries) == 1


@pytest.mark.parametrize("about", [{"version": 1}, None])
def test_an_audit_of_nothing(tmp_path: Path, about: dict[str, Any] | None) -> None:
    page = report(tmp_path, [], about)
    assert "No answers were audited" in page.text
    assert page.entries == []


def test_parts_that_are_null_are_left_out(tmp_path: Path) -> None:
    lines = list(records(3))
    whole = summary(lines)
    for part in ("rate", "labels", "causes", "scores"):
        report(tmp_path, lines, {**whole, part: None})
    nothing = dict.fromkeys(whole) | {"version": 1, "answers": 3}
    page = report(tmp_path, lines, nothing)
    for title in ("Over time", "Causes", "Where it concentrates", "Scores", "Themes", "Documents"):
        assert title not in page.text


def test_rates_that_are_unknown_are_dashes(tmp_path: Path) -> None:
    lines = list(records(3))
    unknown = {"value": None, "low": None, "high": None, "n": 0}
    about = summary(lines) | {
        "rate": {"answers": unknown, "claims": unknown},
        "corrected": None,
        "trend": [{"period": "2026", **unknown}],
        "slices": [{"field": "a", "value": True, "n": 3, "rate": None, "low": None, "high": None,
                    "difference": None, "p": None, "q": None, "stands_out": False}],
        "scores": {"bins": [{"low": 0, "high": 1, "count": 0}]},
    }  # fmt: skip
    page = report(tmp_path, lines, about)
    assert "–" in page.text and "Scores" not in page.text and "true" in page.text


def test_an_audit_without_text(tmp_path: Path) -> None:
    lines = [without_text(line) for line in records(30)]
    found = report(tmp_path, lines).entries
    assert all("answer" not in entry and entry["length"] for entry in found)
    quotes = [
        quote for entry in found for claim in entry["claims"] for quote in claim.get("quotes", [])
    ]
    assert quotes and all(end > start for _, start, end in quotes)


def test_notes_and_totals_of_the_summary_are_told(tmp_path: Path) -> None:
    lines = list(records(3))
    about = summary(lines) | {
        "notes": ["The records have more than 100 fields: name those to slice by."],
        "document_totals": {"documents": 900, "never_supports": 425, "share": 1.0},
    }
    text = report(tmp_path, lines, about).text
    assert "The records have more than 100 fields" in text
    assert "400 more never support" in text


def test_where_nothing_stands_out_it_says_so(tmp_path: Path) -> None:
    lines = list(records(5))
    about = summary(lines)
    for row in about["slices"]:
        row["stands_out"] = row["difference"] < 0
    page = write_report(write_audit(tmp_path, lines, about)).read_text()
    assert "Nothing stands out: in none of 6 slices" in " ".join(page.split())
    about["slices"][0]["stands_out"] = True
    page = write_report(write_audit(tmp_path, lines, about)).read_text()
    assert "Nothing stands out" not in page and "Other slices (5)" in page


def test_the_first_screen_is_of_the_checker_until_labels_say_more(tmp_path: Path) -> None:
    lines = list(records(5))
    share = {"value": 0.2, "low": 0.1, "high": 0.3}
    about = {
        **summary(lines), "corrected": None,
        "overview": {
            "files": [{"name": f"{n}.jsonl", "bytes": 9} for n in range(5)], "first": "2026-01-02",
            "last": "2026-02-03", "time_field": "date", "repeated": 2,
            "models": [{"name": "large-1", "answers": 5}],
            "not_checked": [{"why": "nothing is claimed", "answers": 1}],
        },
        "true_rate": {
            "low": 0.123, "high": 0.456, "basis": "development sets", "labels_to_halve": 77,
            "why": "", "sets": 7, "answers": 459, "measured": "2026-11-29",
            "flagged_of_faithful": share, "flagged_of_faulty": {**share, "value": 0.8},
        },
    }  # fmt: skip
    folder = write_audit(tmp_path, lines, about)
    text = " ".join(re.sub("<[^>]*>", "", write_report(folder).read_text()).split())
    for told in (
        "of the answers are flagged by the checker",
        "The share that truly holds a fault lies between 12.3% and 45.6%, as the checker errs",
        "it flagged 20% (10 to 30% by set) of the faithful ones and 80%",
        "About 77 labels halve that range.",
        "groundwire audit sample OUT",
        "5 answers of 0.jsonl, 1.jsonl, 2.jsonl and 2 more files from 2026-01-02 to 2026-02-03 by",
        "2 answers came again in later records and count once.",
    ):
        assert told in text, told
    assert "hallucinat" not in text.lower()
    (folder / "label.html").touch()
    assert '<a href="label.html">Label answers</a>' in write_report(folder).read_text()


def test_slices_that_stand_out_come_first(tmp_path: Path) -> None:
    lines = list(records(3))
    about = summary(lines)
    about["slices"][-1]["stands_out"] = True
    text = report(tmp_path, lines, about).text
    first = text.index("large-1")
    assert first < text.index("shipping") and text.index("warranty") < text.index("shipping")


def test_offsets_count_as_javascript_counts() -> None:
    line = record(0, "Q", [("supported", "😀😀 one."), ("contradicted", "Two 𝒳 three.")], {})
    found = entries.encode_entry(line)
    units = found["answer"].encode("utf-16-le")
    texts = [
        units[2 * c.get("start", 0) : 2 * c["end"]].decode("utf-16-le") for c in found["claims"]
    ]
    assert texts == ["😀😀 one.", "Two 𝒳 three."]
    number, start, end = found["claims"][0]["quotes"][0]
    passage = found["passages"][number]["text"].encode("utf-16-le")
    assert passage[2 * start : 2 * end].decode("utf-16-le") == "😀😀 one."


def test_a_long_answer_is_cut_and_says_so() -> None:
    pieces: list[tuple[Any, str]] = [("supported", "x" * 30_000)] * 3
    found = entries.encode_entry(record(0, "Q", pieces, {}))
    assert len(found["answer"]) == entries.ANSWER
    assert found["cut"] == 90_002 - entries.ANSWER and found["hidden"] == 1
    assert found["claims"][-1]["end"] == entries.ANSWER


def test_a_long_passage_is_cut_around_its_quote() -> None:
    line = record(0, "Q", [("supported", "The quote.")], {})
    context, quote = line["contexts"][0], line["report"]["verdicts"][0]["quotes"][0]
    context["text"] = "a" * 9_000 + "The quote." + "b" * 9_000
    context["end"] = context["start"] + len(context["text"])
    quote["start"], quote["end"] = context["start"] + 9_000, context["start"] + 9_010
    found = entries.encode_entry(line)
    number, start, end = found["claims"][0]["quotes"][0]
    text = found["passages"][number]["text"]
    assert text[start:end] == "The quote." and len(text) == 2 * entries.AROUND + 10


def test_a_quote_without_context_is_its_own_passage() -> None:
    line = record(0, "Q", [("supported", "The quote.")], {})
    line["contexts"] = []
    found = entries.encode_entry(line)
    assert found["passages"][0]["text"] == "The quote."
    assert found["claims"][0]["quotes"] == [[0, 0, 10]]


def test_a_score_of_zero_is_kept() -> None:
    line = record(0, "Q", [("contradicted", "No.")], {})
    line["report"]["verdicts"][0]["score"] = 0.0
    found = entries.encode_entry(line)
    assert found["claims"][0]["score"] == 0.0 and found["index"] == 0


def test_data_ends_no_element() -> None:
    for line in hostile_records():
        block = entries.encode_script([entries.encode_entry(line)])
        assert block.isascii() and not set("<>") & set(block)
        assert json.loads(block)[0]["index"] == line["index"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reports\.jsonl: no such file; run `groundwire audit -o"):
        write_report(tmp_path)
    (tmp_path / "reports.jsonl").write_text("")
    told = r"summary\.json: no such file; run `groundwire audit summary .*` first"
    with pytest.raises(InputError, match=told):
        write_report(tmp_path)


@pytest.mark.parametrize(
    ("summary_text", "line", "told"),
    [
        ("{", "", r"summary\.json: not JSON"),
        ('{"version": 2}', "", "version 2 is not 1"),
        ('{"version": 1}', "{", r"reports\.jsonl, row 1: not JSON"),
        ('{"version": 1}', "[]", "row 1: .* is not a JSON object"),
        ('{"version": 1}', "\n{}", "row 2: not a record of an audit"),
    ],
)
def test_what_is_damaged_is_named(tmp_path: Path, summary_text: str, line: str, told: str) -> None:
    (tmp_path / "summary.json").write_text(summary_text)
    (tmp_path / "reports.jsonl").write_text(line)
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(InputError, match=told):
        write_report(tmp_path)
    assert (tmp_path / "report.html").read_text() == "old"


def test_most_is_at_least_one(tmp_path: Path) -> None:
    write_audit(tmp_path, list(records(1)))
    with pytest.raises(InputError, match="most is 0"):
        write_report(tmp_path, most=0)


def test_a_page_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_audit(tmp_path, list(records(3)))
    before = write_report(tmp_path).read_bytes()

    def fail(_: Any) -> str:
        raise OSError("no space left")

    monkeypatch.setattr(entries, "encode_script", fail)
    with pytest.raises(OSError, match="no space left"):
        write_report(tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))


def test_command_says_where_the_page_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_audit(tmp_path, list(records(3)))
    run_report(tmp_path)
    assert capsys.readouterr().out == f"report -> {tmp_path / 'report.html'}\n"


def test_charts_are_left_out_where_there_is_nothing_to_draw() -> None:
    charts = Charts()
    assert charts.trend([]) is None and charts.scores([]) is None and charts.shares({}) is None
    assert charts.reliability([{"low": 0, "high": 1, "count": 3}]) is None


def test_text_is_shown_as_it_is_and_hidden_characters_as_boxes() -> None:
    box = '<span class="hidden-character">U+{}</span>'
    assert escape_text("a\u202eb") == "a" + box.format("202E") + "b"
    assert escape_text("<\ud800>") == "&lt;" + box.format("D800") + "&gt;"
    assert escape_text("x\u200dy") == "x" + box.format("200D") + "y"
    assert escape_text("👩\u200d🔬 می\u200cخواهم") == "👩\u200d🔬 می\u200cخواهم"
    assert escape_text(3) == 3
    assert escape_attribute('"\ud800') == "&#34;\ufffd"


def test_figures_are_written_for_people() -> None:
    assert [format_percent(0.1234), format_percent(None)] == ["12.3%", "–"]
    assert [format_points(-0.1), format_chance(0.0001)] == ["−10.0", "<0.001"]
    assert [format_scalar(True), format_scalar(2.0), format_scalar(2.5), format_scalar("x")] == [
        "true",
        "2",
        "2.5",
        "x",
    ]


def headline(folder: Path, about: dict[str, Any]) -> str:
    page = write_report(write_audit(folder, list(records(1)), about)).read_text()
    start = page.index('id="overview"')
    return " ".join(re.sub("<[^>]*>", " ", page[start : page.index("<dl", start)]).split())


def test_answers_that_were_not_checked_are_told_with_their_reasons() -> None:
    reasons = [{"why": "nothing is claimed", "answers": 1}, {"why": "no evidence", "answers": 1200}]
    about = {
        "answers": 1211, "rate": {"answers": {"n": 10}}, "overview": {"not_checked": reasons},
    }  # fmt: skip
    assert describe_checked(about) == (
        "10 of 1,211 answers were checked. "
        "Not checked: 1 answer (nothing is claimed), 1,200 answers (no evidence)."
    )
    about = {"answers": 10, "rate": {"answers": {"n": 10}}}
    assert describe_checked(about) == "10 of 10 answers were checked."


def test_where_nothing_could_be_checked_the_headline_says_so(tmp_path: Path) -> None:
    none = {"value": None, "low": None, "high": None, "n": 0}
    about = {
        **summary([]), "answers": 1, "claims": 1, "unchecked": {"answers": 1, "claims": 1},
        "rate": {"answers": none, "claims": none},
    }  # fmt: skip
    told = headline(tmp_path / "a", about)
    assert "No answer could be checked, so there is no rate" in told and "%" not in told
    assert "1 answer with 1 claim: there was no evidence" in told
    about["unchecked"] = {"answers": 0, "claims": 0}
    assert "nothing is claimed" in headline(tmp_path / "b", about)


def test_the_claims_with_the_lowest_scores_are_named_once_an_answer(tmp_path: Path) -> None:
    lines = list(records(300))
    overview = Overview()
    for line in lines:
        overview.add(line)
    worst = overview.describe(tmp_path, None)["worst"]
    scores = {
        line["answer_id"]: min(
            (v["score"] for v in line["report"]["verdicts"] if v["label"] in FLAGGED), default=2.0
        )
        for line in lines
    }
    assert [one["answer_id"] for one in worst] == sorted(scores, key=scores.__getitem__)[:3]
    told = list_worst({"overview": {"worst": worst}})
    assert told[0] == f"- {worst[0]['label']} in {worst[0]['answer_id']}: “{worst[0]['text']}”"
    long = {**worst[0], "answer_id": None, "text": "a\nb " * 200}
    assert list_worst({"overview": {"worst": [long]}})[0].endswith("a b…”")
    empty = Overview()
    for line in lines:
        empty.add(without_text(line))
    assert empty.describe(tmp_path, None)["worst"] == []


def test_one_is_singular(tmp_path: Path) -> None:
    rate = {"value": 1.0, "low": 0.2, "high": 1.0, "n": 1}
    about = {
        **summary(list(records(1))), "answers": 1, "claims": 1, "rejected": 1,
        "unchecked": {"answers": 1, "claims": 1}, "rate": {"answers": rate, "claims": rate},
    }  # fmt: skip
    about["clusters"][0]["size"] = 1
    page = write_report(write_audit(tmp_path, list(records(1)), about)).read_text()
    text = " ".join(re.sub("<[^>]*>", "", page).split())
    assert "1 of 1 answer was checked." in text
    assert "of 1 checked claim is flagged" in text
    assert "1 input line could not be read" in text
    assert not re.search(r"\b1 (claims|answers|input lines|checked claims)\b", text)
