from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.quantities.identifiers import read_identifiers
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.literals import check_literals

Found = tuple[str, str, str, str | None]


def quotes(*texts: str) -> list[Quote]:
    return [Quote(t, "doc", 1000 * i, 1000 * i + len(t)) for i, t in enumerate(texts)]


def literals(claim: str, *evidence: str) -> list[Found]:
    found = check_literals(Claim(claim, 0, len(claim)), quotes(*evidence))
    return [(f.kind, f.status, f.claimed, f.found) for f in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.org/x.", [("url", "https://a.org/x")]),
        ("(see www.a.org/x_(y))", [("url", "www.a.org/x_(y)")]),
        ("See example.com/docs, then go.", [("url", "example.com/docs")]),
        ("Mail a.b+c@mail.example.org!", [("email", "a.b+c@mail.example.org")]),
        ("Call (555) 123-4567 now", [("phone", "(555) 123-4567")]),
        ("Call +44 20 7946 0958.", [("phone", "+44 20 7946 0958")]),
        ("Set max_retries or MAX_RETRIES", [("code", "max_retries"), ("code", "MAX_RETRIES")]),
        ("getUserName is slow", [("code", "getUserName")]),
        ("os.path.join() and `a b`", [("code", "os.path.join()"), ("code", "`a b`")]),
        ("pass --dry-run first", [("code", "--dry-run")]),
        ("edit /etc/app/config or app.yaml", [("code", "/etc/app/config"), ("code", "app.yaml")]),
        ("since v1.2.3 and version 2.4", [("version", "v1.2.3"), ("version", "2.4")]),
    ],
)
def test_literals_are_read(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(item.kind, item.text) for item in read_identifiers(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "It grew in 1990-1995 and/or at 50 km/h, 24/7.",
        "on 2020-05-03 and 12.05.2020, 3.14 or 181,674,817",
        "My iPhone plays YouTube in the U.S., e.g. at 5 p.m.",
        "The well-known day - or night -- was cold.",
        "The effect [<|multi_cit|>] is strong.",
        "It costs 1 000 000 dollars.",
        "",
    ],
)
def test_plain_text_holds_no_literal(text: str) -> None:
    assert read_identifiers(text) == []


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("See https://www.a.org/docs/.", "Docs: http://a.org/docs", "http://a.org/docs"),
        ("See www.a.org for it.", "Docs: http://a.org/docs", "http://a.org/docs"),
        ("Mail Info@A.org now.", "Contact: info@a.org.", "info@a.org"),
        ("Call +1 (555) 123-4567.", "Tel: 555-123-4567", "555-123-4567"),
        ("Call 555-123-4567.", "Tel: +1 555 123 4567", "+1 555 123 4567"),
        ("Use `max_retries`.", "The option max_retries is 3.", "max_retries"),
        ("Call get_user() first.", "First get_user(id) is called.", "get_user"),
        ("It needs version 2.4.", "It needs version 2.4.1.", "2.4.1"),
        ("It needs v2.4.1.", "It needs version 2.4.1.", "2.4.1"),
        ("It needs version 2.4.", "It needs v2.4.0.", "v2.4.0"),
        ("See Article 9(2)(b).", "See Art. 9 Abs. 2 lit. b.", "Art. 9 Abs. 2 lit. b"),
        ("Call +49 (0)30 555 0100.", "Call 0049 30 555 0100.", "0049 30 555 0100"),
        ("It eats CO2.", "It eats CO₂.", "CO₂"),
        ("He said “We Are  Ready.”", 'He said "we\nare ready".', "we\nare ready"),
        ("He said “we [all] are … ready”.", "We gladly are now very ready.", "We"),
        ("He said “[W]e’re not there”.", "We're not there yet.", "We're not there"),
        ("He said “we are ready. We go.”", "Today we are ready.", "we are ready"),
    ],
)
def test_what_stands_in_the_evidence_matches(claim: str, evidence: str, found: str) -> None:
    told = literals(claim, evidence, "We go.")
    assert [(status, text) for _, status, _, text in told] == [("match", found)]


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        (
            "For opening hours visit https://shop.example.com today.",
            "For opening hours visit https://store.example.com today.",
            ("url", "conflict", "https://shop.example.com", "https://store.example.com"),
        ),
        (
            "For a refund mail info@a.org.",
            "For a refund mail help@a.org.",
            ("email", "conflict", "info@a.org", "help@a.org"),
        ),
        (
            "For support today call 555-123-4567.",
            "For support today call 555-123-4568.",
            ("phone", "conflict", "555-123-4567", "555-123-4568"),
        ),
        (
            "The option timeout_ms sets the read limit.",
            "The option timeout_s sets the read limit.",
            ("code", "conflict", "timeout_ms", "timeout_s"),
        ),
        (
            "The client needs version 2.4.1 of the server.",
            "The client needs version 2.3.1 of the server.",
            ("version", "conflict", "2.4.1", "2.3.1"),
        ),
        (
            "The client needs release 2.4.1 of the server.",
            "The client needs release 2.4.1-rc.2 of the server.",
            ("version", "conflict", "2.4.1", "2.4.1-rc.2"),
        ),
        (
            "Article 9(2)(b) allows the transfer of data.",
            "Article 9(2)(c) allows the transfer of data.",
            ("reference", "conflict", "Article 9(2)(b)", "Article 9(2)(c)"),
        ),
        (
            "To set it up run pip install lantern-pro first.",
            "To set it up run pip install lantern first.",
            ("code", "conflict", "pip install lantern-pro", "pip install lantern"),
        ),
        (
            "“The bridge will be opened until further notice,” it said.",
            "The bridge will be closed until further notice.",
            (
                "quote",
                "conflict",
                "The bridge will be opened until further notice,",
                "The bridge will be closed until further notice",
            ),
        ),
        (
            "“The bridge will not be closed until further notice.”",
            "The bridge will be closed until further notice.",
            (
                "quote",
                "conflict",
                "The bridge will not be closed until further notice.",
                "The bridge will be closed until further notice",
            ),
        ),
    ],
)
def test_another_literal_in_the_same_place_conflicts(
    claim: str, evidence: str, expected: Found
) -> None:
    assert literals(claim, evidence) == [expected]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Visit https://a.org for hours.", "Visit the museum at https://b.org."),
        ("For support call 555-123-4567.", "Sales and returns: 555-123-4568."),
        ("Alice's mail address is a@a.org.", "Bob's mail address is b@a.org."),
        ("For a refund do not mail info@a.org.", "For a refund mail help@a.org."),
        ("The client needs version 2.4 or later.", "The client needs version 2.3.1."),
        ("The option a_b sets the limit.", "The options c_d and e_f set the limit."),
        ("She said “the old bridge is closed”.", "She said the new road is open."),
        ("She said “the bridges will be closed for ever”.", "The bridge will be closed for ever."),
        ("She said “a bridge will be closed for ever”.", "The bridge will be closed for ever."),
    ],
)
def test_what_may_be_another_thing_is_missing(claim: str, evidence: str) -> None:
    assert [status for _, status, _, _ in literals(claim, evidence)] == ["missing"]


