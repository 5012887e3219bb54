from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.claims.checkworthy import (
    classify_heading,
    classify_sentence,
    is_affirmation,
    is_prose,
)
from groundwire.types import KINDS, ClaimKind

CLAIMS = [
    'The question "Uruguay won the cup, beating Spain 1-0" is not mentioned in the passages.',
    'I cannot answer the question "Bob stole 5 million" based on the passages.',
    "Passage 2 says the pump weighs 62 kg.",
    "Based on passage 2, the rice pilaf includes olive oil.",
    "Note: the pump is toxic.",
    "Note that it closes at 9.",
    "The answer can be given in 10 steps and it kills bacteria.",
    'The question "Is it safe?" is answered by the manual with no.',
    'Here is the answer to the question "is it safe": it is.',
    "You can follow these steps to cure cancer.",
    "On the other hand, the pump is unsafe.",
    "I think Paris has 20 million people.",
    "Hello, your refund of $500 is approved.",
    "Did you know that Ann founded Acme in 1990?",
    "I'm sorry, but the store closed in 1999.",
    "Please note that the warranty is 5 years.",
    "The documents do not say who, but it was built in 1990.",
    "The documents do not say who built it and it was built in Rome.",
    "The documents do not say who built it, it was Bob.",
    "Hold the button for 5 seconds.",
    "Yes.",
    "No, it is not.",
    "Press the button to reset the device.",
    "Do not take it with alcohol.",
    "Take with food.",
    "Why does Paris have so many people?",
    "Paris has many people, right?",
    "Isn't Paris the capital of Italy?",
    "Sure, Paris is the capital of Italy.",
    "Here is the answer: Paris.",
    "I can help you with the refund that was approved.",
    "In my opinion, the drug is dangerous.",
    "I think it is safe.",
    "Let me know if you want the money that is yours.",
    "Paris.",
    "42",
    "It is unknown who killed him.",
    "I hope this helps you recover the lost two million.",
    "The report does not mention deaths.",
    "Based on the passages, the answer is Lyon.",
    "There is no cure for this disease.",
    "There is no evidence that aspirin causes cancer.",
    "Contact Bob Miller.",
    "Paris is not mentioned in the documents, it is in Italy.",
    "I cannot provide the refund because you paid in cash.",
    "We cannot process returns after 30 days.",
    "Unable to fly, penguins swim.",
    "Opening hours: nine to five.",
    "The data do not include patients from Spain.",
    "Did Paris burn down in 1871?",
    "Thank you for the two million dollars.",
    "Is there anything else you need from the store that closed?",
    "If you have questions, call 555-1234.",
    "# Paris has burned down",
    "If you have any other questions about the store that burned down, feel free to ask.",
    "I cannot help with that refund Bob stole.",
    "The documents do not mention the $500 refund.",
    "You're welcome to the free upgrade.",
    "Welcome to the largest city of Italy.",
    "Sure, it is in Rome.",
    "I don't know, it was Bob.",
    "I don't know why Paris burned and Lyon did not.",
    "I'm sorry that your aunt died.",
    "I apologize, the product was discontinued.",
    "Here are the facts about Einstein, who failed math:",
    "Would you like to know that Bob was fired?",
    "Would you like the refund we promised you in May 2020?",
    "Thanks for asking, Lyon is the capital.",
    "Okay, so the capital is Lyon.",
    "Note that the device is not waterproof.",
    "For example, Lyon.",
    "Answer: Lyon.",
    "The capital of France is: Lyon",
    "Please contact customer support at 5 Main Street.",
    "Please contact Bob Miller for details.",
    "Call Ann.",
    "Is Lyon, the capital of Italy since 1990, nice?",
    "How did Einstein, who failed math, succeed?",
    "The price is mentioned in the documents.",
    "The warranty is provided by Acme in the documents.",
    "I think the book is great because it won the prize.",
    "I think Einstein is great.",
    "I like Paris.",
    "Never press the button.",
    "Press the red button to arm the bomb.",
    "See the doctor if you feel pain.",
    "I can confirm that the refund was sent.",
    "I can help you since the store closed.",
    "The information does not cover dental care.",
    "I am unable to fly because penguins swim.",
    "We were unable to find the wreck of the ship.",
    "I cannot answer without noting that Paris burned.",
    "This answer contains no facts.",
    "Of course the earth is flat.",
    "Definitely Lyon.",
    "Good luck with the surgery that Bob failed.",
    "He doesn't know.",
    "The passages do not mention Lyon, which was founded by Bob.",
    "The passages do not mention Lyon (the capital of Italy).",
    "The passages do not mention Lyon - the capital of Italy.",
    "The passages do not mention Lyon. It is the capital of Italy.",
    "There is no information about the 2 million deaths in the passages.",
    "Hi Bob stole the car.",
    "Key: Lyon",
    "Cures cancer:",
    "Smoking cures cancer:",
    "The information does not cover dental care.",
    "Aspirin is a painkiller.",
    "Der Turm ist schön.",
    "# No Warranty",
    "# Help Not Available by Phone",
    "# No Help Available",
    "# Non-refundable",
    "# 🚫 Warranty",
    "# 5 Years Warranty",
    "We cannot provide warranty support.",
    "We cannot process refunds.",
    "We cannot offer repairs.",
    "Anything else is free.",
    "I'll look after the refund for you.",
    "One moment, please, the store closed.",
    "I couldn't find anything wrong with it.",
    "I couldn't find anything about the colour, which is red.",
    "There are three facts.",
    "There are three warranties:",
    "There are three facts: it is red.",
    "There are three facts about Lyon:",
    "I can help you search the manual that Ann wrote.",
    "I can help you find the stolen car.",
    "The 3 limits are:",
    "The limits are high:",
    "The plans that were sold in Norway are:",
    "Visitors are not:",
    "The kettle boils in seconds, and its colors are:",
    "Ann Berg leads Acme as CEO, and its plans are:",
    "Acme CEO Ann Berg's plans are:",
    "Founded by Bo Lund, its plans are:",
    "Plans available only in Norway include:",
    "The countries that ban the kettle are:",
    "The models recalled for fire risk are:",
]

