"""Config of a guard: what ``groundwire calibrate`` found, as a TOML file, and guards made of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from groundwire._version import __version__
from groundwire.errors import InputError
from groundwire.io.atomic import write_whole
from groundwire.io.toml_file import read_toml
from groundwire.policy import POLICIES, ThresholdPolicy
from groundwire.verify.recalibration import RecalibratedVerifier, ScoreScale

if TYPE_CHECKING:
    from groundwire.protocols import Verifier

Target: TypeAlias = Literal["claims", "answers", "good"]
TARGETS: tuple[Target, ...] = get_args(Target)

_FORM = 1
_HEAD = """\
# Made by `groundwire calibrate`; thresholds are on the scale of the verifier's own scores.
# Calibrate again when the verifier, the retrieval or the kind of answers changes.
"""
_SAID: Mapping[Target, str] = {
    "claims": "of the claims shown as they were are faulty",
    "answers": "of the answers shown as they were hold a fault",
    "good": "of the good answers are changed",
}
_POLICIES = ("strict", "balanced")


@dataclass(frozen=True, slots=True)
class Promise:
    """What labels allow to promise: with ``confidence``, a share is at most ``risk``.

    Attributes:
        target: of what the share is: ``"claims"`` (of the claims shown as they were, those at
            fault), ``"answers"`` (the same of answers) or ``"good"`` (of the good answers, those
            that are changed or blocked).
        risk: the share that is allowed.
        confidence: probability, over draws of the labels, that the share is no higher.
        threshold: score from which a claim passes; None where nothing can be promised.
        labels: answers, or claims, that were labeled.
        drawn: of these, what the test rests on: one from each cluster.
        shown: of the drawn, how many the share is taken of, at the threshold.
        faults: how many of those are in it.
        bound: upper end of the share's exact one-sided interval; None without a threshold.
        kept: share of all labeled that pass at the threshold; at 0.5 without one.
        needed: about how many labels would do, where these do not; None where more would not help.
    """

    target: Target
    risk: float
    confidence: float
    threshold: float | None
    labels: int
    drawn: int
    shown: int
    faults: int
    bound: float | None
    kept: float
    needed: int | None = None

    @property
    def promised(self) -> bool:
        """Whether a threshold keeps the promise."""
        return self.threshold is not None

    def __str__(self) -> str:
        """The promise as a sentence."""
        said = f"at most {100 * self.risk:g} % {_SAID[self.target]}"
        labeled = f"{self.labels} labeled {'claims' if self.target == 'claims' else 'answers'}"
        if not self.promised:
            return f"none: these {labeled} cannot promise that {said}"
        return f"with {100 * self.confidence:g} % confidence {said} ({labeled})"


@dataclass(frozen=True, slots=True)
class GuardConfig:
    """What a guard is made of.

    Attributes:
        verifier: version of the verifier that was calibrated.
        promise: for all answers together.
        scale: maps the verifier's scores.
        policy: name of the preset that says what becomes of claims that do not pass.
        model: a verifier instead of the embedded one, as ``load_verifier`` takes it.
        groups: by name, promises for one group of answers alone.
        made_with: version of groundwire.
        origin: name and hash of the file that it was read from.
    """

    verifier: str
    promise: Promise
    scale: ScoreScale = field(default_factory=ScoreScale)
    policy: str = "balanced"
    model: str | None = None
    groups: Mapping[str, Promise] = field(default_factory=dict)
    made_with: str = __version__
    origin: str = ""

    def find_promise(self, group: str | None = None) -> Promise:
        """Returns the promise for a group, or for all.

        Raises:
            InputError: if the config does not know the group.
        """
        if group is None:
            return self.promise
        if group not in self.groups:
            known = ", ".join(map(repr, self.groups)) or "none"
            raise InputError(
                f"group {group!r:.60} is not in the config ({known:.200}): use one of its groups, "
                "or none for all together"
            )
        return self.groups[group]

    def make_policy(self, group: str | None = None) -> ThresholdPolicy:
        """Returns the policy, its threshold on the new scale."""
        preset, found = POLICIES[self.policy], self._threshold(group)
        if found is None:
            return replace(preset, keep=self.scale(preset.keep))
        name = f"{self.policy} from {found:g}"
        return replace(preset, keep=self.scale(found), name=name)

    def make_verifier(self, group: str | None = None, verifier: Verifier | None = None) -> Verifier:
        """Returns the verifier on the new scale; its weights load at the first use.

        Args:
            group: as for ``make_policy``.
            verifier: instead of loading the one that was calibrated.

        Raises:
            ModelError: if the model is not on this machine.
        """
        from groundwire.verify.presets import load_verifier

        origin = {"config": self.origin, "promise": self.describe_promise(group)}
        return RecalibratedVerifier(
            load_verifier(self.model) if verifier is None else verifier,
            self.scale, self._threshold(group), self.verifier, origin,
        )  # fmt: skip

    def describe_promise(self, group: str | None = None) -> str:
        """Returns what reports say of the promise."""
        promise = self.find_promise(group)
        of = ""
        if group is not None:
            of = f" in group {group!r:.60}" if promise.promised else " over all groups together"
            promise = promise if promise.promised else self.promise
        old = "" if self.made_with == __version__ else f"; made with groundwire {self.made_with}"
        return f"{promise}{of}{old}"

    def _threshold(self, group: str | None) -> float | None:
        """The group's own threshold, or else that of all."""
        own = self.find_promise(group).threshold
        return self.promise.threshold if own is None else own


