"""Public benchmarks in the shapes in which their authors publish them."""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from groundwire.cli.commands import BenchmarkName, main
from groundwire.errors import InputError
from groundwire.evaluate.formats import FORMATS, detect_format, read_benchmark
from groundwire.evaluate.pairs import score_pairs, split_answer, split_hypothesis
from groundwire.evaluate.tables import FIGURES, Table, make_table
from groundwire.testing import FakeVerifier
from groundwire.types import Span

PUMP = "The pump weighs 64 kg. It was built in Bergen."


def write_lines(path: Path, rows: Sequence[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def table_of(path: Path, name: str | None = None, split: str = "test") -> Table:
    benchmark = read_benchmark(path, name, split)
    take_apart = split_answer if benchmark.format.answers else split_hypothesis
    pairs = [example.pair for example in benchmark.examples]
    return make_table(benchmark, list(score_pairs(FakeVerifier(), pairs, None, take_apart)), 50)


def values(table: Table) -> dict[str, dict[str, float]]:
    return {ln.name: {k: f.value for k, f in ln.figures.items()} for ln in table.lines}


def response(number: int, source: str, text: str, *spans: str, **more: object) -> dict[str, object]:
    labels = [
        {
            "start": text.index(span),
            "end": text.index(span) + len(span),
            "text": span,
            "meta": "HIGH INTRO OF NEW INFO\nNot in the source.",
            "label_type": "Evident Baseless Info",
            "implicit_true": False,
            "due_to_null": False,
        }
        for span in spans
    ]
    row = {
        "id": str(number),
        "source_id": source,
        "model": "gpt-4-0613",
        "temperature": 0.7,
        "labels": labels,
        "split": "test",
        "quality": "good",
        "response": text,
    }
    return {**row, **more}


def ragtruth(folder: Path) -> Path:
    cafe = {"name": "Lagoon Cafe", "city": "Oslo", "hours": {"Monday": "9:0-17:0"}}
    passages = f"passage 1:Pumps. {PUMP}\n\n"
    kinds: list[tuple[str, str, str, object]] = [
        ("1", "QA", "MARCO", {"question": "How heavy is it?", "passages": passages}),
        ("2", "Summary", "CNN/DM", "Storms hit the coast on Monday."),
        ("3", "Data2txt", "Yelp", cafe),
    ]
    sources = [
        {"source_id": i, "task_type": task, "source": origin, "source_info": info, "prompt": "..."}
        for i, task, origin, info in kinds
    ]
    refusal = "Unable to answer based on given passages."
    rows = [
        response(10, "1", "The pump weighs 64 kg."),
        response(11, "1", "The pump weighs 62 kg.", "62 kg"),
        response(12, "2", "Storms hit the coast. A dragon appeared.", "A dragon appeared."),
        response(13, "2", refusal, quality="incorrect_refusal"),
        response(14, "3", "Lagoon Cafe is in Oslo."),
        response(15, "3", "It is closed.", "closed", split="train"),
    ]
    write_lines(folder / "source_info.jsonl", sources)
    write_lines(folder / "response.jsonl", rows)
    return folder


def test_ragtruth_counts_responses_and_characters(tmp_path: Path) -> None:
    table = table_of(ragtruth(tmp_path))
    assert (table.format, table.split, table.rows) == ("ragtruth", "test", 5)
    found = values(table)
    assert list(found) == ["QA", "Summary", "Data2txt", "overall"]
    assert found["QA"]["precision"] == found["QA"]["recall"] == 1.0
    assert found["QA"]["span_precision"] == 1.0  # it found "62", the marked one is "62 kg"
    assert found["QA"]["span_recall"] == pytest.approx(2 / 5)
    assert found["Summary"]["f1"] == found["Summary"]["span_f1"] == 1.0
    assert found["Data2txt"]["precision"] == 0.0
    assert found["overall"]["precision"] == pytest.approx(2 / 3)
    assert found["overall"]["f1"] == pytest.approx(4 / 5)
    hits, said, marked = 2 + 18, 2 + 18 + 23, 5 + 18
    assert found["overall"]["span_f1"] == pytest.approx(2 * hits / (said + marked))


def test_ragtruth_gives_each_task_its_evidence_and_other_splits(tmp_path: Path) -> None:
    examples = read_benchmark(ragtruth(tmp_path)).examples
    assert examples[0].pair.question == "How heavy is it?"
    assert examples[0].pair.premise.startswith("passage 1:")
    assert json.loads(examples[4].pair.premise)["city"] == "Oslo"
    assert examples[1].spans == (Span(16, 21),)
    (train,) = read_benchmark(tmp_path, split="train").examples
    assert train.pair.id == "15"
    with pytest.raises(InputError, match="no split 'dev'; it has test, train"):
        read_benchmark(tmp_path, split="dev")
    with pytest.raises(InputError, match="RAGTruth is a folder"):
        read_benchmark(tmp_path / "response.jsonl")


def aggrefact_rows() -> list[dict[str, object]]:
    claims = [
        ("AggreFact-CNN", "The pump weighs 64 kg.", 1),
        ("AggreFact-CNN", "The pump weighs 99 kg.", 0),
        ("Reveal", "It was built in Bergen.", 1),
        ("Reveal", "It was built in Paris.", 1),
        ("Reveal", "It was sold in Rome.", 0),
    ]
    return [
        {"dataset": name, "doc": PUMP, "claim": claim, "label": label,
         "contamination_identifier": "0" * 64}
        for name, claim, label in claims
    ]  # fmt: skip


def test_aggrefact_is_the_same_as_lines_csv_and_a_folder(tmp_path: Path) -> None:
    rows = aggrefact_rows()
    lines = write_lines(tmp_path / "rows.jsonl", rows)
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(lines.read_bytes()))
    sheet = tmp_path / "rows.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    write_lines(tmp_path / "hub/data/test-00000-of-00001.jsonl", rows)
    write_lines(tmp_path / "hub/data/dev-00000-of-00001.jsonl", rows[:2])
    expected = {"AggreFact-CNN": 1.0, "Reveal": 0.75, "mean": 0.875}
    for path in (lines, packed, sheet, tmp_path / "hub"):
        table = table_of(path)
        assert table.format == "aggrefact"
        assert {k: v["balanced_accuracy"] for k, v in values(table).items()} == expected
    assert table_of(tmp_path / "hub", split="dev").rows == 2
    with pytest.raises(InputError, match="no file of the split 'train'"):
        read_benchmark(tmp_path / "hub", split="train")


def test_parquet_without_pyarrow_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == "pyarrow"] or ["pyarrow"]:
        monkeypatch.setitem(sys.modules, name, None)
    file = tmp_path / "test-00000-of-00001.parquet"
    file.write_bytes(b"PAR1")
    for path in (file, tmp_path):
        with pytest.raises(InputError, match="pip install pyarrow"):
            read_benchmark(path)


