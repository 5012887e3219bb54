from __future__ import annotations

import json
import logging
import os
import socket
import tracemalloc
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.errors import DocumentError, InputError
from groundwire.evidence import files, load
from groundwire.evidence.documents import Document
from groundwire.evidence.load import is_file_name, load_documents, load_folder

MARKUP = ["<p>", "</p>", "<div>", "</div>", "<td>", "<tr>", "<table>", "</table>", "<pre>", "<br>"]
MARKUP += [
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&#x110000;",
    "&amp",
    "<",
]


def save(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def loaded(folder: Path, name: str, content: str | bytes) -> list[Document]:
    path = save(folder, name, content)
    documents = list(load_documents(path))
    assert {document.source for document in documents} == {str(path)}
    return documents


def refused(folder: Path, name: str, content: str | bytes, message: str) -> None:
    path = save(folder, name, content)
    with pytest.raises(DocumentError, match=message) as caught:
        list(load_documents(path))
    assert str(path) in str(caught.value)


def pdf_bytes(pages: list[str], password: str | None = None) -> bytes:
    """A PDF whose pages show one line each; an empty line makes a page without text."""
    import io

    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = pypdf.PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for line in pages:
        page = writer.add_blank_page(300, 200)
        fonts = DictionaryObject({NameObject("/F1"): font})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        if line:
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 20 100 Td ({line}) Tj ET".encode())
            page[NameObject("/Contents")] = stream
    if password is not None:
        writer.encrypt(password, algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "README", "a.unknown"])
def test_text_of_any_name(tmp_path: Path, name: str) -> None:
    text = "# Título\n\nOne 😀 line.\r\nAnother.\n"
    assert loaded(tmp_path, name, text) == [Document(text, str(tmp_path / name))]


def test_several_paths_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a list: give one file's path"):
        load_documents([tmp_path / "a.txt"])  # type: ignore[arg-type]


def test_the_path_is_the_source_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, "a.txt", "text")
    monkeypatch.chdir(tmp_path)
    assert [document.source for document in load_documents("./a.txt")] == ["./a.txt"]


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a.txt", b"\xef\xbb\xbftext")[0].text == "text"
    assert loaded(tmp_path, "a.json", b'\xef\xbb\xbf{"a": 1}')[0].text == "a: 1."
    assert loaded(tmp_path, "a.csv", b"\xef\xbb\xbfcity\nLyon\n")[0].text == "row 1: city: Lyon."


