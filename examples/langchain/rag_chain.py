"""A RAG chain whose answers are checked against the documents that it retrieved.

python examples/langchain/rag_chain.py
GROUNDWIRE_MODEL=openai:gpt-5-mini python examples/langchain/rag_chain.py
"""

from __future__ import annotations

from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from scripted import chat_model

from groundwire import Guard
from groundwire_langchain import EvidenceStore, grounded

DOCUMENTS = [
    Document(
        "The Aurora pump weighs 62 kg. It runs on 230 V.", metadata={"source": "datasheet.md"}
    ),
    Document("The warranty of the Aurora pump lasts 24 months.", metadata={"source": "terms.md"}),
]
QUESTION = "What does the Aurora pump weigh, and how long is its warranty?"
SAID = "The Aurora pump weighs 62 kg. The warranty of the Aurora pump lasts 36 months."

store = EvidenceStore.from_documents(DOCUMENTS)
prompt = ChatPromptTemplate.from_template(
    "Answer from the context alone.\n\n{context}\n\nQuestion: {question}"
)
chain = (
    {"context": store.as_retriever(), "question": RunnablePassthrough()}
    | prompt
    | chat_model(SAID, SAID)
    | StrOutputParser()
)
safe = grounded(chain, Guard())


def main() -> None:
    print("checked: ", safe.invoke(QUESTION))
    print("streamed:", end=" ")
    for part in safe.stream(QUESTION):
        print(part, end="", flush=True)
    print()


if __name__ == "__main__":
    main()