NO_CLAIMS: dict[ClaimKind, list[str]] = {
    "greeting": [
        "Have a nice ride!",
        "Hello!",
        "Hi there,",
        "Thanks for asking!",
        "I hope this helps!",
        "You're welcome!",
        "Great question!",
        "I'm happy to help!",
    ],
    "filler": [
        "Sure, here is a summary of the passage:",
        "Sure!",
        "Here are the key points:",
        "In summary:",
        "Based on the passages, here is the answer:",
        "[1]",
        "😀",
        "Here are 5 tips:",
        "Here are three main points from the text:",
        "Here's what I found:",
        "There are three facts:",
        "One moment, please.",
        "Just a moment.",
        'Here\'s a brief answer to the question "how to reset it" based on the given passages:',
        'So, the answer to the question "How to reset it" can be summarized in 10 steps.',
    ],
    "offer": [
        "Let me know if you have any other questions.",
        "Would you like me to explain more?",
        "Is there anything else I can help you with?",
        "How can I help you today?",
        "Anything else?",
        "Let me check that for you.",
        "I'll look that up for you.",
        "I can help you search the manual.",
        "If you have any other questions, feel free to ask.",
    ],
    "instruction": [
        "Please contact customer support for more information.",
        "Press the button.",
        "Please refer to the manual.",
        "To reset the device, follow these steps:",
        "To reset the device, you can follow these steps:",
    ],
    "opinion": [
        "I think it's beautiful.",
        "In my opinion, it is a great idea.",
    ],
    "refusal": [
        "I cannot help with that.",
        "I'm sorry, but I cannot answer that question.",
        "I cannot provide medical advice.",
        "We are unable to help with that.",
        "I can't share personal data.",
    ],
    "hedge": [
        "I'm sorry, but I don't know.",
        "I don't know.",
        "The documents do not say.",
        "The context does not mention the price of the tower.",
        "The context does not provide information about Lyon.",
        "The provided passages do not specify who built the tower in 1889.",
        "There is no information on the price in the passages.",
        "Unable to answer based on given passages.",
        "Unable to answer based on the given passages.",
        "Based on the provided passages, there is no information about the price.",
        "It is not clear from the passages whether the drug is safe.",
        "The price is not mentioned in the provided documents.",
        "I don't have enough information to answer this question.",
        "I am unable to determine the price from the context.",
        "Unfortunately, I could not find any information about this in the documents.",
        "I don't know, but I can help you with other questions.",
        "I cannot answer this question based on the provided passages.",
        "The given passages do not provide enough information to answer the question.",
        "None of the passages mention the price.",
        "I couldn't find anything about the colour.",
        "The manual doesn't say how tall it is.",
        "The passages do not contain the necessary information to answer the question.",
        "Passage 2 does not provide any information about the pump.",
        "Passages 1 and 3 do not mention the pump.",
        "Note: Unable to answer based on given passages.",
        "The documents do not provide detailed instructions on how to reset it.",
    ],
    "question": [
        "What is the price?",
        "Which product do you mean?",
        "Can you clarify which product you mean?",
    ],
    "heading": [
        "Symptoms:",
        "**Overview**:",
        "# Results",
        "## Step 2: Setup",
        "## ❌ Cons",
        "## ✅ Pros",
        "The limits are:",
        "**The limits of the plan are**:",
        "Common side effects include:",
    ],
}


