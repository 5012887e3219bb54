from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.evidence.chunking import MAX_CHARS, chunk_document
from groundwire.evidence.documents import Document
from groundwire.text.blocks import find_sentences
from groundwire.types import Passage

PARTS = ["A short sentence. ", "# Title\n\n", "- item\n", "word ", "\n\n", "x" * 900, "。"]
PARTS += [
    "e\u0301",
    "👩\u200d👩\u200d👧",
    "\ud800",
    "\x00",
    "\r\n",
    " " * 1000,
    "| a | b |\n",
    "漢字",
]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=60).map("".join),
)


def check(document: Document, passages: list[Passage]) -> None:
    """Offsets are exact, passages are disjoint and bounded, and nothing is left out."""
    text, end = document.text, 0
    for passage in passages:
        first, last = passage.start - document.offset, passage.end - document.offset
        assert passage.text == text[first:last]
        assert passage.text == passage.text.strip() != ""
        assert len(passage.text) <= MAX_CHARS
        assert end <= first < last
        assert not text[end:first].strip()
        assert (passage.source, passage.metadata) == (document.source, document.metadata)
        end = last
    assert not text[end:].strip()


def pieces(text: str) -> list[str]:
    document = Document(text, "d")
    passages = chunk_document(document)
    check(document, passages)
    return [passage.text for passage in passages]


@settings(deadline=None, max_examples=300)
@given(TEXTS, st.integers(0, 10**9), st.integers(1, 30), st.integers(0, 30))
def test_any_text_is_covered_once(text: str, offset: int, target: int, more: int) -> None:
    document = Document(text, "d", {"page": 3}, offset)
    check(document, chunk_document(document, target, target + more))


def test_sentences_stay_whole_and_passages_fill_up() -> None:
    text = " ".join(f"This is plain sentence number {i} of a longer text." for i in range(100))
    found = pieces(text)
    assert all(passage.startswith("This is") and passage.endswith("text.") for passage in found)
    sizes = [len(passage.split()) for passage in found]
    assert all(90 <= size <= 120 for size in sizes[:-1])


def test_a_short_document_is_one_passage() -> None:
    assert pieces("One sentence. Another one.\n") == ["One sentence. Another one."]
    assert pieces(" \n ") == []


def test_a_heading_goes_with_what_follows() -> None:
    body = " ".join(f"The machine has part number {i} inside its case." for i in range(9))
    text = f"# First\n\n{body}\n\n## Second\n\n{body}\n\nThird part\n\n{body}\n"
    found = pieces(text)
    assert [passage.split("\n")[0] for passage in found] == ["# First", "## Second", "Third part"]


def test_a_heading_is_not_left_behind_when_its_text_does_not_fit() -> None:
    long = " ".join(["word"] * 117) + "."
    assert pieces(f"A few words first.\n\n## Details\n\n{long}") == [
        "A few words first.",
        f"## Details\n\n{long}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 10_000,
        "x" * 50_000,
        "漢字仮名交じり文" * 3_000,
        "9" * 5_000 + " " + "=" * 5_000,
        "👩\u200d👩\u200d👧" * 2_000,
        "e\u0301" * 4_000,
        "clause one, clause two; " * 1_000,
        "word" + " " * 20_000 + "word",
    ],
)
def test_a_sentence_without_an_end_is_cut(text: str) -> None:
    found = pieces(text)
    assert len(found) > 1
    for passage in found:
        assert passage[0] not in "\u0301\u200d"
        if text.isascii() and " " in text and "9" not in text:
            assert passage.split()[-1].strip(",;") in ("word", "one", "two")


def test_passages_of_any_script_have_about_as_many_tokens() -> None:
    assert max(map(len, pieces("これは普通の日本語の文です。" * 200))) <= 150


def test_records_are_cut_between_lines() -> None:
    lines = [f"row {i}: city: Lyon; year: {1900 + i}; rating: 4.5." for i in range(100)]
    for passage in pieces("\n".join(lines)):
        assert set(passage.split("\n")) <= set(lines)


def test_every_sentence_that_fits_lies_in_one_passage() -> None:
    text = ("Dr. Smith moved to 12 Main St. in 1998. Why? He liked it!\n\n" * 40).strip()
    document = Document(text, "d")
    passages = chunk_document(document)
    for start, end in find_sentences(text):
        assert sum(p.start <= start and end <= p.end for p in passages) == 1


@pytest.mark.parametrize(("target", "most"), [(0, 10), (20, 10), (-1, -1)])
def test_limits_that_cannot_be_kept_are_refused(target: int, most: int) -> None:
    with pytest.raises(InputError, match=f"target_words={target}"):
        chunk_document(Document("text", "d"), target, most)


def test_a_block_of_fields_is_not_cut_from_its_name() -> None:
    names = ("Adler", "Birch", "Cedar", "Dorn", "Elm", "Fir", "Gorse", "Hazel", "Iris", "Juniper")
    block = "Name: {}\nPrice: {} EUR per night\nRooms: {}\nView: over the lake and the old town"
    text = "\n\n".join(block.format(name, 90 + i, 20 + i) for i, name in enumerate(names))
    passages = chunk_document(Document(text, "hotels"))
    assert len(passages) > 1
    assert all(passage.text.startswith("Name: ") for passage in passages)


def test_a_passage_that_begins_a_line_has_its_indent() -> None:
    text = "\n".join(f"  - field {n}: value" for n in range(60))
    passages = chunk_document(Document(text, "s"))
    assert len(passages) > 1
    assert all(passage.text.startswith("  - ") for passage in passages)
