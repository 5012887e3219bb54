"""The sample to label, and the page to label it on, in a browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from audit_folders import HashEmbedder, record, simulated, write
from browser_pages import open_painted
from groundwire.audit.figures.summary import summarize
from groundwire.audit.labeling import draw_sample, make_label_page
from groundwire.cli.audit_figures import run_report, run_sample
from groundwire.errors import InputError

CHROMIUM = shutil.which("chromium")
browser_needed = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<!--<script>", "{{ 7*7 }}", "\u202eabc\u2028def\x00", "w" * 100_000, "\U0001f600 \ud800 tail",
)  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = simulated(90)
    records += [record(i, ["unchecked", "no_claim"]) for i in range(90, 100)]
    return write(tmp_path / "audit", records)


def test_a_sample_is_drawn_from_what_was_checked(folder: Path) -> None:
    rows = lines(draw_sample(folder, 30, seed=1))
    indexes = [row["index"] for row in rows]
    assert len(set(indexes)) == 30 and max(indexes) < 90
    assert indexes != sorted(indexes)
    assert {row["inclusion"] for row in rows} == {30 / 90}
    first = rows[0]
    assert first["question"] == f"Question {first['index']}?"
    assert first["contexts"][0]["text"].startswith("Document")
    assert [first["answer"][c["start"] : c["end"]] for c in first["claims"]] == [
        f"Claim {number} of {first['index']}." for number in range(2)
    ]


def test_who_labels_sees_no_verdict(folder: Path) -> None:
    row = lines(draw_sample(folder, 5))[0]
    assert set(row) == {
        "index", "answer_id", "place", "inclusion", "question", "answer", "claims", "contexts",
    }  # fmt: skip
    assert all(set(claim) == {"start", "end"} for claim in row["claims"])


def test_the_same_seed_draws_the_same(folder: Path, tmp_path: Path) -> None:
    first = draw_sample(folder, 10).read_bytes()
    page = (folder / "label.html").read_bytes()
    assert draw_sample(folder, 10).read_bytes() == first
    assert (folder / "label.html").read_bytes() == page
    with pytest.raises(InputError, match="another draw"):
        draw_sample(folder, 10, seed=1)
    assert (folder / "sample.jsonl").read_bytes() == first
    (folder / "sample.jsonl").unlink()
    assert draw_sample(folder, 10, seed=1).read_bytes() != first
    shuffled = write(tmp_path / "shuffled", simulated(90), shuffle=4)
    ordered = write(tmp_path / "ordered", simulated(90))
    assert draw_sample(shuffled, 10).read_bytes() == draw_sample(ordered, 10).read_bytes()


def test_every_answer_is_drawn_alike(tmp_path: Path) -> None:
    folder = write(tmp_path, [record(i, ["supported"]) for i in range(20)])
    counts = np.zeros(20)
    for seed in range(40):
        drawn = draw_sample(folder, 5, seed)
        for row in lines(drawn):
            counts[row["index"]] += 1
        drawn.unlink()
    # 40 draws of a quarter: 10 each, standard deviation 2.7
    assert counts.min() >= 1 and counts.max() <= 20


def test_all_are_drawn_where_there_are_few(folder: Path) -> None:
    rows = lines(draw_sample(folder, 500))
    assert len(rows) == 90 and rows[0]["inclusion"] == 1


@pytest.mark.parametrize("n", [0, -3])
def test_a_sample_of_nothing(folder: Path, n: int) -> None:
    with pytest.raises(InputError, match=f"a sample of {n} answers cannot be drawn"):
        draw_sample(folder, n)


def test_an_audit_that_cannot_be_labeled(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to label"):
        draw_sample(write(tmp_path / "blind", [record(0, ["unchecked"])]))
    hidden = record(0, ["supported"])
    hidden["report"]["answer"] = None
    with pytest.raises(InputError, match=r"without its text: .* --no-text"):
        draw_sample(write(tmp_path / "hidden", [hidden]))


def test_labels_of_the_sample_correct_the_rate(folder: Path, tmp_path: Path) -> None:
    rows = lines(draw_sample(folder, 40))
    labels = tmp_path / "labels.jsonl"
    given = [
        {"index": row["index"], "label": "skip" if i > 30 else i % 3 == 0}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    labels.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    found = summarize(folder, labels=labels, embedder=HashEmbedder())
    assert found["corrected"]["n_labelled"] == 31


def test_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_sample(folder, 30)
    printed = " ".join(capsys.readouterr().out.split())
    assert "30 answers drawn" in printed and "Fewer" not in printed
    assert "needs at least 20 of them." in printed
    run_sample(folder, 30, as_json=True)
    assert Path(json.loads(capsys.readouterr().out)["page"]) == folder / "label.html"


def test_the_report_links_to_the_page_once_it_is_there(folder: Path) -> None:
    def links() -> list[str]:
        page = (folder / "report.html").read_text(encoding="utf-8")
        assert "groundwire audit sample OUT" in page
        return re.findall(r'href="([^"#][^"]*)"', page)

    summarize(folder, embedder=HashEmbedder())
    run_report(folder, quiet=True)
    assert links() == []
    run_sample(folder, 30)
    assert links() == ["label.html"] and (folder / "label.html").is_file()
    (folder / "label.html").unlink()
    run_report(folder, quiet=True)
    assert links() == []


def test_why_fewer_are_drawn_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_sample(folder, 95)
    printed = " ".join(capsys.readouterr().out.split())
    assert "90 answers drawn" in printed
    assert "Fewer than the 95 asked for: no other answer has a checked claim." in printed


def test_a_sample_too_small_for_a_rate_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_sample(folder, 19)
    printed = " ".join(capsys.readouterr().out.split())
    assert "needs at least 20 of them, more than this sample has: 19." in printed
    run_sample(folder, 19, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["answers"], found["asked"], found["needed"]) == (19, 19, 20)


def hostile_rows() -> list[dict[str, Any]]:
    return [
        {
            "index": i, "answer_id": text, "place": text, "inclusion": 1.0, "question": text,
            "answer": f"\U0001f600 {text}", "claims": [{"start": 2, "end": 2 + len(text)}],
            "contexts": [{"source": text, "text": text}],
        }
        for i, text in enumerate(HOSTILE)
    ]  # fmt: skip


def test_the_page_is_one_file_with_a_strict_policy(folder: Path) -> None:
    draw_sample(folder, 5)
    page = (folder / "label.html").read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert not re.findall(r"(?:src|href)\s*=\s*[\"']?\w+:", page)
    assert make_label_page(hostile_rows()).count("<script") == 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        expect.set_options(timeout=30_000)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which nothing may fail and no request may leave the disk."""
    context = browser.new_context()
    found = context.new_page()
    faults: list[str] = []
    found.on("console", lambda message: faults.append(message.text))
    found.on("pageerror", lambda error: faults.append(str(error)))
    requests: list[str] = []
    found.on("request", lambda request: requests.append(request.url))
    yield found
    context.close()
    assert faults == []
    assert not [url for url in requests if not url.startswith(("file:", "blob:"))]