@pytest.mark.parametrize(
    "evidence",
    [
        "Room 5, floor 551, 234567 people and more: call us.",
        "Order 5551 234 5678 is ready.",
        "Call 555-123-45678 today.",
        "Call 555-123-4567-89 today.",
        "Call 1555-123-4567 today.",
    ],
)
def test_digits_of_another_number_are_no_phone_number(evidence: str) -> None:
    assert [status for _, status, _, _ in literals("Dial 555-123-4567.", evidence)] != ["match"]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Call 020 7946 0958.", "Call +442079460958 at any hour."),
        ("Call 020 7946 0958.", "Call +44 20 7946 0958, 24 hours a day."),
        ("Call +44 20 7946 0958.", "Call 020 7946 0958."),
        ("Call 555-123-4567.", "Call (555) 123 4567 or 555 765 4321."),
    ],
)
def test_a_phone_number_in_another_form_matches(claim: str, evidence: str) -> None:
    assert [status for _, status, _, _ in literals(claim, evidence)] == ["match"]


@pytest.mark.parametrize("claim", ["The “new normal” is here.", 'A 5" pipe and a 6" pipe.', "“"])
def test_short_or_open_quotations_are_not_checked(claim: str) -> None:
    assert literals(claim, "It is here.") == []


def test_two_rivals_are_no_conflict() -> None:
    claim = "For a refund mail info@a.org."
    evidence = ["For a refund mail help@a.org.", "For a refund mail sales@a.org."]
    assert literals(claim, *evidence) == [("email", "missing", "info@a.org", None)]


def test_offsets_are_those_of_the_answer() -> None:
    answer = "Hello. See https://a.org now."
    quote = Quote("Docs: https://a.org.", "doc", 0, 20)
    assert check_literals(Claim(answer[7:], 7, len(answer)), [quote]) == [
        Finding("url", "match", "https://a.org", 11, 24, "https://a.org", quote)
    ]


TEXT = st.text(alphabet=st.sampled_from('ab12.@/-_()`"“”‘’[]…: +v\nA'), max_size=60) | st.text(
    max_size=60
)


@given(TEXT, st.lists(TEXT, max_size=3))
def test_findings_are_exact_spans_of_any_claim(text: str, evidence: list[str]) -> None:
    claim = Claim(text, 5, 5 + len(text))
    for finding in check_literals(claim, quotes(*evidence)):
        assert finding.claimed == text[finding.start - 5 : finding.end - 5]
        assert (finding.found is None) == (finding.status == "missing")


@given(st.permutations(["Mail a@a.org.", "Mail b@a.org.", "See “we are here”.", "It is v1.2.3."]))
def test_the_order_of_evidence_does_not_matter(evidence: list[str]) -> None:
    found = [Quote(t, t, 0, len(t)) for t in evidence]
    claim = "Mail c@a.org, since “we are here” in v1.2.3."
    told = check_literals(Claim(claim, 0, len(claim)), found)
    assert [f.status for f in told] == ["missing", "match", "match"]
    assert [f.found for f in told] == [None, "we are here", "v1.2.3"]


@pytest.mark.parametrize(
    "text",
    [c * 20_000 for c in ("a.", "1-", "--a ", "“", '"a ', "(", "a_", "/a", "www.a)", "`", "v1.")],
)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    assert all(item.end <= len(text) for item in read_identifiers(text))
    assert all(f.end <= len(text) for f in check_literals(Claim(text, 0, len(text)), quotes("a")))
