"""``groundwire calibrate`` and the guards of its configs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundwire.cli.commands import main
from groundwire.errors import InputError, ModelError
from groundwire.guard.config import read_config
from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire.types import Report, Verdict
from reports import holds

GOOD = "The pump weighs {n} kg."
BAD = "The pump sings opera {n} times."


class Timid(FakeVerifier):
    """Supports what it would, but with a score that a balanced policy does not let pass."""

    version = "timid@1"

    def verify(self, claims: Any, evidence: Any) -> list[Verdict]:
        found = super().verify(claims, evidence)
        return [
            Verdict(v.claim, "unsupported", 0.4, v.quotes) if v.label == "supported" else v
            for v in found
        ]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def rows(count: int, bad: int = 10, **more: Any) -> list[dict[str, Any]]:
    """Labeled answers, every tenth of them at fault."""
    return [
        {
            "answer": (BAD if n % bad == 0 else GOOD).format(n=n),
            "evidence": f"The pump weighs {n} kg. It is green.",
            "faithful": n % bad != 0,
            **more,
        }
        for n in range(count)
    ]


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str, str]:
    code = main([str(arg) for arg in args])
    return (code, *capsys.readouterr())


def test_labels_become_a_guard_that_says_what_it_promises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, config = write(tmp_path / "labels.jsonl", rows(60)), tmp_path / "guard.toml"
    terms = ("--risk", 0.1, "--confidence", 0.9)
    code, out, _ = run(capsys, "calibrate", labels, *terms, "--output", config, "--json")
    told = json.loads(out)
    assert code == 0 and told["promised"] is True and told["target"] == "claims"
    assert (told["risk"], told["confidence"], told["labels"]) == (0.1, 0.9, 60)
    assert told["kept"] == pytest.approx(0.9) and told["threshold"] == 0.99

    (tmp_path / "fact.txt").write_text("The pump weighs 62 kg.", encoding="utf-8")
    asked = ("--evidence", tmp_path / "fact.txt", "--answer", "The pump weighs 62 kg.")
    code, out, _ = run(capsys, "check", "--config", config, *asked, "--json")
    versions = Report.from_json(out).versions
    assert code == 0
    assert versions["config"].startswith("guard.toml@") and versions["verifier"] == "fake@1"
    assert versions["promise"].startswith("with 90 % confidence at most 10 % of the claims")
    guard = Guard.from_config(config)
    report = guard.check("The pump weighs 62 kg. It sings.", "The pump weighs 62 kg.")
    assert holds(report, read_config(config).make_policy()).text == "The pump weighs 62 kg."
    assert report.versions == versions
    assert "promise" not in Guard(verifier=FakeVerifier()).check("It is 2.", "It is 2.").versions


def test_good_answers_that_were_cut_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", Timid)
    labels, config = write(tmp_path / "labels.jsonl", rows(60)), tmp_path / "guard.toml"
    code, out, _ = run(capsys, "calibrate", labels, "-o", config, "--json")
    told = json.loads(out)
    assert (code, told["threshold"], told["kept_before"]) == (0, 0.4, 0.0)
    answer, evidence = "The pump weighs 62 kg.", "The pump weighs 62 kg."
    assert Guard(verifier=Timid()).check(answer, evidence).decision.action == "block"
    report = holds(Guard.from_config(config).check(answer, evidence))
    assert report.decision.action == "pass" and report.verdicts[0].label == "supported"
    # The scores are those of the labels now: nearly all of these were faithful.
    assert (report.verdicts[0].score or 0.0) > 0.6


def test_what_labels_cannot_promise_is_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, config = write(tmp_path / "labels.jsonl", rows(12)), tmp_path / "guard.toml"
    code, out, _ = run(capsys, "calibrate", labels, "-o", config, "--json")
    told = json.loads(out)
    assert (code, told["promised"], told["threshold"]) == (1, False, None)
    assert told["needed"] > 12
    report = Guard.from_config(config).check("It is green.", "It is green.")
    assert report.versions["promise"].startswith("none: these 12 labeled claims cannot promise")
    code, out, _ = run(capsys, "calibrate", labels, "-o", config)
    assert code == 1 and f"about {told['needed']} would do" in out
    assert out.startswith("12 answers, 12 labeled claims; 2 at fault\n") and "12 labels" not in out
    assert "--config" not in out and "disagrees" not in out and told["disagreements"] == []
    assert out.endswith("label more answers or allow a higher --risk, and calibrate again)\n")


def test_labels_that_the_checker_disagrees_with_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One label of each kind is turned; a span tells which claim of an answer is meant."""
    made, config = rows(60), tmp_path / "guard.toml"
    made[3]["faithful"], made[20]["faithful"] = False, True
    made[40] |= {"answer": f"{BAD.format(n=40)} It is green.", "spans": [[31, 43]]}
    labels = write(tmp_path / "labels.jsonl", made)
    code, out, _ = run(capsys, "calibrate", labels, "-o", config, "--json", "--risk", "0.3")
    told = json.loads(out)
    assert (code, told["disagreed"]) == (0, 4)
    found = {
        (d["place"].rsplit(":", 1)[1], d["claim"], d["faithful"], d["verdict"])
        for d in told["disagreements"]
    }
    assert found == {
        ("4", GOOD.format(n=3), False, "supported"),
        ("21", BAD.format(n=20), True, "unsupported"),
        ("41", BAD.format(n=40), True, "unsupported"),
        ("41", "It is green.", False, "supported"),
    }
    strengths = [abs(d["score"] - d["faithful"]) for d in told["disagreements"]]
    assert strengths == sorted(strengths, reverse=True)

    code, out, _ = run(capsys, "calibrate", labels, "-o", config, "--risk", "0.01")
    assert code == 1 and "disagrees with the labels of 4 claims in 3 answers (" in out
    assert out.startswith("60 answers, 61 labeled claims, one of each of 60 clusters; ")
    assert (told["answers"], told["labels"]) == (60, 61)
    assert "labels.jsonl:4: labeled hallucinated, but supported with score 0.99: The pump" in out
    assert "mend labels that are wrong" in out.splitlines()[-1]


