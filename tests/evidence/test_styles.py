from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.styles import Styles, find_cloaks, is_covered, read_declarations


def seen(sheet: str, tag: str = "p", **attributes: str) -> bool:
    styles = Styles()
    styles.add(sheet)
    values = styles.compute(tag, {"class": attributes.pop("kind", ""), **attributes})
    return not is_covered(values) and not find_cloaks(values, frozenset())


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : NONE !important", "visibility:hidden", "opacity:0",
        "opacity: 0.00", "font-size:0px", "position:absolute; left:-9999px",
        "position:fixed;top:-5000px", "text-indent:-9999px", "clip: rect(0, 0, 0, 0)",
        "clip:rect(1px 1px 1px 1px)", "clip-path:inset(50%)", "transform: scale(0)",
        "width:1px;height:1px;overflow:hidden", "color:transparent", "color:rgba(0,0,0,0)",
        "color: #FFF; background: white", "text-decoration: line-through red",
    ],
)  # fmt: skip
def test_hidden_by_an_attribute(style: str) -> None:
    assert not seen("", style=style)
    assert not seen(f".x {{{style}}}", kind="a x b")
    assert not seen(f"#x, .y{{ {style} }}", id="x")


@pytest.mark.parametrize(
    "style",
    [
        "display:block", "visibility:visible", "opacity:0.4", "opacity:1", "font-size:10px",
        "position:absolute;left:-4px", "left:-9999px", "text-indent:-2em", "clip:auto",
        "clip-path:inset(5%)", "transform:scale(0.5)", "width:1px", "height:0;overflow:hidden",
        "color:black;background:white", "color:#eee", "text-decoration:underline", "", ";;:", "a",
        "background:url(data:image/png;base64,none)",
    ],
)  # fmt: skip
def test_shown_with_an_attribute(style: str) -> None:
    assert seen("", style=style)
    assert seen(f".x {{{style}}}", kind="x")


@pytest.mark.parametrize(
    ("sheet", "shown"),
    [
        (".x{display:none}", False),
        ("p.x{display:none}", False),
        ("div.x{display:none}", True),
        (".x.y{display:none}", True),
        ("/* .x{color:red} */ .x{display:none}", False),
        ("/* .x{display:none} */", True),
        ("@import 'a.css'; .x{display:none}", False),
        ("@media print{.x{display:none}}", True),
        ("@media screen{.x{display:none}}", False),
        ("@media (max-width: 600px){.x{display:none}}", True),
        (".x{display:none} .x{display:block}", True),
        ("p{display:none} .x{display:block}", True),
        (".x{display:block} p{display:none}", True),
        (".x{display:block} p{display:none !important}", False),
        ("#k{display:none} .x{display:block}", False),
        (".x:hover{display:none}", True),
        ("div .x{display:none}", True),
        (".x{display:none} .tabs > .x.x{display:block}", True),
        (".x{display:none} .tabs .x:target{display:block}", True),
        (".x{display:none} .tabs .z{display:block}", False),
        ("[data-x]{display:none}", True),
        (".x{display:none", True),
        ("}}} .x{display:none}", False),
    ],
)
def test_rules_of_the_page(sheet: str, shown: bool) -> None:
    assert seen(sheet, kind="x", id="k") == shown


def test_what_is_inherited_can_be_set_back() -> None:
    def cloaks(style: str, outer: frozenset[str]) -> frozenset[str]:
        values = {name: value for name, (value, _) in read_declarations(style).items()}
        return find_cloaks(values, outer)

    for hidden, shown in (
        ("visibility:hidden", "visibility:visible"),
        ("font-size:0", "font-size:12px"),
        ("color:transparent", "color:black"),
    ):
        outer = cloaks(hidden, frozenset())
        assert outer
        assert cloaks("", outer) == outer
        assert not cloaks(shown, outer)
    assert cloaks("font-size:2em", frozenset({"font-size"}))


@given(st.text(alphabet="{}@;:/*.#ab nd-p,[]()!\n", max_size=200))
def test_any_sheet_is_read(sheet: str) -> None:
    styles = Styles()
    styles.add(sheet)
    styles.compute("p", {"class": "a b", "id": "a", "style": sheet})


@pytest.mark.parametrize("sheet", ["/*", "{", "}", "a{", ".a{display:none}", "@media screen{", ";"])
def test_long_sheets_take_time_in_proportion(sheet: str) -> None:
    styles = Styles()
    styles.add(sheet * (100_000 // len(sheet)))
    for number in range(1_000):
        styles.compute("p", {"class": f"a b{number}"})
