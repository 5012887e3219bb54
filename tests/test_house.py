"""What holds for the project as a whole: what is imported, shipped and written down."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.house import VERBS, find_functions, find_modules, read_imports

import groundwire

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "groundwire"
FOLDERS = (".ci", "src", "integrations", "tests", "benchmarks", "examples", "docs", "deploy")
HEAVY = ("torch", "numpy", "faiss", "transformers", "sentence_transformers", "langchain_core")


def text_files() -> Iterator[tuple[Path, str]]:
    paths = [path for path in ROOT.iterdir() if path.name != ".git"]
    paths += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    for path in paths:
        if path.is_file() and not {"__pycache__", "results"} & set(path.relative_to(ROOT).parts):
            try:
                yield path, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def run_python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("module", ["groundwire", "groundwire.types", "groundwire.errors"])
def test_import_loads_nothing_heavy(module: str) -> None:
    printed = run_python(f"import {module}, json, sys; print(json.dumps(list(sys.modules)))")
    loaded = set(json.loads(printed))
    assert module in loaded
    assert not loaded & set(HEAVY)


def test_every_exported_name_can_be_reached() -> None:
    assert len(groundwire.__all__) == len(set(groundwire.__all__))
    for name in groundwire.__all__:
        assert getattr(groundwire, name) is not None


def test_every_public_name_is_exported() -> None:
    own = {
        name
        for name, value in vars(groundwire).items()
        if not name.startswith("_")
        and str(getattr(value, "__module__", "")).startswith("groundwire")
    }
    assert own <= set(groundwire.__all__)


def test_exported_objects_are_documented() -> None:
    for name in groundwire.__all__:
        value = getattr(groundwire, name)
        if isinstance(value, type) or callable(value):
            assert value.__doc__, f"{name} has no docstring"


def test_version_is_the_same_everywhere() -> None:
    assert groundwire.__version__ == importlib.metadata.version("groundwire")


def test_changelog_tells_of_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## \[([^\]]+)\].*\n((?:(?!## ).*\n?)*)", text, re.MULTILINE))
    versions = list(sections)
    assert versions[0] == "Unreleased"
    assert groundwire.__version__ in versions or "- " in sections["Unreleased"]


def test_no_file_mentions_a_machine() -> None:
    machine = re.compile(
        r"(?<![\w.])/(?:root|home|Users|work|opt)/\w"  # somebody's folders
        r"|(?:pypi|pythonhosted)\.org"  # where packages happen to come from
    )
    files = list(text_files())
    assert Path(__file__).resolve() in [path for path, _ in files]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path, text in files
        for match in machine.finditer(text)
    ]
    assert not found


ORDER = (
    "text",
    "quantities",
    "io",
    "encoders",
    "claims",
    "evidence",
    "verify",
    "repair",
    "reports",
    "guard",
    "demo",
    "evaluate",
    "audit",
    "train",
    "serve",
    "cli",
)
"""The folders of the package: each imports only what stands before it."""
BASE = ("_version", "errors", "types", "protocols", "policy", "device")
"""The modules of the root on which every folder may stand."""


MODULES = find_modules(ROOT)
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
PUBLIC_NOUNS = {"as_embedder", "as_embeddings", "as_retriever", "grounded", "verifier_cases"}
PUBLIC_NOUNS |= {"grounding_edge", "grounding_evaluator", "grounding_node"}
"""Names that users import, older than the rule that a function begins with a verb."""


def find_place(name: str) -> int:
    """Returns how late a module stands: the base first, then the folders, then what is on top."""
    package, _, rest = name.partition(".")
    first = rest.partition(".")[0]
    if package == "groundwire_pytest":
        return len(ORDER) + 1  # it brings what `testing` has to pytest
    if package != "groundwire":
        return ORDER.index("cli")
    if first in ORDER:
        return ORDER.index(first)
    return -1 if first in BASE else len(ORDER)


def test_a_folder_imports_only_what_stands_before_it() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert folders == {*ORDER, "models"}
    against = [
        f"{name} imports {other}"
        for name, tree in TREES.items()
        for other in sorted(set(read_imports(tree, MODULES, types=False)) - {name})
        if find_place(other) > find_place(name)
        or (find_place(other) == find_place(name) and other.split(".")[0] != name.split(".")[0])
    ]
    assert not against


def test_no_module_imports_itself_in_a_circle() -> None:
    left = {
        name: set(read_imports(tree, MODULES, types=False)) - {name} for name, tree in TREES.items()
    }
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_the_root_holds_what_is_public_and_no_more() -> None:
    names = {path.stem for path in PACKAGE.glob("*.py")}
    assert names == {*BASE, "__init__", "__main__", "testing"}


def test_a_public_function_begins_with_a_verb() -> None:
    found = {
        f"{name}.{function}"
        for name, tree in TREES.items()
        for function in find_functions(tree)
        if function.split("_")[0] not in VERBS
        and function not in PUBLIC_NOUNS
        and not name.startswith("groundwire.cli.")  # its functions are named as their commands
    }
    assert not found


def test_a_module_says_first_what_it_is() -> None:
    opening = re.compile(r"(?:An?|The|What|Which|How|Whether|From|One|Any|Where)\b")
    found = {
        name
        for name, tree in TREES.items()
        if opening.match(ast.get_docstring(tree) or "The docstring is missing")
    }
    assert not found


def imported() -> set[str]:
    """Returns the top-level names that the package imports, wherever it does so."""
    names = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).partition(".")[0])
    return names - {"groundwire"} - sys.stdlib_module_names


def declared() -> tuple[set[str], set[str]]:
    """Returns the names of the dependencies that are always installed, and of the optional ones."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [item for extra in project.get("optional-dependencies", {}).values() for item in extra]

    def names(requirements: list[str]) -> set[str]:
        return {re.split(r"[^\w.-]", item)[0].lower() for item in requirements}

    return names(project["dependencies"]), names(extras)


def owners(module: str) -> set[str]:
    found = importlib.metadata.packages_distributions().get(module, [])
    return {owner.lower().replace("_", "-") for owner in found}


def test_every_import_is_declared() -> None:
    base, optional = declared()
    known = {name.replace("-", "_") for name in optional}  # an extra may not be installed
    stray = {name for name in imported() if not owners(name) & (base | optional)}
    assert not stray - known


def test_every_dependency_is_used() -> None:
    base, _ = declared()
    used = set().union(*(owners(name) for name in imported()))
    # Weights are read as package data, by name.
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "integrations").rglob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    assert not {name for name in base - used if name.replace("-", "_") not in source}


def test_wheel_ships_code_and_data(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    expected = {
        path.relative_to(ROOT / "src").as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "groundwire/py.typed" in expected
    assert expected <= shipped
    assert not {name for name in shipped if not name.startswith("groundwire")}
