"""Facts that ride in headings, questions, hedges and offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.claims.decision import decide_claim
from groundwire.claims.presuppositions import has_presupposition, has_telling_words
from groundwire.claims.splitter import ClaimSplitter
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Passage

SOURCE = (
    "The Acme kettle has a two-year warranty. It holds 1.7 litres and boils in four minutes. "
    "Bob Smith founded Acme in 1990. The filter can be cleaned weekly. "
    "Alexander Graham Bell invented the telephone."
)
EVIDENCE = [Evidence(Passage(SOURCE, "manual", 0, len(SOURCE)), 1.0)]

TELLING = [
    "# Free lifetime warranty included",
    "# Acme bankrupt",
    "**Free lifetime warranty**",
    "I don't know why Bob Smith was jailed for fraud.",
    "When did Bob stop beating his wife?",
    "Would you like the free lifetime warranty included in your purchase?",
    "Here is Bob Smith, inventor of the transistor:",
    "| Free lifetime warranty | Price |\n| --- | --- |",
]
HARMLESS = [
    "# Overview",
    "## Key Features",
    "# Warranty",
    "# Kettle warranty",
    "# Symptoms",
    "## Potential Risks and Benefits",
    "**Filter**",
    "Here are the steps to clean the filter:",
    "How can I help you with your order?",
    "Could you tell me your order number and email address?",
    "Would you like more details about the warranty?",
    "I don't know how much it costs.",
    "The documents do not mention side effects in children.",
    "The documents do not say whether Bob was jailed for fraud.",
    "Hello! How can I help you today?",
    "Let me know if you have any questions.",
    "Is there anything else you would like to know about Paris?",
    "Which model do you have?",
]


@pytest.mark.parametrize("text", TELLING)
def test_a_span_that_tells_something_new_is_judged_as_a_claim(text: str) -> None:
    claims = ClaimSplitter().split(text)
    assert all(not claim.checkable for claim in claims)
    assert any(has_telling_words(c) and has_presupposition(c, EVIDENCE) for c in claims)


@pytest.mark.parametrize("text", HARMLESS)
def test_small_talk_and_labels_stay_what_they_are(text: str) -> None:
    for claim in ClaimSplitter().split(text):
        assert not (has_telling_words(claim) and has_presupposition(claim, EVIDENCE)), claim


@pytest.mark.parametrize("text", TELLING)
def test_what_the_question_said_is_not_told(text: str) -> None:
    for claim in ClaimSplitter().split(text, question=text):
        assert not has_presupposition(claim, EVIDENCE)


@pytest.mark.parametrize("text", TELLING)
def test_the_guard_does_not_show_it(text: str) -> None:
    answer = f"Bob Smith founded Acme in 1990.\n\n{text}\n"
    verifier = FakeVerifier()
    report = Guard(verifier=verifier).check(answer, SOURCE)
    told = [v for v in report.verdicts if v.claim.text in text and v.claim.checkable]
    assert told and all(v.label == "unsupported" for v in told)
    assert not any(v.claim.text in report.text for v in told)


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_evidence_never_makes_a_span_tell_more(text: str, extra: str) -> None:
    more = [*EVIDENCE, Evidence(Passage(extra, "b", 0, len(extra)), 0.5)]
    for kind in ("heading", "question", "hedge", "offer", "filler"):
        claim = Claim(text, 0, len(text), kind=kind)
        assert not has_presupposition(claim, more) or has_presupposition(claim, EVIDENCE)


KETTLE = (
    "The K-200 kettle holds 1.7 litres. The warranty lasts 24 months from the date of purchase. "
    "The kettle switches off when the water boils. Descale the kettle every three months with "
    "citric acid. Help is available by email at help@example.com and by phone on 020 7946 0958."
)
MANUAL = [Evidence(Passage(KETTLE, "manual", 0, len(KETTLE)), 1.0)]
ONE_WORD = [
    "# Recalled",
    "# Poisonous",
    "**Discontinued**",
    "Bankrupt:",
    "# Free",
    "# Ⓡⓔⓒⓐⓛⓛⓔⓓ",
    "# 🆁🅴🅲🅰🅻🅻🅴🅳",
    "# ⠗⠑⠉",
    "# R e c a l l e d",
    "# 毒",
    "When did the recall of the kettle begin?",
    "What will you do when the kettle explodes?",
    "If you want your free kettle, let me know.",
    "Here are three reasons for the recall:",
    "I'm not sure when the recall started.",
    "Would you like the free kettle?",
    "I think the recall is bad.",
    "I cannot help with the recall.",
]
NO_WORD = [
    "Would you like more information about returns?",
    "Let me know if you have other questions.",
    "Is there anything else about the kettle you want to know?",
    "Would you like this in a table format?",
    "Please refer to the manual.",
    "Please consult your doctor.",
    "When did you buy it?",
    "Here's a summary of the key points:",
    "Here is what I found:",
    "# Kettle",
    "## Descaling the kettle",
]
SECTIONS = """
# Summary
## Features
Overview:
# Key points
# Pros and cons
# Conclusion
# Steps
## Introduction
## Background
## Key Takeaways
## Results
## Discussion
## Methods
## Ingredients
## Instructions
## Directions
## Requirements
## Prerequisites
## Installation
## Usage
## Examples
## References
## Further Reading
## FAQ
## Next Steps
## Tips
## Notes
## Important Notes
## Benefits
## Advantages and Disadvantages
## Limitations
## Use Cases
## Comparison
## Pricing
## Specifications
## Technical Details
## Maintenance
## Troubleshooting
## Safety Precautions
## Symptoms
## Causes
## Treatment
## Diagnosis
## Prevention
## Side Effects
## Early Life
## Career
## Legacy
## Timeline
## History
## Recommendations
## Final Thoughts
**Answer**
**Short answer:**
## Getting Started
## How It Works
## What You Need
## Contact Information
## Shipping and Returns
## Warranty
## Sources
TL;DR:
## Quick Summary
## Analysis
## Action Items
## Challenges
## Risks
## Opportunities
## Step 1: Setup
## Executive Summary
## Description
## Key Features
## Additional Resources
## Common Questions
## Definition
## Objectives
## Scope
## Appendix
## Glossary
## Weaknesses
## Strengths
## ✅ Pros
## ❌ Cons
## Options
## Alternatives
## Best Practices
## 1. Overview
## Quick Start
""".strip().splitlines()


def told(text: str) -> list[bool]:
    claims = ClaimSplitter().split(text)
    return [c.checkable or (has_telling_words(c) and has_presupposition(c, MANUAL)) for c in claims]


@pytest.mark.parametrize("text", ONE_WORD)
def test_one_word_in_a_place_that_takes_it_for_granted_is_enough(text: str) -> None:
    assert any(told(text))


@pytest.mark.parametrize("text", [*NO_WORD, *SECTIONS])
def test_usual_headings_and_small_talk_tell_nothing(text: str) -> None:
    assert not any(told(text))


def test_sixty_usual_headings_are_tried() -> None:
    assert len(SECTIONS) >= 60


def test_a_wish_tells_of_no_event_but_of_what_is_promised() -> None:
    def decide(text: str) -> bool:
        (claim,) = ClaimSplitter().split(text)
        return decide_claim(claim, EVIDENCE).checkable

    assert not decide("Good luck with your job interview!")
    assert not decide("I hope the wedding goes well!")
    assert decide("Have fun with the sauna!")
    assert decide("Would you like to join the cruise?")
