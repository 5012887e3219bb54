"""The model of the examples: a scripted one, or the one that GROUNDWIRE_MODEL names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable


class Scripted(GenericFakeChatModel):
    """Says its messages one after another; it can be given tools, which it does not read."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        return self.bind(tools=[])


def chat_model(*answers: str | AIMessage) -> BaseChatModel:
    """Returns a model that gives these answers, or ``init_chat_model(GROUNDWIRE_MODEL)``."""
    if name := os.environ.get("GROUNDWIRE_MODEL"):
        from langchain.chat_models import init_chat_model

        return init_chat_model(name)
    said = [AIMessage(answer) if isinstance(answer, str) else answer for answer in answers]
    return Scripted(messages=iter(said))
