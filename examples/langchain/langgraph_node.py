"""A graph that checks its draft, and searches again where nothing of it holds.

python examples/langchain/langgraph_node.py
GROUNDWIRE_MODEL=openai:gpt-5-mini python examples/langchain/langgraph_node.py
"""

from __future__ import annotations

from typing import Any, TypedDict

from langchain_core.documents import Document
from langgraph.graph import END, START, StateGraph
from scripted import chat_model

from groundwire import Guard
from groundwire_langchain import EvidenceStore, grounding_edge, grounding_node

DOCUMENTS = [
    Document("The ferry leaves the harbor at 8:15. The crossing takes 40 minutes."),
    Document("The ferry carries 120 passengers and no cars."),
]
QUESTION = "When does the ferry leave?"
TRIES = 3

store = EvidenceStore.from_documents(DOCUMENTS)
model = chat_model("The captain sings opera.", "The ferry leaves the harbor at 8:15.")


class State(TypedDict, total=False):
    question: str
    documents: list[Document]
    answer: str
    tries: int
    groundwire: dict[str, Any]


def search(state: State) -> dict[str, Any]:
    tries = state.get("tries", 0) + 1
    return {"documents": store.similarity_search(state["question"], k=tries), "tries": tries}


def write(state: State) -> dict[str, Any]:
    context = "\n".join(document.page_content for document in state["documents"])
    said = model.invoke(f"Answer from the context.\n\n{context}\n\nQuestion: {state['question']}")
    return {"answer": said.text}


def route(state: State) -> str:
    """Another search where the answer was refused, for as long as there are tries left."""
    again = grounding_edge(state) == "refuse" and state["tries"] < TRIES
    return "search" if again else END


graph: Any = StateGraph(State)
graph.add_node("search", search)
graph.add_node("write", write)
graph.add_node("verify", grounding_node(Guard()))
graph.add_edge(START, "search")
graph.add_edge("search", "write")
graph.add_edge("write", "verify")
graph.add_conditional_edges("verify", route, ["search", END])
app = graph.compile()


def main() -> None:
    state = app.invoke({"question": QUESTION})
    print("checked:", state["answer"])
    print("tries:  ", state["tries"])
    print("route:  ", grounding_edge(state))


if __name__ == "__main__":
    main()
