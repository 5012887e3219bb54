"""An agent whose answers are checked against what its tools returned.

python examples/langchain/agent_search.py
GROUNDWIRE_MODEL=openai:gpt-5-mini python examples/langchain/agent_search.py
"""

from __future__ import annotations

from typing import Any

from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import create_retriever_tool
from scripted import chat_model

from groundwire import Guard
from groundwire_langchain import EvidenceStore, GroundingMiddleware

DOCUMENTS = [
    Document("The Lyon office opens at 9:00 on weekdays.", metadata={"source": "offices.md"}),
    Document("The Lyon office has room for 40 people.", metadata={"source": "offices.md"}),
]
QUESTION = "When does the Lyon office open? Book me a desk."

search = create_retriever_tool(
    EvidenceStore.from_documents(DOCUMENTS).as_retriever(),
    "search",
    "Searches the handbook.",
    response_format="content_and_artifact",  # the Documents, with their sources, are the evidence
)
model = chat_model(
    AIMessage("", tool_calls=[{"name": "search", "args": {"query": "Lyon office"}, "id": "c1"}]),
    "The Lyon office opens at 9:00 on weekdays. I have booked a desk for you.",
)
agent: Any = create_agent(model, [search], middleware=[GroundingMiddleware(Guard())])


def main() -> None:
    state = agent.invoke({"messages": [HumanMessage(QUESTION)]})
    answer = state["messages"][-1]
    print("checked:", answer.text)
    for verdict in answer.response_metadata["groundwire"]["verdicts"]:
        print(f"{verdict['label']}: {verdict['claim']['text']}")


if __name__ == "__main__":
    main()
