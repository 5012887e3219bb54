"""Pages in a browser that are ready to be driven by keys."""

from __future__ import annotations

from playwright.sync_api import Page

PAINTED = """() => new Promise((done) => {
  const look = () => performance.getEntriesByType("paint").length
    ? done() : requestAnimationFrame(look);
  look();
})"""


def open_painted(page: Page, url: str) -> None:
    """Opens a page and waits for its first picture: Chromium drops keys pressed before it."""
    page.goto(url)
    page.evaluate(PAINTED)
