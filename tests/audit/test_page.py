"""The page of an audit in a browser: lists, filters, evidence, keys, themes, print, attacks."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from audit_page_cases import (
    HOSTILE,
    hostile_records,
    record,
    records,
    summary,
    without_text,
    write_audit,
)
from browser_pages import open_painted
from groundwire.audit.page.escaping import escape_text
from groundwire.audit.page.report import write_report

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

SIZE = 120
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    return write_report(write_audit(folder, list(records(SIZE))))


@pytest.fixture
def open_page(browser: Browser, audit: Path) -> Iterator[Open]:
    """Opens a page, and fails the test if it throws, logs, or asks for anything."""
    context: Any = None
    said: list[str] = []
    own: list[str] = []

    def go(path: Path = audit, part: str = "", **options: Any) -> Page:
        nonlocal context
        own.append(path.as_uri())
        context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        page: Page = context.new_page()
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url))
        open_painted(page, f"{path.as_uri()}{part}")
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield go
    if context:
        context.close()
    assert [text for text in said if text not in own] == []


def indexes(page: Page) -> list[int]:
    found: list[int] = page.evaluate("listed.map((entry) => entry.index)")
    return found


def violations(page: Page) -> list[Any]:
    results: Any = Axe().run(page)
    return [(found["id"], found["nodes"][0]["html"][:200]) for found in results["violations"]]


def test_worst_answers_are_listed_first_a_page_at_a_time(open_page: Open) -> None:
    page = open_page()
    expect(page.locator("#status")).to_have_text(f"{SIZE} answers")
    expect(page.locator("#list .answer")).to_have_count(25)
    expect(page.locator("#page")).to_have_text("Page 1 of 5")
    assert page.locator(".answer .claim.contradicted").count() > 0
    page.click("#next")
    expect(page.locator("#page")).to_have_text("Page 2 of 5")
    page.click("#previous")
    expect(page.locator("#previous")).to_be_disabled()


def test_sorts(open_page: Open) -> None:
    page = open_page()
    worst = indexes(page)
    page.select_option("#sort", "input")
    assert indexes(page) == list(range(SIZE)) != worst
    page.select_option("#sort", "longest")
    lengths = page.evaluate("listed.map((entry) => entry.length)")
    assert lengths == sorted(lengths, reverse=True)
    page.select_option("#sort", "shortest")
    assert page.evaluate("listed.map((entry) => entry.length)") == sorted(lengths)
    page.select_option("#sort", "worst")
    assert indexes(page) == worst


def test_filters_by_label_cause_action_and_field(open_page: Open) -> None:
    page = open_page()
    lines = list(records(SIZE))

    def expected(keep: Callable[[Any], bool]) -> list[int]:
        return [line["index"] for line in lines if keep(line)]

    def labels(line: Any) -> list[str]:
        return [verdict["label"] for verdict in line["report"]["verdicts"]]

    page.select_option("#label", "contradicted")
    assert sorted(indexes(page)) == expected(lambda line: "contradicted" in labels(line))
    expect(page.locator("#status")).to_contain_text(f" of {SIZE} answers")
    page.select_option("#cause", "number")
    both = expected(
        lambda line: ("contradicted", "number") in zip(labels(line), line["causes"], strict=True)
    )
    assert sorted(indexes(page)) == both
    page.click("#clear")
    page.select_option("#action", "rewrite")
    rewritten = expected(lambda line: line["report"]["decision"]["action"] == "rewrite")
    assert sorted(indexes(page)) == rewritten
    page.select_option("select[data-field=topic]", "billing")
    assert set(indexes(page)) == set(rewritten) & set(
        expected(lambda line: line["fields"]["topic"] == "billing")
    )
    page.click("#clear")
    assert len(indexes(page)) == SIZE


def test_searches_all_words_in_any_case(open_page: Open) -> None:
    page = open_page()
    page.fill("#query", "ORDER 77?")
    assert indexes(page) == [77]
    assert page.evaluate("CSS.highlights.get('search').size") > 0
    page.fill("#query", "topic: billing")
    assert len(indexes(page)) > 5
    page.fill("#query", "no such words")
    expect(page.locator("#status")).to_have_text(f"0 of {SIZE} answers")
    expect(page.locator("#list .answer")).to_have_count(0)


def test_figures_above_lead_to_the_answers(open_page: Open) -> None:
    page = open_page()
    page.click("#causes button.pick >> text=number")
    expect(page.locator("#cause")).to_have_value("number")
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    page.click("#slices button.pick >> text=billing")
    expect(page.locator("select[data-field=topic]")).to_have_value("billing")
    expect(page.locator("#cause")).to_have_value("")
    link = page.locator("#themes a.answer-link").first
    expect(link).to_have_text("answer chat-00003")
    link.click()
    expect(page.locator("#answer-3")).to_be_focused()
    expect(page.locator("#answer-3")).to_be_in_viewport()


def test_a_document_that_never_supports_leads_to_its_first_answer(open_page: Open) -> None:
    page = open_page()
    row = page.locator("#documents tbody tr", has_text="handbook/part-7.md")
    expect(row).to_contain_text("first given for answer chat-00007")
    row.locator("a.answer-link").click()
    expect(page.locator("#answer-7")).to_be_focused()


def test_a_place_that_is_the_id_is_shown_once(open_page: Open, tmp_path: Path) -> None:
    lines = list(records(2))
    lines[1]["answer_id"] = lines[1]["place"]
    page = open_page(write_report(write_audit(tmp_path, lines)))
    expect(page.locator("#answer-0 .meta bdi", has_text="chats.jsonl:1")).to_have_count(1)
    expect(page.locator("#answer-0 .meta bdi", has_text="chat-00000")).to_have_count(1)
    expect(page.locator("#answer-1 .meta bdi", has_text="chats.jsonl:2")).to_have_count(1)


def test_an_answer_has_an_address(open_page: Open) -> None:
    page = open_page(part="#answer-100")
    expect(page.locator("#answer-100")).to_be_focused()
    page.evaluate("location.hash = '#answer-99999'")
    expect(page.locator("#status")).to_contain_text("Answer 99999 is not among those on this page")


def test_a_click_shows_the_quote_in_its_passage_and_the_finding(open_page: Open) -> None:
    page = open_page()
    page.fill("#query", "62 months")
    claim = page.locator("#list .claim.contradicted", has_text="62 months").first
    claim.click()
    expect(claim).to_have_attribute("aria-expanded", "true")
    evidence = page.locator("#evidence")
    expect(evidence.locator("h4")).to_contain_text("contradicted")
    expect(evidence.locator("mark").first).to_have_text(
        "The warranty lasts 24 months from the date of purchase."
    )
    expect(evidence.locator(".passage").first).to_contain_text("Damage by water")
    expect(evidence.locator(".findings .claimed")).to_have_text("62 months")
    expect(evidence.locator(".findings .found")).to_have_text("24 months")
    expect(page.locator("#announce")).to_contain_text("contradicted")
    evidence.locator(".close").click()
    expect(evidence).to_have_count(0)


def test_labels_are_told_without_color(open_page: Open) -> None:
    page = open_page()
    styles = page.evaluate(
        "[...document.querySelectorAll('.legend .claim')].map((n) => "
        "getComputedStyle(n).textDecorationLine + getComputedStyle(n).textDecorationStyle)"
    )
    assert len(set(styles)) == 5
    expect(page.locator("#list .claim.contradicted .unseen").first).to_have_text(" (contradicted) ")
    expect(page.locator("#list .name.contradicted").first).to_be_visible()


def test_keys_reach_everything(open_page: Open) -> None:
    page = open_page()
    press = page.keyboard.press
    press("/")
    expect(page.locator("#query")).to_be_focused()
    press("j")
    expect(page.locator("#query")).to_have_value("j")
    page.fill("#query", "")
    press("Escape")
    order = indexes(page)
    press("j")
    press("j")
    expect(page.locator(f"#answer-{order[1]}")).to_be_focused()
    press("k")
    expect(page.locator(f"#answer-{order[0]}")).to_be_focused()
    press("Enter")
    expect(page.locator("#evidence")).to_be_visible()
    expect(page.locator("#list .claim:focus")).to_have_count(1)
    press("Escape")
    expect(page.locator("#evidence")).to_have_count(0)
    press("n")
    press("p")
    press("Enter")
    expect(page.locator("#evidence")).to_be_visible()
    press("Enter")
    expect(page.locator("#evidence")).to_have_count(0)
    for _ in range(25):
        press("j")
    expect(page.locator("#page")).to_have_text("Page 2 of 5")
    expect(page.locator(f"#answer-{order[25]}")).to_be_focused()
    press("k")
    expect(page.locator(f"#answer-{order[24]}")).to_be_focused()


def test_help_opens_and_letters_can_be_turned_off(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.uncheck("#keys")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    page.click("#help-open")
    expect(page.locator("#help")).to_be_visible()


def test_dark_follows_the_system_and_the_switch(open_page: Open) -> None:
    page = open_page(color_scheme="dark")

    def paper() -> str:
        color: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return color

    dark = paper()
    page.click("#theme")
    expect(page.locator("#theme")).to_have_text("Theme: light")
    light = paper()
    assert light != dark
    page.keyboard.press("t")
    assert paper() == dark
    page.reload()
    expect(page.locator("#theme")).to_have_text("Theme: dark")
    page.evaluate("localStorage.clear()")


def test_print_shows_the_report_and_leaves_out_the_tools(open_page: Open) -> None:
    page = open_page(color_scheme="dark")
    page.locator("#list .claim.contradicted").first.click()
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("#filters", "#pages", "#theme", ".masthead nav"):
        expect(page.locator(hidden)).to_be_hidden()
    for visible in (".headline", "#trend .chart", "#evidence", "#list .answer >> nth=0"):
        expect(page.locator(visible)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(253, 253, 251)"
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    page.fill("#query", "62 months")
    page.locator("#list .claim.contradicted").first.click()
    assert violations(page) == []
    page.keyboard.press("?")
    assert violations(page) == []


MARKED = (
    "## Warranty\n\nIt **covers** *all* `parts_made` and\n- the [battery](https://example.org/a_(b))"
    " [2](https://example.org/2) [[3]](https://example.org/3)\n"
    "- 2 * 3 * 4 and snake_case_name\n\n```\nmax_**connections** = 4\n```\n\\*As is\\*"
)
READ = (
    "Warranty\n\nIt covers all parts_made and\n• the battery [2] [3]\n"
    "• 2 * 3 * 4 and snake_case_name"
)


def test_markdown_is_shown_as_people_read_it(open_page: Open, tmp_path: Path) -> None:
    line = record(0, "What?", [("supported", MARKED), ("contradicted", "It lasts **9 h**.")], {})
    page = open_page(write_report(write_audit(tmp_path, [line])))
    text = page.locator("#answer-0 .body > .text")
    read = text.inner_text()
    assert read.startswith(READ)
    assert "max_**connections** = 4" in read and "```" not in read and "*As is*" in read
    expect(text.locator("strong").first).to_have_text("covers")
    expect(text.locator("em")).to_have_text("all")
    expect(text.locator("code").first).to_have_text("parts_made")
    expect(text.locator(".heading")).to_have_text("Warranty")
    expect(text.locator(".claim.contradicted")).to_contain_text("It lasts 9 h.")
    page.click("#text")
    assert page.locator("#answer-0 .body > .text").inner_text().startswith(MARKED)
    page.locator("#list .claim.contradicted").click()
    expect(page.locator("#evidence")).to_be_visible()


def test_it_is_seen_that_claims_can_be_clicked(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(".hint")).to_have_text(
        "Click a claim to see the evidence that decided about it."
    )
    page.locator("#list .text .name").first.click()
    expect(page.locator("#evidence")).to_be_visible()


def test_a_phone_shows_everything_without_scrolling_sideways(
    open_page: Open, tmp_path: Path
) -> None:
    lines = list(records(30))
    for line in lines:
        line["answer_id"] = f"{line['answer_id']}-{'0123456789abcdef' * 8}"
    about = summary(lines)
    for row in (*about["documents"], *about["clusters"][0]["examples"]):
        row["answer_id"] = lines[0]["answer_id"]
    page = open_page(write_report(write_audit(tmp_path, lines, about)))
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    page.locator("#list .claim.contradicted").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_axe_finds_nothing_on_a_phone(open_page: Open) -> None:
    page = open_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#list .claim.contradicted").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []


def test_an_audit_without_text_shows_labels_and_places(open_page: Open, tmp_path: Path) -> None:
    lines = [without_text(line) for line in records(20)]
    page = open_page(write_report(write_audit(tmp_path, lines)))
    claim = page.locator("#list .chips .claim.contradicted").first
    expect(claim).to_contain_text("contradicted 0.")
    claim.click()
    expect(page.locator("#evidence blockquote")).to_contain_text("characters ")
    assert violations(page) == []


def test_an_audit_of_nothing_opens(open_page: Open, tmp_path: Path) -> None:
    page = open_page(write_report(write_audit(tmp_path, [])))
    expect(page.locator("#status")).to_have_text("0 answers")
    assert violations(page) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_the_summary_runs_nothing(
    open_page: Open, tmp_path: Path, text: str
) -> None:
    lines = hostile_records()[:-1]
    page = open_page(write_report(write_audit(tmp_path, lines, summary(lines, text))))
    assert page.evaluate("window.hacked") is None
    expect(page.locator("#documents tbody tr")).to_have_count(15)


def test_hostile_answers_are_text_and_run_nothing(open_page: Open, tmp_path: Path) -> None:
    lines = hostile_records()
    page = open_page(write_report(write_audit(tmp_path, lines, summary(lines))))
    expect(page.locator("#list .answer")).to_have_count(len(lines))
    page.click("#text")  # as written
    for number, text in enumerate(HOSTILE):
        answer = page.locator(f"#answer-{number}")
        boxes = str(escape_text(text)).count('class="hidden-character"')
        assert answer.locator("h3 .hidden-character").count() == boxes
        if not boxes:
            assert answer.locator(".claim.contradicted").inner_text().startswith(text)
        answer.locator(".claim").first.click()
        expect(page.locator("#evidence cite")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert page.locator("#list").locator("script, img, svg, iframe, base, meta, style").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert violations(page) == []


def test_support_that_the_policy_does_not_keep_is_marked(open_page: Open, tmp_path: Path) -> None:
    line = record(0, "Long?", [("supported", "It lasts nine hours.")], {})
    line["report"]["decision"]["flagged"] = [0]
    page = open_page(write_report(write_audit(tmp_path, [line])))
    claim = page.locator("#list .claim.unsupported")
    expect(claim).to_contain_text("low score")
    claim.click()
    expect(page.locator("#evidence")).to_contain_text("supported")
    expect(page.locator("#evidence")).to_contain_text("below what the policy keeps")


def test_long_answers_open_in_parts(open_page: Open, tmp_path: Path) -> None:
    pieces: list[Any] = [("supported", f"Sentence {n} says {'word ' * 40}.") for n in range(400)]
    page = open_page(write_report(write_audit(tmp_path, [record(0, "Long?", pieces, {})])))
    before = page.locator("#list .claim").count()
    assert before < 40
    page.click("#list .body > button")
    assert page.locator("#list .claim").count() > 200
    expect(page.locator("#list .note")).to_contain_text("reports.jsonl has them")


def test_ten_thousand_answers_open_and_filter_smoothly(open_page: Open, tmp_path: Path) -> None:
    path = write_report(write_audit(tmp_path, list(records(10_000))))
    begun = time.perf_counter()
    page = open_page(path)
    opened = time.perf_counter() - begun
    expect(page.locator("#status")).to_have_text("10,000 answers")
    filtered: float = page.evaluate(
        """() => {
          const begun = performance.now();
          $("#query").value = "order 77";
          readFilters();
          document.body.offsetHeight;
          return (performance.now() - begun) / 1000;
        }"""
    )
    expect(page.locator("#page")).to_have_text("Page 1 of 16")
    assert opened < 60 and filtered < 5
