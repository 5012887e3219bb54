"""Settings of the server: from flags, the environment and one TOML file, in this order."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from groundwire.errors import GroundwireError, InputError
from groundwire.evidence.transcripts import BELIEVED, WHOLE, Origin
from groundwire.io.toml_file import read_toml
from groundwire.serve.batching import MOST
from groundwire.serve.keys import hash_key, read_keys
from groundwire.serve.limits import Limit

PREFIX = "GROUNDWIRE_"
"""What the names of environment variables begin with: ``GROUNDWIRE_UPSTREAM``."""

CONFIG = f"{PREFIX}CONFIG"
"""The environment variable that names the TOML file."""

Template = Literal["open-webui", "llamaindex", "tags", "whole"]


class Settings(BaseSettings):
    """What the server is told; every field is a flag, an environment variable or a TOML key."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="API keys, or their hashes as sha256:HEX; kept as hashes alone."
    )
    keys_file: Path | None = Field(
        None, description="A TOML file of more keys, each with limits of its own."
    )
    evidence: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Files and folders that answers are checked against."
    )
    index: Path | None = Field(None, description="An index that `groundwire index` made.")
    indexes: dict[str, Path] = Field(
        {}, description="Further indexes by name, of which a request of LiteLLM's may name one."
    )
    policy: Literal["strict", "balanced", "lenient", "observe"] = Field(
        "balanced", description="What may pass."
    )
    model: str | None = Field(None, description="Another verifier: a preset, folder or hub id.")
    guard_config: Path | None = Field(
        None, description="What `groundwire calibrate` wrote, for policy and model."
    )
    group: str | None = Field(
        None, description="The group of `guard_config` that the answers of this server belong to."
    )
    blocked_message: str | None = Field(
        None,
        min_length=1,
        description="Said in place of a blocked answer; by default in the reader's language.",
    )
    upstream: str | None = Field(
        None, description="Base URL of an OpenAI-compatible server, such as http://localhost:8000."
    )
    upstream_key: SecretStr | None = Field(
        None, description="Key for the upstream; without it a client's own is handed on."
    )
    on_no_evidence: Literal["pass", "label", "block"] = Field(
        "label", description="What becomes of a chat answer that there is no evidence for."
    )
    evidence_from: Annotated[tuple[Origin, ...], NoDecode] = Field(
        BELIEVED,
        description="Whose evidence in a conversation is believed: system, tools, user; or none.",
    )
    templates: Annotated[tuple[Template, ...], NoDecode] = Field(
        (),
        description="How evidence is marked in texts: open-webui, llamaindex, tags, or whole for "
        "all that a system message says.",
    )
    verdicts: Literal["none", "summary"] = Field(
        "summary", description="What guarded answers tell of their check, in `x-groundwire`."
    )
    json_answers: Literal["check", "exclude"] = Field(
        "check", description="Answers that a request wants as JSON: their fields are checked."
    )
    exclude_models: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Models whose answers are not guarded, such as one for titles and tags."
    )
    exclude_headers: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Headers: the answer to a request that has one is not guarded."
    )
    exclude_markers: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Beginnings of a question whose answer is not guarded."
    )
    page: bool = Field(
        False, description="A page at `/` to try the guard; it shows what the model wrote, too."
    )
    drift_from: Path | None = Field(
        None, description="An audit of earlier answers, from which drift is told in the metrics."
    )
    max_body_bytes: int = Field(10_000_000, ge=1, description="Bytes of a request or an answer.")
    max_claims: int = Field(1_000, ge=10, description="Claims of an answer.")
    max_batch: int = Field(64, ge=1, description="Answers of one batch.")
    check_seconds: float = Field(60.0, gt=0, description="Time for a check.")
    body_seconds: float = Field(30.0, gt=0, description="Time for a request to arrive.")
    upstream_seconds: float = Field(120.0, gt=0, description="Silence of the upstream.")
    chat_seconds: float = Field(900.0, gt=0, description="Time for a whole chat answer.")
    keep_alive_seconds: float = Field(
        15.0, gt=0, description="Silence after which a stream says that it lives."
    )
    shutdown_seconds: float = Field(30.0, ge=1, description="Time to finish what runs at the end.")
    workers: int = Field(4, ge=1, description="Checks that run at once.")
    queue: int = Field(64, ge=0, description="Checks that may wait; more are refused with 503.")
    requests_per_minute: int | None = Field(
        None, ge=1, description="Requests of a key in a minute; more are refused with 429."
    )
    concurrent_requests: int | None = Field(
        None, ge=1, description="Requests of a key at once; more are refused with 429."
    )
    max_chats: int = Field(64, ge=1, description="Chat answers at once; more are refused.")
    cache_claims: int = Field(
        4096, ge=0, description="Verdicts that are kept for claims that come again; 0 keeps none."
    )
    batch_claims: int = Field(
        MOST, ge=1, description="Claims that are scored together; 1 scores each request alone."
    )
    batch_milliseconds: float = Field(
        3.0, ge=0, description="How long claims wait for those of other requests."
    )

    @field_validator(
        "keys", "evidence", "evidence_from", "templates", "exclude_models", "exclude_headers",
        "exclude_markers", mode="before",
    )  # fmt: skip
    @classmethod
    def _split(cls, value: object) -> object:
        """Reads a text, as the environment has it, as a list with commas."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    # Validators of this kind run from the last to the first.
    @field_validator("evidence_from", mode="before")
    @classmethod
    def _nobody(cls, value: object) -> object:
        return () if isinstance(value, str) and value.strip().lower() == "none" else value

    @model_validator(mode="before")
    @classmethod
    def _collect(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Adds the keys of the file, so that one field holds all that are accepted."""
        file, keys = values.get("keys_file"), cls._split(values.get("keys", ()))
        if not file or not isinstance(keys, list | tuple):
            return values
        return {**values, "keys": (*keys, *read_keys(Path(file), Limit()))}

    @field_validator("keys")
    @classmethod
    def _hash(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(hash_key, value))

    @field_validator("exclude_models", "exclude_headers", "exclude_markers")
    @classmethod
    def _name(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(str.strip, value)):
            raise ValueError("an empty text would exclude every answer: leave it out")
        return value

    @field_validator("exclude_headers")
    @classmethod
    def _lower(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower() for name in value)

    @field_validator("upstream")
    @classmethod
    def _base(cls, value: str | None) -> str | None:
        return None if value is None else read_base(value)

    @model_validator(mode="after")
    def _closed(self) -> Settings:
        if not self.keys and not is_loopback(self.host):
            raise InputError(
                f"host is {self.host} and there are no keys, so anybody could use the server: set "
                f"{PREFIX}KEYS (or keys in the TOML file, or keys_file), or listen on 127.0.0.1"
            )
        return self

    @model_validator(mode="after")
    def _calibrated(self) -> Settings:
        told = [name for name in ("policy", "model") if name in self.model_fields_set]
        if self.guard_config is not None and told:
            raise InputError(
                f"guard_config states policy and model: leave {' and '.join(told)} out, or "
                "calibrate with --policy and --model"
            )
        return self

    @model_validator(mode="after")
    def _answered(self) -> Settings:
        if self.page and self.upstream is None:
            raise InputError("page asks the model of an upstream: set upstream, or leave page out")
        return self

    @model_validator(mode="after")
    def _grouped(self) -> Settings:
        if self.group is not None and self.guard_config is None:
            raise InputError("group is one of guard_config: set that, too, or leave group out")
        return self

    @model_validator(mode="after")
    def _effective(self) -> Settings:
        """Refuses settings of evidence that could never have an effect."""
        marked = [name for name in self.templates if name != WHOLE]
        if "user" in self.evidence_from and not marked:
            raise InputError(
                "evidence_from has user, and a user's text is evidence where it fills a template "
                "alone: name one in templates, or take user out"
            )
        whole = WHOLE in self.templates and "system" not in self.evidence_from
        if whole or (marked and not {"system", "user"} & {*self.evidence_from}):
            raise InputError(
                f"templates has {', '.join(self.templates)}, and evidence_from has nobody whose "
                "text could fill it: add system (or user), or leave templates out"
            )
        return self


