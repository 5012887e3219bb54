"""The chat page: its routes, what it is told of an answer, and itself in a browser."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from axe_core_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect

from groundwire.evidence.adhoc import make_retriever
from groundwire.serve.app import make_app
from groundwire.serve.page import ASK, PROMPT
from groundwire.serve.settings import load_settings
from groundwire.testing import FakeVerifier
from server_cases import KEY, MANUAL, open_client
from upstream_cases import (
    OTHER,
    REPAIRED,
    RIGHT,
    WRONG,
    ScriptedUpstream,
    event,
    open_upstream,
    read_events,
    run_server,
)

CHROMIUM = shutil.which("chromium")
QUESTION = "How long is the warranty?"
FILES = ("/", "/page/page.css", "/page/page.js", "/page/markdown.js")


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with open_upstream() as scripted:
        yield scripted


async def ask(upstream: ScriptedUpstream, /, evidence: bool = True, **more: Any) -> list[Any]:
    """Asks through the page's route, and returns its events."""
    flags = {"upstream": upstream.url, "page": True, **more.pop("flags", {})}
    own = make_retriever([MANUAL]) if evidence else None
    body = {"model": "m", "messages": [{"role": "user", "content": QUESTION}], **more}
    async with open_client(flags, retriever=own) as client:
        return read_events(await client.post(ASK, json=body))


def collect(events: list[Any], kind: str, name: str = "text") -> list[Any]:
    return [event[name] for event in events if event["kind"] == kind]


async def test_the_page_is_off_unless_asked_for(upstream: ScriptedUpstream) -> None:
    async with open_client({"upstream": upstream.url}) as client:
        for path in FILES:
            assert (await client.get(path)).status_code == 404
        assert (await client.post(ASK, json={})).status_code == 404


async def test_the_page_needs_no_key_and_its_questions_do(upstream: ScriptedUpstream) -> None:
    flags = {"upstream": upstream.url, "page": True, "keys": (KEY,)}
    async with open_client(flags) as client:
        for path in FILES:
            response = await client.get(path)
            assert response.status_code == 200
            assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "<script>" not in (await client.get("/")).text
        assert (await client.post(ASK, json={})).status_code == 401
    assert not upstream.requests


async def test_what_is_written_and_what_is_shown_are_told_apart(upstream: ScriptedUpstream) -> None:
    upstream.stream(f"{RIGHT} ", WRONG)
    events = await ask(upstream)
    assert "".join(collect(events, "model")) == f"{RIGHT} {WRONG}"
    assert "".join(collect(events, "shown")) == f"{RIGHT} {REPAIRED}"
    shown = [claim for claims in collect(events, "claims", "claims") for claim in claims]
    assert [claim["label"] for claim in shown] == ["supported", "supported"]
    assert (shown[0]["start"], shown[0]["end"]) == (0, len(RIGHT))
    assert shown[0]["quotes"][0]["text"] == RIGHT
    ((repaired,),) = collect(events, "repaired", "claims")
    assert repaired["conflicts"] == [{"claimed": "36 months", "found": "24 months"}] or (
        repaired["conflicts"] == [{"claimed": "36", "found": "24"}]
    )
    assert events[-1]["kind"] == "done" and events[-1]["action"] == "rewrite"
    assert events[-1]["checked"] is True and events[-1]["reason"]


async def test_the_model_is_given_passages_unless_the_page_says_no(
    upstream: ScriptedUpstream,
) -> None:
    upstream.stream(RIGHT)
    await ask(upstream)
    await ask(upstream, passages=False)
    first, second = (request["body"] for request in upstream.requests)
    assert [m["role"] for m in first["messages"]] == ["system", "user"]
    assert first["messages"][0]["content"].startswith(PROMPT)
    assert MANUAL in first["messages"][0]["content"]
    assert first["stream"] is True and "passages" not in first
    assert [m["role"] for m in second["messages"]] == ["user"]


async def test_one_answer_is_asked_for_and_ends_where_it_ends(upstream: ScriptedUpstream) -> None:
    upstream.stream(RIGHT)
    late = event([{"delta": {"content": f" {WRONG}"}}])
    upstream.pieces.insert(-2, late)
    events = await ask(upstream, n=3)
    assert "n" not in upstream.requests[0]["body"]
    assert "".join(collect(events, "shown")) == "".join(collect(events, "model")) == RIGHT


async def test_a_blocked_answer_says_what_a_reader_sees(upstream: ScriptedUpstream) -> None:
    upstream.stream(OTHER)
    events = await ask(upstream)
    assert collect(events, "shown") == []
    assert len(collect(events, "blocked")) == 1
    assert collect(events, "removed", "claims")[0][0]["label"] == "unsupported"
    assert events[-1]["action"] == "block"


@pytest.mark.parametrize("mode", ["label", "pass", "block"])
async def test_without_evidence_it_does_as_the_settings_say(
    mode: str, upstream: ScriptedUpstream
) -> None:
    upstream.stream(OTHER)
    events = await ask(upstream, evidence=False, flags={"on_no_evidence": mode})
    assert "".join(collect(events, "shown")) == ("" if mode == "block" else OTHER)
    assert bool(collect(events, "blocked")) == (mode == "block")
    assert events[-1]["kind"] == "done" and not events[-1].get("checked")


async def test_an_answer_that_breaks_off_says_so(upstream: ScriptedUpstream) -> None:
    upstream.stream(RIGHT, finish=None)
    events = await ask(upstream)
    assert events[-1] == {"kind": "error", "text": "the upstream's stream ended before its answer"}
    upstream.stream("x")
    upstream.pieces.insert(1, event([{"delta": {"content": [1]}}]))
    events = await ask(upstream)
    assert events[-1]["kind"] == "error"