@pytest.mark.parametrize("sentence", CLAIMS)
def test_what_states_a_fact_is_a_claim(sentence: str) -> None:
    assert classify_sentence(sentence) == "claim"


@pytest.mark.parametrize(
    ("kind", "sentence"), [(kind, text) for kind, texts in NO_CLAIMS.items() for text in texts]
)
def test_what_states_nothing_has_its_kind(kind: ClaimKind, sentence: str) -> None:
    assert classify_sentence(sentence) == kind


def test_the_table_is_balanced_and_has_every_kind() -> None:
    others = sum(len(texts) for texts in NO_CLAIMS.values())
    assert len(CLAIMS) + others >= 120
    assert min(len(CLAIMS), others) >= 50
    assert set(NO_CLAIMS) == set(KINDS) - {"claim", "code"}


FACTS = ["the refund is $500", "Lyon has 20 million people", "Ann died in 1990", "it was Bob"]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([text for texts in NO_CLAIMS.values() for text in texts]),
    st.sampled_from(FACTS),
    st.sampled_from([", ", ", and ", ", but ", " because ", "; ", " - ", ": ", ". ", " (", "! "]),
    st.booleans(),
)
def test_a_fact_never_rides_along(text: str, fact: str, joint: str, first: bool) -> None:
    text = text.rstrip(".!?:,")
    assert classify_sentence(fact + joint + text if first else text + joint + fact + ".") == "claim"


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(), max_size=300))
def test_any_text_has_a_kind(text: str) -> None:
    assert classify_sentence(text) in KINDS
    assert classify_heading(text) in ("claim", "heading")


@pytest.mark.parametrize(
    "piece", ["i don't know who ", "the documents do not say ", "sure, ", "a, and ", "if you have "]
)
def test_a_long_sentence_is_a_claim(piece: str) -> None:
    assert classify_sentence(piece * 10_000) == "claim"
    assert classify_sentence((piece * 400)[:390] + " is 5") == "claim"


def test_a_bare_yes_is_recognized() -> None:
    assert is_affirmation("Of course!")
    assert is_affirmation("**Sure**.")
    assert not is_affirmation("Sure, here is a summary:")


@pytest.mark.parametrize(
    ("line", "prose"),
    [
        ("x = compute(1, 2)", False),
        ("for item in items:", False),
        ('{"a": [1, 2]}', False),
        ("# the capital of France is Paris", True),
        ('print("Ann was born in 1990 there")', True),
    ],
)
def test_a_fact_inside_code_is_seen(line: str, prose: bool) -> None:
    assert is_prose(line) is prose


@pytest.mark.parametrize(
    "text",
    ["Here's the summary in 70 words:", "Here is a summary of the article in 139 words:"],
)
def test_a_lead_in_may_say_how_long_the_answer_is(text: str) -> None:
    assert classify_sentence(text) == "filler"
    assert classify_sentence("The contract has a summary in 70 words.") == "claim"
