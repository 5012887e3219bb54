"""What claims conclude from several rows, against what the rows come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.scopes import find_lines
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.reckoning import find_conclusions

BOATS = (
    "| Boat | Length (m) | Berths | Price per day (EUR) | Built | Heating |\n"
    "|---|---|---|---|---|---|\n"
    "| Skua | 9.4 | 6 | 240 | 2004 | yes |\n| Tern | 7.1 | 4 | 155 | 1998 | no |\n"
    "| Grey Gull | 11.8 | 8 | 390 | 2016 | yes |\n| Gull | 8.2 | 5 | 155 | 2011 | yes |"
)
SONGS = "title,duration (s),plays,genre\nMoss,214,1200,folk\nOre,187,5400,rock\nPeat,342,800,folk"

GAMES = "Team,Won,Drawn,Lost,Goals\nRovers,9,4,1,30\nUnited,8,2,4,22\nCity,8,5,1,31\nTown,3,4,7,15"
CARS = "model,price (EUR),seats\nFiat Panda,31,4\nVW Golf,44,5\nKia Sorento,89,7"
BIKES = (
    "Model,Price (EUR),Colour,In stock\nNova,1299,red,12\nComet,1199,black,0\nPico,999,white,7\n"
    "Atlas,2499,black,3"
)
MUSEUMS = (
    "name,founded,visitors_last_year,closed_on\nGlass Museum,1931,84000,Monday\n"
    "Clock Museum,1902,152000,Monday\nMarble Hall,1950,61000,Friday"
)


def conclude(evidence: str, text: str) -> list[Conclusion]:
    lines = [line for line in find_lines(evidence)[0] if line.cells]
    return find_conclusions(text, lines)


HOLDS = [
    (BOATS, "Grey Gull is the longest boat."),
    (CARS, "The Sorento costs more than the Golf."),
    (CARS, "The Panda is the cheapest car."),
    (BOATS, "The longest boat is Grey Gull, at 11.8 m."),
    (BOATS, "Tern has the fewest berths."),
    (BOATS, "Tern is the oldest of the four boats."),
    (BOATS, "The newest boat is Grey Gull."),
    (BOATS, "The most expensive boat is Grey Gull."),
    (BOATS, "Skua is the second most expensive boat."),
    (BOATS, "The cheapest boat with heating is Gull."),
    (BOATS, "Of the three boats with heating, Grey Gull is the longest."),
    (BOATS, "Gull, at 155 EUR per day, is the cheapest boat with heating."),
    (BOATS, "All boats with heating have at least 5 berths."),
    (BOATS, "Only one boat costs more than 300 EUR per day."),
    (BOATS, "Skua is longer than Gull."),
    (BOATS, "Gull was built after Skua."),
    (BOATS, "Grey Gull costs more than all the others."),
    (BOATS, "Skua has two more berths than Tern."),
    (BOATS, "The lowest price is 155 EUR per day."),
    (BOATS, "There are four boats."),
    (BOATS, "The four boats have 23 berths in total."),
    (BOATS, "On average the boats are 9.1 m in length."),
    (BOATS, "Prices range from 155 to 390 EUR per day."),
    (BOATS, "Skua and Tern together have 10 berths."),
    (BOATS, "Three of the boats have heating."),
    (BOATS, "Tern is the only boat without heating."),
    (BOATS, "All boats have more than 3 berths."),
    (BOATS, "Only Grey Gull costs more than 300 EUR per day."),
    (BOATS, "The cheapest boat built after 2000 is Gull."),
    (BOATS, "Most boats have heating."),
    (BOATS, "Half of the boats are longer than 9 meters."),
    (BOATS, "All boats have 4 berths or more."),
    (BOATS, "Skua has at least 6 berths."),
    (BOATS, "Skua costs more than 200 EUR per day."),
    (BOATS, "There is a boat with more than 7 berths."),
    (BOATS, "Some boats have heating."),
    (BOATS, "There are no boats under 100 EUR per day."),
    (BOATS, "Skua and Grey Gull cost more than 200 EUR per day."),
    (BOATS, "Only Skua and Grey Gull cost more than 200 EUR per day."),
    (BOATS, "Grey Gull has the most berths of the boats with heating."),
    (SONGS, "The two folk songs have 2,000 plays in total."),
    (SONGS, "Peat lasts longest."),
    (GAMES, "Rovers drew 4 games."),
    (BIKES, "Three models are in stock."),
    (BIKES, "Nova and Pico are in stock."),
    (BIKES, "There is a red bike."),
    (BIKES, "The average price is 1499."),
    (BIKES, "The Atlas costs 1,200 euros more than the Nova."),
    (GAMES, "Three teams have lost fewer than 5 games."),
    (GAMES, "Rovers have the fewest losses."),
    (MUSEUMS, "The oldest museum is Clock Museum."),
    (MUSEUMS, "Two of the museums are closed on Mondays."),
    (MUSEUMS, "The museums had 297,000 visitors in total."),
    (SONGS, "Peat is the longest song."),
    (SONGS, "Two of the songs are folk."),
    (SONGS, "Ore has the most plays."),
    (SONGS, "Ore is shorter than Moss."),
]
FAILS = [
    (BOATS, "Skua is the longest boat."),
    (BOATS, "Skua has the fewest berths."),
    (BOATS, "The cheapest boat is Skua."),
    (BOATS, "Grey Gull is the second most expensive boat."),
    (BOATS, "The cheapest boat with heating is Skua."),
    (BOATS, "The cheapest boat with heating is Tern."),
    (BOATS, "All boats with heating have at least 6 berths."),
    (BOATS, "Only one boat costs more than 200 EUR per day."),
    (BOATS, "Gull is longer than Skua."),
    (BOATS, "Skua was built after Gull."),
    (BOATS, "Skua has four more berths than Tern."),
    (BOATS, "Skua costs more than all the others."),
    (BOATS, "The lowest price is 240 EUR per day."),
    (BOATS, "There are three boats."),
    (BOATS, "The four boats have 21 berths in total."),
    (BOATS, "Skua and Tern together have 12 berths."),
    (BOATS, "Prices range from 155 to 240 EUR per day."),
    (BOATS, "All boats have heating."),
    (BOATS, "Two of the boats have heating."),
    (BOATS, "Skua is the only boat without heating."),
    (BOATS, "All boats have more than 4 berths."),
    (BOATS, "All boats have 5 berths or more."),
    (SONGS, "Ore is the longest song."),
    (SONGS, "All songs are folk."),
    (GAMES, "Rovers drew 5 games."),
    (BIKES, "Four models are in stock."),
    (BIKES, "Comet is in stock."),
    (BIKES, "The average price is 1600."),
    (GAMES, "Two teams have lost fewer than 5 games."),
    (BOATS, "There is a boat with more than 9 berths."),
    (BOATS, "Skua and Tern cost more than 200 EUR per day."),
    (BOATS, "Only Skua costs more than 200 EUR per day."),
]
UNSURE = [
    "Grey Owl is the longest boat.",
    "Skua Minor is the longest boat.",
    "Gull has 7 in heating.",
    "Skua lost more than 200 EUR per day.",
    "Skua has 7 berths.",
    "Gull is one of the cheapest boats.",
    "Skua is not the longest boat.",
    "Skua may be the longest boat.",
    "Is Skua the longest boat?",
    "The longest wooden boat is Skua.",
    "Skua is an hour faster than Tern.",
    "Skua has the most free berths.",
    "All three boats that have heating cost 785 EUR.",
    "Three boats have heating; the cheapest of them is Gull.",
    "Skua is the most comfortable boat.",
]


@pytest.mark.parametrize(("evidence", "text"), HOLDS)
def test_what_follows_from_the_rows_is_written_out(evidence: str, text: str) -> None:
    told = conclude(evidence, text)
    assert told and all(c.holds and c.note for c in told)


@pytest.mark.parametrize(("evidence", "text"), FAILS)
def test_what_the_rows_show_otherwise_does_not_hold(evidence: str, text: str) -> None:
    assert [c.holds for c in conclude(evidence, text)] == [False]


@pytest.mark.parametrize("text", UNSURE)
def test_a_claim_that_says_more_is_left_to_the_model(text: str) -> None:
    assert conclude(BOATS, text) == []


@pytest.mark.parametrize(
    "text",
    ["The longest boat in the north is Skua.", "Skua is easily the longest boat hereabouts."],
)
def test_what_says_more_than_the_table_knows_is_only_not_stated(text: str) -> None:
    (told,) = conclude(BOATS, text)
    assert (told.holds, told.kind, told.note) == (False, "figure", "")


PEOPLE = (
    "name,office,extension,room\nAda Orr,Bern,4410,12\nIvo Lenz,Basel,,31\nUna Birk,Bern,4422,8"
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("No extension is listed for Ivo Lenz.", True),
        ("The extension of Ivo Lenz is not given.", True),
        ("No extension is listed for Ada Orr.", False),
        ("Una Birk has no extension on record.", False),
    ],
)
def test_what_is_said_to_be_missing_is_looked_up(text: str, holds: bool) -> None:
    (told,) = conclude(PEOPLE, text)
    assert told.holds is holds


def test_a_word_of_reserve_may_be_what_the_rows_are() -> None:
    table = "| Plan | Fee (EUR) | Roaming |\n|---|---|---|\n| Lite | 8 | no |\n| Flex | 15 | yes |"
    assert [c.holds for c in conclude(table, "All plans include roaming.")] == [False]
    assert not conclude(table, "All plans may include roaming.")


def test_a_row_of_totals_is_no_row() -> None:
    table = "| Shop | Sales |\n|---|---|\n| Quay | 40 |\n| Mill | 60 |\n| Total | 100 |"
    assert [c.holds for c in conclude(table, "Mill has the highest sales.")] == [True]
    assert [c.holds for c in conclude(table, "The total sales are 100.")] == [True]


def test_rows_that_have_no_value_keep_a_superlative_open() -> None:
    table = "| Shop | Sales |\n|---|---|\n| Quay | 40 |\n| Mill | 60 |\n| Port | - |"
    assert [c.holds for c in conclude(table, "Mill has the highest sales.")] == [None]
    assert [c.holds for c in conclude(table, "Quay has the highest sales.")] == [False]


def test_a_total_that_the_rows_at_hand_do_not_come_to_is_only_not_stated() -> None:
    (told,) = conclude(BOATS, "The boats have 40 berths in total.")
    assert (told.holds, told.kind) == (False, "figure")


@given(st.lists(st.integers(1, 900), min_size=2, max_size=6, unique=True), st.data())
def test_exactly_one_row_of_different_values_is_the_highest(
    amounts: list[int], data: st.DataObject
) -> None:
    names = ["Alp", "Bor", "Cas", "Dun", "Erl", "Fos"][: len(amounts)]
    rows = [f"{name},{amount},2019" for name, amount in zip(names, amounts, strict=True)]
    text = "\n".join(["shop,sales,since", *rows])
    chosen = data.draw(st.sampled_from(names))
    (told,) = conclude(text, f"{chosen} has the highest sales.")
    assert told.holds is (amounts[names.index(chosen)] == max(amounts))


STAFF = (
    "| Name | Department | Salary (USD) | Age | Hired |\n|---|---|---|---|---|\n"
    "| Ann Lee | Sales | 52,000 | 34 | 2019-04-01 |\n"
    "| Bob Ray | Sales | 48,000 | 29 | 2023-06-01 |\n"
    "| Cem Oz | IT | 71,000 | 45 | 2012-01-10 |\n| Eve Fox | HR | 60,000 | 51 | 2016-09-01 |"
)
SERVERS = (
    "| Server | Latency (ms) | Error rate (%) | Rank |\n|---|---|---|---|\n"
    "| web-1 | 120 | 0.4 | 2 |\n| web-2 | 80 | 0.1 | 1 |\n| db-1 | 200 | 0.9 | 3 |"
)
FLATS = (
    "| Flat | Price (EUR) | Pets | State |\n|---|---|---|---|\n| A1 | 900 | allowed | in stock |\n"
    "| B2 | 700 | not allowed | out of stock |\n| C3 | 800 | not allowed | in stock |"
)


@pytest.mark.parametrize(
    ("evidence", "text"),
    [
        # What no column has is not the column that is counted in the same.
        (BOATS, "Skua has the cheapest insurance."),
        (BOATS, "Skua has the highest mast."),
        # "Only" that is said of a value.
        (BOATS, "Tern costs only 155 EUR."),
        (BOATS, "Tern only has 4 berths."),
        # Which end is meant depends on what is measured.
        (SERVERS, "web-2 has the best latency."),
        (SERVERS, "db-1 has the best error rate."),
        (SERVERS, "web-2 has the highest rank."),
        # Quantifiers that are denied, or leave some out.
        (BOATS, "Not all boats have heating."),
        (BOATS, "All but one boat have heating."),
        (BOATS, "Skua is one of only three boats with heating."),
        # Rows that are picked are not all that there are.
        (BOATS, "Here are two boats."),
        (BOATS, "Two boats stand out."),
        (BOATS, "Most boats cost between 155 and 240 EUR per day."),
        (BOATS, "The longest boat costs 390 EUR per day."),
        (BOATS, "Three boats have heating and one has none."),
    ],
)
def test_what_only_looks_like_a_conclusion_is_none(evidence: str, text: str) -> None:
    assert not [told for told in conclude(evidence, text) if told.holds is False or told.note]


@pytest.mark.parametrize(
    ("evidence", "text", "holds"),
    [
        (STAFF, "Eve Fox is the oldest.", True),
        (STAFF, "Cem Oz is the oldest.", False),
        (STAFF, "Bob Ray has the lowest salary in IT.", False),
        (STAFF, "Cem Oz has the highest salary in IT.", True),
        (FLATS, "All flats allow pets.", False),
        (FLATS, "A1 is the only flat that allows pets.", True),
        (FLATS, "Only B2 is out of stock.", True),
        (FLATS, "Two of the flats are in stock.", True),
    ],
)
def test_words_that_turn_a_cell_count(evidence: str, text: str, holds: bool) -> None:
    assert [told.holds for told in conclude(evidence, text)] == [holds]


def test_tables_with_one_head_under_several_titles_are_not_one() -> None:
    head = "| Hotel | Price | Rating |\n|---|---|---|\n"
    text = (
        f"## Berlin\n\n{head}| Adler | 80 EUR | 4.1 |\n| Bär | 120 EUR | 4.7 |\n\n"
        f"## Paris\n\n{head}| Lune | 150 EUR | 4.9 |\n| Soleil | 70 EUR | 4.0 |"
    )
    assert not conclude(text, "The cheapest hotel in Berlin costs 80 EUR.")
    assert not conclude(text, "Adler is the cheapest hotel in Berlin.")


@pytest.mark.parametrize(
    "text",
    [
        "Revenue rose in 2022, then slid in 2023.",
        "Revenue dropped after 2023.",
    ],
)
def test_a_trend_of_another_span_is_not_judged(text: str) -> None:
    table = "| Item | 2022 | 2023 |\n|---|---|---|\n| Revenue | 140 | 150 |\n| Costs | 90 | 95 |"
    assert not [told for told in conclude(table, text) if told.holds is False]
