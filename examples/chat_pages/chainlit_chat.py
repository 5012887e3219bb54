"""A chat page of Chainlit whose answers are checked: chainlit run chainlit_chat.py"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import chainlit as cl
from model import MANUAL, stream_answer

from groundwire import Guard


async def reply(message: str, history: list[Any]) -> AsyncIterator[str]:
    for piece in stream_answer(message):
        yield piece


guarded = Guard().wrap(reply, evidence=MANUAL, history="history")


@cl.on_message
async def answer(message: cl.Message) -> None:
    # The last turn of the context is the message itself.
    history = cl.chat_context.to_openai()[:-1]
    shown = cl.Message(content="")
    async for piece in guarded(message.content, history):
        await shown.stream_token(piece)
    await shown.send()