def test_parquet_with_pyarrow(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "test-00000-of-00001.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(aggrefact_rows()), file)
    assert values(table_of(file))["mean"]["balanced_accuracy"] == 0.875
    file.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="not Parquet"):
        read_benchmark(file)


def test_summedits_takes_the_domain_from_the_file(tmp_path: Path) -> None:
    def row(number: int, summary: str, label: int, **more: object) -> dict[str, object]:
        edits = ["entity_modification"] if not label else []
        row = {"id": f"news_1_{number}", "doc": PUMP, "summary": summary, "label": label,
               "original_summary": "The pump weighs 64 kg.", "edit_types": edits}  # fmt: skip
        return {**row, **more}

    news = [row(0, "The pump weighs 64 kg.", 1), row(1, "The pump weighs 99 kg.", 0)]
    mail = [row(0, "It was built in Bergen.", 0), row(1, "The pump weighs 99 kg.", 0),
            row(2, "The pump weighs 64 kg.", 1)]  # fmt: skip
    (tmp_path / "summedits_news.json").write_text(json.dumps(news), encoding="utf-8")
    (tmp_path / "summedits_sales_email.json").write_text(json.dumps(mail), encoding="utf-8")
    found = values(table_of(tmp_path))
    assert {k: v["balanced_accuracy"] for k, v in found.items()} == {
        "news": 1.0,
        "sales_email": 0.75,
        "mean": 0.875,
    }
    one = write_lines(tmp_path / "all.jsonl", [row(0, "The pump weighs 64 kg.", 1, domain="news")])
    assert list(values(table_of(one))) == ["news"]


