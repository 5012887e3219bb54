from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.audit.formats import FORMS, detect_form
from groundwire.audit.items import Item
from groundwire.audit.reading import ReadOptions, read_items
from groundwire.errors import GroundwireError
from groundwire.evidence.documents import Document, make_documents
from groundwire.io.rows import Rejected

USER = {"role": "user", "content": "When do you open?"}
TOOL = {"role": "tool", "tool_call_id": "1", "content": "Opens at 9."}
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function"}]}


def said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def read(path: Path, *records: Any, form: str | None = None) -> list[Item | Rejected]:
    file = path / "a.jsonl"
    file.write_text("\n".join(map(json.dumps, records)))
    return list(read_items([file], ReadOptions(form=form)))


def one(path: Path, *records: Any, form: str | None = None) -> Item:
    (found,) = read(path, *records, form=form)
    assert isinstance(found, Item), found
    return found


def cause(path: Path, *records: Any) -> str:
    (found,) = read(path, *records)
    assert isinstance(found, Rejected), found
    return found.cause


@pytest.mark.parametrize("question", ["question", "query", "prompt", "input", "Question"])
@pytest.mark.parametrize("answer", ["answer", "response", "output", "Generated Answer"])
@pytest.mark.parametrize("contexts", ["contexts", "context", "documents", "evidence"])
def test_usual_names(tmp_path: Path, question: str, answer: str, contexts: str) -> None:
    record = {question: "Q?", answer: "Yes.", contexts: "One.", "model": "m"}
    item = one(tmp_path, record)
    assert (item.question, item.answer, item.evidence) == ("Q?", "Yes.", ("One.",))
    assert item.fields == {"model": "m"} and item.id == item.place


@pytest.mark.parametrize(
    ("contexts", "evidence"),
    [
        (None, None),
        ([], ()),
        ("", ()),
        ([None, " "], ()),
        (["One.", "Two.", "One."], ("One.", "Two.")),
        (
            [{"page_content": "One.", "metadata": {"source": "x"}, "type": "Document"}],
            (Document("One.", "x"),),
        ),
        ([{"node": {"text": "One.", "id_": "n"}, "score": 0.5}], ("One.",)),
        ([{"lc": 1, "id": ["Document"], "kwargs": {"page_content": "One."}}], ("One.",)),
        ([{"text": "One.", "source": "x"}], (Document("One.", "x"),)),
        ([{"text": "One.", "stars": 5}], ({"text": "One.", "stars": 5},)),
        ({"documents": [{"text": "One."}]}, ("One.",)),
        ({"name": "Blue", "open": True}, ({"name": "Blue", "open": True},)),
        ([["name", "open"], ["Blue", "9"]], ([["name", "open"], ["Blue", "9"]],)),
        ("[1] Wages rose.", ("[1] Wages rose.",)),
        ('["One.", "Two."]', ("One.", "Two.")),
    ],
)
def test_evidence(tmp_path: Path, contexts: Any, evidence: Any) -> None:
    item = one(tmp_path, {"answer": "a", "contexts": contexts})
    assert item.evidence == evidence
    make_documents(item.evidence)


def test_fields(tmp_path: Path) -> None:
    record = {
        "answer": "a", "user": "u", "n": 5, "ok": True, "none": None, "long": "x" * 201,
        "tags": ["b", "a"], "metadata": {"topic": "t", "inner": {"x": 1}}, "vector": [0.5],
    }  # fmt: skip
    assert one(tmp_path, record).fields == {
        "user": "u", "n": 5, "ok": True, "tags": "b, a", "metadata.topic": "t"
    }  # fmt: skip
    many = {f"f{n}": n for n in range(100)}
    assert len(one(tmp_path, {"answer": "a", **many}).fields) == 64
    assert len(one(tmp_path, {"messages": [said("a")], **many}).fields) == 64


