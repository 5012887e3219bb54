"""The plugin of pytest, in runs of its own."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

CASES = """
import pytest
from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier

FACTS = "The pump weighs 62 kg."

@pytest.fixture(scope="session")
def grounding_guard():
    return Guard(verifier=FakeVerifier())

def test_right(grounded):
    assert grounded("The pump weighs 62 kg.", FACTS).decision.action == "pass"

def test_wrong(grounded):
    grounded("The pump weighs 64 kg.", FACTS)
"""
LIGHT = """
import sys

def test_nothing_was_loaded():
    assert "groundwire_pytest" in sys.modules and "groundwire" not in sys.modules
"""


def run(folder: Path, code: str) -> str:
    (folder / "test_cases.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short"]
    options = ["-p", "no:cacheprovider", "-c", "none.ini", "--rootdir", str(folder)]
    (folder / "none.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [*command, *options, "test_cases.py"], cwd=folder, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def test_the_fixture_checks_an_answer(tmp_path: Path) -> None:
    told = run(tmp_path, CASES)
    assert "1 failed, 1 passed" in told
    assert "contradicted (0.01): 'The pump weighs 64 kg.'" in told
    assert "evidence[0]: 'The pump weighs 62 kg.'" in told


def test_other_tests_load_nothing(tmp_path: Path) -> None:
    assert "1 passed" in run(tmp_path, LIGHT)


def test_the_plugin_is_registered() -> None:
    file = Path(__file__).parents[2] / "pyproject.toml"
    points = tomllib.loads(file.read_text())["project"]["entry-points"]["pytest11"]
    assert points == {"groundwire": "groundwire_pytest"}
