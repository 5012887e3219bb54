"""Fields whose names begin alike are those of one record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.prefixes import find_prefixes, split_prefix
from groundwire.evidence.scopes import find_lines

SETTINGS = (
    "# mail\nSALES_MAIL_USER=ida\nSALES_MAIL_QUOTA_MB=20\n"
    "HELP_MAIL_USER='olu'\nexport HELP_MAIL_QUOTA_MB=50\nDEBUG=off\n"
)
DOTTED = "app.vault.host=a1\napp.vault.port=80\napp.cache.host=b2\napp.cache.port=81"
TERMS = (
    "Vega: Price: 120 EUR\nVega: Level: easy; fit for children\n"
    "Sol: Price: 90 EUR\nSol: Level: hard"
)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        (
            SETTINGS,
            [
                ["sales: mail user: ida.", "sales: mail quota: 20 MB."],
                ["help: mail user: olu.", "help: mail quota: 50 MB."],
            ],
        ),
        (
            DOTTED,
            [
                ["app vault: host: a1.", "app vault: port: 80."],
                ["app cache: host: b2.", "app cache: port: 81."],
            ],
        ),
        (
            TERMS,
            [
                ["Vega: Price: 120 EUR.", "Vega: Level: easy; fit for children."],
                ["Sol: Price: 90 EUR.", "Sol: Level: hard."],
            ],
        ),
    ],
)
def test_fields_are_grouped_by_how_their_names_begin(text: str, readings: list[list[str]]) -> None:
    records: dict[object, list[str]] = {}
    for line in find_lines(text)[0]:
        if line.path:
            records.setdefault(line.path, []).append(line.reading)
    assert [*records.values()] == readings


@pytest.mark.parametrize(
    "text",
    [
        "LOG_LEVEL=info\nLOG_FILE=a.log\nPORT=80\nMAX_USERS=4",
        "max_size = 4\nmin_size = 2\ntotal = compute(max_size)",
        "Note: the shop is closed: sorry.\nNote: come back: soon.",
    ],
)
def test_other_names_make_no_records(text: str) -> None:
    assert not [line for line in find_lines(text)[0] if line.path]


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=8))
def test_a_name_of_a_record_leaves_a_name_of_its_field(parts: list[list[str]]) -> None:
    keys = [tuple(key) for key in parts]
    sizes = find_prefixes(keys)
    assert all(0 <= size < len(key) for key, size in zip(keys, sizes, strict=True))
    assert [split_prefix("_".join(key)) for key in keys] == keys
