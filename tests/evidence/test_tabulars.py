"""Tabulars: rows of LaTeX are read with the names of their columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.scopes import find_lines

TABLE = r"""\begin{tabular}{lrr}
\hline
Alloy & Density (g/cm$^3$) & Yield (\%) \\ \hline
\textbf{Veltrin}$^\dagger$ & 4.5 & \textbf{91.2} \\
Ostral \& co~2 & -- & 88.0 \\[2pt]
\multicolumn{1}{l}{Kern} & 7.9 & 70.1 \\
\bottomrule
\end{tabular}"""


def read(text: str) -> list[str]:
    return [line.reading for line in find_lines(text)[0] if line.cells]


def test_rows_have_the_names_and_units_of_their_columns() -> None:
    assert read(TABLE) == [
        "Alloy: Veltrin; Density (g/cm^3): 4.5; Yield: 91.2 %.",
        "Alloy: Ostral & co 2; Yield: 88.0 %.",
        "Alloy: Kern; Density (g/cm^3): 7.9; Yield: 70.1 %.",
    ]


@pytest.mark.parametrize(
    "text", ["Smith & Sons\nVell & Co", "a & b \\\\", "f(x) &= 2 \\\\\nand so"]
)
def test_an_ampersand_alone_makes_no_table(text: str) -> None:
    assert not read(text)


@given(st.text("a&\\{}$%^ \n1", max_size=80))
def test_any_text_is_read(text: str) -> None:
    lines, _ = find_lines(text)
    ends = [0, *(line.end for line in lines)]
    assert all(ends[i] <= line.start <= line.end <= len(text) for i, line in enumerate(lines))
