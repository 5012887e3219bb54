from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.cli import main
from groundwire.errors import InputError
from groundwire.guard.config import GuardConfig, Promise, read_config, write_config
from groundwire.guard.guard import Guard
from groundwire.serve.app import make_app
from groundwire.serve.keys import KeyRing, hash_key
from groundwire.serve.settings import check_settings, is_loopback, load_settings, read_base
from groundwire.testing import FakeVerifier
from server_cases import open_client

KEY = "a-key-that-is-long-enough"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GROUNDWIRE_")]:
        monkeypatch.delenv(name)


def test_flags_go_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('port = 1\nworkers = 1\npolicy = "strict"\nevidence = ["a.md", "b"]\n')
    monkeypatch.setenv("GROUNDWIRE_PORT", "2")
    monkeypatch.setenv("GROUNDWIRE_WORKERS", "2")
    monkeypatch.setenv("GROUNDWIRE_EVIDENCE_FROM", "system, user")
    monkeypatch.setenv("GROUNDWIRE_TEMPLATES", "open-webui,tags")
    monkeypatch.setenv("GROUNDWIRE_CONFIG", str(file))
    settings = load_settings({"port": 3, "host": None})
    assert (settings.port, settings.workers, settings.policy) == (3, 2, "strict")
    assert settings.evidence == (Path("a.md"), Path("b"))
    assert settings.evidence_from == ("system", "user")
    assert settings.templates == ("open-webui", "tags")
    assert settings.host == "127.0.0.1"


def test_everything_that_is_wrong_is_named_with_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "serve.toml"
    file.write_text("prot = 80\n")
    monkeypatch.setenv("GROUNDWIRE_WORKERS", "none")
    with pytest.raises(InputError) as caught:
        load_settings({"policy": "lax"}, file)
    message = str(caught.value)
    assert "workers" in message and "(GROUNDWIRE_WORKERS)" in message
    assert "policy" in message and "(--policy)" in message
    assert "prot: there is no such setting" in message and str(file) in message


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_without_keys_only_this_machine_is_served(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(InputError, match="GROUNDWIRE_KEYS"):
        load_settings({"host": host})
    assert load_settings({"host": host, "keys": KEY}).host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_keys(host: str) -> None:
    assert load_settings({"host": host}).host == host


def test_keys_are_kept_as_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWIRE_KEYS", f"{KEY},{hash_key('another-key-of-length')}")
    settings = load_settings({})
    assert KEY not in repr(settings)
    ring = KeyRing(settings.keys)
    assert ring.is_known(KEY) and ring.is_known("another-key-of-length")
    assert not ring.is_known(hash_key(KEY)), "a hash that leaked opens nothing"
    holds, lines = check_settings({})
    assert holds and KEY not in "\n".join(lines)
    assert "holds  keys = 2 hashed (GROUNDWIRE_KEYS)" in lines


@given(st.text())
def test_a_key_that_is_not_known_is_refused(key: str) -> None:
    assert KeyRing([KEY]).is_known(key) == (key == KEY)


@pytest.mark.parametrize("key", ["short", "sha256:abc", "sha256:" + "G" * 64])
def test_keys_that_protect_nothing_are_refused(key: str) -> None:
    with pytest.raises(InputError):
        load_settings({"keys": key})


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("http://localhost:8000/", "http://localhost:8000/v1"),
        ("https://example.org/openai/v1/", "https://example.org/openai/v1"),
    ],
)
def test_base_of_the_upstream(url: str, base: str) -> None:
    assert read_base(url) == base


@pytest.mark.parametrize(
    "url", ["ftp://x", "localhost:80", "http://u:p@x", "http://x/?a=1", "http://", "http://x:y"]
)
def test_what_is_no_base_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        read_base(url)


def test_check_says_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWIRE_UPSTREEM", "x")
    holds, lines = check_settings({"evidence": (tmp_path / "no.md",), "model": "no/such-model"})
    assert not holds
    text = "\n".join(lines)
    assert "wrong  evidence or index: " in text and "no.md" in text
    assert "wrong  model: " in text
    assert "note   GROUNDWIRE_UPSTREEM is no setting" in text
    assert "holds  port = 8080 (default)" in text


def test_check_of_a_file_that_is_none(tmp_path: Path) -> None:
    holds, lines = check_settings({}, tmp_path / "no.toml")
    assert not holds and "no.toml" in lines[0]


