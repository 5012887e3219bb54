"""``groundwire doctor``: what it tells of a sound installation, and of one that lacks something."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from groundwire.cli import doctor
from groundwire.cli.commands import main
from groundwire.encoders.weights import DEFAULT_SHA256
from groundwire.verify.backends.checkpoint import find_default_verifier


def told(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", "--json", *args])
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_installation_works(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = told(capsys, "--quick")
    assert (code, found["works"], found["problems"], found["speed"]) == (0, True, [], None)
    assert {"torch", "transformers", "numpy"} <= set(found["core"]["installed"])
    assert not found["core"]["missing"]
    verifier, embedder, talk = found["models"]
    assert (talk["name"], talk["found"]) == ("groundwire-talk", True)
    assert (verifier["name"], verifier["found"]) == ("groundwire-nli", True)
    assert (embedder["sha256"], embedder["found"]) == (DEFAULT_SHA256, True)
    assert found["extras"]["audit"]["get"] == "pip install 'groundwire[audit]'"
    presets = {preset["name"]: preset for preset in found["presets"]}
    assert "multilingual" in presets and "de" in presets["multilingual"]["languages"]
    assert all("folder" in p if p["found"] else p["get"] for p in presets.values())


def test_people_read_how_fast_it_is_and_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SECONDS", 0.0)  # one batch
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    measured = r"speed +([\d.]+) claims/s in batches, no two alike \((?:cpu|cuda|mps), \d+ threads"
    speed = re.search(measured, text)
    assert speed is not None and float(speed[1]) > 0
    assert "The core works. Try: groundwire demo" in text


def test_altered_weights_are_a_problem_with_a_next_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "groundwire-nli"
    broken.mkdir()
    shutil.copy(find_default_verifier() / "groundwire.json", broken)
    (broken / "model.safetensors").write_bytes(b"not these")
    monkeypatch.setattr(
        "groundwire.verify.backends.checkpoint.find_default_verifier", lambda: broken
    )
    code, found = told(capsys)
    assert (code, found["works"], found["models"][0]["found"]) == (1, False, False)
    assert "the weights were altered" in found["problems"][0]
    assert "pip install" in found["problems"][0]
    assert main(["doctor"]) == 1
    assert "The core cannot work." in capsys.readouterr().out


def test_what_is_missing_or_too_old_is_told_with_its_cause() -> None:
    found = doctor.find_packages(["numpy>=2", "rich>=9999.1", "groundwire-none>=1", "groundwire"])
    assert set(found["installed"]) == {"numpy"}
    assert found["missing"]["groundwire-none"] == "is not installed"
    assert "9999.1 or newer is needed" in found["missing"]["rich"]
