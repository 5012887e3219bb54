from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.errors import DocumentError
from groundwire.evidence.load import load_documents


def read(folder: Path, page: str) -> str:
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    try:
        return "".join(document.text for document in load_documents(path))
    except DocumentError as error:
        assert "has no text" in str(error)
        return ""


@pytest.mark.parametrize(
    ("page", "text"),
    [
        # hidden
        ("<p hidden>old</p><p>new</p>", "new"),
        ("<p aria-hidden='TRUE'>old</p><p>new</p>", "new"),
        ("<p style='display:none'>old <b>text</b></p>new", "new"),
        ("<style>.gone{display:none}</style><p class='a gone'>old</p><p>new</p>", "new"),
        ("<style media=print>.a{display:none}</style><p class=a>new</p>", "new"),
        ("<template>old</template><noscript>old</noscript><dialog>old</dialog>new", "new"),
        ("<dialog open>new</dialog>", "new"),
        ("<input type=hidden value=old>new", "new"),
        ("<p style='visibility:hidden'>old <b style='visibility:visible'>new</b></p>", "new"),
        ("<div style='font-size:0'>old<p style='font-size:14px'>new</p></div>", "new"),
        ("<details><summary>More</summary>new</details>", "More\nnew"),
        # deleted
        ("<p>Costs <del>5</del> <ins>7</ins> crowns.</p>", "Costs 7 crowns."),
        ("<s>old</s><strike>old</strike><ins>new</ins>", "new"),
        ("<style>.was{text-decoration:line-through}</style><b class=was>5</b> 7", "7"),
        # raised and lowered
        ("2 × 10<sup>4</sup> and 10<sup>-3</sup> and 2<sup>8</sup>", "2 × 10⁴ and 10⁻³ and 2⁸"),
        ("10<sup>\u22129</sup> mol", "10⁻⁹ mol"),
        ("40 m<sup>2</sup>, 3 cm<sup> 3 </sup>, 9 m/s<sup>2</sup>", "40 m², 3 cm³, 9 m/s²"),
        ("60 square meters<sup>2</sup>", "60 square meters²"),
        ("e<sup>x</sup>, a<sup>n</sup>, 2<sup>k+1</sup>", "e^x, aⁿ, 2^(k+1)"),
        ("H<sub>2</sub>O, CO<sub>2</sub>, x<sub>max</sub>", "H2O, CO2, xmax"),
        ("101<sub>2</sub>, log<sub>10</sub>5", "101₂, log₁₀5"),
        ("71 kg<sup>1</sup> or 71 kg<sup>[1]</sup>.", "71 kg [1] or 71 kg [1]."),
        ("in 1974<sup>3</sup>; 71<sup>4</sup>", "in 1974 [3]; 71 [4]"),
        ("the harbor<sup>2</sup> of Brenholm.<sup>3,4</sup>", "the harbor [2] of Brenholm. [3,4]"),
        ("the price<sup>*</sup> and rent<sup>b</sup>", "the price * and rent [b]"),
        ("3 m<sup><a href='#note2'>2</a></sup>", "3 m [2]"),
        ("3 m<sup class=footnote>2</sup>", "3 m [2]"),
        ("the 21<sup>st</sup> of May, 3<sup>rd</sup>", "the 21st of May, 3rd"),
        ("20 <sup>o</sup>C", "20 oC"),
        ("20<sup>o</sup>C or 68<sup>0</sup> F", "20°C or 68° F"),
        ("Acme<sup>TM</sup>", "Acme™"),
        ("$24<sup>95</sup>", "$24.95"),
        ("1<sup>3</sup>/<sub>4</sub> inch, <sup>1</sup>&frasl;<sub>2</sub>", "1 3/4 inch, 1⁄2"),
        ("<math><mn>3</mn><mo>×</mo><msup><mn>10</mn><mn>5</mn></msup></math>", "3×10⁵"),
        ("<math><mfrac><mn>1</mn><mn>3</mn></mfrac></math>", "1/3"),
        # signs
        ("Volt<wbr>age of Decem&shy;ber", "Voltage of December"),
        ("71&#8239;kg, 1&thinsp;300&nbsp;&euro; &amp; more", "71 kg, 1 300 € & more"),
        ("The o\ufb03ce<br>is open", "The office\nis open"),
        ("She said <q>no</q>.", "She said “no”."),
        ("<abbr title='kilogram'>kg</abbr>", "kg"),
        ("<li><input type=checkbox> dim<li><input type=radio checked>day", "- [ ] dim\n- [x] day"),
        ("<p>I agree <input type=checkbox></p>", "I agree [ ]"),
        ("<span role=checkbox aria-checked=true></span>sent", "- [x] sent"),
        # lists of terms
        ("<dl><dt>Weight<dd>71 kg<dt>Color:<dd>red</dl>", "Weight: 71 kg\nColor: red"),
        ("<dl><dt>A</dt><dt>B</dt><dd>one<dd>two</dl>after", "A, B: one\nA, B: two\nafter"),
        ("<dl><div><dt>Open?</dt><dd><p>From nine.</p></dd></div></dl>", "Open? From nine."),
        ("<dl><dd>no term<dt>no text</dl>", "no term\nno text"),
    ],
)  # fmt: skip
def test_a_page_as_it_is_read(tmp_path: Path, page: str, text: str) -> None:
    assert read(tmp_path, page) == text


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        (
            "<caption>Weights in kg</caption><tr><th>Pump<th>Net</tr><tr><td>T1<td>71</tr>",
            ["Weights in kg", "| Pump | Net |", "| --- | --- |", "| T1 | 71 |"],
        ),
        (
            "<thead><tr><th rowspan=2>Pump<th colspan=2>Weight (kg)</tr><tr><th>net<th>gross</tr>"
            "</thead><tr><td rowspan=2>T1<td>71<td>75</tr><tr><td>72<td>76</tr>",
            ["| Pump | Weight (kg) net | Weight (kg) gross |", "| --- | --- | --- |",
             "| T1 | 71 | 75 |", "| T1 | 72 | 76 |"],
        ),
        (
            "<tr><th colspan=2>Prices in crowns</tr><tr><th>Zone<th>Adult</tr><tr><td>A<td>3</tr>"
            "<tr><td colspan=2>from May</tr><tr><td>B<td>4</tr>",
            ["Prices in crowns", "| Zone | Adult |", "| --- | --- |", "| A | 3 |", "| from May |",
             "| B | 4 |"],
        ),
        ("<tr><td>a<td>b</tr><tr><td>c<td>d</tr>", ["| a | b |", "| c | d |"]),
        ("<tr><th>Weight<td>71 kg</tr>", ["| Weight | 71 kg |"]),
        ("<tr><td><p>71</p><p>kg</p><td>a|b</tr>", ["| 71 kg | a\\|b |"]),
        ("<tr style='display:none'><td>old<td>1</tr><tr><td>new<td>2</tr>", ["| new | 2 |"]),
        ("<tr><td>one column</tr><tr><td>of text</tr>", ["one column", "", "of text"]),
        ("<tr><td><table><tr><td>a<td>b</table><td>side</tr>", ["| a | b |", "", "side"]),
        ("<tr><td rowspan=0 colspan=x>a<td>b</tr>", ["| a | b |"]),
    ],
)  # fmt: skip
def test_tables(tmp_path: Path, table: str, lines: list[str]) -> None:
    assert read(tmp_path, f"before<table>{table}</table>after").split("\n") == [
        "before", "", *lines, "", "after",
    ]  # fmt: skip


