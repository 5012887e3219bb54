from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.frames import find_frames, tell_ticks
from groundwire.text.blocks import find_sentences


def read(text: str) -> list[tuple[str, str]]:
    """Each sentence with the frames that it is read under."""
    return [
        (" ".join(frame.text for frame in s.frames), " ".join(text[s.start : s.end].split()))
        for s in find_frames(text)[0]
    ]


@pytest.mark.parametrize(
    ("text", "sentence", "frames"),
    [
        (
            "Q: Is the battery removable?\nA: No. It is glued.",
            "A: No.",
            "Q: Is the battery removable?",
        ),
        (
            "Q: Is the battery removable?\nA: No. It is glued.",
            "It is glued.",
            "Q: Is the battery removable? A:",
        ),
        ("Q: Is it free? A: No. It costs 5. Note: bring an ID.", "Note: bring an ID.", ""),
        (
            "Anna: Is the price 40 euros?\nBen: No, it went up. It was a shock.",
            "It was a shock.",
            "Anna: Is the price 40 euros? Ben:",
        ),
        ("## Can I pay by cheque?\nNo, only by card.", "No, only by card.", "Can I pay by cheque?"),
        (
            "Can I pay by cheque?\n\nOnly by card.\n\nWe close at 6.",
            "Only by card.",
            "Can I pay by cheque?",
        ),
        ("Can I pay by cheque?\n\nOnly by card.\n\nWe close at 6.", "We close at 6.", ""),
        ("1. Is it free?\n   No.\n2. Is it blue?\n   Yes.", "Yes.", "2. Is it blue?"[3:]),
        ("Myth: Sugar harms. It does so at once.\nFact: No.", "It does so at once.", "Myth:"),
        ("Myth: Sugar harms. It does so at once.\nFact: No.", "Fact: No.", ""),
        ("Planned: single sign-on. Shipped: CSV export.", "Shipped: CSV export.", ""),
        ("[10:32] Anna: I will come. You too.", "You too.", "[10:32] Anna:"),
        ("## Planned features\n\n- Dark mode\n\nMore to come.", "- Dark mode", "Planned features:"),
        ("## Planned features\n\n- Dark mode\n\n## Shipped\n\n- Export", "- Export", "Shipped:"),
        ("Roadmap\n- Dark mode", "- Dark mode", "Roadmap:"),
        (
            "Old prices (until 2022)\nBasic: 10 euros\nPro: 20 euros",
            "Pro: 20 euros",
            "Old prices (until 2022):",
        ),
        ("- [ ] Export to PDF. It is hard.", "It is hard.", "not done:"),
        ("Not covered:\n\n- water\n- theft\n\nAll else is covered.", "- theft", "Not covered:"),
        ("Not covered:\n\n- water\n- theft\n\nAll else is covered.", "All else is covered.", ""),
        ("**Not covered:**\n\n- water\n  - of floods", "- of floods", "Not covered: water"),
        ("Never run:\n```\nrm -rf\n```\nAnd so on.", "rm -rf", "Never run:"),
    ],
)
def test_frames_of_a_sentence(text: str, sentence: str, frames: str) -> None:
    assert (frames, sentence) in read(text)


def test_frames_hold_in_the_passage_that_goes_on() -> None:
    _, above = find_frames("## Planned features\n\nNot before 2030:\n")
    (item,), _ = find_frames("- Dark mode", above, 38)
    assert [frame.text for frame in item.frames] == ["Planned features:", "Not before 2030:"]
    assert item.changed


def test_a_title_changes_nothing_and_a_question_may() -> None:
    assert not find_frames("# Hours\n\nWe open at 9.")[0][1].changed
    assert find_frames("Are you open?\n\nWe open at 9.")[0][1].changed


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("- [ ] Export", "- not done: Export"),
        ("* [x] Import", "* done: Import"),
        ("See [x] there", "See [x] there"),
    ],
)
def test_boxes_stand_in_words(item: str, said: str) -> None:
    (sentence,) = find_frames(item)[0]
    ticked = any(frame.kind in ("done", "undone") for frame in sentence.own)
    assert (tell_ticks(item) if ticked else item) == said


@given(st.text(alphabet="Ab:?.\n-#[x] |`>*1", max_size=80))
def test_sentences_are_those_of_the_text(text: str) -> None:
    framed, _ = find_frames(text)
    assert [(s.start, s.end) for s in framed] == find_sentences(text)