def test_halueval_judges_both_texts_of_each_line(tmp_path: Path) -> None:
    qa = {"knowledge": PUMP, "question": "How heavy is the pump?", "right_answer": "64 kg",
          "hallucinated_answer": "The pump weighs 99 kg."}  # fmt: skip
    dialogue = {"knowledge": PUMP, "dialogue_history": "[Human]: Tell me about the pump.",
                "right_response": "The pump weighs 99 kg.",
                "hallucinated_response": "It was sold in Rome."}  # fmt: skip
    summary = {"document": PUMP, "right_summary": "The pump weighs 64 kg.",
               "hallucinated_summary": "It was built in Bergen."}  # fmt: skip
    write_lines(tmp_path / "qa_data.json", [qa, qa])
    write_lines(tmp_path / "dialogue_data.json", [dialogue])
    write_lines(tmp_path / "summarization_data.json", [summary])
    found = values(table_of(tmp_path))
    assert {k: v["accuracy"] for k, v in found.items()} == {
        "qa": 1.0,
        "dialogue": 0.5,
        "summarization": 0.5,
    }
    assert found["dialogue"]["balanced_accuracy"] == 0.5
    with pytest.raises(InputError, match="HaluEval has one part"):
        read_benchmark(tmp_path, split="train")
    examples = read_benchmark(tmp_path / "qa_data.json").examples
    assert [e.pair.id for e in examples][:2] == ["qa-1-right", "qa-1-hallucinated"]
    assert examples[0].pair.question == qa["question"]
    assert examples[0].pair.source == examples[1].pair.source


def test_halueval_without_evidence_is_refused(tmp_path: Path) -> None:
    row = {"ID": "1", "user_query": "List words.", "chatgpt_response": "the, a",
           "hallucination_label": "no"}  # fmt: skip
    path = write_lines(tmp_path / "general_data.json", [row, row])
    for name in (None, "halueval"):
        with pytest.raises(InputError, match="without evidence"):
            read_benchmark(path, name)


def wice_row(label: str, claim: str, number: int) -> dict[str, object]:
    meta = {
        "id": f"test{number:05}",
        "claim_title": "Pump",
        "claim_section": "",
        "claim_context": "",
    }
    return {"label": label, "supporting_sentences": [[0]], "claim": claim,
            "evidence": ["# The pump", *PUMP.split(". ")], "meta": meta}  # fmt: skip