def test_spans_do_not_multiply_a_page(tmp_path: Path) -> None:
    row = f"<tr><td rowspan=65000 colspan=1000>{'x' * 1_000}</tr>"
    assert len(read(tmp_path, f"<table>{row * 50}</table>")) < 200_000


PARTS = [
    "word",
    " ",
    "10",
    "<sup>3</sup>",
    "<sub>2</sub>",
    "<b>x</b>",
    "<br>",
    "<dl>",
    "<dt>",
    "<dd>",
]
PARTS += ["<table>", "<tr>", "<td colspan=2>", "<td rowspan=3>", "<th>", "</table>", "</dl>", "<p>"]
PARTS += [
    "<caption>c</caption>",
    "<msup>",
    "<mn>1</mn>",
    "</msup>",
    "<q>",
    "</q>",
    "<sup>",
    "</sup>",
]
PARTS += [
    "<input type=checkbox>",
    "<thead>",
    "<math>",
    "</math>",
    "<div style='color:red'>",
    "</div>",
]
HIDING = ["<del>", "<s>", "<p hidden>", "<p aria-hidden=true>", "<p style='opacity:0'>"]


@settings(deadline=None, max_examples=200)
@given(
    before=st.lists(st.sampled_from(PARTS)).map("".join),
    after=st.lists(st.sampled_from(PARTS)).map("".join),
    hiding=st.sampled_from(HIDING),
)
def test_what_is_hidden_is_never_read_and_what_is_seen_always(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str, hiding: str
) -> None:
    tag = hiding[1:-1].split()[0]
    page = f"{before}<div>first</div>{after}<div>{hiding}secret</{tag}></div><div>last</div>"
    text = read(tmp_path_factory.mktemp("page"), page)
    assert "secret" not in text
    assert "first" in text and "last" in text


@pytest.mark.parametrize(
    "part",
    ["x<sup>2</sup> ", "<dl><dt>a<dd>b</dl>", "<tr><td>a<td>b", "<p style='a:b'>x", "<q>", "<sub>"],
)
def test_long_pages_take_time_in_proportion(tmp_path: Path, part: str) -> None:
    many = 100_000 // len(part) if part not in ("<q>", "<sub>") else 300
    assert read(tmp_path, f"<table>{part * many}</table>x" if "<tr>" in part else f"{part * many}x")


def test_what_spans_all_columns_below_a_table_is_no_row(tmp_path: Path) -> None:
    table = "<tr><th>Hut<th>Beds</tr><tr><td>Vell<td>3</tr><tr><td colspan=2>Tea is free.</tr>"
    assert read(tmp_path, f"<table>{table}</table>").split("\n") == [
        "| Hut | Beds |",
        "| --- | --- |",
        "| Vell | 3 |",
        "Tea is free.",
    ]
