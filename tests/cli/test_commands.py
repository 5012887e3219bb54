"""The command line: what it prints, its exit codes, and what it says of bad input."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import groundwire
from groundwire import EvidenceIndex, Report
from groundwire.cli.commands import main, make_command
from groundwire.encoders.weights import DEFAULT_NAME, DEFAULT_SHA256
from groundwire.testing import FakeEmbedder, FakeVerifier

FACT = "The pump weighs 64 kg. The tank holds 3 liters."
CLEAN = "The tank holds 3 liters."
WRONG = "The pump weighs 62 kg. The tank holds 3 liters."
HEAVY = ("torch", "numpy", "faiss", "transformers", "sentence_transformers", "langchain_core")


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Run:
    """Runs the command line in this process, with words compared instead of a model asked."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.patch, self.capsys = patch, capsys

    def __call__(self, *args: object, stdin: bytes | None = None) -> Ran:
        if stdin is not None:
            self.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(arg) for arg in args])
        return Ran(code, *self.capsys.readouterr())

    def fails(self, *args: object, stdin: bytes | None = None) -> str:
        """Runs a command that must fail with one line on stderr, which is returned."""
        code, out, err = self(*args, stdin=stdin)
        assert (code, out) == (2, "")
        assert err.startswith("error: ") and err.count("\n") == 1, err
        return err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.setattr("groundwire.cli.index.Embedder", default_like)
    monkeypatch.setenv("COLUMNS", "100")
    return Run(monkeypatch, capsys)


def default_like() -> FakeEmbedder:
    """An embedder that is quick and that a saved index takes for the default."""
    embedder = FakeEmbedder(384)
    embedder.fingerprint = f"{DEFAULT_NAME}@sha256:{DEFAULT_SHA256}"
    return embedder


@pytest.fixture
def fact(tmp_path: Path) -> Path:
    path = tmp_path / "fact.txt"
    path.write_text(FACT, encoding="utf-8")
    return path


@pytest.fixture
def saved(run: Run, tmp_path: Path, fact: Path) -> Path:
    path = tmp_path / "saved"
    assert run("index", fact, "--output", path).code == 0
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def process(*args: str, **options: Any) -> subprocess.Popen[str]:
    code = "import sys; from groundwire.cli.commands import main; sys.exit(main())"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, "-c", code, *args], text=True, **pipes)


# check


def test_json_is_one_report_and_nothing_else(run: Run, fact: Path) -> None:
    code, out, err = run(
        "check", "--evidence", fact, "--answer", WRONG, "--question", "How heavy?", "--json"
    )
    assert (code, err, out.count("\n")) == (1, "", 1)
    report = Report.from_json(out)
    assert (report.question, report.answer, report.text) == ("How heavy?", WRONG, FACT)
    assert report.versions["policy"] == "balanced"


def test_a_clean_answer_is_exit_code_0(run: Run, fact: Path) -> None:
    code, out, err = run("check", "--evidence", fact, "--answer", CLEAN)
    assert (code, err) == (0, "")
    assert "supported" in out and "unchanged" in out and "fake@1" in out


def test_people_see_claims_quotes_changes_and_sources(run: Run, fact: Path) -> None:
    code, out, _ = run("check", "--evidence", fact, "--answer", WRONG, "--cite")
    words = " ".join(out.split())
    assert code == 1
    assert "62 → 64" in words and "“The pump weighs 64 kg.”" in words
    assert "The pump weighs 64 kg [1]. The tank holds 3 liters [2]." in words


def test_several_files_and_an_index_are_evidence_together(
    run: Run, tmp_path: Path, saved: Path
) -> None:
    from_fact = EvidenceIndex.load(saved, default_like())
    run.patch.setattr(EvidenceIndex, "load", lambda path: from_fact)
    (tmp_path / "a.md").write_text("The door is green.", encoding="utf-8")
    (tmp_path / "b.md").write_text("The roof is blue.", encoding="utf-8")
    files = ("--evidence", tmp_path / "a.md", "--evidence", tmp_path / "b.md")
    answer = f"{CLEAN} The door is green. The roof is blue."
    assert run("check", *files, "--index", saved, "--answer", answer).code == 0
    assert run("check", *files, "--answer", answer).code == 1


@pytest.mark.parametrize(
    ("policy", "action"), [("strict", "rewrite"), ("balanced", "rewrite"), ("observe", "pass")]
)
def test_policies(run: Run, fact: Path, policy: str, action: str) -> None:
    code, out, _ = run("check", "--evidence", fact, "--answer", WRONG, "--policy", policy, "--json")
    report = json.loads(out)
    assert (code, report["decision"]["action"]) == (1, action)
    assert report["versions"]["policy"] == policy