def write_config(config: GuardConfig, path: Path) -> None:
    """Writes a config as TOML; equal configs give equal files."""
    lines = [_HEAD, f"version = {_FORM}", f"groundwire = {_quote(config.made_with)}"]
    lines += [f"verifier = {_quote(config.verifier)}", f"policy = {_quote(config.policy)}"]
    if config.model is not None:
        lines.append(f"model = {_quote(config.model)}")
    lines += ["\n[scale]", f"slope = {config.scale.slope!r}"]
    lines += [f"intercept = {config.scale.intercept!r}", "\n[promise]", *_tell(config.promise)]
    for name, promise in config.groups.items():
        lines += ["\n[[groups]]", f"name = {_quote(name)}", *_tell(promise)]
    write_whole(path, ("\n".join(lines) + "\n").encode())


def read_config(path: Path) -> GuardConfig:
    """Reads what ``write_config`` wrote.

    Raises:
        InputError: if the file cannot be read, or has a key or a value that cannot be used.
    """
    data = read_toml(path)
    if data.pop("version", None) != _FORM:
        raise InputError(f"{path}: no config of a guard: make one with `groundwire calibrate`")
    known: dict[str, type] = {"groundwire": str, "verifier": str, "policy": str, "model": str}
    known |= {"scale": dict, "promise": dict, "groups": list}
    _check_kinds(f"{path}", data, known, {"model", "groups"})
    if data["policy"] not in _POLICIES:
        raise InputError(
            f"{path}: policy is {data['policy']!r:.60}: use one of {', '.join(_POLICIES)}"
        )
    scale = data["scale"]
    _check_kinds(f"{path}, [scale]", scale, {"slope": float, "intercept": float}, set())
    if not scale["slope"] > 0:
        raise InputError(f"{path}: slope is {scale['slope']!r}: use a number above 0")
    groups = {}
    for table in data.get("groups", []):
        name = table.pop("name", None) if isinstance(table, dict) else None
        if not isinstance(name, str):
            raise InputError(f"{path}: a group has no name: give each of [[groups]] one")
        groups[name] = _read_promise(f"{path}, group {name!r:.60}", table)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return GuardConfig(
        data["verifier"], _read_promise(f"{path}, [promise]", data["promise"]),
        ScoreScale(float(scale["slope"]), float(scale["intercept"])), data["policy"],
        data.get("model"), groups, data["groundwire"], f"{path.name}@{digest}",
    )  # fmt: skip


def _tell(promise: Promise) -> list[str]:
    """The lines of a promise; TOML has no null, so what is None is left out."""
    values = {item.name: getattr(promise, item.name) for item in fields(promise)}
    told = {"promised": promise.promised, **values}
    return [f"{name} = {json.dumps(value)}" for name, value in told.items() if value is not None]


def _read_promise(place: str, data: dict[str, Any]) -> Promise:
    shares = ("risk", "confidence", "threshold", "bound", "kept")
    counts = ("labels", "drawn", "shown", "faults", "needed")
    known = {"target": str, "promised": bool}
    _check_kinds(
        place, data, known | dict.fromkeys(shares, float) | dict.fromkeys(counts, int),
        {"threshold", "bound", "needed"},
    )  # fmt: skip
    if data["target"] not in TARGETS:
        raise InputError(
            f"{place}: target is {data['target']!r:.60}: use one of {', '.join(TARGETS)}"
        )
    for name in shares:
        if name in data and not 0.0 <= data[name] <= 1.0:
            raise InputError(f"{place}: {name} is {data[name]!r}: use a number from 0 to 1")
    if data.pop("promised") != ("threshold" in data):
        raise InputError(f"{place}: only what is promised has a threshold: calibrate again")
    return Promise(**{"threshold": None, "bound": None, **data})


def _check_kinds(
    place: str, data: Mapping[str, Any], known: Mapping[str, type], optional: set[str]
) -> None:
    """Checks that a table has what it must have, of the right kinds, and nothing else."""
    for name in data:
        if name not in known:
            raise InputError(f"{place}: {name!r:.60} is unknown: use {', '.join(known)}")
    for name, kind in known.items():
        if name not in data:
            if name in optional:
                continue
            raise InputError(f"{place}: {name!r} is missing: calibrate again")
        value = data[name]
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not fits and not (kind is float and whole):
            raise InputError(f"{place}: {name} is {value!r:.60}: give a {kind.__name__}")


def _quote(text: str) -> str:
    """A string of TOML: that of JSON, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
