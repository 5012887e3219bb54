"""``groundwire audit``: inputs, evidence, exit codes, and what it says of bad input."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import fs

from groundwire import EvidenceIndex
from groundwire.audit import stores
from groundwire.audit.formats import FORMS
from groundwire.cli.commands import main
from groundwire.errors import InputError
from groundwire.io.files import FORMATS
from groundwire.testing import FakeEmbedder, FakeVerifier

FACT = "The pump weighs 64 kg. The tank holds 3 liters."
GOOD = {"question": "How much?", "answer": "The tank holds 3 liters.", "contexts": [FACT]}
WRONG = {"question": "How heavy?", "answer": "The pump weighs 62 kg.", "contexts": [FACT]}
BARE = {"answer": "The tank holds 3 liters."}


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.chdir(tmp_path)
    yield


def write(name: str, *rows: object) -> str:
    text = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
    Path(name).write_text(text)
    return name


def run(*args: object) -> int:
    return main(["audit", *map(str, args)])


def manifest(output: str = "out") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(output) / "manifest.json").read_text())
    return found


def fails(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    assert run(*args) == 2
    _, err = capsys.readouterr()
    assert err.startswith("error: ") and err.count("\n") == 1, err
    return err


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write("good.jsonl", GOOD), "-o", "a", "--from-records") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Flagged by the checker: 0.0% " in out and "of 1 checked answer" in out
    assert run(write("both.jsonl", GOOD, WRONG), "-o", "b") == 1
    out = capsys.readouterr().out
    assert "Flagged by the checker: 50.0%" in out and "hallucinated" not in out
    assert "how often the checker fake" in out and "groundwire audit sample b" in out
    assert f"head {manifest('b')['chain']['head']}" in out


def test_the_command_may_be_named_and_options_may_come_first() -> None:
    write("good.jsonl", GOOD)
    assert run("run", "good.jsonl", "-o", "a") == 0
    assert run("-o", "b", "good.jsonl") == 0


def test_help_is_of_the_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    out = capsys.readouterr().out
    assert "redecide" in out and "verify" in out


def test_json_is_the_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write("both.jsonl", GOOD, WRONG), "-o", "out", "--json") == 1
    assert json.loads(capsys.readouterr().out) == manifest()


def test_inputs_and_evidence_have_their_hashes() -> None:
    Path("fact.txt").write_text(FACT)
    name = write("bare.jsonl", BARE)
    assert run(name, "-o", "out", "--evidence", "fact.txt") == 0
    data = Path(name).read_bytes()
    assert manifest()["inputs"] == [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    ]
    assert manifest()["evidence"][0]["sha256"] == hashlib.sha256(FACT.encode()).hexdigest()
    record = json.loads((Path("out") / "reports.jsonl").read_text())
    assert record["documents"] == [
        {"source": "fact.txt", "sha256": hashlib.sha256(FACT.encode()).hexdigest(),
         "length": len(FACT)}
    ]  # fmt: skip


def test_an_index_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = FakeEmbedder()
    index = EvidenceIndex(embedder)
    index.add(FACT)
    index.save("saved")
    load = EvidenceIndex.load
    monkeypatch.setattr(EvidenceIndex, "load", lambda path: load(path, embedder))
    assert run(write("bare.jsonl", BARE), "-o", "out", "--index", "saved") == 0
    assert manifest()["evidence"][0]["name"] == "saved"


def test_standard_input_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = (json.dumps(GOOD) + "\n").encode() * 3
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run("-", "-o", "out") == 0
    assert manifest()["inputs"] == [
        {"name": "-", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    ]
    assert run("verify", "out") == 0


def test_bad_lines_go_on_and_strict_stops(capsys: pytest.CaptureFixture[str]) -> None:
    name = write("odd.jsonl", GOOD, "{oops\n", GOOD)
    assert run(name, "-o", "out") == 0
    assert manifest()["counts"]["rejected"] == 1
    capsys.readouterr()
    assert "odd.jsonl:2" in fails(capsys, name, "-o", "strict", "--strict")


def test_nothing_but_bad_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> FakeVerifier:
        raise AssertionError("a model was loaded")

    with monkeypatch.context() as patch:
        patch.setattr("groundwire.verify.nli.load_default_verifier", refuse)
        told = fails(capsys, write("odd.jsonl", "{oops\n", "{oops\n"), "-o", "out")
        assert "no answer could be checked: odd.jsonl:1" in told and "first of 2 lines" in told
        table = "When,Q,A text\n2026-01-02,How heavy?,64 kg\n"
        assert "--map answer=FIELD" in fails(capsys, write("odd.csv", table), "-o", "out")
    assert not Path("out").exists()


def test_an_audit_whose_checks_all_fail_leaves_its_folder_free(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[Any]:
        raise ValueError("it broke")

    name = write("both.jsonl", GOOD, WRONG)
    with monkeypatch.context() as patch:
        patch.setattr(FakeVerifier, "verify", broken)
        patch.setattr("groundwire.audit.check._together", broken)
        assert "it broke" in fails(capsys, name, "-o", "out")
    assert not Path("out").exists()
    assert run(name, "-o", "out") == 1


def test_headings_that_people_write() -> None:
    table = "User message,Bot reply,Retrieved context\n"
    table += 'How heavy?,The pump weighs 62 kg.,"The pump weighs 64 kg."\n'
    assert run(write("chats.csv", table), "-o", "out") == 1
    assert manifest()["counts"]["own_evidence"] == 1


def test_a_chat_counts_each_answer_once(capsys: pytest.CaptureFixture[str]) -> None:
    turns = [
        {"role": "user", "content": "How much?"},
        {"role": "assistant", "content": "The tank holds 3 liters."},
        {"role": "user", "content": "How heavy?"},
        {"role": "assistant", "content": "The pump weighs 62 kg."},
    ]
    name = write("chat.jsonl", *({"messages": turns[:n], "context": FACT} for n in (2, 4)))
    assert run(name, "-o", "out") == 1
    counts = manifest()["counts"]
    assert (counts["answers"], counts["repeated"]) == (2, 1)
    out = " ".join(capsys.readouterr().out.split())
    assert "1 answer came again in later records" in out
    page = (Path("out") / "report.html").read_text()
    assert "50.0%" in out and "50.0%" in page
    assert run("redecide", "out", "-o", "new") == 1 and manifest("new")["counts"]["repeated"] == 1
    assert run(name, "-o", "last", "--turns", "last") == 1
    assert manifest("last")["options"]["reading"]["turns"] == "last"


def test_limit_sample_and_mapping() -> None:
    name = write("many.jsonl", *({"reply": f"The tank {n} holds 3 liters."} for n in range(30)))
    assert run(name, "-o", "a", "--map", "answer=reply", "--limit", 5) == 1
    assert manifest("a")["counts"]["answers"] == 5
    assert manifest("a")["options"]["reading"]["fields"] == {"answer": "reply"}
    Path("map.toml").write_text('[fields]\nanswer = "reply"\n')
    args = (name, "--mapping", "map.toml", "--sample", 7, "--seed", 3)
    assert run(*args, "-o", "b") == run(*args, "-o", "c") == 1
    assert manifest("b") == manifest("c")
    assert manifest("b")["counts"]["answers"] == 7


def test_no_text_and_redact() -> None:
    pytest.importorskip("stdnum")
    name = write("mail.jsonl", {"answer": "Write to jane@example.org now.", "contexts": [FACT]})
    run(name, "-o", "a", "--redact")
    assert "jane@" not in (Path("a") / "reports.jsonl").read_text()
    run(name, "-o", "b", "--no-text")
    assert "Write" not in (Path("b") / "reports.jsonl").read_text()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["missing.jsonl", "-o", "out"], "missing.jsonl: no such file"),
        (["good.jsonl", "-o", "full"], "holds 'x', which no audit left there"),
        (["good.jsonl", "-o", "out", "--evidence", "fact.txt", "--index", "i"], "either"),
        (["good.jsonl", "-o", "out", "--evidence", "fact.txt", "--from-records"], "leave"),
        (["good.jsonl", "-o", "out", "--map", "answer=a", "--mapping", "m.toml"], "either"),
        (["good.jsonl", "-o", "out", "--workers", "2"], "--engine ray"),
        (["good.jsonl", "-o", "out", "--seed", "2"], "--sample"),
        (["good.jsonl", "-o", "out", "--evidence", "nothing.txt"], "nothing.txt"),
        (["good.jsonl", "-o", "out", "--index", "nothing"], "nothing"),
        (["good.jsonl", "-o", "out", "--format", "docx"], "docx"),
        (["good.jsonl", "-o", "what://x/y"], "what://x/y"),
        (["verify", "full"], "holds no finished audit"),
        (["redecide", "full", "-o", "new"], "holds no finished audit"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], args: list[str], told: str) -> None:
    write("good.jsonl", GOOD)
    Path("fact.txt").write_text(FACT)
    Path("full").mkdir()
    (Path("full") / "x").touch()
    assert told in fails(capsys, *args)
    assert not Path("out").exists()


def test_verify_tells_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    run(write("both.jsonl", GOOD, WRONG), "-o", "out")
    head = manifest()["chain"]["head"]
    capsys.readouterr()
    assert run("verify", "out", "--head", head) == 0
    assert "2 entries, all as they were written" in capsys.readouterr().out
    assert run("verify", "out", "--head", "0" * 64) == 1
    capsys.readouterr()
    path = Path("out") / "reports.jsonl"
    path.write_text(path.read_text().replace("62 kg", "64 kg"))
    assert run("verify", "out", "--json") == 1
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert (problems[0]["file"], problems[0]["line"]) == ("reports.jsonl", 2)


def test_redecide(capsys: pytest.CaptureFixture[str]) -> None:
    run(write("both.jsonl", GOOD, WRONG), "-o", "out")
    assert run("redecide", "out", "-o", "new", "--policy", "strict", "--keep", "0.995") == 1
    assert manifest("new")["counts"]["flagged"] == 2
    assert manifest("new")["policy"]["name"] == "strict from 0.995"
    assert "2 answers, 2 flagged by the policy or not checked" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    name = write("good.jsonl", GOOD)
    real = Path.open

    def full(self: Path, *args: Any, **kwargs: Any) -> Any:
        place = Path("/dev/full") if self.name == "00000.jsonl.tmp" else self
        return real(place, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        message = fails(capsys, name, "-o", "out")
    assert "no space left for" in message and "--resume" in message
    assert run(name, "-o", "out") == 2
    assert run(name, "-o", "out", "--resume") == 0


def test_an_output_may_be_a_uri(tmp_path: Path) -> None:
    name, uri = write("both.jsonl", GOOD, WRONG), f"file://{tmp_path}/store/audit"
    assert run(name, "-o", uri) == 1
    assert run(name, "-o", "out") == 1
    for path in Path("out").iterdir():
        assert (tmp_path / "store" / "audit" / path.name).read_bytes() == path.read_bytes()
    assert not list(tmp_path.glob("groundwire-audit-*"))


def test_a_finished_audit_in_a_store_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, uri = write("both.jsonl", GOOD, WRONG), f"file://{tmp_path}/store/audit"
    run(name, "-o", uri)
    capsys.readouterr()
    assert "holds a finished audit" in fails(capsys, name, "-o", uri)


def test_files_are_published_to_any_arrow_file_system(tmp_path: Path) -> None:
    run(write("both.jsonl", GOOD, WRONG), "-o", "out")
    (tmp_path / "bucket").mkdir()
    system = fs.SubTreeFileSystem(str(tmp_path / "bucket"), fs.LocalFileSystem())
    stores.publish_audit(Path("out"), system, "audits/one")
    names = {path.name for path in (tmp_path / "bucket" / "audits" / "one").iterdir()}
    assert names == {path.name for path in Path("out").iterdir()}


def test_a_store_that_cannot_be_written_keeps_the_audit(tmp_path: Path) -> None:
    run(write("both.jsonl", GOOD, WRONG), "-o", "out")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="the finished audit is in out; run again with --resume"):
        stores.publish_audit(Path("out"), fs.LocalFileSystem(), str(tmp_path / "file" / "x"))


def test_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "import groundwire.cli, sys; print([m for m in ('pyarrow', 'torch') if m in sys.modules])"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert out.stdout.strip() == "[]"


def test_help_names_the_formats_and_forms(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "--help") == 0
    told = " ".join(capsys.readouterr().out.split())
    formats, forms = (told.partition(f"--{name} ")[2][:200] for name in ("format", "form"))
    assert all(name in formats for name in FORMATS)
    assert all(form.name in forms for form in FORMS)


def test_an_unknown_format_or_form_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = write("good.jsonl", GOOD)
    assert ", ".join(FORMATS) in fails(capsys, name, "-o", "out", "--format", "docx")
    known = ", ".join(form.name for form in FORMS)
    assert known in fails(capsys, name, "-o", "out", "--form", "diary")


def test_notes_are_printed_after_an_audit(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**GOOD, "id": "x", "notes": "n" * 201}, {**GOOD, "id": "x" * 201}, {**GOOD, "id": "x"}]
    assert run(write("rows.jsonl", *rows), "-o", "out") == 0
    printed = capsys.readouterr().out
    assert "2 answers share 1 id" in printed
    assert "id (1 answer), notes (1 answer)" in printed
    assert "The id of 1 answer has more than 200 characters" in printed
    record = json.loads((Path("out") / "reports.jsonl").read_text().splitlines()[0])
    assert record["left_out"] == {"long": ["notes"], "more": 0}


def test_an_audit_in_which_nothing_could_be_checked_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(write("bare.jsonl", BARE), "-o", "out") == 1
    out = capsys.readouterr().out
    assert "No answer could be checked, so there is no rate." in out
    assert (
        "0 of 1 answer was checked. Not checked: 1 answer (no evidence for what is claimed)." in out
    )
    told = "1 answer came without evidence: run it again with --evidence PATH"
    assert told in out
    assert told in (Path("out") / "report.html").read_text(encoding="utf-8")
    Path("facts.txt").write_text("The pump is red.", encoding="utf-8")
    run("bare.jsonl", "-o", "given", "--evidence", "facts.txt")
    for shown in (capsys.readouterr().out, (Path("given") / "report.html").read_text("utf-8")):
        assert "came without evidence" not in shown
    assert run("bare.jsonl", "-o", "counted", "--no-report") == 1
    assert "with --evidence PATH" in capsys.readouterr().out


def test_who_has_evidence_is_not_asked_for_it(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer may claim nothing, and documents may hold nothing of a claim."""
    assert run(write("good.jsonl", GOOD, {"answer": "Hello!"}), "-o", "out") == 0
    Path("facts.txt").write_text("It rains.", encoding="utf-8")
    assert run(write("bare.jsonl", BARE), "-o", "given", "--evidence", "facts.txt") == 1
    assert "without evidence" not in capsys.readouterr().out