def test_no_evidence_is_unchecked_and_no_pass(run: Run) -> None:
    code, out, err = run("check", "--answer", CLEAN, "--json")
    report = Report.from_json(out)
    assert code == 1
    assert [verdict.label for verdict in report.verdicts] == ["unchecked"]
    assert report.decision.action == "block"
    assert err.startswith("note: no evidence was given") and err.count("\n") == 1


def test_no_evidence_is_flagged_when_only_observed(run: Run) -> None:
    assert run("check", "--answer", CLEAN, "--policy", "observe").code == 1


def test_cite_with_json_changes_nothing_but_says_so(run: Run, fact: Path) -> None:
    code, out, err = run("check", "--evidence", fact, "--answer", CLEAN, "--json", "--cite")
    assert code == 0 and Report.from_json(out).text == CLEAN
    assert "--cite" in err


def test_the_answer_comes_from_stdin_or_a_file(run: Run, fact: Path, tmp_path: Path) -> None:
    answer = "The tank holds 3 liters. \u00fcber\r\n".encode()
    args = ("check", "--evidence", fact, "--json")
    piped = run(*args, "--answer", "-", stdin=answer)
    (tmp_path / "answer").write_bytes(b"\xef\xbb\xbf" + answer)
    filed = run(*args, "--answer-file", tmp_path / "answer")
    for _, out, _ in (piped, filed):
        assert Report.from_json(out).answer.encode() == answer


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_a_terminal_is_told_that_the_answer_is_awaited(
    run: Run, fact: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard, terminal = os.openpty()
    with open(keyboard, "wb", buffering=0) as typed, open(terminal, encoding="utf-8") as stdin:
        typed.write(f"{CLEAN}\n\x04".encode())
        monkeypatch.setattr("sys.stdin", stdin)
        code, out, err = run("check", "--answer", "-", "--evidence", fact)
    assert (code, err.splitlines()[0]) == (
        0, "reading the answer from standard input; end it with Ctrl-D"
    )  # fmt: skip
    assert CLEAN in out


def test_control_characters_on_stdin_are_fine(run: Run, fact: Path) -> None:
    answer = "The tank\0 holds\x1b[31m 3\x07 liters.\u202e \U0001f680"
    code, out, _ = run(
        "check", "--evidence", fact, "--answer", "-", "--json", stdin=answer.encode()
    )
    report = Report.from_json(out)
    assert code in (0, 1) and report.answer == answer
    assert all(v.claim.text == answer[v.claim.start : v.claim.end] for v in report.verdicts)
    code, out, _ = run("check", "--evidence", fact, "--answer", "-", stdin=answer.encode())
    assert code in (0, 1) and not set(out) & set("\0\x1b\x07\u202e")


def test_output_fits_an_encoding_that_lacks_characters(run: Run, fact: Path) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    run.patch.setattr("sys.stdout", out)
    assert main(["check", "--evidence", str(fact), "--answer", WRONG]) == 1
    assert b"\\u2192" in out.buffer.getvalue()


# check: bad input


@pytest.mark.parametrize("answer", ["", " \t\n", "\u2003"])
def test_an_empty_answer(run: Run, fact: Path, answer: str) -> None:
    assert "the answer is empty" in run.fails("check", "--evidence", fact, "--answer", answer)
    stdin = answer.encode()
    assert "stdin" in run.fails("check", "--evidence", fact, "--answer", "-", stdin=stdin)


def test_an_answer_is_given_once(run: Run, fact: Path) -> None:
    assert "--answer-file" in run.fails("check", "--evidence", fact)
    assert "either" in run.fails("check", "--answer", "a", "--answer-file", fact)


def test_an_answer_that_is_not_utf8_names_the_byte(run: Run, fact: Path, tmp_path: Path) -> None:
    error = run.fails("check", "--evidence", fact, "--answer", "-", stdin=b"caf\xe9 is open")
    assert "byte 0xe9 at offset 3" in error
    (tmp_path / "answer").write_bytes(b"ab\xff")
    error = run.fails("check", "--answer-file", tmp_path / "answer")
    assert "byte 0xff at offset 2" in error
    assert "byte 0xe9" in run.fails("check", "--answer", "caf\udce9")
    assert "--question" in run.fails("check", "--answer", "a", "--question", "\udcff")


def test_an_answer_file_that_is_missing_or_a_folder(run: Run, tmp_path: Path) -> None:
    assert "No such file" in run.fails("check", "--answer-file", tmp_path / "none")
    assert "directory" in run.fails("check", "--answer-file", tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"", "has no text"),
        (b" \n\n", "has no text"),
        (b"\x7fELF\0\0", "binary"),
        (b"caf\xe9", "not UTF-8 (byte 0xe9 at offset 3)"),
        ("no mark of its order".encode("utf-16-le"), "utf-16le"),
    ],
)
def test_bad_evidence(run: Run, tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "evidence.txt"
    if content is not None:
        path.write_bytes(content)
    error = run.fails("check", "--evidence", path, "--answer", CLEAN)
    assert message in error and "evidence.txt" in error


def test_evidence_that_is_a_directory(run: Run, tmp_path: Path) -> None:
    error = run.fails("check", "--evidence", tmp_path, "--answer", CLEAN)
    assert "is a directory" in error and "groundwire index" in error


@pytest.mark.parametrize("levels", [100, 100_000])
def test_evidence_that_is_deeply_nested_json(run: Run, tmp_path: Path, levels: int) -> None:
    path = tmp_path / "deep.json"
    path.write_text('{"a":' * levels + "1" + "}" * levels, encoding="utf-8")
    assert "nested" in run.fails("check", "--evidence", path, "--answer", CLEAN)


def test_a_control_character_in_a_file_name_is_not_obeyed(run: Run, tmp_path: Path) -> None:
    error = run.fails("check", "--evidence", tmp_path / "\x1b[2Jx\ny", "--answer", CLEAN)
    assert "\x1b" not in error


def test_an_unknown_policy_is_wrong_usage(run: Run) -> None:
    code, out, err = run("check", "--answer", CLEAN, "--policy", "mild")
    assert (code, out) == (2, "")
    assert "mild" in err and "lenient" in err and "strict" in err and "Traceback" not in err


def test_an_unknown_option_is_wrong_usage(run: Run) -> None:
    assert run("check", "--colour").code == 2
    assert run("chekc").code == 2


def test_a_model_folder_that_is_missing_or_has_no_weights(
    run: Run, fact: Path, tmp_path: Path
) -> None:
    args = ("check", "--evidence", fact, "--answer", CLEAN, "--model")
    assert "no NLI model" in run.fails(*args, tmp_path / "none")
    (tmp_path / "empty").mkdir()
    assert "no safetensors weights" in run.fails(*args, tmp_path / "empty")


def test_a_model_folder_whose_weights_were_altered(run: Run, fact: Path, tmp_path: Path) -> None:
    args = ("check", "--evidence", fact, "--answer", CLEAN, "--model", tmp_path)
    manifest = {"format": 1, "weights_sha256": "0" * 64}
    (tmp_path / "groundwire.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "weights are missing" in run.fails(*args)
    (tmp_path / "model.safetensors").write_bytes(b"other")
    assert "were altered" in run.fails(*args)
    (tmp_path / "groundwire.json").write_text("{", encoding="utf-8")
    assert "broken" in run.fails(*args)


# index: what is left out


def test_index_names_what_it_leaves_out(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "fact.txt").write_text(FACT, encoding="utf-8")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    (folder / "broken.json").write_text("{", encoding="utf-8")
    error = run.fails("index", folder, "--output", tmp_path / "a")
    assert "broken.json" in error
    assert not (tmp_path / "a").exists()
    code, out, err = run("index", folder, "--output", tmp_path / "a", "--skip-errors")
    assert code == 0
    assert "1 document" in out
    assert "left out: " in err and "broken.json" in err
    assert "passed over: 1 file" in err and ".png" in err


# check: bad indexes


def check_index(run: Run, path: Path) -> str:
    return run.fails("check", "--index", path, "--answer", CLEAN)


def test_an_index_that_is_missing_or_none(run: Run, tmp_path: Path) -> None:
    assert "groundwire index" in check_index(run, tmp_path / "none")
    assert "manifest.json is missing" in check_index(run, tmp_path)


def test_an_index_of_another_embedder(run: Run, tmp_path: Path) -> None:
    index = EvidenceIndex(FakeEmbedder(16))
    index.add(FACT)
    index.save(tmp_path / "other")
    assert "fake@16" in check_index(run, tmp_path / "other")


def test_an_index_with_one_flipped_byte(run: Run, saved: Path) -> None:
    for name in tree(saved):
        path, whole = saved / name, (saved / name).read_bytes()
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        assert "damaged" in check_index(run, saved)
        path.write_bytes(whole)


def test_an_index_that_is_half_written(run: Run, saved: Path) -> None:
    for name in tree(saved):
        path, whole = saved / name, (saved / name).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert "damaged" in check_index(run, saved)
        path.unlink()
        assert "build it again" in check_index(run, saved)
        path.write_bytes(whole)


# index


def test_index_reads_files_and_folders(run: Run, tmp_path: Path, fact: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.md").write_text("The door is green.", encoding="utf-8")
    (folder / "deep" / "b.json").write_text('[{"roof": "blue"}, {"roof": "red"}]')
    code, out, err = run("index", fact, folder, "--output", tmp_path / "index")
    assert (code, err) == (0, "")
    assert "3 documents, 4 passages" in out and "groundwire check --index" in out
    index = EvidenceIndex.load(tmp_path / "index", default_like())
    assert index.sources == [str(fact), str(folder / "a.md"), str(folder / "deep" / "b.json")]


def test_index_replaces_and_update_adds(run: Run, tmp_path: Path, fact: Path, saved: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("The door is green.", encoding="utf-8")
    fact.write_text("The pump weighs 65 kg.", encoding="utf-8")
    code, out, _ = run("index", other, fact, "--output", saved, "--update")
    assert code == 0 and "in all 2 documents, 2 passages" in out
    texts = {p.text for p in EvidenceIndex.load(saved, default_like()).passages}
    assert texts == {"The door is green.", "The pump weighs 65 kg."}
    assert run("index", other, "--output", saved).code == 0
    assert EvidenceIndex.load(saved, default_like()).sources == [str(other)]


def test_update_needs_an_index(run: Run, tmp_path: Path, fact: Path) -> None:
    error = run.fails("index", fact, "--output", tmp_path / "none", "--update")
    assert "groundwire index" in error and not (tmp_path / "none").exists()


def test_index_overwrites_nothing_but_an_index(run: Run, tmp_path: Path, fact: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("keep me")
    before = tree(tmp_path)
    error = run.fails("index", fact, "--output", folder)
    assert "letter.txt" in error and "nothing was written" in error
    assert "is a file" in run.fails("index", fact, "--output", fact)
    assert tree(tmp_path) == before


def test_index_that_fails_leaves_the_old_one(run: Run, tmp_path: Path, saved: Path) -> None:
    before = tree(saved)
    for content in (b"", b"\0\1\2", b"caf\xe9"):
        (tmp_path / "bad.txt").write_bytes(content)
        run.fails("index", tmp_path / "bad.txt", "--output", saved)
        run.fails("index", tmp_path / "bad.txt", "--output", saved, "--update")
    run.fails("index", tmp_path / "none.txt", "--output", saved)
    assert tree(saved) == before


def test_a_full_disk_leaves_the_old_index(run: Run, fact: Path, saved: Path) -> None:
    from groundwire.evidence import store

    before, write, calls = tree(saved), store._write, 0

    def full(path: Path, parts: Any) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        if calls == 4:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, parts)

    run.patch.setattr(store, "_write", full)
    assert "No space left" in run.fails("index", fact, "--output", saved)
    assert calls == 4 and tree(saved) == before


def test_a_full_disk_leaves_no_new_folder(run: Run, tmp_path: Path, fact: Path) -> None:
    def full(path: Path, parts: Any) -> dict[str, Any]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    run.patch.setattr("groundwire.evidence.store._write", full)
    run.fails("index", fact, "--output", tmp_path / "new")
    assert not (tmp_path / "new").exists()


# train verifier


def test_train_hands_its_options_on_and_shows_progress(run: Run, tmp_path: Path) -> None:
    seen: dict[str, Any] = {}

    def fake(
        data: Path, output: Path, recipe: Any, backbone: Path | None, progress: Callable[..., None]
    ) -> Path:
        seen.update(data=data, output=output, recipe=recipe, backbone=backbone)
        progress(1, 2, 1.0)
        progress(2, 2, 0.5)
        return output

    run.patch.setattr("groundwire.train.verifier.train.train_verifier", fake)
    code, out, err = run(
        *("train", "verifier", "--data", tmp_path, "--output", tmp_path / "model"),
        *("--seed", "7", "--epochs", "2", "--include-unstated"),
    )
    assert code == 0 and seen["data"] == tmp_path and seen["backbone"] is None
    recipe = seen["recipe"]
    assert (recipe.seed, recipe.epochs, recipe.include_unstated) == (7, 2, True)
    assert "loss 0.500" in err and "2/2" in err
    assert str(tmp_path / "model") in out and "groundwire check --model" in out


def test_train_without_data_writes_nothing(run: Run, tmp_path: Path) -> None:
    code, out, err = run(
        "train", "verifier", "--data", tmp_path / "none", "--output", tmp_path / "model"
    )
    assert (code, out) == (2, "")
    assert "none of the known training sets" in err and "Traceback" not in err
    assert not (tmp_path / "model").exists()


def test_train_checks_its_figures(run: Run, tmp_path: Path) -> None:
    args = ("train", "verifier", "--data", tmp_path, "--output", tmp_path / "model")
    assert run(*args, "--epochs", "0").code == 2
    assert run(*args, "--seed", "x").code == 2


# the program


def test_version_and_help_load_nothing_heavy() -> None:
    code = (
        "import sys, json; from groundwire.cli.commands import main\n"
        "codes = [main([a]) for a in ('--version', '--help')]\n"
        "codes.append(main(['check', '--help']))\n"
        "print(json.dumps([codes, list(sys.modules)]))"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    first, *_, last = out.stdout.splitlines()
    codes, loaded = json.loads(last)
    assert first == f"groundwire {groundwire.__version__}"
    assert codes == [0, 0, 0]
    assert not set(loaded) & set(HEAVY)
    assert "groundwire.guard.guard" not in loaded  # its patterns alone take most of a second


def find_helps(command: Any, path: list[str]) -> Iterator[tuple[str, str]]:
    """Yields the help of a command and of all commands below it."""
    context = command.make_context(path[-1], [], resilient_parsing=True)
    yield " ".join(path), command.get_help(context)
    for name, inner in getattr(command, "commands", {}).items():
        yield from find_helps(inner, [*path, name])


def test_help_names_what_to_give_and_no_type_of_python() -> None:
    helps = dict(find_helps(make_command(), ["groundwire"]))
    assert {"groundwire check", "groundwire audit run", "groundwire train verifier"} <= set(helps)
    named = re.compile(r"<(?:list\[|(?:int|float|str|path|file)\b)", re.IGNORECASE)
    assert not {
        path: found.group() for path, text in helps.items() if (found := named.search(text))
    }


def test_help_of_a_group_that_runs_says_how() -> None:
    """``groundwire audit INPUT...`` runs, so its help has the options of that."""
    helps = dict(find_helps(make_command(), ["groundwire"]))
    told, whole = helps["groundwire audit"], helps["groundwire audit run"]
    assert "audit INPUT... -o OUT [OPTIONS]" in told and "audit COMMAND [ARGS]..." in told
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", told, re.MULTILINE)
    assert {"--output", "--evidence", "--index", "--from-records", "--map"} <= set(options)
    assert all(option in whole for option in options)
    assert "\n  verify " in told


def test_a_reader_that_leaves_is_no_error_to_tell_of() -> None:
    with process("--help") as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode not in (0, 2)


def test_interrupting_is_130(run: Run) -> None:
    def stop(*args: object) -> bool:
        raise KeyboardInterrupt

    run.patch.setattr("groundwire.cli.check.run_check", stop)
    code, out, err = run("check", "--answer", CLEAN)
    assert (code, out) == (130, "") and "Traceback" not in err


def test_a_defect_is_neither_flagged_nor_bad_input(run: Run) -> None:
    def broken(*args: object) -> bool:
        raise ZeroDivisionError

    run.patch.setattr("groundwire.cli.check.run_check", broken)
    code, _, err = run("check", "--answer", CLEAN)
    assert code == 70 and "ZeroDivisionError" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_output_that_cannot_be_written_is_told() -> None:
    with open("/dev/full", "wb") as full, process("--version", stdout=full) as running:
        assert running.stderr is not None
        error = running.stderr.read()
    assert running.returncode == 2
    assert error.startswith("error: No space left") and error.count("\n") == 1


# With the embedded models


def test_the_embedded_models_check_against_files_and_indexes(
    tmp_path: Path, fact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", str(fact), "--output", str(tmp_path / "index")]) == 0
    shutil.copy(fact, tmp_path / "copy.md")
    for place in (["--index", str(tmp_path / "index")], ["--evidence", str(tmp_path / "copy.md")]):
        capsys.readouterr()
        assert main(["check", *place, "--answer", WRONG, "--json"]) == 1
        assert Report.from_json(capsys.readouterr().out).text == FACT
        assert main(["check", *place, "--answer", CLEAN]) == 0
