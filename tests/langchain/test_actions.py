"""Claimed actions, and what of a tool's result is evidence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire_langchain import GroundingMiddleware, grounded
from groundwire_langchain.actions import is_doing, is_reading
from groundwire_langchain.evidence import read_message_evidence
from groundwire_langchain.tool_calls import Call, has_succeeded

BOOKED = {"status": "confirmed", "booking_id": "R-8812", "restaurant": "Lagoon Cafe"}
GUARD = Guard(verifier=FakeVerifier())


class Scripted(GenericFakeChatModel):
    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[])


def told(name: str, args: dict[str, Any], result: Any, *said: str) -> list[str]:
    """What an agent says, turn by turn, after one call of a tool that gave a result."""
    called: Any = {"name": name, "args": args, "id": "c1", "type": "tool_call"}
    text = result if isinstance(result, str) else json.dumps(result)
    made: Any = create_agent(
        Scripted(messages=iter([AIMessage(s) for s in said])), [],
        middleware=[GroundingMiddleware(GUARD)], checkpointer=InMemorySaver(),
    )  # fmt: skip
    before = [AIMessage("", tool_calls=[called]), ToolMessage(text, tool_call_id="c1", name=name)]
    config: Any = {"configurable": {"thread_id": "1"}}
    out, messages = [], [HumanMessage("Please do it."), *before]
    for _ in said:
        out.append(made.invoke({"messages": messages}, config)["messages"][-1].text)
        messages = [HumanMessage("And?")]
    return out


@pytest.mark.parametrize(
    "result",
    [
        {"success": False}, {"ok": False, "error": "no"}, {"status": "error"},
        {"status": "FAILED"}, {"status": "declined"}, {"status": "rejected"}, {"errors": ["x"]},
        {"error": {"code": 3}}, {"isError": True}, {"status_code": 503}, {"data": {"ok": False}},
        [{"success": "false"}], "Error: fully booked", "Failed to book.", "ValueError('x')",
        "Exception: x", "HTTP 404 Not Found", "HTTP/1.1 500", "success=False reason='x'",
        "Unable to book.", "{'success': False}", "403 Forbidden",
    ],
)  # fmt: skip
def test_results_that_tell_of_a_failure(result: Any) -> None:
    text = result if isinstance(result, str) else json.dumps(result)
    message = ToolMessage(text, tool_call_id="c1")
    assert not has_succeeded(message)
    assert read_message_evidence([message]) == [text]
    args = {"date": "2026-04-03"}
    assert told("book_table", args, result, "I have booked a table.") == [BLOCKED_MESSAGE]


@pytest.mark.parametrize(
    "result",
    [
        {"success": True, "error": None, "errors": []}, {"ok": 1}, {"status": "confirmed"},
        {"status": 200, "error": ""}, "Booked for 2.", "500 g ordered.", "null", "",
        {"error": False}, BOOKED,
    ],
)  # fmt: skip
def test_results_that_tell_of_none(result: Any) -> None:
    text = result if isinstance(result, str) else json.dumps(result)
    assert has_succeeded(ToolMessage(text, tool_call_id="c1"))


@pytest.mark.parametrize(
    ("name", "verb", "done"),
    [
        ("book_table", "booked", True), ("create_booking", "booked", True),
        ("reserveTable", "booked", True), ("create_user", "booked", False),
        ("get_booking", "booked", False), ("check_availability", "booked", False),
        ("booking_status", "booked", False), ("update_booking", "booked", False),
        ("cancel_order", "ordered", False), ("cancel_order", "cancelled", True),
        ("order_cancel", "cancelled", True), ("place_order", "ordered", True),
        ("orders_list", "ordered", False), ("process_refund", "refunded", True),
        ("refund_policy", "refunded", False), ("refund_order", "ordered", False),
        ("update_order_status", "updated", True), ("send_email", "emailed", True),
        ("search_mail", "sent", False), ("look_up", "looked", True), ("crm", "added", False),
        ("delete_file", "deleted", True), ("add_item", "added", True),
    ],
)  # fmt: skip
def test_what_a_tool_does_by_its_name(name: str, verb: str, done: bool) -> None:
    assert is_doing(name, verb) is done
    assert not (done and is_reading(name)) or verb == "looked"


ARGS = {"date": "2026-04-03", "time": "19:30", "guests": 4}


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("I have booked a table for 4 at Lagoon Cafe on April 3 at 7:30 pm.", True),
        ("Your table for 3 April has been booked.", True),
        ("I've booked a table for four people.", True),
        ("I have booked a table for 5 at Lagoon Cafe on April 3.", False),
        ("I have booked a table for April 4.", False),
        ("I have booked a table at Harry's Bar.", False),
        ("I have booked your table and ordered a birthday cake.", False),
        ("I have booked a table by the window.", False),
        ("I have booked a table for 4, and the cafe has three stars.", False),
    ],
)
def test_what_is_claimed_beyond_the_call_is_no_action(said: str, holds: bool) -> None:
    assert told("book_table", ARGS, BOOKED, said) == [said if holds else BLOCKED_MESSAGE]
    assert told("get_table", ARGS, BOOKED, said) == [BLOCKED_MESSAGE]


def test_an_action_of_an_earlier_turn_may_be_said_again() -> None:
    said = "I have booked a table for April 3."
    other = "I have booked a table for April 5."
    first, again, third = told("book", {"date": "2026-04-03"}, BOOKED, said, said, other)
    assert first == again == said and "April 5" not in third
    assert told("book", {"date": "2026-04-03"}, {"ok": False}, said, said)[1] == BLOCKED_MESSAGE


LIE = "The kettle was recalled because of a fire hazard."


@pytest.mark.parametrize("result", [{"query": LIE, "results": []}, f"No results found for: {LIE}"])
def test_the_words_of_a_model_are_no_evidence_for_it(result: Any) -> None:
    assert told("search", {"query": LIE}, result, LIE) == [BLOCKED_MESSAGE]
    assert told("save_note", {"text": LIE}, {"saved": True, "note": LIE}, LIE) == [BLOCKED_MESSAGE]

    @tool
    def search(query: str) -> Any:
        """Looks something up."""
        return result

    def chain(question: str) -> str:
        search.invoke({"query": LIE})
        return LIE

    assert grounded(RunnableLambda(chain), GUARD).invoke("q") == BLOCKED_MESSAGE


def test_what_an_action_was_given_is_evidence_save_the_words_of_the_model() -> None:
    call = Call("save_note", {"text": LIE, "date": "2026-04-03"}, json.dumps({"note": LIE, "n": 7}))
    assert call.facts == "tool called: save_note; date: 2026-04-03; n: 7"
    assert told("book_table", ARGS, BOOKED, "Guests: 4.", "Guests: 5.")[0] == "Guests: 4."