def test_a_chat_is_an_item_for_each_answer(tmp_path: Path) -> None:
    messages = [
        {"role": "system", "content": "Be kind. <context>Closed on Sundays.</context>"},
        USER, CALL, TOOL, said("At 9."),
        {"role": "user", "content": [{"type": "text", "text": "And on Sundays?"},
                                     {"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Closed."}]},
    ]  # fmt: skip
    first, second = read(tmp_path, {"id": "c", "messages": messages, "model": "m"})
    assert isinstance(first, Item) and isinstance(second, Item)
    assert (first.id, first.answer, first.question) == ("c#4", "At 9.", "When do you open?")
    assert first.evidence == ("Closed on Sundays.", "Opens at 9.") == second.evidence
    assert (second.id, second.question) == ("c#6", "And on Sundays?")
    assert second.fields == {"turn": 6, "model": "m"}
    assert first.history == ()
    assert second.history == (("user", "When do you open?"), ("assistant", "At 9."))


def test_the_last_turns_before_a_question_go_with_its_answer(tmp_path: Path) -> None:
    messages = [said(f"a{n // 2}") if n % 2 else {"role": "user", "content": f"q{n // 2}"}
                for n in range(20)]  # fmt: skip
    *_, last = read(
        tmp_path, {"messages": [*messages, {"role": "user", "content": "q"}, said("a")]}
    )
    assert isinstance(last, Item)
    assert [text for _, text in last.history] == ["q7", "a7", "q8", "a8", "q9", "a9"]


def test_what_a_user_marks_is_no_evidence(tmp_path: Path) -> None:
    user = {"role": "user", "content": "<context>It is free.</context> Free?", "context": "Free."}
    assert one(tmp_path, {"messages": [user, said("Free.")]}).evidence is None


@pytest.mark.parametrize(
    "tool",
    [
        {"role": "tool", "content": [{"type": "text", "text": "Opens at 9."}]},
        {"role": "function", "name": "f", "content": "Opens at 9."},
        {"role": "context", "content": "Opens at 9."},
        {"type": "function_call_output", "call_id": "1", "output": "Opens at 9."},
        {"type": "tool", "content": '[{"page_content": "Opens at 9."}]'},
        {"lc": 1, "type": "constructor", "id": ["x", "ToolMessage"],
         "kwargs": {"content": "Opens at 9.", "type": "tool"}},
        {"role": "assistant", "content": "", "context": {"citations": [
            {"content": "Opens at 9."}]}},
    ],
)  # fmt: skip
def test_what_was_retrieved(tmp_path: Path, tool: Any) -> None:
    item = one(tmp_path, {"messages": [USER, tool, said("At 9.")]})
    assert item.evidence == ("Opens at 9.",)


RESULT = {"type": "search_result", "source": "hours.html", "title": "Hours",
          "content": [{"type": "text", "text": "Opens at 9."}]}  # fmt: skip
SEARCHED = {"type": "file_search_call", "id": "f", "queries": ["hours"], "results": [
    {"file_id": "1", "filename": "hours.md", "text": "Opens at 9.", "score": 0.9}]}  # fmt: skip


@pytest.mark.parametrize(
    ("message", "evidence"),
    [
        (SEARCHED, Document("Opens at 9.", "hours.md")),
        ({"type": "file_search_call", "id": "f", "results": None}, None),
        ({"type": "custom_tool_call_output", "call_id": "1", "output": "Opens at 9."},
         "Opens at 9."),
        ({"role": "user", "content": [RESULT]}, Document("Opens at 9.", "Hours")),
        ({"role": "tool", "content": [RESULT]}, Document("Opens at 9.", "Hours")),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": [
            {"type": "text", "text": "Opens at 9."}]}]}, "Opens at 9."),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1",
                                       "content": '{"opens": 9}'}]}, {"opens": 9}),
        ({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1",
                                       "content": "[1, 2]"}]}, "[1, 2]"),
        ({"role": "user", "content": [{"type": "document", "title": "h", "source": {
            "type": "text", "data": "Opens at 9."}}]}, Document("Opens at 9.", "h")),
        ({"role": "system", "content": [{"type": "grounding_source", "text": "Opens at 9."}]},
         "Opens at 9."),
        ({"role": "user", "content": [{"type": "grounding_source", "text": "Opens at 9."}]}, None),
    ],
)  # fmt: skip
def test_what_came_in_blocks_and_items(tmp_path: Path, message: Any, evidence: Any) -> None:
    item = one(tmp_path, {"messages": [USER, message, said("At 9.")]})
    assert item.evidence == (None if evidence is None else (evidence,))
    assert item.question == "When do you open?"
    make_documents(item.evidence)