@asynccontextmanager
async def open_page(upstream: ScriptedUpstream, width: int, **flags: Any) -> AsyncIterator[Page]:
    """Opens the page in a browser, and fails if it throws, logs or asks anybody else."""
    said: list[str] = []
    settings = load_settings({"upstream": upstream.url, "page": True, **flags})
    app = make_app(settings, verifier=FakeVerifier(), retriever=make_retriever([MANUAL]))
    async with run_server(app) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": width, "height": 800})
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request", lambda r: None if r.url.startswith((url, "data:")) else said.append(r.url)
        )
        await page.goto(url)
        yield page
        await browser.close()
    assert said == []


async def find_violations(page: Page) -> list[str]:
    results: Any = await Axe().run(page)
    return [found["id"] for found in results["violations"]]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [1280, 390])
async def test_a_reader_asks_and_sees_why(width: int, upstream: ScriptedUpstream) -> None:
    upstream.tell({"data": [{"id": "small-model"}]})
    async with open_page(upstream, width) as page:
        await expect(page.locator("#model")).to_have_value("small-model")
        await expect(page.locator("#key")).to_be_hidden()
        assert await find_violations(page) == []
        upstream.stream(f"{RIGHT} ", WRONG)
        await page.keyboard.press("Tab")
        await page.locator("#question").fill(QUESTION)
        await page.keyboard.press("Enter")
        await expect(page.locator(".reader .text")).to_have_text(f"{RIGHT} {REPAIRED}")
        await expect(page.locator(".model .text")).to_have_text(f"{RIGHT} {WRONG}")
        await expect(page.locator(".model .claim.contradicted")).to_have_text(WRONG)
        await expect(page.locator(".reader .text")).to_have_attribute("aria-busy", "false")
        claim = page.locator(".reader .claim.supported").first
        await claim.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".detail blockquote")).to_contain_text(RIGHT)
        await expect(page.locator(".reader .claim").first).to_be_focused()
        assert await find_violations(page) == []
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
async def test_markup_of_a_model_is_text_and_a_key_is_asked_for(upstream: ScriptedUpstream) -> None:
    upstream.tell({"data": [{"id": "<b>m</b>"}]})
    async with open_page(upstream, 800, keys=(KEY,)) as page:
        await expect(page.locator("#notice")).to_contain_text("send a key")
        await page.locator("#key").fill(KEY)
        await page.locator("#key").press("Tab")
        await expect(page.locator("#model")).to_have_value("<b>m</b>")
        await expect(page.locator("#notice")).to_be_hidden()
        upstream.stream("<img src=x onerror=alert(1)> ", RIGHT)
        await page.locator("#question").fill("<i>What</i>?")
        await page.locator("button[type=submit]").click()
        await expect(page.locator(".asked")).to_have_text("<i>What</i>?")
        await expect(page.locator(".model .text")).to_contain_text("<img src=x")
        await expect(page.locator(".reader .text")).to_have_attribute("aria-busy", "false")
        assert await page.locator(".turn img").count() == 0


MARKDOWN = f"""## The kettle \U0001fad6

- **{RIGHT}**
- The warranty lasts *36* months.
- It was designed in [Oslo](https://example.org/a_(b)), [Rome](javascript:alert(1)), \
[Bern](https://me:pw@example.org) or [Ulm](//example.org).

How can I help you [1](https://example.org/1)?

![logo](https://example.org/x.png)
"""


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("width", [1280, 390])
async def test_markdown_is_read_and_its_claims_stay_marked(
    width: int, upstream: ScriptedUpstream
) -> None:
    upstream.tell({"data": [{"id": "small-model"}]})
    async with open_page(upstream, width) as page:
        await expect(page.locator("#model")).to_have_value("small-model")
        upstream.stream(*(MARKDOWN[at : at + 7] for at in range(0, len(MARKDOWN), 7)))
        await page.locator("#question").fill(QUESTION)
        await page.locator("button[type=submit]").click()
        await expect(page.locator(".reader .text")).to_have_attribute("aria-busy", "false")
        shown, written = page.locator(".reader .text"), page.locator(".model .text")
        await expect(shown.locator(".claim.supported strong")).to_have_text(RIGHT)
        await expect(shown.locator(".claim").nth(1)).to_have_text(REPAIRED)
        await expect(written.locator(".heading")).to_have_text("The kettle \U0001fad6")
        await expect(written.locator(".claim.contradicted")).to_have_text(WRONG)
        await expect(written.locator(".claim.contradicted em")).to_have_text("36")
        place = written.locator(".claim.unsupported").first
        await expect(place).to_have_text("It was designed in Oslo, Rome, Bern or Ulm.")
        assert "\u2022 The warranty" in await written.inner_text()
        # A claim holds no link; what may open of its links opens behind it.
        assert await page.locator(".claim a, .turn img").count() == 0
        links = written.locator("a")
        assert [
            (await link.inner_text(), await link.get_attribute("href"))
            for link in await links.all()
        ] == [("\u2197", "https://example.org/a_(b)"), ("[1]", "https://example.org/1")]
        for link in await links.all():
            assert await link.get_attribute("rel") == "noopener noreferrer"
        await place.click()
        await expect(page.locator(".detail")).to_be_visible()
        assert await find_violations(page) == []
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide
        await page.locator("#written").check()
        assert await written.evaluate("node => node.textContent") == MARKDOWN
        await expect(written.locator(".claim.contradicted")).to_have_text(
            "The warranty lasts *36* months."
        )
