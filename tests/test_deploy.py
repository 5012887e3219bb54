"""What holds for the image and the dashboard, read as they are written: nothing is built here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from groundwire.serve.settings import Settings
from server_cases import MANUAL, open_client

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
SECRET = re.compile(r"KEYS?$|TOKEN|SECRET|PASSWORD", re.IGNORECASE)


def read_stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage of the Dockerfile, with what follows their names."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    found: list[list[tuple[str, str]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            if name == "FROM":
                found.append([])
            found[-1].append((name, rest.strip()))
    return found


STAGES = read_stages()


def find_all(name: str, stage: list[tuple[str, str]]) -> list[str]:
    return [rest for kind, rest in stage if kind == name]


def read_variables(stage: list[tuple[str, str]]) -> dict[str, str]:
    pairs = (re.findall(r'(\w+)="([^"]*)"', rest) for rest in find_all("ENV", stage))
    return {name: value for found in pairs for name, value in found}


def test_every_instruction_is_one() -> None:
    known = {"FROM", "WORKDIR", "RUN", "ARG", "COPY", "ENV", "USER", "EXPOSE", "HEALTHCHECK"}
    names = [name for stage in STAGES for name, _ in stage]
    assert len(STAGES) == 2 and set(names) <= known | {"ENTRYPOINT"}
    assert names.count("ENTRYPOINT") == names.count("HEALTHCHECK") == 1


def test_the_image_is_not_root_and_holds_what_was_built_alone() -> None:
    final = STAGES[-1]
    (user,) = find_all("USER", final)
    assert all(re.fullmatch(r"[1-9]\d*", part) for part in user.split(":"))
    kinds = [name for name, _ in final]
    assert kinds.index("USER") < kinds.index("ENTRYPOINT")
    assert "RUN" not in kinds[kinds.index("USER") :]
    assert all(rest.startswith("--from=build ") for rest in find_all("COPY", final))


def test_nothing_comes_from_the_network_but_by_pip() -> None:
    for stage in STAGES:
        assert not find_all("ADD", stage)
        for rest in find_all("RUN", stage):
            assert not re.search(r"\b(?:curl|wget|git|apt|apt-get)\b|://", rest)


def test_no_secret_is_part_of_it() -> None:
    for stage in STAGES:
        names = [*read_variables(stage), *(r.split("=")[0] for r in find_all("ARG", stage))]
        assert names and not [name for name in names if SECRET.search(name)]


def test_its_variables_are_settings() -> None:
    names = [name for name in read_variables(STAGES[-1]) if name.startswith("GROUNDWIRE_")]
    assert names
    for name in names:
        assert name.removeprefix("GROUNDWIRE_").lower() in Settings.model_fields


def test_it_asks_itself_whether_it_lives() -> None:
    (check,) = find_all("HEALTHCHECK", STAGES[-1])
    command = json.loads(check.partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")
    assert "/healthz" in command[2]
    assert json.loads(find_all("ENTRYPOINT", STAGES[-1])[0]) == ["groundwire", "serve"]


def test_what_is_copied_is_there_and_is_sent_along() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    sent = [line[1:] for line in lines if line.startswith("!")]
    copied = [part for rest in find_all("COPY", STAGES[0]) for part in rest.split()[:-1]]
    assert sorted(sent) == sorted(copied)
    for name in copied:
        assert (ROOT / name).exists()


def yield_expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        assert panel["targets"], panel["title"]
        yield from (target["expr"] for target in panel["targets"])
    yield from (v["query"] for v in dashboard["templating"]["list"] if v["type"] == "query")


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    text = (DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


async def test_the_dashboard_names_metrics_and_labels_that_there_are(
    dashboard: dict[str, Any],
) -> None:
    async with open_client() as client:
        answer = "The kettle holds 1.7 litres. The warranty lasts 36 months."
        await client.post("/v1/check", json={"answer": answer, "evidence": [MANUAL]})
        families = list(text_string_to_metric_families((await client.get("/metrics")).text))
    ends = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    exported = {f"{f.name}{end}": f for f in families for end in ends[f.type]}
    named = set()
    for expression in yield_expressions(dashboard):
        metrics = set(re.findall(r"\bgroundwire_\w+", expression))
        assert metrics and metrics <= exported.keys(), expression
        named |= metrics
        samples = [s for name in metrics for s in exported[name].samples if s.name == name]
        labels = {"job", "instance", *(label for sample in samples for label in sample.labels)}
        for by in re.findall(r"sum by \(([^)]+)\)", expression) if samples else ():
            assert set(by.split(", ")) <= labels, expression
        for label in re.findall(r"(\w+)=~?\"", expression) if samples else ():
            assert label in labels, expression
        assert expression.count("(") == expression.count(")")
    assert {"groundwire_claims_total", "groundwire_stage_seconds_bucket"} <= named
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"\bgroundwire_\w+", page))
    assert told and told <= exported.keys() | {family.name for family in families}


def test_the_page_names_settings_that_there_are() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+) \|.*\| (?:429|503|504|413)", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    named |= {name.lower() for name in re.findall(r"\bGROUNDWIRE_(\w+)", page)} - {"config"}
    assert {"queue", "concurrent_requests", "keys_file"} <= named <= set(Settings.model_fields)


def test_panels_do_not_overlap(dashboard: dict[str, Any]) -> None:
    cells: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        own = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not own & cells, panel["title"]
        cells |= own
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
