from __future__ import annotations

from pathlib import Path

import pytest

from groundwire.cli import main


def test_check_config_says_what_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manual.md").write_text("The kettle holds 1.7 litres.")
    args = ["serve", "--check-config", "--evidence", str(tmp_path), "--port", "0"]
    assert main([*args, "--upstream", "http://localhost:1"]) == 0
    printed = capsys.readouterr().out
    assert "holds  port = 0 (--port)" in printed
    assert "holds  upstream = http://localhost:1/v1 (--upstream)" in printed


def test_an_open_server_without_keys_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "GROUNDWIRE_KEYS" in capsys.readouterr().err
    assert main(["serve", "--host", "0.0.0.0", "--check-config"]) == 2
    assert "wrong  host is 0.0.0.0" in capsys.readouterr().out


def test_evidence_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--evidence", "no-such-file.md"]) == 2
    assert "no-such-file.md" in capsys.readouterr().err