def test_the_strongest_disagreements_are_told_and_all_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [{**row, "faithful": not row["faithful"]} for row in rows(40, 2)]
    labels = write(tmp_path / "labels.jsonl", made)
    code, out, _ = run(capsys, "calibrate", labels, "-o", tmp_path / "guard.toml")
    assert (
        code == 1
        and "disagrees with the labels of 40 answers (" in out
        and "; the strongest:" in out
    )
    assert out.count("labels.jsonl:") == 5
    assert "more labels would hardly change that" in out and "label more" not in out


def test_a_promise_for_one_group_alone_names_that_group(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of group b all labels are turned, so that nothing holds for all answers."""
    made = [{**row, "group": "a"} for row in rows(60)]
    made += [{**row, "faithful": not row["faithful"], "group": "b"} for row in rows(120, 2)[60:]]
    labels, config = write(tmp_path / "labels.jsonl", made), tmp_path / "guard.toml"
    code, out, _ = run(capsys, "calibrate", labels, "-o", config)
    assert code == 1 and f"--config {config} --group a" in out.splitlines()[-1]


def test_whole_answers_groups_and_clusters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "guard.toml"
    made = [
        {**row, "answer": f"{row['answer']} It is green.", "group": "ab"[n % 2 == 0]}
        for n, row in enumerate(rows(100, 9))
    ]
    labels = write(tmp_path / "labels.jsonl", made)
    code, out, _ = run(capsys, "calibrate", labels, "-o", config, "--json")
    told = json.loads(out)
    assert code == 0 and told["target"] == "answers" and "whole answers" in told["notes"][0]
    assert set(told["groups"]) == {"a", "b"} and told["groups"]["a"]["promised"]
    check = Guard.from_config(config, group="a").check("It is green.", "It is green.")
    assert check.versions["promise"].endswith("in group 'a'")
    with pytest.raises(InputError, match="group 'c' is not in the config"):
        Guard.from_config(config, group="c")

    talks = [{**row, "talk": n // 10} for n, row in enumerate(made)]
    labels = write(tmp_path / "talks.jsonl", talks)
    code, out, _ = run(
        capsys, "calibrate", labels, "-o", config, "--json", "--cluster", "talk",
        "--target", "claims",
    )  # fmt: skip
    told = json.loads(out)
    assert (code, told["drawn"], told["labels"]) == (1, 10, 200)


def test_spans_tell_each_claim_and_csv_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "guard.toml"
    made = rows(60)
    for row in made[::10]:
        row["answer"] += " It is green."
        row["spans"] = [{"start": 0, "end": 8}]
    labels = write(tmp_path / "labels.jsonl", made)
    code, out, _ = run(capsys, "calibrate", labels, "-o", config, "--json")
    told = json.loads(out)
    assert (code, told["target"], told["labels"], told["faults"]) == (0, "claims", 66, 0)
    lines = [f"{r['answer']},{r['evidence']},{str(r['faithful']).lower()}\n" for r in rows(60)]
    table = tmp_path / "labels.csv"
    table.write_text("answer,evidence,faithful\n" + "".join(lines), encoding="utf-8")
    code, out, _ = run(capsys, "calibrate", table, "-o", config)
    assert (
        code == 0 and "60 labeled claims; 6 at fault" in out and "90.0% of the claims pass" in out
    )


def test_the_label_page_with_its_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audit, config = tmp_path / "audit", tmp_path / "guard.toml"
    audit.mkdir()
    guard = Guard(verifier=FakeVerifier())
    records = []
    for n, row in enumerate(rows(60)):
        report = guard.check(row["answer"], row["evidence"])
        records.append({"index": n, "answer_id": f"r{n}", "fields": {}, "report": report.to_dict()})
    write(audit / "reports.jsonl", records)
    page: list[dict[str, Any]] = [
        {"index": n, "answer_id": f"r{n}", "label": "hallucinated" if n % 10 == 0 else "faithful"}
        for n in range(60)
    ]
    page.append({"index": 3, "answer_id": "r3", "label": "faithful"})  # the same label again
    page.append({"index": 4, "answer_id": "r4", "label": "skip"})
    labels = write(tmp_path / "labels.jsonl", page)
    code, out, _ = run(capsys, "calibrate", labels, "--audit", audit, "-o", config, "--json")
    told = json.loads(out)
    assert (code, told["labels"], told["verifier"]) == (0, 60, "fake@1")
    code, _, err = run(capsys, "calibrate", labels, "-o", config)
    assert code == 2 and "add --audit" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"faithful": None}, "it has no label"),
        ({"faithful": "perhaps"}, "faithful is 'perhaps': use true or false"),
        ({"label": "faithful"}, "keep one of them"),
        ({"evidence": None}, "it has no evidence"),
        ({"answer": " "}, "is empty"),
        ({"faithful": True, "spans": [[0, 3]]}, "keep one of them"),
        ({"spans": [[0, 900]]}, "is no span of the answer"),
        ({"answer": GOOD.format(n=1), "evidence": "The pump weighs 1 kg. It is green."},
         "has another label in"),
    ],
)  # fmt: skip
def test_bad_labels_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], message: str
) -> None:
    made = rows(30)
    made[20] = {**made[20], **change}
    labels = write(tmp_path / "labels.jsonl", made)
    code, out, err = run(capsys, "calibrate", labels, "-o", tmp_path / "guard.toml")
    assert (code, out) == (2, "") and message in err and "labels.jsonl:21" in err
    assert not (tmp_path / "guard.toml").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--risk", "0"), "risk is 0.0: use a number between 0 and 1"),
        (("--confidence", "1"), "confidence is 1.0"),
        (("--group", "topic"), "no row has a field 'topic'"),
        (("--cluster", "talk"), "no row has a field 'talk'"),
    ],
)
def test_bad_terms_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], message: str
) -> None:
    labels = write(tmp_path / "labels.jsonl", rows(30))
    code, _, err = run(capsys, "calibrate", labels, "-o", tmp_path / "guard.toml", *args)
    assert code == 2 and message in err


def test_labels_of_one_kind_and_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write(tmp_path / "labels.jsonl", rows(31)[21:30])
    code, _, err = run(capsys, "calibrate", labels, "-o", tmp_path / "guard.toml")
    assert code == 2 and "all 9 answers are labeled faithful" in err
    labels = write(tmp_path / "none.jsonl", [])
    code, _, err = run(capsys, "calibrate", labels, "-o", tmp_path / "guard.toml")
    assert code == 2 and "it has no labels" in err


def test_a_config_holds_for_its_verifier_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels, config = write(tmp_path / "labels.jsonl", rows(60)), tmp_path / "guard.toml"
    assert run(capsys, "calibrate", labels, "-o", config)[0] == 0
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", Timid)
    with pytest.raises(ModelError, match=r"made for verifier fake@1, and this is timid@1"):
        Guard.from_config(config).check("It is green.", "It is green.")
    text = config.read_text(encoding="utf-8")
    for old, new, message in (
        ("version = 1", "version = 2", "no config of a guard"),
        ('policy = "balanced"', 'policy = "kind"', "policy is 'kind'"),
        ("risk = 0.1", 'risk = "low"', "risk is 'low'"),
        ("[promise]", "[promise]\nluck = 1", "'luck' is unknown"),
        ("kept = ", "# kept = ", "'kept' is missing"),
    ):
        config.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(InputError, match=message):
            Guard.from_config(config)
    config.write_text(text, encoding="utf-8")
    for more in (("--policy", "strict"), ("--model", "x")):
        code, _, err = run(capsys, "check", "--answer", "It is.", "--config", config, *more)
        assert code == 2 and "the config states policy and model" in err
    code, _, err = run(capsys, "check", "--answer", "It is green.", "--group", "a")
    assert code == 2 and "--group is for --config" in err
