"""The summary of an audit: counts, rates, what it shows of documents, and faults of the folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit_folders import HashEmbedder, record, simulated, write
from groundwire.audit.figures.checker_error import read_error
from groundwire.audit.figures.documents import NAMES, Documents
from groundwire.audit.figures.summary import summarize
from groundwire.cli.audit_figures import run_summary
from groundwire.errors import FormatError, InputError


def summary(folder: Path, **options: Any) -> dict[str, Any]:
    return summarize(folder, embedder=HashEmbedder(), **options)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    records = [
        record(0, ["supported", "supported"]),
        record(1, ["supported", "contradicted"]),
        record(2, ["unsupported", "unchecked", "no_claim"]),
        record(3, ["unchecked"], documents=(), question="Who?"),
        record(4, ["no_claim"]),
        record(5, []),
        record(6, ["supported"], scores=[0.3], flagged=[0]),
    ]
    (tmp_path / "rejected.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    return write(tmp_path, records)


def test_counts(mixed: Path) -> None:
    found = summary(mixed)
    assert (found["version"], found["answers"], found["claims"]) == (1, 7, 10)
    assert found["rejected"] == 2
    assert found["labels"] == {
        "supported": 4, "contradicted": 1, "unsupported": 1, "unchecked": 2, "no_claim": 2,
    }  # fmt: skip
    assert found["actions"] == {"pass": 3, "rewrite": 4}
    assert found["causes"] == {
        "contradicted": 1, "invented": 1, "unreadable": 1, "no evidence": 1, "low score": 1,
    }  # fmt: skip
    assert sum(found["causes"].values()) == 5
    assert found["low_score"] == {"answers": 1, "claims": 1}
    assert found["unchecked"] == {"answers": 2, "claims": 2, "wholly": 1}
    assert found["policy"] == "balanced"
    assert found["versions"] == {"groundwire": "1.0", "policy": "balanced", "verifier": "fake"}
    assert found["corrected"] is None


def test_rates_are_of_what_was_checked(mixed: Path) -> None:
    rate = summary(mixed)["rate"]
    assert (rate["answers"]["value"], rate["answers"]["n"]) == (0.5, 4)
    assert (rate["claims"]["value"], rate["claims"]["n"]) == (0.333333, 6)
    for one in rate.values():
        assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1


def test_the_rate_does_not_depend_on_the_policy(tmp_path: Path) -> None:
    kept = [record(i, ["supported"]) for i in range(4)]
    strict = [record(i, ["supported"], flagged=[0]) for i in range(4)]
    one, other = (summary(write(tmp_path / n, r)) for n, r in (("a", kept), ("b", strict)))
    assert one["rate"] == other["rate"]
    assert (one["low_score"]["answers"], other["low_score"]["answers"]) == (0, 4)


def test_no_evidence(mixed: Path) -> None:
    example = {"index": 3, "answer_id": "a3", "question": "Who?"}
    assert summary(mixed)["no_evidence"] == {"answers": 1, "examples": [example]}


def test_scores(mixed: Path) -> None:
    bins = summary(mixed)["scores"]["bins"]
    assert [row["count"] for row in bins] == [1, 0, 1, 1, 0, 0, 0, 0, 0, 3]
    assert (bins[0]["low"], bins[-1]["high"]) == (0, 1)


def test_it_is_written_and_read_back(mixed: Path) -> None:
    found = summary(mixed)
    text = (mixed / "summary.json").read_bytes()
    assert json.loads(text) == found
    assert summary(mixed) == found
    assert (mixed / "summary.json").read_bytes() == text


@settings(max_examples=5)
@given(st.integers(0, 2**32))
def test_the_order_of_lines_and_rows_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    records = simulated(
        60, sources=25, model=lambda i, *_: "ab"[i % 2], length=lambda i, *_: i,
        time=lambda i, *_: f"2025-03-{1 + i % 9:02}",
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("audit")
    expected = summary(write(folder, records))
    assert summary(write(folder, records, shuffle=seed)) == expected


def test_documents(tmp_path: Path) -> None:
    good, bad = "The sky is blue.", "The moon is green."
    records = [
        record(i, ["supported", "unsupported"], documents=[good, bad], quotes={0: good, 1: bad})
        for i in range(3)
    ]
    first, second = summary(write(tmp_path, records))["documents"]
    assert first["never_supports"] and not second["never_supports"]
    assert (first["retrieved_for"], first["quoted_by"], first["supports"]) == (3, 3, 0)
    assert (second["retrieved_for"], second["quoted_by"], second["supports"]) == (3, 3, 3)


def test_a_document_is_named_with_the_first_answer_that_it_was_given_for(tmp_path: Path) -> None:
    given = "The moon is green."
    records = [record(i, ["unsupported"], documents=[given] * (i > 3)) for i in range(9)]
    for one in records[4:]:
        one["documents"][0]["source"] = f"evidence[{one['index']}]"
    (row,) = summary(write(tmp_path, records, shuffle=3))["documents"]
    assert (row["index"], row["answer_id"], row["source"]) == (4, "a4", "evidence[4]")


def test_examples_of_a_theme_name_their_answers(tmp_path: Path) -> None:
    forms = ("The refund of order {} arrives by bank transfer", "Battery {} lasts forty long hours")
    records = [record(i, ["unsupported"], texts=[forms[i % 2].format(i)]) for i in range(40)]
    found = summary(write(tmp_path, records))["clusters"]
    examples = [example for row in found for example in row["examples"]]
    assert examples and all(e["answer_id"] == f"a{e['index']}" for e in examples)


def test_a_config_has_errors_of_its_own(tmp_path: Path) -> None:
    records = [record(i, ["supported", "unsupported"][: 1 + i % 2]) for i in range(40)]
    for one in records:
        one["report"]["versions"]["verifier"] = read_error().verifier
    assert summary(write(tmp_path / "a", records))["true_rate"]["low"] is not None
    records[0]["report"]["versions"]["config"] = "guard.toml@12"
    truth = summary(write(tmp_path / "b", records))["true_rate"]
    assert truth["low"] is None and "with guard.toml@12 errs" in truth["why"]


def test_answers_of_one_id_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = ["x", "x", "x", "y", "y", "z"]
    folder = write(
        tmp_path, [record(i, ["supported"], answer_id=name) for i, name in enumerate(ids)]
    )
    (note,) = summary(folder)["notes"]
    assert note.startswith("5 answers share 2 ids")
    run_summary(folder)
    assert "5 answers share 2 ids" in " ".join(capsys.readouterr().out.split())


def test_fields_and_ids_that_were_left_out_are_told(tmp_path: Path) -> None:
    records = [record(i, ["supported"]) for i in range(20)]
    for one in records[:3]:
        one["left_out"] = {"long": ["notes", "id"], "more": 7}
        one["answer_id"] = one["place"]
    records[3]["left_out"] = {"long": ["notes", "id"], "more": 0}
    found = summary(write(tmp_path, records))["notes"]
    assert found == [
        "Fields with a text of more than 200 characters were left out: id (4 answers), notes "
        "(4 answers).",
        "The id of 3 answers has more than 200 characters: the place in the input stands for it.",
        "Of 3 answers, 21 further fields were left out: an answer keeps its first 64, with names "
        "of at most 200 characters.",
    ]


def test_many_names_of_fields_are_counted_together(tmp_path: Path) -> None:
    one = record(0, ["supported"])
    one["left_out"] = {"long": [f"f{n:05}" for n in range(NAMES + 50)], "more": 0}
    (note,) = summary(write(tmp_path, [one]))["notes"]
    assert note.count("(1 answer)") == 5
    assert note.endswith(f"and {NAMES + 45:,} values of other fields.")


def test_where_nothing_could_be_checked_there_is_no_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_summary(write(tmp_path, [record(0, ["unchecked"])]))
    printed = capsys.readouterr().out
    assert "No answer could be checked, so there is no rate." in printed
    assert (
        "0 of 1 answer was checked. Not checked: 1 answer (not readable for the checker)."
        in printed
    )
    assert "1 of 1 claim " in printed


def test_a_flagged_claim_gives_a_document_no_support(tmp_path: Path) -> None:
    one = record(0, ["supported"], flagged=[0], quotes={0: "The sky is blue."})
    assert summary(write(tmp_path, [one]))["documents"][0]["never_supports"]


@given(st.permutations(range(40)), st.integers(1, 30))
def test_which_documents_are_counted_depends_on_no_order(order: list[int], kept: int) -> None:
    records = [record(i, ["supported"], documents=[f"Text {i % 30}."]) for i in range(40)]
    ordered, shuffled = Documents(kept), Documents(kept)
    for i in range(40):
        ordered.add(records[i])
        shuffled.add(records[order[i]])
    assert ordered.rows() == shuffled.rows()
    assert ordered.totals()["documents"] <= kept
    counts = {row["source"]: row["retrieved_for"] for row in ordered.rows()}
    assert set(counts.values()) <= {1, 2}


def test_labels_correct_the_rate(tmp_path: Path) -> None:
    folder = write(tmp_path / "audit", simulated(200))
    labels = tmp_path / "labels.csv"
    lines = [f"{i},{'hallucinated' if i % 3 == 0 else 'faithful'}" for i in range(60)]
    labels.write_text("index,label\n" + "\n".join(lines), encoding="utf-8")
    found = summary(folder, labels=labels)
    corrected = found["corrected"]
    assert corrected["n_labelled"] == 60
    assert corrected["classical"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert corrected["low"] <= corrected["value"] <= corrected["high"]
    bins = found["scores"]["bins"]
    assert sum(row["labeled"] for row in bins) == 60
    assert all((row["right"] is None) == (row["labeled"] == 0) for row in bins)


@pytest.mark.parametrize("text", ["index,answer\n0,Yes\n", "index,label\n0,\n"])
def test_a_file_without_labels(mixed: Path, tmp_path: Path, text: str) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"no labels: expected a column 'label'.*'index'"):
        summary(mixed, labels=labels)


def test_an_audit_without_text(tmp_path: Path) -> None:
    records = simulated(40)
    for one in records:
        one["report"].update(question=None, answer=None, text=None)
        for verdict in one["report"]["verdicts"]:
            verdict["claim"]["text"] = None
    found = summary(write(tmp_path, records))
    assert found["answers"] == 40
    assert found["clusters"] == []


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"reports.jsonl: no such file; give the folder"):
        summary(tmp_path / "none")


def test_an_audit_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no answer"):
        summary(write(tmp_path, []))


def test_a_line_that_is_no_record(mixed: Path) -> None:
    with (mixed / "reports.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"index": 9}\n')
    with pytest.raises(FormatError, match="row 8: no record"):
        summary(mixed)


def test_files_that_do_not_belong_together(mixed: Path, tmp_path: Path) -> None:
    lines = (mixed / "reports.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (mixed / "reports.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(FormatError, match=r"has claims of answer 6, which reports\.jsonl lacks"):
        summary(mixed)
    write(tmp_path / "other", [record(0, ["supported"])])
    (mixed / "reports.jsonl").write_text("".join(lines), encoding="utf-8")
    (tmp_path / "other" / "verdicts.parquet").rename(mixed / "verdicts.parquet")
    with pytest.raises(FormatError, match="answer 0 has other claims"):
        summary(mixed)


def test_an_answer_twice(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="answer 3 is twice"):
        summary(write(tmp_path, [record(3, ["supported"]), record(3, ["supported"])]))


def test_a_damaged_table(mixed: Path) -> None:
    (mixed / "verdicts.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"verdicts.parquet: cannot be read"):
        summary(mixed)


@pytest.mark.parametrize("option", ["time_field", "cluster_field", "slice_fields"])
def test_a_field_that_no_answer_has(mixed: Path, option: str) -> None:
    value = ["nothing"] if option == "slice_fields" else "nothing"
    with pytest.raises(InputError, match="'nothing'"):
        summary(mixed, **{option: value})


def test_printed(mixed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_summary(mixed)
    printed = capsys.readouterr().out
    assert "4 checked answers" in printed
    assert "50.0 (" in printed
    run_summary(mixed, as_json=True)
    assert json.loads(capsys.readouterr().out)["answers"] == 7