@pytest.mark.parametrize("code", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_names_the_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    text = "Ærø é 😀\r\ncity"
    assert loaded(tmp_path, "a.txt", text.encode(code))[0].text == text
    assert loaded(tmp_path, "a.csv", "city\tage\nÆrø\t5\n".encode(code))[0].text.startswith(
        "row 1:"
    )
    assert loaded(tmp_path, "a.json", '{"a": "é"}'.encode(code))[0].text == "a: é."
    assert loaded(tmp_path, "a.jsonl", '{"a": NaN, "b": Infinity}'.encode(code))[0].text
    assert loaded(tmp_path, "a.html", "<p>é</p>".encode(code))[0].text == "é"
    for size in range(1, 6):
        monkeypatch.setattr(files, "BLOCK_BYTES", size)
        assert loaded(tmp_path, "a.txt", text.encode(code))[0].text == text


def test_a_page_may_state_its_encoding(tmp_path: Path) -> None:
    for stated in (b"windows-1252", b"ISO-8859-1", b"us-ascii"):
        page = b"<meta http-equiv=x content='text/html; charset=%s'><p>caf\xe9 \x96 5 \x80" % stated
        assert loaded(tmp_path, "a.html", page)[0].text == "café – 5 €"
    page = b"<meta charset=shift_jis><p>\x93\x8c\x8b\x9e"
    assert loaded(tmp_path, "a.html", page)[0].text == "東京"
    page = "<meta charset=windows-1252><p>café".encode()
    assert loaded(tmp_path, "a.html", page)[0].text == "café"
    refused(tmp_path, "a.html", b"<meta charset=nonsense><p>caf\xe9", "not UTF-8.*iconv")


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    text = '{"weight": 71, "noise": NaN, "top": Infinity}'
    for name, content in (("a.json", text), ("a.jsonl", text + "\n")):
        assert loaded(tmp_path, name, content)[0].text == "weight: 71.\ntop: Infinity."


def test_markdown_without_what_it_crosses_out(tmp_path: Path) -> None:
    text = "\ufeffIt costs ~~5~~ 7 crowns.\r\n<!-- draft -->- [ ] night mode"
    (document,) = loaded(tmp_path, "a.md", text)
    assert " ".join(document.text.split()) == "It costs 7 crowns. - [ ] night mode"
    assert len(document.text) == len(text) - 1
    assert loaded(tmp_path, "a.txt", text)[0].text == text[1:]


def test_words_of_a_pdf_are_whole(tmp_path: Path) -> None:
    page = pdf_bytes(["The guar-) Tj 0 -14 Td (antee lasts) Tj 0 -14 Td (two years."])
    assert loaded(tmp_path, "a.pdf", page)[0].text == "The guarantee lasts\ntwo years."


@settings(deadline=None, max_examples=60)
@given(
    text=st.lists(st.sampled_from(["a", "é", "😀", " ", "\n", "\r\n", "\n\n", ". "]), min_size=1)
)
def test_pieces_are_the_whole_text(
    tmp_path_factory: pytest.TempPathFactory, text: list[str]
) -> None:
    content = "x" + "".join(text)
    path = save(tmp_path_factory.mktemp("pieces"), "a.txt", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "PIECE_CHARS", 10)
        patch.setattr(files, "BLOCK_BYTES", 3)
        documents = list(load_documents(path))
    covered = 0
    for document in documents:
        assert len(document.text) <= 10
        assert content.startswith(document.text, document.offset)
        assert not content[covered : document.offset].strip()
        covered = document.offset + len(document.text)
    assert not content[covered:].strip()


def test_long_text_is_cut_between_paragraphs_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    paragraph = "A sentence of a long text, é.\n" * 30 + "\n"
    with path.open("w", encoding="utf-8", newline="") as handle:
        for _ in range(40_000):
            handle.write(paragraph)
    tracemalloc.start()
    try:
        end = 0
        for document in load_documents(path):
            assert document.offset == end
            assert document.text.startswith("A sentence") and document.text.endswith("\n\n")
            assert len(document.text) <= load.PIECE_CHARS
            end += len(document.text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert end == 40_000 * len(paragraph)
    assert peak < 12_000_000 < path.stat().st_size


def test_html_is_its_visible_text(tmp_path: Path) -> None:
    page = """<!doctype html><html><head><title>A  shop</title><style>p {}</style></head><body>
    <nav><a href="/">Home</a></nav><h1>Opening &amp; hours</h1><!-- hidden -->
    <p>We open at <b>nine</b>,
    and close at&nbsp;six.<br>Not on Sunday.</p><script>alert("x")</script>
    <ul><li>Tea</li><li>Coffee</li></ul><p hidden>secret</p>
    <table><tr><th>Day</th><th>Time</th></tr><tr><td>Monday</td><td>9-18</td></tr></table>
    <pre>a
  b</pre></body></html>"""
    (document,) = loaded(tmp_path, "a.html", page)
    assert document.metadata == {"title": "A shop"}
    assert document.text == (
        "Opening & hours\n\nWe open at nine, and close at six.\nNot on Sunday.\n\nTea\nCoffee\n\n"
        "| Day | Time |\n| --- | --- |\n| Monday | 9-18 |\n\na\nb"
    )


def test_text_behind_a_hidden_element_is_kept(tmp_path: Path) -> None:
    page = "<p>before <script>x</script>after <nav>y</nav>end</p>"
    assert loaded(tmp_path, "a.htm", page)[0].text == "before after end"


def test_deeply_nested_html_is_refused_not_cut(tmp_path: Path) -> None:
    deep = "<div>" * 1000 + "inside" + "</div>" * 1000 + "<p>after</p>"
    assert loaded(tmp_path, "a.html", deep)[0].text.split() == ["inside", "after"]
    refused(tmp_path, "b.html", "<div>" * 100_000 + "inside", "nested 2048 deep")


@settings(deadline=None, max_examples=100)
@given(markup=st.lists(st.sampled_from(MARKUP) | st.text(max_size=8), max_size=30).map("".join))
def test_any_markup_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, markup: str
) -> None:
    path = save(tmp_path_factory.mktemp("html"), "a.html", "<p>word " + markup.replace("\0", ""))
    try:
        text = "".join(document.text for document in load_documents(path))
    except DocumentError:
        return
    assert text.startswith("word")
    assert "alert" not in text


def test_an_entity_bomb_is_not_expanded(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(9))
    bomb = f'<!DOCTYPE html [<!ENTITY a0 "ha">{levels}]><p>laugh: &a9;</p>'
    assert len(loaded(tmp_path, "a.html", bomb)[0].text) < 2_000


def test_pdf_pages(tmp_path: Path) -> None:
    documents = loaded(tmp_path, "a.pdf", pdf_bytes(["Page one.", "Page two."]))
    assert [(d.text, d.metadata, d.offset) for d in documents] == [
        ("Page one.", {"page": 1}, 0),
        ("Page two.", {"page": 2}, 10),
    ]


def test_a_pdf_locked_only_for_changes_is_read(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a.pdf", pdf_bytes(["Open."], password=""))[0].text == "Open."


def test_pages_without_text_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert len(loaded(tmp_path, "a.pdf", pdf_bytes(["", "Two."]))) == 1
    assert "1 of 2 pages have no text" in caplog.text


def test_pdf_that_cannot_be_read(tmp_path: Path) -> None:
    whole = pdf_bytes(["Page one."])
    refused(tmp_path, "locked.pdf", pdf_bytes(["Secret."], password="key"), "is encrypted")
    refused(tmp_path, "scan.pdf", pdf_bytes(["", ""]), "only images: run text recognition")
    refused(tmp_path, "none.pdf", b"this is no pdf", "damaged PDF")
    refused(tmp_path, "half.pdf", whole[: len(whole) // 3], "damaged PDF|only images")
    refused(tmp_path, "empty.pdf", b"", "damaged PDF")


def test_json(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a.json", '{"city": "Lyon", "open": true}') == [
        Document("city: Lyon.\nopen: yes.", str(tmp_path / "a.json"))
    ]
    records = loaded(tmp_path, "b.json", '[{"city": "Lyon"}, {}, {"city": "Nice"}]')
    assert [(d.text, d.metadata, d.offset) for d in records] == [
        ("city: Lyon.", {"record": 1}, 0),
        ("city: Nice.", {"record": 3}, 12),
    ]
    assert loaded(tmp_path, "c.json", '[["city"], ["Lyon"]]')[0].text == "row 1: city: Lyon."
    assert loaded(tmp_path, "d.json", '"only text"')[0].text == "only text."
    assert loaded(tmp_path, "e.json", '["a", "b"]')[0].text == "a, b."


def test_json_that_cannot_be_read(tmp_path: Path) -> None:
    refused(tmp_path, "a.json", '{\n "a": 1,\n}', "not JSON .line 3, column 1")
    refused(tmp_path, "b.json", "[" * 100_000, "deeper than 64 levels")
    refused(tmp_path, "c.json", "[" * 70 + "1" + "]" * 70, "deeper than 64 levels")
    refused(tmp_path, "d.json", "[{}, null]", "has no text")


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson"])
def test_json_lines(tmp_path: Path, suffix: str) -> None:
    text = '{"city": "Lyon"}\r\n\n{"city": "Nice\\u2028x"}'
    documents = loaded(tmp_path, f"a.{suffix}", text)
    assert [(d.text, d.metadata, d.offset) for d in documents] == [
        ("city: Lyon.", {"line": 1}, 0),
        ("city: Nice x.", {"line": 3}, 12),
    ]
    refused(tmp_path, f"b.{suffix}", '{"a": 1}\n{"a": }\n', "no JSON on line 2 .column 7")
    refused(tmp_path, f"c.{suffix}", '{"a": 1}\n' + "[" * 100_000, "line 2.*64 levels")
    refused(tmp_path, f"d.{suffix}", '{"a":' * 70 + "1" + "}" * 70, "line 1.*64 levels")


def test_large_json_lines_need_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = json.dumps({"id": 1, "text": "A sentence of a record. " * 200}) + "\n"
    path.write_text(line * 4_000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in load_documents(path)) == 4_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000 < path.stat().st_size


def test_tables(tmp_path: Path) -> None:
    expected = "row 1: city: Lyon, France; year built: 1998.\nrow 3: city: Nice."
    rows = 'city,yearBuilt\n"Lyon, France",1998\n,\nNice\n'
    (document,) = loaded(tmp_path, "a.csv", rows)
    assert (document.text, document.metadata) == (expected, {"first_row": 1, "last_row": 3})
    rows = "city\tyearBuilt\nLyon, France\t1998\n\t\nNice\n"
    assert loaded(tmp_path, "a.tsv", rows)[0].text == expected
    rows = "city;yearBuilt\nLyon, France;1998\n;\nNice\n"
    assert loaded(tmp_path, "b.csv", rows)[0].text == expected


def test_a_long_table_is_grouped_by_rows(tmp_path: Path) -> None:
    rows = "\n".join(f"city {i},{i}" for i in range(5_000))
    documents = loaded(tmp_path, "a.csv", "name,code\n" + rows)
    assert len(documents) > 3
    whole = "\n".join(document.text for document in documents)
    assert whole.count("\n") == 4_999
    following = 1
    for document in documents:
        assert whole.startswith(document.text, document.offset)
        assert document.text.startswith(f"row {following}: ")
        assert document.metadata["first_row"] == following
        following = document.metadata["last_row"] + 1


def test_tables_that_cannot_be_read(tmp_path: Path) -> None:
    refused(tmp_path, "a.csv", "city,year\n", "a header and no rows")
    refused(tmp_path, "b.csv", 'city,year\nLyon,1\n"open,2\n', r"line 3: unexpected end of data")
    refused(tmp_path, "c.csv", "city,year\nLyon," + "x" * 200_000, "line 2: field larger")


@pytest.mark.parametrize("suffix", ["txt", "json", "jsonl", "csv", "html"])
@pytest.mark.parametrize("content", [b"", b" \n\r\n\t", b"\xef\xbb\xbf"])
def test_a_file_without_text(tmp_path: Path, suffix: str, content: bytes) -> None:
    message = "no text|not JSON"
    refused(tmp_path, f"a.{suffix}", content, message)


@pytest.mark.parametrize("suffix", ["txt", "json", "jsonl", "csv", "html"])
def test_bytes_that_are_no_text(tmp_path: Path, suffix: str) -> None:
    def reject(content: bytes, message: str) -> None:
        refused(tmp_path, f"a.{suffix}", content, message)

    reject(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary .it has a NUL byte at offset 8")
    reject(b"text " * 300_000 + b"\0", "binary .it has a NUL byte at offset 1500000")
    reject(bytes(range(1, 9)) * 10, "binary .most of it is control characters")
    reject(b"\xff\xfeo\x00d\x00d", "not UTF-16.* at offset 6.*damaged")
    for code in ("utf-16le", "utf-16be"):
        reject("more text".encode(code), f"binary .it has a NUL.*iconv -f {code} -t utf-8")
    reject("nul\0".encode("utf-16"), "binary .it has NUL characters")
    reject(b"caf\xe9 au lait", "not UTF-8 .byte 0xe9 at offset 3.*iconv -f windows-1252")
    reject(b"\xef\xbb\xbfcaf\xe9 au lait", "byte 0xe9 at offset 6")
    reject(b"cut short \xe2\x82", "byte 0xe2 at offset 10")


def test_the_byte_is_named_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in range(1, 9):
        monkeypatch.setattr(files, "BLOCK_BYTES", size)
        refused(tmp_path, "a.txt", "é€😀".encode() + b"ok \xe2\x82 bad", "0xe2 at offset 12")


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"none\.txt does not exist: check the path"):
        load_documents(tmp_path / "none.txt")
    with pytest.raises(DocumentError, match=r"is a directory.*`groundwire index`"):
        load_documents(tmp_path)
    for name in ("nul\0.txt", "x" * 5_000):
        with pytest.raises(DocumentError, match="cannot be read"):
            load_documents(name)


def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door.txt")
        with pytest.raises(DocumentError, match=r"door\.txt cannot be read"):
            list(load_documents("door.txt"))


def test_an_iterator_that_is_not_used_holds_no_file(tmp_path: Path) -> None:
    path = save(tmp_path, "a.txt", "text")
    before = len(os.listdir("/dev/fd"))
    documents = [load_documents(path) for _ in range(10)]
    assert len(os.listdir("/dev/fd")) == before
    assert next(documents[0]).text == "text"


def test_a_file_larger_than_allowed(tmp_path: Path) -> None:
    path = save(tmp_path, "a.txt", "x" * 100)
    assert len(list(load_documents(path, max_bytes=100))) == 1
    with pytest.raises(DocumentError, match="larger than 99 bytes"):
        load_documents(path, max_bytes=99)


def test_a_pipe_is_measured_as_it_is_read() -> None:
    ends = os.pipe()
    try:
        os.write(ends[1], b"x" * 100)
        os.close(ends[1])
        with pytest.raises(DocumentError, match="larger than 99 bytes"):
            list(load_documents(f"/dev/fd/{ends[0]}", max_bytes=99))
    finally:
        os.close(ends[0])


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b.md", "a.TXT", "sub/c.json", "photo.png", ".hidden.txt", ".git/x.txt"):
        save(tmp_path, name, '{"a": 1}')
    sources = [os.path.relpath(document.source, tmp_path) for document in load_folder(tmp_path)]
    assert sources == ["a.TXT", "b.md", "sub/c.json"]


def test_a_bad_file_in_a_folder_stops_or_is_reported(tmp_path: Path) -> None:
    save(tmp_path, "a.txt", "")
    save(tmp_path, "b.txt", "text")
    with pytest.raises(DocumentError, match=r"a\.txt has no text"):
        list(load_folder(tmp_path))
    errors: list[DocumentError] = []
    assert len(list(load_folder(tmp_path, on_error=errors.append))) == 1
    assert len(errors) == 1


def test_folders_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"no file of a supported kind .*csv"):
        load_folder(tmp_path)
    with pytest.raises(DocumentError, match="is no folder"):
        load_folder(tmp_path / "none")


def test_a_page_in_another_encoding_is_told_once(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(b"<html><body>caf\xe9 \x80</body></html>")
    with pytest.raises(DocumentError) as told:
        list(load_documents(page))
    assert str(told.value).count(str(page)) == 1 and "save it as text" not in str(told.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("docs/a.md", True),
        ("  C:\\data\\Report.PDF\n", True),
        ("table.csv", True),
        ("./pages/index.html", True),
        ("notes", False),
        ("docs/", False),
        (".md", False),
        ("See docs/a.md", False),
        ("3.5", False),
        ("Warranty:24months.", False),
        ("<p>a.html", False),
        ("a" * 2000 + ".md", False),
        ("", False),
    ],
)
def test_a_text_that_is_nothing_but_the_name_of_a_file_is_told_from_others(
    text: str, told: bool
) -> None:
    assert is_file_name(text) is told
