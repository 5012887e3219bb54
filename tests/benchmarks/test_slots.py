"""The slot-error measure of E2E NLG texts, each slot and value by hand-written cases."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest
from benchmarks import slots
from benchmarks.slots import SlotErrors, Totals, corpus_errors, parse, read_rows, slot_errors

NO, YES = "familyFriendly[no]", "familyFriendly[yes]"

# A value, and words that realize it and nothing else.
REALIZED = [
    ("food[English]", "It serves British food."),
    ("food[Chinese]", "Chinese dishes are served."),
    ("food[Japanese]", "You can eat sushi."),
    ("food[French]", "It offers French cuisine."),
    ("food[Indian]", "It has Indian food."),
    ("food[Italian]", "Pasta is on the menu."),
    ("food[Fast food]", "It sells fast food."),
    ("food[Fast food]", "Burgers and French fries, please."),
    ("eatType[coffee shop]", "A coffee-shop."),
    ("eatType[coffee shop]", "It is a café."),
    ("eatType[pub]", "It is a pub."),
    ("eatType[pub]", "A public house."),
    ("eatType[restaurant]", "The restaurant is open."),
    ("area[riverside]", "It stands by the river."),
    ("area[riverside]", "In the Riverside area."),
    ("area[riverside]", "It is on the river side."),
    ("area[city centre]", "In the city centre."),
    ("area[city centre]", "It lies in the center of the city."),
    ("area[city centre]", "You find it downtown."),
    ("priceRange[cheap]", "It is cheap."),
    ("priceRange[cheap]", "An inexpensive place."),
    ("priceRange[cheap]", "A low-priced place."),
    ("priceRange[cheap]", "Its prices are affordable."),
    ("priceRange[cheap]", "Below average prices."),
    ("priceRange[moderate]", "It is affordable."),
    ("priceRange[cheap]", "It costs less than £20."),
    ("priceRange[less than £20]", "Meals for less than 20 pounds."),
    ("priceRange[less than £20]", "Prices under £ 20."),
    ("priceRange[less than £20]", "It is not expensive."),
    ("priceRange[moderate]", "Its price range is moderate."),
    ("priceRange[moderate]", "Mid-priced meals."),
    ("priceRange[moderate]", "The prices are average."),
    ("priceRange[£20-25]", "Meals at £20-25."),
    ("priceRange[£20-25]", "Between £20 and £25 a head."),
    ("priceRange[£20-25]", "From twenty to twenty-five pounds."),
    ("priceRange[high]", "It is high priced."),
    ("priceRange[high]", "An expensive place."),
    ("priceRange[high]", "The price range is quite high."),
    ("priceRange[more than £30]", "Meals over 30 pounds."),
    ("priceRange[more than £30]", "Prices start at £30."),
    ("customer rating[low]", "It has a low customer rating."),
    ("customer rating[low]", "It is poorly rated."),
    ("customer rating[low]", "It does not have good reviews."),
    ("customer rating[low]", "Customers do not rate it very highly."),
    ("customer rating[1 out of 5]", "Rated one star."),
    ("customer rating[1 out of 5]", "It is rated 1 out of 5 by customers."),
    ("customer rating[average]", "Customers rate it average."),
    ("customer rating[average]", "The customer rating is average."),
    ("customer rating[average]", "It has an average rating of 3 out of 5."),
    ("customer rating[3 out of 5]", "It has three stars."),
    ("customer rating[3 out of 5]", "Three out of five is its rating."),
    ("customer rating[high]", "It is highly rated."),
    ("customer rating[high]", "It gets excellent reviews."),
    ("customer rating[5 out of 5]", "It scored 5 out of 5."),
    ("customer rating[5 out of 5]", "A 5-star rating."),
    (YES, "It is family friendly."),
    (YES, "It is kid friendly."),
    (YES, "Children are welcome."),
    (YES, "Bring the kids."),
    (YES, "Great for adults and children."),
    (NO, "It is not family-friendly."),
    (NO, "It isn't kid friendly."),
    (NO, "A non-children-friendly place."),
    (NO, "It is for adults only."),
    (NO, "Kids are not allowed."),
    (NO, "Family friendly: no."),
    (NO, "It is not suitable for families with children."),
    (NO, "A child-free atmosphere."),
    (NO, "They do not allow children."),
    ("near[Burger King]", "It is close to Burger King."),
    ("near[Café Rouge]", "By the Cafe Rouge."),
    ("near[Crowne Plaza Hotel]", "Beside the Crown Plaza."),
    ("near[Raja Indian Cuisine]", "Next to Raja Indian Cuisine."),
    ("near[Rainbow Vegetarian Café]", "Near the Rainbow Vegetarian Café."),
    ("near[All Bar One]", "It is near All Bar One."),
    ("near[Somewhere Else]", "It is near Somewhere Else."),
]

# A value, words that tell another one, and the slot.
ALTERED = [
    ("food[English]", "It serves Chinese food."),
    ("eatType[pub]", "It is a coffee shop."),
    ("eatType[coffee shop]", "It is a coffee shop and a restaurant."),
    ("area[riverside]", "In the city centre."),
    ("priceRange[cheap]", "It is expensive."),
    ("priceRange[more than £30]", "Meals at £20-25."),
    ("priceRange[high]", "Prices are reasonable, with low prices for drinks."),
    ("customer rating[low]", "It is rated 5 out of 5."),
    ("customer rating[5 out of 5]", "It is rated 4 out of 5."),
    (NO, "It is child friendly."),
    (YES, "It is not child friendly."),
    ("near[Burger King]", "It is near The Bakers."),
]

# Words that realize no slot at all.
SILENT = [
    "It is open.",
    "It is a family-run place.",
    "The staff are friendly.",
    "It lies outside the city centre.",
    "It is average.",
]


def errors(mr: str, text: str) -> SlotErrors:
    return slot_errors(f"name[Aromi], {mr}" if mr else "name[Aromi]", f"Aromi. {text}")


@pytest.mark.parametrize(("mr", "text"), REALIZED)
def test_a_value_is_realized(mr: str, text: str) -> None:
    slot = mr.partition("[")[0]
    assert errors(mr, text) == SlotErrors()
    if mr != "near[Somewhere Else]":  # no venue of the data
        assert errors("", text) == SlotErrors(added=(slot,))


@pytest.mark.parametrize(("mr", "text"), ALTERED)
def test_another_value_is_wrong(mr: str, text: str) -> None:
    assert errors(mr, text) == SlotErrors(wrong=(mr.partition("[")[0],))


@pytest.mark.parametrize("text", SILENT)
def test_other_words_realize_nothing(text: str) -> None:
    assert errors("", text) == SlotErrors()


@pytest.mark.parametrize(
    ("text", "rating", "price"),
    [
        ("A low customer rating and high prices.", "low", "high"),
        ("The price range is high and the customer rating is low.", "low", "high"),
        ("It has a high price range and customer rating of 1 out of 5.", "1 out of 5", "high"),
        ("High customer rating and price range £20-25.", "high", "£20-25"),
        ("Average price and rating.", "average", "moderate"),
        ("Moderately priced, rated low.", "low", "moderate"),
        ("A moderate rating of 3 out of 5 and cheap food.", "average", "cheap"),
    ],
)
def test_rating_and_price_are_told_apart(text: str, rating: str, price: str) -> None:
    assert errors(f"priceRange[{price}], customer rating[{rating}]", text) == SlotErrors()


@pytest.mark.parametrize(
    ("mr", "text"),
    [
        ("name[Fitzbillies]", "The Fitzbillies."),
        ("name[The Wrestlers]", "WRESTLERS is open."),
        ("name[Cotto]", "Cotto 's door is open."),
        ("name[The Golden Curry]", "The Golden Curry is open."),  # no Indian food
        ("name[The Rice Boat]", "The Rice Boat is open."),  # also a value of `near`
        ("name[Nobody Knows It]", "Nobody knows it is open."),
    ],
)
def test_a_name_is_realized_and_means_nothing_else(mr: str, text: str) -> None:
    assert slot_errors(mr, text) == SlotErrors()
    assert slot_errors(mr, "It is open.") == SlotErrors(missing=("name",))


def test_the_name_of_another_venue_is_wrong() -> None:
    assert slot_errors("name[Cotto]", "Zizzi is open.") == SlotErrors(wrong=("name",))
    assert slot_errors("name[Cotto]", "Cotto is near the Ranch.") == SlotErrors(added=("near",))


def test_errors_come_once_and_in_order() -> None:
    mr = "name[Aromi], eatType[pub], food[French], near[Ranch]"
    text = "Aromi serves Chinese food, cheap Indian food and cheap drinks, and kids are welcome."
    expected = SlotErrors(("priceRange", "familyFriendly"), ("food",), ("near", "eatType"))
    assert slot_errors(mr, text) == expected


def test_a_repeated_slot_is_realized_by_any_of_its_values() -> None:
    mr = "name[Aromi], eatType[coffee shop], eatType[restaurant]"
    assert parse(mr)["eatType"] == {"coffee shop", "restaurant"}
    assert slot_errors(mr, "Aromi is a restaurant.") == SlotErrors()
    assert slot_errors(mr, "Aromi is a coffee shop and restaurant.") == SlotErrors()
    assert slot_errors(mr, "Aromi is a pub.") == SlotErrors(wrong=("eatType",))


def test_totals() -> None:
    mr = "name[Aromi], food[French]"
    texts = ["Aromi: French.", "Aromi, a pub: French.", "Aromi: Chinese.", "Aromi."]
    totals = corpus_errors((mr, text) for text in texts)
    assert (totals.instances, totals.exact, totals.slots["food"]) == (4, 1, 4)
    assert totals.added == {"eatType": 1}
    assert totals.wrong == totals.missing == {"food": 1}
    assert totals.error_rate == pytest.approx(100 * 3 / 8)
    assert corpus_errors([]) == Totals()
    assert Totals().error_rate == 0


def test_rows_of_both_shapes(tmp_path: Path) -> None:
    shaped = {"name": "Aromi", "customerrating": "low", "priceRange": "£ 20 - 25"}
    rows = [{"mr": shaped, "text": "a"}, {"mr": "name[Aromi], near[Ranch]", "ref": "b"}]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "e2e.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "e2e.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    read = list(read_rows(tmp_path / "e2e.jsonl"))
    assert read == list(read_rows(tmp_path / "e2e.jsonl.gz"))
    assert read[0] == ("name[Aromi], customer rating[low], priceRange[£20-25]", "a")
    assert read[1] == ("name[Aromi], near[Ranch]", "b")


def test_command_prints_a_table_for_each_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"mr": "name[Aromi], area[riverside]", "ref": "Aromi is a pub."}
    (tmp_path / "e2e_one.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["slots", "--data", str(tmp_path), "--show"])
    slots.main()
    printed = capsys.readouterr().out
    assert "e2e_one.jsonl: 1 texts, 0 exact (0.0 %)" in printed
    assert "| area | 1 | 0 | 0 | 1 |" in printed
    assert "slot error rate 100.00 %" in printed
    assert "missing=('area',)" in printed
    monkeypatch.setattr(sys, "argv", ["slots", "--quick"])
    slots.main()
    assert "nothing to do" in capsys.readouterr().out
