"""Evidence too large to embed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwire.errors import InputError
from groundwire.evidence.adhoc import SCANNED, ScanRetriever, make_retriever
from groundwire.evidence.documents import Document
from groundwire.testing import check_retriever

FILLER = "The village is known for its roses and it has a small market. " * 20


def documents() -> Iterator[Document]:
    for number in range(30):
        yield Document(FILLER, f"doc{number}")
    yield Document(f"{FILLER} The pump of hall 7 weighs 62 kg. {FILLER}", "pump")


def test_the_passage_that_speaks_to_the_query_is_first() -> None:
    found, nothing = ScanRetriever(documents, k=3).retrieve(["The pump weighs 64 kg.", "Xyzzy"])
    assert len(found) == 3
    assert found[0].passage.source == "pump"
    assert "62 kg" in found[0].passage.text
    assert nothing == []


def test_it_keeps_the_contract() -> None:
    check_retriever(ScanRetriever(documents, k=3))


def test_documents_are_read_when_asked() -> None:
    read = 0

    def counted() -> Iterator[Document]:
        nonlocal read
        for document in documents():
            read += 1
            yield document

    retriever = ScanRetriever(counted)
    assert read == 0
    retriever.retrieve(["pump"])
    assert read == 31


def test_much_evidence_is_scanned() -> None:
    text = "All is quiet in the valley. " * (SCANNED // 28 + 1) + " The pump weighs 62 kg."
    retriever = make_retriever(text)
    assert isinstance(retriever, ScanRetriever)
    (found,) = retriever.retrieve(["The pump weighs 62 kg."])
    assert "62 kg" in found[0].passage.text


def test_what_cannot_be_read_is_an_error() -> None:
    def broken() -> Iterator[Document]:
        raise InputError("x.txt: is not UTF-8")
        yield  # a generator

    with pytest.raises(InputError, match="UTF-8"):
        ScanRetriever(broken).retrieve(["pump"])


def test_a_large_file_is_scanned_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from groundwire.cli.commands import main

    path = tmp_path / "large.txt"
    line = "The village is known for its roses and has a small market.\n\n"
    path.write_text(line * 40_000 + "The pump weighs 62 kg.\n", encoding="utf-8")
    assert main(["check", "--evidence", str(path), "--answer", "The pump weighs 62 kg."]) == 0
    assert "searched by words alone" in capsys.readouterr().err