def is_loopback(host: str) -> bool:
    """Whether nothing outside of this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_base(url: str) -> str:
    """Returns the URL that routes are added to; ``/v1`` where it has no path.

    Raises:
        InputError: if it is no plain http(s) URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"{url!r:.80} is no URL ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise InputError(f"{url!r:.80} is no URL: give one such as http://localhost:8000/v1")
    if parts.username or parts.password:
        raise InputError(f"the URL holds a password: set {PREFIX}UPSTREAM_KEY instead")
    if parts.query or parts.fragment:
        raise InputError(f"{url!r:.80} has a query: give the base of the routes alone")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') or '/v1'}"


def load_settings(flags: Mapping[str, Any], config: Path | None = None) -> Settings:
    """Returns the settings of flags, else of the environment, else of a TOML file.

    Args:
        flags: those that were given; None stands for one that was not.
        config: the TOML file; by default what ``GROUNDWIRE_CONFIG`` names.

    Raises:
        InputError: naming everything that is wrong.
    """
    settings, wrong = _read(flags, config)
    if settings is None:
        raise InputError("; ".join(wrong))
    return settings


def check_settings(flags: Mapping[str, Any], config: Path | None = None) -> tuple[bool, list[str]]:
    """Returns whether the settings hold, and lines that say what holds and what is wrong."""
    try:
        settings, wrong = _read(flags, config)
    except InputError as error:
        return False, [f"wrong  {error}"]
    given = _origins(flags, config)
    if settings is not None and settings.keys_file is not None:
        given["keys"] = ", ".join(filter(None, [given.get("keys"), str(settings.keys_file)]))
    lines = []
    for name in Settings.model_fields:
        if settings is not None:
            shown = _show(name, getattr(settings, name))
            lines.append(f"holds  {name} = {shown} ({given.get(name, 'default')})")
        elif name in given and not any(line.startswith(f"{name}:") for line in wrong):
            secret = name in ("keys", "upstream_key")
            lines.append(f"read   {name} ({given[name]}){': not shown' if secret else ''}")
    if settings is not None:
        wrong = list(_find_missing(settings))
        lines += _tell_promise(settings)
    lines += [f"wrong  {line}" for line in wrong]
    lines += [f"note   {name} is no setting" for name in _find_strays()]
    return not wrong, lines


