"""Documentation: its code runs and prints what it says, its commands parse, its site builds."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from groundwire.cli.commands import make_command
from readme_examples import Example, examples, shell_commands, tidy

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
INCLUDED = DOCS / "reference" / "langchain.md"  # README of the package, which has its own test
PAGES = sorted(set(DOCS.rglob("*.md")) - {INCLUDED})
SHOWN = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "integrations").glob("*/README.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
    *sorted((ROOT / "src" / "groundwire" / "train" / "generator" / "recipes").glob("*.md")),
    *PAGES,
]
WORDS = 1000
"""Most that README.md may have: what is longer stands in ``docs``."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def run(example: Example, namespace: dict[str, Any], filename: str) -> str:
    """Runs a block as a program of its own would; returns what it prints."""
    source = "\n" * (example.line - 1) + example.code
    # Type hints of classes have to be types, which they are not where this file's own
    # `from __future__ import annotations` is inherited.
    code = compile(source, filename, "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, namespace)
    return printed.getvalue()


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.parametrize(
    "page", [p for p in PAGES if "```python" in p.read_text("utf-8")], ids=name
)
def test_the_code_of_a_page_prints_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in examples(page.read_text(encoding="utf-8")):
        printed = run(block, namespace, str(page))
        assert tidy(printed) == tidy(block.output or ""), f"{name(page)} line {block.line}"


def find_notebooks() -> list[Path]:
    return sorted((DOCS / "notebooks").glob("*.ipynb"))


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.parametrize("notebook", find_notebooks(), ids=name)
def test_a_notebook_runs_and_prints_what_it_holds(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GROUNDWIRE_EXAMPLES", str(ROOT / "examples"))
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code and any(cell["outputs"] for cell in code)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(code, start=1):
        printed = run(Example(1, "".join(cell["source"])), namespace, f"{notebook.name}[{number}]")
        if "figures" in cell["metadata"].get("tags", []):
            assert printed
            continue
        shown = "".join(line for out in cell["outputs"] for line in out["text"])
        assert tidy(printed) == tidy(shown), f"{name(notebook)} cell {number}"


def find_commands() -> Iterator[tuple[str, list[str]]]:
    """Yields every command that a page shows, with its place."""
    for path in SHOWN:
        for line, words in shell_commands(path.read_text(encoding="utf-8")):
            yield f"{name(path)} line {line}", words


@cache
def command_line() -> Any:
    return make_command()


def parse(words: list[str]) -> None:
    """Has the command line read a command, without running it.

    Raises:
        Exception: what the command line says of words that it does not know.
    """
    command, context, rest = command_line(), None, words[1:]
    while hasattr(command, "commands"):
        context = command.context_class(command, info_name=command.name, parent=context)
        if rest and rest[0] in ("-h", "--help", "--version"):
            return
        inner = command.commands.get(rest[0]) if rest else None
        if inner is None and command.name == "audit":
            inner, rest = command.commands["run"], ["run", *rest]
        assert inner is not None, f"no such command: {words}"
        command, rest = inner, rest[1:]
    if not {"-h", "--help", "--keys"} & set(rest):
        command.make_context(command.name, rest, parent=context)


def test_every_command_of_groundwire_that_a_page_shows_can_be_parsed() -> None:
    shown = [(place, words) for place, words in find_commands() if words[0] == "groundwire"]
    assert len(shown) > 40
    wrong = []
    for place, words in shown:
        try:
            parse(words)
        except Exception as error:
            wrong.append(f"{place}: {' '.join(words)}: {error}")
    assert not wrong


def test_what_a_page_installs_makes_and_measures_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    wrong = []
    for place, words in find_commands():
        if words[:2] == ["pip", "install"]:
            extra = re.fullmatch(r"groundwire(?:\[([\w,-]+)\])?", words[-1])
            known = extra and set((extra[1] or "").split(",")) <= {
                "", *project["optional-dependencies"]
            }  # fmt: skip
        elif words[0] == "make":
            known = all(word in targets for word in words[1:])
        elif words[:2] == ["python", "-m"] and words[2].startswith("benchmarks."):
            known = importlib.util.find_spec(words[2]) is not None
        else:
            continue
        if not known:
            wrong.append(f"{place}: {' '.join(words)}")
    assert not wrong


def test_commands_are_found_whole() -> None:
    text = "```console\n$ a -m | B=1 c \"x y\" > out  # why\nprinted\n$ d '{\n  1}' \\\n  -e\n```\n"
    assert shell_commands(text) == [
        (2, ["a", "-m"]), (2, ["c", "x y"]), (4, ["d", "{\n  1}", "-e"])
    ]  # fmt: skip


def test_readme_is_short_and_its_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.split()) <= WORDS
    links = re.findall(r"(?:\]\(|src=\")([^)\"#\s]+)", text)
    assert len(links) > 5
    assert not [link for link in links if not (ROOT / link).exists()]


def test_figures_of_a_page_are_those_that_were_measured() -> None:
    """Rows with intervals stand as they are in the benchmarks or in the model card."""
    measured = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    card = ROOT / "src" / "groundwire" / "models" / "groundwire-nli" / "README.md"
    measured += card.read_text(encoding="utf-8")
    interval = re.compile(r"\d+\.\d+ \(\d+\.\d+-\d+\.\d+\)")
    stray = {
        f"{name(path)}: {figure}"
        for path in (ROOT / "README.md", DOCS / "how-it-decides.md")
        for figure in interval.findall(path.read_text(encoding="utf-8"))
        if figure not in measured
    }
    assert not stray


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly; skipped where what builds it is not installed."""
    for package in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return folder


def test_no_page_of_the_site_asks_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert {"index.html", "server.html", "ways-in.html"} <= {page.name for page in pages}
    loaded = re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"(?:https?:)?//[^\"]*"
    )
    assert not [
        f"{page.name}: {found}"
        for page in pages
        for found in loaded.findall(page.read_text(encoding="utf-8"))
    ]
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", styles)


def test_the_reference_tells_of_every_public_class(site: Path) -> None:
    reference = (site / "reference" / "python.html").read_text(encoding="utf-8")
    for wanted in ("Guard", "ThresholdPolicy", "Report", "EvidenceIndex", "NLIVerifier"):
        assert re.search(rf'id="groundwire\.[\w.]*\b{wanted}"', reference), wanted
