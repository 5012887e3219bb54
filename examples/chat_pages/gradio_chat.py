"""A chat page of Gradio whose answers are checked: python examples/chat_pages/gradio_chat.py

Gradio's functions yield the text so far; the guarded one does, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from model import MANUAL, stream_answer

from groundwire import Guard


def reply(message: str, history: list[Any]) -> Iterator[str]:
    text = ""
    for piece in stream_answer(message):
        text += piece
        yield text


page = gr.ChatInterface(Guard().wrap(reply, evidence=MANUAL, history="history"))

if __name__ == "__main__":
    page.launch()
