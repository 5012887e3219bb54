"""A chat over several turns: a checked model, with the history of what was shown.

python examples/langchain/chat_history.py
GROUNDWIRE_MODEL=openai:gpt-5-mini python examples/langchain/chat_history.py
"""

from __future__ import annotations

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage, HumanMessage
from scripted import chat_model

from groundwire import Guard
from groundwire_langchain import EvidenceStore, GroundedChatModel

DOCUMENTS = [
    Document("The museum was founded in 1908. It shows 300 paintings."),
    Document("The museum is closed on Mondays. A ticket costs 12 euros."),
]
QUESTIONS = ("When was the museum founded?", "What does a ticket cost?")

model = GroundedChatModel(
    chat_model("The museum was founded in 1908.", "A ticket costs 15 euros."),
    Guard(),
    evidence=EvidenceStore.from_documents(DOCUMENTS),
)
history: list[BaseMessage] = []


def ask(question: str) -> str:
    """Answers with what was checked, and keeps no other words in the history."""
    history.append(HumanMessage(question))
    answer = model.invoke(history)
    history.append(answer)
    return answer.text


def main() -> None:
    for question in QUESTIONS:
        print("you:", question)
        print("bot:", ask(question))


if __name__ == "__main__":
    main()
