"""The versions that are supported: ``nox`` runs the tests on each that is installed.

CI runs the newest. ``nox -s langchain`` is the matrix of langchain-core alone.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv|venv"
PYTHONS = ["3.11", "3.12", "3.13"]
CORES = ["1.6", "1.7", "1.8"]
# What depends on langchain-core: the integration, and the parts that take its objects or stream.
LANGCHAIN = (
    "tests/langchain",
    "tests/guard",
    "tests/evidence/test_documents.py",
    "tests/evidence/test_embedders.py",
    "tests/evidence/test_index.py",
    "tests/verify/test_llm_judge.py",
)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Every test, with what the lower bounds and constraints.txt give."""
    session.install("--group", "dev", "--editable", ".", "--constraint", "constraints.txt")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python="3.11")
@nox.parametrize("core", CORES)
def langchain(session: nox.Session, core: str) -> None:
    """The tests of the LangChain parts on one minor version of langchain-core."""
    session.install("--group", "dev", "--editable", ".", f"langchain-core=={core}.*")
    session.run("python", "-m", "pytest", *LANGCHAIN, *session.posargs)
