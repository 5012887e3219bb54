"""What a reader is told of the rows from which a claim concludes."""

from __future__ import annotations

import pytest

from groundwire.evidence.scopes import find_lines
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.reckoning import find_conclusions

TRAILS = (
    "| Trail | Length (km) | Loop | Dogs | Fee |\n|---|---|---|---|---|\n"
    "| Alder | 6.4 | yes | yes | 1,200 EUR |\n| Birch | 14.2 | no | yes | 900 EUR |\n"
    "| Cedar | 9.8 | yes | no | 300 EUR |\n| Dogwood | 12.1 | no | no | 50 EUR |\n"
    "| Elm | 8.3 | yes | yes | 800 EUR |"
)


def conclude(text: str, evidence: str = TRAILS) -> Conclusion:
    (told,) = find_conclusions(text, [line for line in find_lines(evidence)[0] if line.cells])
    return told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The total length of the trails is 50.8 km.",
            "Length: 6.4 + 14.2 + 9.8 + 12.1 + 8.3 = 50.8 km (all 5 rows)",
        ),
        (
            "Alder and Birch have a total length of 20.6 km.",
            "Length: 6.4 + 14.2 = 20.6 km (Alder, Birch)",
        ),
        (
            "On average the trails are 10.16 km long.",
            "average Length of 6.4, 14.2, 9.8, 12.1, 8.3: 10.16 km (all 5 rows)",
        ),
        (
            "The total fee is 3,250 EUR.",
            "Fee: 1,200 + 900 + 300 + 50 + 800 = 3,250 EUR (all 5 rows)",
        ),
        (
            "Birch is the longest trail.",
            "Length from the highest: Birch (14.2 km), Dogwood (12.1 km), Cedar (9.8 km) "
            "and 2 more",
        ),
        (
            "Alder is the longest trail.",
            "Length from the highest: Birch (14.2 km), Dogwood (12.1 km), Cedar (9.8 km), "
            "in place 5 Alder (6.4 km) and 1 more",
        ),
        (
            "The shortest loop is Alder.",
            "Length from the lowest, 3 of 5 rows: Alder (6.4 km), Elm (8.3 km), Cedar (9.8 km)",
        ),
        (
            "The shortest trail with dogs is Cedar.",
            "Length from the lowest, 3 of 5 rows: Alder (6.4 km), Elm (8.3 km), Birch (14.2 km); "
            "not of them: Cedar (no)",
        ),
        ("Cedar is longer than Dogwood.", "Length: Cedar (9.8 km), Dogwood (12.1 km)"),
        ("Cedar is 3.4 km longer than Alder.", "Length: 9.8 - 6.4 = 3.4 km (Cedar, Alder)"),
        (
            "Trails range from 6.4 km to 14.2 km in length.",
            "Length: lowest Alder (6.4 km), highest Birch (14.2 km), of all 5 rows",
        ),
        ("There are five trails.", "5 trails: Alder, Birch, Cedar and 2 more"),
        (
            "Three of the trails are loops.",
            "Loop: so for 3 of 5 rows, Alder (yes), Cedar (yes), Elm (yes)",
        ),
        (
            "All trails allow dogs.",
            "Dogs: not so for Cedar (no), Dogwood (no), so for 3 of 5 rows",
        ),
        (
            "No trail is longer than 20 km.",
            "Length: so for none of 5 rows, Alder (6.4 km), Birch (14.2 km), Cedar (9.8 km) "
            "and 2 more",
        ),
    ],
)
def test_what_the_rows_come_to_is_told_with_what_it_is_made_of(text: str, said: str) -> None:
    assert conclude(text).said == said


def test_a_sum_of_many_rows_is_told_in_one_line() -> None:
    rows = [f"Shop {name * 30},{n}" for n, name in enumerate("abcdefghijklmnop", 11)]
    told = conclude("The total sales are 296.", "\n".join(["shop,sales", *rows]))
    assert told.said == "sales: 11 + 12 + 13 + 14 + 15 + 16 + 17 + ... + 26 = 296 (all 16 rows)"
    told = conclude("Six shops have sales above 20.", "\n".join(["shop,sales", *rows]))
    assert told.said.endswith(" and 3 more") and len(told.said) < 200


def test_cells_of_several_units_are_told_as_they_are_written() -> None:
    table = "| Part | Weight |\n|---|---|\n| Frame | 1.2 kg |\n| Seat | 350 g |"
    told = conclude("The total weight is 1.55 kg.", table)
    assert (told.holds, told.said) == (True, "Weight: 1.2 kg + 350 g = 1.55 kg (all 2 rows)")


def test_the_lines_of_the_rows_that_count_are_found() -> None:
    assert conclude("Three of the trails are loops.").lines == (0, 2, 4)
    assert conclude("All trails allow dogs.").lines == (2, 3)
    assert conclude("Alder is the longest trail.").lines == (1, 0, 3)
    assert conclude("The total length of the trails is 50.8 km.").lines == (0, 1, 2)


def test_of_a_record_of_several_lines_the_one_with_the_value_is_found() -> None:
    plans = "- plan: Vega\n  price: 19 EUR\n- plan: Luna\n  price: 25 EUR"
    lines = [line for line in find_lines(plans)[0] if line.cells]
    (told,) = find_conclusions("Vega is the cheapest plan.", lines)
    cells = [[cell.value for cell in lines[i].cells] for i in told.lines]
    assert cells == [["19 EUR"], ["25 EUR"]]
