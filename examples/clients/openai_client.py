"""A client of OpenAI whose answers are checked, whole and while they stream.

python examples/clients/openai_client.py
GROUNDWIRE_MODEL=gpt-5-mini python examples/clients/openai_client.py
"""

from __future__ import annotations

import json
import os

import httpx2
from openai import OpenAI

from groundwire import Guard

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months from the date of purchase."
QUESTION = "How long is the warranty of the kettle?"
SAID = "The warranty lasts 36 months from the date of purchase."


def say(request: httpx2.Request) -> httpx2.Response:
    """Answers as a server of a model would."""
    head = {"id": "1", "created": 1, "model": "scripted"}
    choice = {"index": 0, "finish_reason": "stop"}
    if not json.loads(request.content).get("stream"):
        message = {"role": "assistant", "content": SAID}
        whole = {**head, "object": "chat.completion", "choices": [{**choice, "message": message}]}
        return httpx2.Response(200, json=whole)
    chunk = {**head, "object": "chat.completion.chunk"}
    deltas = [{"delta": {"content": f"{word} "}, "index": 0} for word in SAID.split()]
    chunks = [{**chunk, "choices": [c]} for c in [*deltas, {**choice, "delta": {}}]]
    lines = [*map(json.dumps, chunks), "[DONE]"]
    body = "".join(f"data: {line}\n\n" for line in lines)
    return httpx2.Response(200, text=body, headers={"content-type": "text/event-stream"})


def open_client() -> OpenAI:
    if os.environ.get("GROUNDWIRE_MODEL"):
        return OpenAI()
    return OpenAI(api_key="none", http_client=httpx2.Client(transport=httpx2.MockTransport(say)))


def main() -> None:
    model = os.environ.get("GROUNDWIRE_MODEL") or "scripted"
    with Guard().wrap_client(open_client(), evidence=MANUAL) as client:
        made = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": QUESTION}]
        )
        print("whole:   ", made.choices[0].message.content)
        print("streamed:", end=" ")
        for chunk in client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": QUESTION}], stream=True
        ):
            for choice in chunk.choices:
                print(choice.delta.content or "", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