def _read(flags: Mapping[str, Any], config: Path | None) -> tuple[Settings | None, list[str]]:
    path = _config_path(config)
    values = _read_file(path) if path is not None else {}
    given = {name: value for name, value in flags.items() if value is not None}

    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, values)

    try:
        return Sourced(**given), []
    except ValidationError as error:
        origins = _origins(flags, config)
        return None, [_describe(item, origins) for item in error.errors(include_url=False)]


def _describe(error: Any, origins: Mapping[str, str]) -> str:
    place = ".".join(map(str, error["loc"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    if not place:
        return message
    origin = origins.get(str(error["loc"][0]))
    if error["type"] == "extra_forbidden":
        message = f"there is no such setting; they are {', '.join(Settings.model_fields)}"
    return f"{place}: {message}" + (f" ({origin})" if origin else "")


def _origins(flags: Mapping[str, Any], config: Path | None) -> dict[str, str]:
    path = _config_path(config)
    found = {name: str(path) for name in (_read_file(path) if path is not None else {})}
    found |= {
        name: f"{PREFIX}{name.upper()}"
        for name in Settings.model_fields
        if f"{PREFIX}{name.upper()}" in os.environ
    }
    flagged = (name for name, value in flags.items() if value is not None)
    return found | {name: f"--{name.replace('_', '-')}" for name in flagged}


def _config_path(config: Path | None) -> Path | None:
    named = os.environ.get(CONFIG)
    return config if config is not None else Path(named) if named else None


def _read_file(path: Path) -> dict[str, Any]:
    """Values of a TOML file; what ``groundwire calibrate`` wrote is one of them as a whole."""
    values = read_toml(path)
    return {"guard_config": path} if {"promise", "verifier"} <= values.keys() else values


def _find_strays() -> list[str]:
    """Names of the environment that look like settings and are none."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {CONFIG}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _find_missing(settings: Settings) -> Iterator[str]:
    """What the settings name and that cannot be opened."""
    from groundwire.evidence.sources import open_sources
    from groundwire.guard.config import read_config
    from groundwire.verify.presets import load_verifier

    try:
        open_sources(settings.evidence, settings.index)
    except (GroundwireError, OSError) as error:
        yield f"evidence or index: {error}"
    if settings.drift_from is not None:
        from groundwire.serve.drift import open_watch

        try:
            open_watch(settings.drift_from)
        except (GroundwireError, OSError) as error:
            yield f"drift_from: {error}"
    for name, path in settings.indexes.items():
        try:
            open_sources((), path)
        except (GroundwireError, OSError) as error:
            yield f"indexes: {name}: {error}"
    if settings.guard_config is None:
        try:
            load_verifier(settings.model)
        except GroundwireError as error:
            yield f"model: {error}"
        return
    try:
        # Nothing is scored, but a verifier that is not the one of the labels raises.
        read_config(settings.guard_config).make_verifier(settings.group).verify([], [])
    except GroundwireError as error:
        yield f"guard_config: {error}"


def _tell_promise(settings: Settings) -> Iterator[str]:
    """What the config of the guard promises, where it can be read."""
    from groundwire.guard.config import read_config

    if settings.guard_config is None:
        return
    try:
        config = read_config(settings.guard_config)
        promise = config.describe_promise(settings.group)
    except GroundwireError:
        return
    yield f"holds  promise = {promise} ({config.origin})"


def _show(name: str, value: object) -> str:
    if name == "keys":
        return f"{len(value)} hashed" if isinstance(value, tuple) else "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {path}" for key, path in value.items()) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