def test_whose_evidence_is_believed(tmp_path: Path) -> None:
    assert load_settings({}).evidence_from == ("system", "tools")
    assert load_settings({"evidence_from": "none"}).evidence_from == ()
    file = tmp_path / "serve.toml"
    file.write_text('evidence_from = ["user"]\ntemplates = ["open-webui"]\n')
    assert load_settings({}, file).evidence_from == ("user",)
    holds, lines = check_settings({"evidence_from": "tools,user"}, file)
    assert "holds  evidence_from = tools, user (--evidence-from)" in lines
    assert f"holds  templates = open-webui ({file})" in lines and holds


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ({"evidence_from": "assistant"}, "evidence_from"),
        ({"templates": "openwebui"}, "templates"),
        ({"evidence_from": "system,user"}, "templates"),
        ({"evidence_from": "user", "templates": "whole"}, "templates"),
        ({"evidence_from": "tools", "templates": "tags"}, "evidence_from"),
        ({"evidence_from": "user", "templates": "tags,whole"}, "evidence_from"),
    ],
)
def test_settings_of_evidence_without_an_effect_are_refused(
    flags: dict[str, str], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        load_settings(flags)
    assert not check_settings(flags)[0]


@pytest.fixture
def guard_config(tmp_path: Path) -> Path:
    promise = Promise("claims", 0.1, 0.9, 0.4, 200, 200, 150, 6, 0.09, 0.75)
    path = tmp_path / "guard.toml"
    write_config(GuardConfig("fake@1", promise, policy="strict"), path)
    return path


async def test_labels_decide_what_a_server_lets_pass(guard_config: Path) -> None:
    answer, evidence = "The warranty lasts 24 months.", ["The warranty: 24 months."]
    assert load_settings({}, guard_config).guard_config == guard_config
    async with open_client({"guard_config": guard_config}) as client:
        body = {"answer": answer, "evidence": evidence}
        report = (await client.post("/v1/check", json=body)).json()
    own = read_config(guard_config)
    guard = Guard(verifier=own.make_verifier(verifier=FakeVerifier()), policy=own.make_policy())
    assert report["versions"] == guard.check(answer, evidence).versions
    assert report["versions"]["config"] == own.origin
    assert report["versions"]["policy"] == "strict from 0.4"


async def test_a_server_takes_the_threshold_of_its_group(tmp_path: Path) -> None:
    of_all = Promise("claims", 0.1, 0.9, 0.4, 200, 200, 150, 6, 0.09, 0.75)
    groups = {"returns": replace(of_all, threshold=0.999)}
    path = tmp_path / "guard.toml"
    write_config(GuardConfig("fake@1", of_all, policy="strict", groups=groups), path)
    body = {"answer": "The warranty lasts 24 months.", "evidence": ["The warranty: 24 months."]}
    told = []
    for group in (None, "returns"):
        async with open_client({"guard_config": path, "group": group}) as client:
            told.append((await client.post("/v1/check", json=body)).json()["versions"])
    assert told[0]["policy"] == "strict from 0.4" and told[1]["policy"] == "strict from 0.999"
    assert "in group 'returns'" in told[1]["promise"] and "group" not in told[0]["promise"]
    with pytest.raises(InputError, match="group 'others' is not in the config"):
        make_app(load_settings({"guard_config": path, "group": "others"}), verifier=FakeVerifier())
    with pytest.raises(InputError, match="group is one of guard_config"):
        load_settings({"group": "returns"})
    holds, lines = check_settings({"guard_config": path, "group": "others"})
    assert not holds and "group 'others'" in lines[-1]


def test_a_page_needs_a_model_to_ask() -> None:
    with pytest.raises(InputError, match="set upstream, or leave page out"):
        load_settings({"page": True})


def test_check_tells_what_a_config_promises(guard_config: Path, tmp_path: Path) -> None:
    holds, lines = check_settings({}, guard_config)
    text = "\n".join(lines)
    assert "with 90 % confidence at most 10 % of the claims" in text
    assert read_config(guard_config).origin in text
    # The verifier of the labels is not the one that would check.
    assert not holds and "wrong  guard_config: the config was made for verifier fake@1" in text
    other = tmp_path / "other.toml"
    other.write_text(guard_config.read_text().replace("threshold = 0.4", "threshold = 4.0"))
    for wrong in (other, tmp_path / "none.toml"):
        holds, lines = check_settings({"guard_config": wrong})
        assert not holds and str(wrong) in lines[-1]
        assert main(["serve", "--guard-config", str(wrong)]) == 2


@pytest.mark.parametrize("flags", [{"policy": "strict"}, {"model": "multilingual"}])
def test_a_config_and_a_policy_or_model_of_its_own_exclude_each_other(
    flags: dict[str, str], guard_config: Path
) -> None:
    with pytest.raises(InputError, match=f"leave {next(iter(flags))} out"):
        load_settings({"guard_config": guard_config, **flags})