def test_wice_counts_partial_support_as_none(tmp_path: Path) -> None:
    rows = [
        wice_row("supported", "The pump weighs 64 kg.", 0),
        wice_row("partially_supported", "It was built in Bergen.", 1),
        wice_row("partially_supported", "It was built in Paris.", 1),
        wice_row("not_supported", "The pump weighs 99 kg.", 2),
    ]
    write_lines(tmp_path / "claim/test.jsonl", rows)
    write_lines(tmp_path / "claim/dev.jsonl", rows[:1])
    write_lines(tmp_path / "subclaim/test.jsonl", rows[:2])
    table = table_of(tmp_path)
    assert table.kinds == {"not_supported": 1, "partially_supported": 3, "supported": 2}
    found = values(table)
    assert list(found) == ["claim", "subclaim"]
    assert found["claim"]["balanced_accuracy"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["claim"]["f1"] == pytest.approx(4 / 5)
    assert found["claim"]["f1_supported"] == pytest.approx(2 / 3)
    assert found["claim"]["auc"] == pytest.approx(2.5 / 3)
    assert table_of(tmp_path / "claim", split="dev").rows == 1
    one = table_of(tmp_path / "claim/dev.jsonl")
    assert (one.rows, one.split) == (1, None)
    with pytest.raises(InputError, match="one file has one part"):
        read_benchmark(tmp_path / "claim/dev.jsonl", split="dev")
    with pytest.raises(InputError, match=r"no train\.jsonl"):
        read_benchmark(tmp_path, split="train")


def sample(number: int, summary: str, *labels: list[str]) -> dict[str, object]:
    notes = [
        {"annot_id": i, "annotator_id": "a3", "annotator_name": "A", "label": label, "note": "",
         "summary_span": summary, "summary_start": 0, "summary_end": len(summary)}
        for i, label in enumerate(labels)
    ]  # fmt: skip
    return {"sample_id": number, "source": PUMP, "summary": summary, "annotations": notes,
            "metadata": {"summarizer": "openai/gpt-4o"}}  # fmt: skip


def test_faithbench_takes_the_worst_annotation(tmp_path: Path) -> None:
    samples = [
        sample(0, "The pump weighs 64 kg."),
        sample(1, "It was built in Bergen.", ["Benign"]),
        sample(2, "It was built in Paris.", ["Benign"], ["Questionable"]),
        sample(3, "It was sold in Rome.", ["Questionable"], ["Unwanted", "Unwanted.Extrinsic"]),
    ]
    older = [sample(0, "The pump weighs 99 kg.", ["Unwanted", "Unwanted.Instrinsic"])]
    (tmp_path / "batch_1.json").write_text(
        json.dumps({"samples": samples}, indent=2), encoding="utf-8"
    )
    (tmp_path / "batch_10_annotation.json").write_text(
        json.dumps(older, indent=2), encoding="utf-8"
    )
    table = table_of(tmp_path)
    assert table.kinds == {"Benign": 1, "Consistent": 1, "Questionable": 1, "Unwanted": 2}
    found = values(table)
    assert found["unwanted or questionable"] == {"balanced_accuracy": 1.0, "f1_macro": 1.0}
    assert found["unwanted"]["balanced_accuracy"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["unwanted"]["f1_macro"] == pytest.approx(4 / 5)
    assert [e.pair.id for e in read_benchmark(tmp_path).examples][-1] == "batch_10_annotation-0"


def test_the_table_of_faithbench_says_the_same_as_its_batches(tmp_path: Path) -> None:
    told = [
        ("The pump weighs 64 kg.", [], "Consistent"),
        ('It was "built" in\nBergen.', ["Benign"], "Benign"),
        ("It was sold in Rome.", ["Unwanted"], "Unwanted"),
    ]
    samples = [sample(i, text, labels) for i, (text, labels, _) in enumerate(told)]
    rows = [
        {"source": s["source"], "summary": s["summary"], "LLM": "m", "worst-label": worst,
         "best-label": "Benign"}
        for s, (_, _, worst) in zip(samples, told, strict=True)
    ]  # fmt: skip
    table = tmp_path / "FaithBench.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = read_benchmark(table)
    assert detect_format(table).name == "faithbench"
    assert [e.kind for e in found.examples] == [worst for *_, worst in told]
    assert [e.kind for e in read_benchmark(tmp_path).examples] == [worst for *_, worst in told]
    batch = tmp_path / "batch_1.json"
    batch.write_text(json.dumps({"samples": samples}), encoding="utf-8")
    both = [(e.pair.premise, e.pair.hypothesis, e.rows) for e in read_benchmark(batch).examples]
    assert [(e.pair.premise, e.pair.hypothesis, e.rows) for e in found.examples] == both
    assert read_benchmark(tmp_path).examples[0].pair.id == "batch_1-0"
    wrong = table.read_text(encoding="utf-8").replace("Unwanted", "Bad")
    table.write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError, match="worst-label is 'Bad'"):
        read_benchmark(table)


def test_a_limit_draws_the_same_rows_each_time(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", aggrefact_rows() * 20)
    first, second = (read_benchmark(path, limit=7) for _ in range(2))
    assert len(first.examples) == 7 and first.published == 100
    assert [e.pair.id for e in first.examples] == [e.pair.id for e in second.examples]


BAD: list[tuple[str, object, str]] = [
    ("rows.jsonl", {"dataset": "A", "doc": "d", "claim": "c", "label": 2}, "row 1: label is 2"),
    ("rows.jsonl", {"dataset": "A", "doc": "d", "claim": "c", "label": True}, "label is True"),
    ("rows.jsonl", {"dataset": "A", "doc": "d", "claim": "c", "label": 1.0}, "label is 1.0"),
    ("rows.jsonl", {"dataset": "A", "doc": "d", "claim": "c", "label": [1]}, "label is [1]"),
    ("rows.jsonl", {"dataset": "A", "doc": "d", "claim": 7, "label": 1}, "row 1: claim is 7"),
    ("rows.jsonl", {"doc": "d", "summary": None, "label": 1}, "row 1: summary is None"),
    ("qa_data.json", {"knowledge": "k", "right_answer": "r", "hallucinated_answer": "h"},
     "row 1: question is missing"),
    ("test.jsonl", wice_row("maybe", "c", 0), "row 1: label is 'maybe'"),
    ("test.jsonl", {**wice_row("supported", "c", 0), "evidence": "text"}, "evidence is 'text'"),
    ("batch_1.json", {"samples": [sample(0, "s", ["Unwanted", "Bad"])]}, "row 1: label is"),
    ("batch_1.json", {"samples": [{"sample_id": 1}]}, "row 1: annotations is missing"),
    ("batch_1.json", {"samples": []}, "row 1: samples is []"),
    ("batch_1.json", {"samples": [sample(1, "s")], **sample(2, "s")},
     "no sample itself; take one of them out"),
    ("rows.jsonl", {"text": "a"}, "not recognized"),
    ("rows.jsonl", ["a"], "not a JSON object"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "message"), BAD)
def test_bad_rows_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, row: object, message: str
) -> None:
    path = write_lines(tmp_path / name, [row])
    assert main(["evaluate", str(path)]) == 2
    error = capsys.readouterr().err
    assert message in error and name in error


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("source_id", "9", "source_id is '9'"),
        ("response", 3, "response is 3"),
        ("labels", [{"start": 0}], "row 1: end is missing"),
        ("labels", "none", "labels is 'none'"),
        ("labels", [{"start": 2, "end": 2}], "row 1: end is 2; the span begins at 2"),
        ("labels", [{"start": 3, "end": 1}], "row 1: end is 1"),
        ("labels", [{"start": 4, "end": 9}], "row 1: start is 4; the response has only 4"),
    ],
)
def test_bad_ragtruth_rows_are_named(
    tmp_path: Path, field: str, value: object, message: str
) -> None:
    folder = ragtruth(tmp_path)
    write_lines(folder / "response.jsonl", [response(1, "1", "Yes.") | {field: value}])
    with pytest.raises(InputError, match=message):
        read_benchmark(folder)