@browser_needed
def test_labels_are_given_by_keys_and_saved(folder: Path, page: Page, tmp_path: Path) -> None:
    rows = lines(draw_sample(folder, 4))
    open_painted(page, (folder / "label.html").as_uri())
    expect(page.locator("#progress")).to_contain_text("Answer 1 of 4")
    expect(page.locator("#question")).to_have_text(rows[0]["question"])
    expect(page.locator("#answer .claim")).to_have_count(2)
    for key in ("1", "2", " "):
        page.keyboard.press(key)
    expect(page.locator("#progress")).to_contain_text("Answer 4 of 4")
    expect(page.locator("#progress")).to_contain_text("2 labeled, 1 unsure")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#hallucinated")).to_have_attribute("aria-pressed", "true")
    page.locator("#faithful").click()
    with page.expect_download() as download:
        page.locator("#save").click()
    path = tmp_path / "labels.jsonl"
    download.value.save_as(path)
    assert [(row["index"], row["label"]) for row in lines(path)] == [
        (rows[0]["index"], "faithful"), (rows[1]["index"], "faithful"), (rows[2]["index"], "skip"),
    ]  # fmt: skip
    page.reload()
    expect(page.locator("#progress")).to_contain_text("Answer 4 of 4")


@browser_needed
def test_hostile_texts_are_shown_as_text(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "label.html"
    path.write_text(make_label_page(hostile_rows()), encoding="utf-8")
    open_painted(page, path.as_uri())
    for text in HOSTILE:
        shown = page.locator("#answer .claim").evaluate("node => JSON.stringify(node.textContent)")
        assert json.loads(shown) == text
        assert page.title() == "Label answers"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("ArrowRight")


@browser_needed
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(folder: Path, page: Page, scheme: Any) -> None:
    draw_sample(folder, 4)
    page.emulate_media(color_scheme=scheme)
    open_painted(page, (folder / "label.html").as_uri())
    page.keyboard.press("2")
    page.keyboard.press("ArrowLeft")
    violations = Axe().run(page)["violations"]
    assert [v["id"] for v in violations] == []