TEXT = {"type": "output_text", "text": "At 9."}
SAID = {"type": "message", "role": "assistant", "content": [TEXT]}


@pytest.mark.parametrize(
    ("request_", "response", "place", "evidence"),
    [
        ({"messages": [USER, CALL, TOOL]}, {"choices": [{"message": said("At 9.")}]}, 3,
         "Opens at 9."),
        ({"body": {"messages": [USER], "system": "<context>Opens at 9.</context>"}},
         {"body": {"type": "message", "role": "assistant", "content": [
             {"type": "text", "text": "At 9."}]}}, 1, "Opens at 9."),
        ({"input": USER["content"], "instructions": "Be kind."}, {"output": [SEARCHED, SAID]}, 1,
         Document("Opens at 9.", "hours.md")),
        ({"input": [USER, SEARCHED]}, "At 9.", 2, Document("Opens at 9.", "hours.md")),
        ({"messages": [USER]}, {"role": "assistant", "content": [
            {"type": "web_fetch_tool_result", "tool_use_id": "1", "content": {
                "type": "web_fetch_result", "url": "u", "content": {
                    "type": "document", "source": {"type": "text", "data": "Opens at 9."}}}},
            {"type": "text", "text": "At 9."}]}, 1, Document("Opens at 9.", "u")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_logs_of_requests(
    tmp_path: Path, request_: Any, response: Any, place: int, evidence: Any, packed: bool
) -> None:
    if packed:
        request_ = json.dumps(request_)
    item = one(tmp_path, {"id": "r", "request": request_, "response": response, "model": "m"})
    assert (item.id, item.question) == (f"r#{place}", "When do you open?")
    assert (item.answer, item.evidence) == ("At 9.", (evidence,))
    assert item.fields == {"turn": place, "model": "m"}


def test_what_a_response_found_is_evidence(tmp_path: Path) -> None:
    item = one(tmp_path, {"input": [USER], "output": [SEARCHED, SAID]})
    assert (item.answer, item.evidence) == ("At 9.", (Document("Opens at 9.", "hours.md"),))


def test_other_chats(tmp_path: Path) -> None:
    sharegpt = [{"from": "human", "value": "Q?"}, {"from": "gpt", "value": "Yes."}]
    assert one(tmp_path, {"conversations": sharegpt}).answer == "Yes."
    reply = {"choices": [{"message": said("Yes.")}]}
    for record in ({"messages": [USER], "response": reply}, {"prompt": [USER], "output": "Yes."}):
        item = one(tmp_path, record)
        assert (item.answer, item.question) == ("Yes.", "When do you open?")
    history = {"question": "Q?", "answer": "Yes.", "chat_history": [USER, said("At 9.")]}
    assert one(tmp_path, history).answer == "Yes."
    assert "no message of the assistant has text" in cause(tmp_path, {"messages": [USER, CALL]})
    empty = {"role": "tool", "content": ""}
    assert one(tmp_path, {"messages": [USER, empty, said("At 9.")]}).evidence == ()


def test_ragas(tmp_path: Path) -> None:
    sample = {"user_input": "Q?", "response": "Yes.", "retrieved_contexts": ["One."],
              "reference": "No.", "reference_contexts": ["Two."]}  # fmt: skip
    item = one(tmp_path, sample)
    assert (item.question, item.answer, item.evidence) == ("Q?", "Yes.", ("One.",))
    assert item.fields["reference"] == "No."
    chat = [{"content": "Q?", "type": "human"}, {"content": "", "type": "ai", "tool_calls": []},
            {"content": "One.", "type": "tool"}, {"content": "Yes.", "type": "ai"}]  # fmt: skip
    item = one(tmp_path, {"user_input": chat, "reference": "No."})
    assert (item.question, item.answer, item.evidence) == ("Q?", "Yes.", ("One.",))
    old = {"question": "Q?", "answer": "Yes.", "contexts": ["One."], "ground_truth": "No."}
    item = one(tmp_path, old, form="ragas")
    assert (item.evidence, item.fields) == (("One.",), {"ground_truth": "No."})


def test_trulens(tmp_path: Path) -> None:
    def call(name: str, rets: Any) -> dict[str, Any]:
        return {"stack": [{"path": "app", "method": {"name": name}}], "args": {}, "rets": rets}

    record = {
        "record_id": "r1", "app_id": "app", "main_input": "Q?", "main_output": "Yes.",
        "calls": [call("retrieve", ["One."]), call("query", {"source_nodes": [
            {"node": {"text": "Two."}, "score": 0.5}], "response": "Yes."}), call("llm", "Yes.")],
    }  # fmt: skip
    row = {"record_id": "r1", "app_name": "rag", "app_version": "v1", "input": '"Q?"',
           "output": '"Yes."', "tags": "x", "record_json": json.dumps(record),
           "Groundedness": 0.5, "Groundedness_calls": []}  # fmt: skip
    for data in (row, record):
        item = one(tmp_path, data)
        assert (item.id, item.question, item.answer) == ("r1", "Q?", "Yes.")
        assert item.evidence == ("One.", "Two.")
    fields = one(tmp_path, row).fields
    assert (fields["Groundedness"], fields["app_version"]) == (0.5, "v1")
    failed = {**record, "main_output": None, "main_error": "time-out"}
    assert "the app failed: time-out" in cause(tmp_path, failed)


DOCUMENTS = {"documents": [{"page_content": "One.", "type": "Document", "metadata": {}}]}
ROOT: dict[str, Any] = {
    "id": "t", "trace_id": "t", "name": "rag", "run_type": "chain", "start_time": "1",
    "parent_run_id": None, "inputs": {"question": "Q?"}, "outputs": {"answer": "Yes."},
    "extra": {"metadata": {"topic": "x"}}, "tags": ["a"],
}  # fmt: skip
FOUND: dict[str, Any] = {
    "id": "f", "trace_id": "t", "run_type": "retriever", "parent_run_id": "t", "start_time": "2",
    "inputs": {"query": "q"}, "outputs": DOCUMENTS,
}  # fmt: skip
MODEL: dict[str, Any] = {
    "id": "m", "trace_id": "t", "run_type": "llm", "parent_run_id": "t", "start_time": "3",
    "inputs": {"messages": [[{"id": ["HumanMessage"], "lc": 1, "kwargs": {"content": "Q?"}}]]},
    "outputs": {"generations": [[{"text": "Yes.", "type": "ChatGeneration"}]]},
}  # fmt: skip


def test_langsmith(tmp_path: Path) -> None:
    nameless = {key: value for key, value in FOUND.items() if key != "parent_run_id"}
    tree = {**ROOT, "child_runs": [nameless, MODEL]}
    packed = [
        {**run, "inputs": json.dumps(run["inputs"]), "outputs": json.dumps(run["outputs"])}
        for run in (MODEL, FOUND, ROOT)
    ]
    for rows in ([tree], [ROOT, FOUND, MODEL], packed, [{**ROOT, "outputs": None}, FOUND, MODEL]):
        item = one(tmp_path, *rows)
        assert (item.id, item.question, item.answer) == ("t", "Q?", "Yes.")
        assert item.evidence == ("One.",)
        assert (item.fields["metadata.topic"], item.fields["tags"]) == ("x", "a")


def test_langsmith_traces_apart(tmp_path: Path) -> None:
    other = [{**run, "trace_id": "u", "id": "u"} for run in (ROOT, FOUND)]
    for rows in ([ROOT, FOUND, *other], [ROOT, other[0], FOUND, other[1]]):
        first, second = read(tmp_path, *rows)
        assert isinstance(first, Item) and isinstance(second, Item)
        assert (first.id, second.id) == ("t", "u")
        assert first.evidence == second.evidence == ("One.",)
    first, second = read(tmp_path, other[1], FOUND, ROOT)
    assert isinstance(first, Rejected) and "with all rows of the trace" in first.cause
    assert isinstance(second, Item) and second.evidence == ("One.",)


def test_traces_of_several_files(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(ROOT) + "\n" + json.dumps({"answer": "No."}))
    (tmp_path / "b.jsonl").write_text(json.dumps(FOUND))
    for names in (("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")):
        plain, trace = read_items([tmp_path / name for name in names])
        assert isinstance(plain, Item) and isinstance(trace, Item)
        assert (plain.answer, trace.id, trace.evidence) == ("No.", "t", ("One.",))
        assert trace.place == f"{tmp_path / names[0]}:1"


def test_the_trace_of_a_run_may_stand_in_its_order(tmp_path: Path) -> None:
    rows = [{k: v for k, v in run.items() if k != "trace_id"} for run in (ROOT, FOUND)]
    rows[0]["dotted_order"], rows[1]["dotted_order"] = "2026Zt", "2026Zt.2027Zf"
    item = one(tmp_path, *rows)
    assert (item.id, item.evidence) == ("t", ("One.",))


def test_a_trace_of_too_many_rows_is_rejected_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundwire.audit.reading.MOST_ROWS", 3)
    other = {**ROOT, "trace_id": "u", "id": "u"}
    first, second = read(tmp_path, ROOT, FOUND, other, FOUND, MODEL, MODEL)
    assert isinstance(first, Rejected) and "3 rows of one trace or more" in first.cause
    assert isinstance(second, Item) and second.id == "u"


def test_no_space_for_traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sqlite3.connect

    def small(*args: Any, **options: Any) -> sqlite3.Connection:
        base: sqlite3.Connection = real(*args, **options)
        base.execute("PRAGMA max_page_count = 4")
        return base

    monkeypatch.setattr(sqlite3, "connect", small)
    rows = [{**ROOT, "id": f"t{n}", "trace_id": f"t{n}"} for n in range(200)]
    with pytest.raises(GroundwireError, match=r"is full.*free space"):
        read(tmp_path, *rows)


def test_langsmith_examples(tmp_path: Path) -> None:
    example = {"id": "e", "inputs": {"question": "Q?", "context": "One."},
               "outputs": {"output": "Yes."}, "metadata": {"topic": "x"}}  # fmt: skip
    item = one(tmp_path, example)
    assert (item.question, item.answer, item.evidence) == ("Q?", "Yes.", ("One.",))
    assert (item.id, item.fields) == ("e", {"metadata.topic": "x"})


def test_langfuse(tmp_path: Path) -> None:
    trace: dict[str, Any] = {
        "id": "t", "name": "rag", "timestamp": "1", "input": {"question": "Q?"},
        "output": {"answer": "Yes."}, "userId": "u", "sessionId": "s", "metadata": {"topic": "x"},
    }  # fmt: skip
    found = {"id": "o", "traceId": "t", "type": "RETRIEVER", "startTime": "2", "input": "q",
             "output": ["One."], "parentObservationId": "p"}  # fmt: skip
    model = {"id": "g", "traceId": "t", "type": "GENERATION", "startTime": "3", "model": "m",
             "input": [USER], "output": said("Yes."), "parentObservationId": "p"}  # fmt: skip
    span = {**found, "id": "p", "type": "SPAN", "input": {"question": "Q?"}, "startTime": "1",
            "output": "Yes.", "parentObservationId": None, "userId": "u"}  # fmt: skip
    snake = [
        {"id": o["id"], "trace_id": "t", "type": o["type"], "start_time": o["startTime"],
         "input": json.dumps(o["input"]), "output": json.dumps(o["output"]), "user_id": "u",
         "parent_observation_id": o["parentObservationId"]}
        for o in (model, found, span)
    ]  # fmt: skip
    beside = {"trace": trace, "observations": [found, model], "scores": []}
    whole = {**trace, "observations": [found, model]}
    for rows in ([whole], [beside], [span, found, model], snake):
        item = one(tmp_path, *rows)
        assert (item.id, item.question, item.answer) == ("t", "Q?", "Yes.")
        assert item.evidence == ("One.",)
        assert item.fields.get("userId", item.fields.get("user_id")) == "u"
    listed = {**trace, "observations": ["o", "g", "p"]}
    for rows in ([trace, found, model], [model, trace, found], [found, model, listed]):
        item = one(tmp_path, *rows)
        assert (item.id, item.question, item.answer) == ("t", "Q?", "Yes.")
        assert (item.evidence, item.fields["metadata.topic"]) == (("One.",), "x")
    twice = read(tmp_path, trace, {**trace, "output": "No."}, found)
    assert [(i.answer, i.evidence) for i in twice if isinstance(i, Item)] == [
        ("Yes.", ("One.",)), ("No.", ("One.",)),
    ]  # fmt: skip
    bare = one(tmp_path, trace)
    assert (bare.answer, bare.evidence, bare.fields["metadata.topic"]) == ("Yes.", None, "x")
    assert one(tmp_path, {**whole, "output": None}).answer == "Yes."


def test_forms_can_be_told(tmp_path: Path) -> None:
    record = {"messages": [USER, said("At 9.")], "answer": "Yes."}
    assert one(tmp_path, record).answer == "At 9."
    assert one(tmp_path, record, form="plain").answer == "Yes."


KEYS = st.sampled_from(
    ["answer", "question", "contexts", "messages", "role", "content", "inputs", "outputs",
     "run_type", "trace_id", "type", "input", "output", "observations", "trace", "child_runs",
     "record_json", "calls", "rets", "stack", "user_input", "response", "id", "kwargs", "lc",
     "choices", "generations", "data", "extra", "text", "page_content", "documents", "record_id"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "user", "assistant", "tool", "llm", "retriever", "GENERATION", "RETRIEVER", "Yes.",
     '{"answer": "x"}', "[]", '["a"]', "[{}]", '"q"', "{", "[[]]"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(st.lists(st.dictionaries(KEYS, JSON, max_size=6), max_size=4))
def test_no_record_crashes_any_form(tmp_path_factory: Any, records: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    for form in (None, *(form.name for form in FORMS)):
        for found in read(folder, *records, form=form):
            if isinstance(found, Rejected):
                assert found.cause
                continue
            assert found.answer.strip() and (found.question is None or found.question.strip())
            assert len(found.fields) <= 64
            json.dumps([found.evidence, dict(found.fields)], allow_nan=False)


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_detection_is_total(record: dict[str, Any]) -> None:
    assert detect_form(record) in FORMS


def test_what_is_left_out_of_the_fields_is_told(tmp_path: Path) -> None:
    long = "l" * 201
    extra = {f"f{n:02}": n for n in range(66)}
    row = {"id": long, "answer": "Yes.", "notes": long, long: 1, "empty": "", "none": None, **extra}
    chat = {"messages": [{"role": "assistant", "content": "Yes."}], "notes": long, **extra}
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(row)}\n{json.dumps(chat)}\n")
    plain, talk = (found for found in read_items([path]) if isinstance(found, Item))
    assert (plain.id, plain.long, plain.more) == (f"{path}:1", ("id", "notes"), 3)
    assert (talk.long, talk.more, len(talk.fields)) == (("notes",), 3, 64)