@pytest.mark.parametrize(("file", "field"), [("response", "id"), ("source_info", "source_id")])
def test_ragtruth_rows_that_hide_each_other_are_named(
    tmp_path: Path, file: str, field: str
) -> None:
    path = ragtruth(tmp_path) / f"{file}.jsonl"
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*rows, rows[0]]), encoding="utf-8")
    with pytest.raises(InputError, match=rf"row {len(rows) + 1}: {field} is '1.?'; an earlier row"):
        read_benchmark(tmp_path)


@pytest.mark.usefixtures("fake")
def test_spans_that_were_cut_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ragtruth(tmp_path)
    row = response(1, "1", "Yes.") | {"labels": [{"start": 2, "end": 9}]}
    write_lines(folder / "response.jsonl", [row, response(2, "1", "No.", "No.")])
    benchmark = read_benchmark(folder)
    assert benchmark.examples[0].spans == (Span(2, 4),)
    assert main(["evaluate", str(folder), "--json"]) == 0
    out, err = capsys.readouterr()
    assert "note: " in err and "1 marked spans run past the end" in err
    assert all(json.loads(line) for line in out.splitlines())


HEAD = "dataset,doc,claim,label\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + 'A,d,"c,1\nB,d,c,0\n', "not CSV"),
        (HEAD + 'A,d,"c" x,1\n', "not CSV"),
        (HEAD + "A,d,c,1\nA,d,c\n", r"row 2 \(line 3\): has 3 cells for 4 columns"),
        (HEAD + "A,d,c,1,0\n", r"row 1 \(line 2\): has 5 cells"),
        ("dataset,doc,claim,label,label\nA,d,c,1,0\n", "has 2 columns 'label'"),
        (HEAD, "holds no rows"),
        ("", "holds no rows"),
    ],
)
def test_sheets_that_would_lose_something_are_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_benchmark(path, "aggrefact")
    assert "rows.csv" in str(caught.value)


