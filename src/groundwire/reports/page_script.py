"""Script of pages, ``markdown.js``: Markdown as people read it, put into a page as text alone."""

from __future__ import annotations

from pathlib import Path

MARKDOWN = Path(__file__).with_name("markdown.js")
"""The script that the report of an audit and the chat page of a server share."""
