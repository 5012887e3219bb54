from __future__ import annotations

import pytest

from groundwire.serve.conversation import clean_body, find_evidence, read_conversation
from groundwire.serve.settings import load_settings
from server_cases import MANUAL

MARK = {"type": "grounding_source", "text": MANUAL}
FOUND = {
    "type": "file_search_call", "id": "f", "results": [{"filename": "m.pdf", "text": MANUAL}]
}  # fmt: skip


def test_who_the_evidence_is_from() -> None:
    settings = load_settings({})
    body = {
        "messages": [{"role": "system", "content": [MARK]}, FOUND],
        "x-groundwire": {"evidence": ["A.", {"b": 1}], "question": "Why?"},
    }
    conversation = read_conversation(body, settings)
    assert conversation.question == "Why?"
    assert conversation.list_origins(None) == ("request", "system", "tools")
    names = [name for name, _ in conversation.evidence]
    assert names == ["evidence[0]", "evidence[1]", "system (message 0)", "m.pdf"]
    assert conversation.open_evidence(None) is not None
    assert read_conversation({"messages": []}, settings).list_origins(None) == ()


def test_evidence_among_items() -> None:
    ((name, document),) = find_evidence([FOUND], load_settings({}))
    assert (name, document.text) == ("m.pdf", MANUAL)
    assert find_evidence([FOUND], load_settings({"evidence_from": "none"})) == []


@pytest.mark.parametrize(("key", "kind"), [("messages", "text"), ("input", "input_text")])
def test_the_upstream_reads_marked_blocks_as_text(key: str, kind: str) -> None:
    said = {"role": "user", "content": "x-groundwire"}
    body = {key: [{"role": "system", "content": [MARK, "odd"], "name": "n"}, said, 7], "n": 1}
    system = {"role": "system", "content": [{"type": kind, "text": MANUAL}, "odd"], "name": "n"}
    assert clean_body({**body, "x-groundwire": {}}) == {key: [system, said, 7], "n": 1}
    assert body[key] == [{"role": "system", "content": [MARK, "odd"], "name": "n"}, said, 7]
    assert clean_body({key: "Hello."}) == {key: "Hello."}