def test_an_empty_file_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "batch_1.json").write_text(json.dumps({"samples": [sample(0, "s")]}), "utf-8")
    for text in ("", "[]"):
        (tmp_path / "batch_2.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"batch_2\.json: holds no rows"):
            read_benchmark(tmp_path)


@pytest.mark.parametrize("split", ["*", "te?t", "[t]est", "../claim/test", "claim/test", "", "."])
def test_a_split_is_a_name(tmp_path: Path, split: str) -> None:
    write_lines(tmp_path / "claim/test.jsonl", [wice_row("supported", "c", 0)])
    write_lines(tmp_path / "test-0.jsonl", aggrefact_rows())
    for folder, form in ((tmp_path, "wice"), (tmp_path / "claim", "wice"), (tmp_path, "aggrefact")):
        with pytest.raises(InputError, match="is no name"):
            read_benchmark(folder, form, split)
    with pytest.raises(InputError, match="no file of the split 'te'"):
        read_benchmark(tmp_path, "aggrefact", "te")


def test_damaged_archives_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.jsonl.gz"
    packed = gzip.compress("".join(json.dumps(r) + "\n" for r in aggrefact_rows() * 99).encode())
    for data in (packed[:-20], packed[:60] + b"\0" * 30 + packed[90:], b"none"):
        path.write_bytes(data)
        assert main(["evaluate", str(path), "--format", "aggrefact"]) == 2
        assert "rows.jsonl.gz" in capsys.readouterr().err


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        detect_format(tmp_path / "nowhere")
    binary = tmp_path / "rows.jsonl"
    binary.write_bytes(b'{"doc": "\xff"}\n')
    with pytest.raises(InputError, match="cannot be read as text"):
        detect_format(binary)
    binary.write_text("{nope", encoding="utf-8")
    with pytest.raises(InputError, match="row 1: not JSON"):
        detect_format(binary)
    (tmp_path / "empty").mkdir()
    for form in FORMATS:
        with pytest.raises(InputError, match="empty"):
            read_benchmark(tmp_path / "empty", form.name)


def test_names_of_formats_and_figures_agree() -> None:
    assert [form.name for form in FORMATS] == [str(name) for name in BenchmarkName]
    assert {key for form in FORMATS for key in form.figures} == set(FIGURES)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)


@pytest.mark.usefixtures("fake")
def test_the_command_prints_rows_and_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(ragtruth(tmp_path))
    assert main(["evaluate", folder, "--json"]) == 0
    *rows, last = map(json.loads, capsys.readouterr().out.strip().splitlines())
    assert [row["id"] for row in rows] == ["10", "11", "12", "13", "14"]
    assert rows[1]["spans"] == [[16, 21]] and rows[1]["found"] == [[16, 18]]
    assert rows[3]["verdict"] == "no_claim" and not rows[3]["flagged"]
    assert last["verifier"] == "fake@1"
    overall = last["table"]["lines"][-1]
    assert overall["name"] == "overall" and overall["sources"] == 3
    assert set(overall["figures"]["span_f1"]) == {"value", "low", "high"}
    assert main(["evaluate", folder, "--format", "ragtruth", "--limit", "4"]) == 0
    shown = capsys.readouterr().out
    assert "RAGTruth, test split" in shown and "4 of 5 rows" in shown
    assert "F1 of the unsupported" in shown and "span recall" in shown


@pytest.mark.usefixtures("fake")
def test_the_command_keeps_its_options_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = write_lines(tmp_path / "p.jsonl", [{"id": 1, "premise": PUMP, "hypothesis": "Hi."}])
    wrong = [
        ["evaluate"],
        ["evaluate", str(pairs), "--pairs", str(pairs)],
        ["evaluate", "--pairs", str(pairs), "--limit", "3"],
        ["evaluate", str(pairs), "--attacks"],
        ["evaluate", str(pairs), "--format", "unheard"],
    ]
    for command in wrong:
        assert main(command) == 2
        assert capsys.readouterr().err
    assert main(["evaluate", "--pairs", str(pairs), "--json"]) == 0
    row, last = map(json.loads, capsys.readouterr().out.strip().splitlines())
    assert set(row) == {"id", "supported", "score", "verdict", "reason"}
    assert set(last) == {"summary", "verifier"}
