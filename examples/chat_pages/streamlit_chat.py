"""A chat page of Streamlit whose answers are checked: streamlit run streamlit_chat.py"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import streamlit as st
from model import MANUAL, stream_answer

from groundwire import Guard


def reply(message: str, history: list[dict[str, str]]) -> Iterator[str]:
    yield from stream_answer(message)


@st.cache_resource
def open_reply() -> Callable[..., Any]:
    """Makes the guard once for all visitors."""
    return Guard().wrap(reply, evidence=MANUAL, history="history")


turns = st.session_state.setdefault("turns", [])
for turn in turns:
    st.chat_message(turn["role"]).write(turn["content"])
if message := st.chat_input("Ask about the kettle"):
    st.chat_message("user").write(message)
    shown = st.chat_message("assistant").write_stream(open_reply()(message, turns))
    turns += [{"role": "user", "content": message}, {"role": "assistant", "content": shown}]
