"""Streams under guard: when text is shown, how long it takes, and what leaks.

    python -m benchmarks.streaming [--quick] [--rate 50] [--answers 8] [--model DIR]

A scripted model writes answers of ten sentences, two of them false, at a fixed number of tokens a
second (about four characters each). Each way of guarding gets the same tokens and the same
verifier:

- ``unguarded``: tokens are shown as they come.
- ``claim``: ``Guard.stream``, each claim shown once it was checked.
- ``answer``: ``Guard.stream(release="answer")``.
- ``after_model``: a LangChain agent whose middleware rewrites the answer in ``after_model``, read
  with ``stream_mode="messages"``: the way of LangChain's own documentation.
- ``middleware``: ``GroundingMiddleware(release="claim")``, read in the same way.
- ``guardrails-ai``: its streaming guard with a validator around the same verifier, where that
  package is installed; failing sentences are replaced by nothing (``on_fail="fix"``; its
  ``"filter"`` raises a TypeError in streams of text).
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from statistics import mean, median
from typing import Any

from benchmarks.check_latency import TOPICS, evidence

from groundwire.guard.guard import Guard
from groundwire.verify.nli import NLIVerifier

Stream = Callable[[], Iterator[str]]


def answer(seed: int) -> tuple[str, list[str]]:
    """Returns ten sentences, and the false ones among them."""
    said, false = [], []
    for number in range(5):
        name, things, year, _, _ = TOPICS[(seed + number) % len(TOPICS)]
        opened = int(year) + (9 if number in (1, 3) else 0)
        first = f"The {name} was opened in {opened}."
        count = ((seed + number) % len(TOPICS) + 3) * 4
        said += [first, f"The {name} has {count} {things}."]
        false += [first] if number in (1, 3) else []
    return " ".join(said), false


def tokens(text: str, rate: float, produced: list[tuple[int, float]]) -> Iterator[str]:
    """Yields about four characters at a time, and notes when each was there."""
    begun, at = time.perf_counter(), 0
    for number, match in enumerate(re.finditer(r"\s?\S{1,4}|\s+", text)):
        wait = begun + number / rate - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        at = match.end()
        produced.append((at, time.perf_counter()))
        yield match.group()


def agent(middleware: Any, source: Stream) -> Iterator[str]:
    """The tokens that a reader of a LangChain agent sees."""
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    class Scripted(GenericFakeChatModel):
        def _stream(
            self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any
        ) -> Iterator[ChatGenerationChunk]:
            for token in source():
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=token))
                if run_manager is not None:
                    run_manager.on_llm_new_token(token, chunk=chunk)
                yield chunk

    model = Scripted(messages=iter([AIMessage("")]))
    made: Any = create_agent(model, [], middleware=[middleware])
    ask = {"messages": [("user", "Tell me about the sights.")]}
    for message, _ in made.stream(ask, stream_mode="messages"):
        if message.type != "human" and message.text:
            yield message.text


def after_model(guard: Guard, facts: str) -> Any:
    """LangChain's way: the answer is rewritten after the model."""
    from langchain.agents.middleware import AgentMiddleware

    class Rewriting(AgentMiddleware[Any, Any, Any]):
        def after_model(self, state: Any, runtime: Any) -> dict[str, Any]:
            last = state["messages"][-1]
            text = guard.check(last.text, facts).text
            return {"messages": [last.model_copy(update={"content": text})]}

    return Rewriting()


def guardrails(guard: Guard, facts: str, source: Stream) -> Iterator[str]:
    """The streaming guard of guardrails-ai around the same verifier."""
    import guardrails as gd  # type: ignore[import-not-found, unused-ignore]
    from guardrails.validators import (  # type: ignore[import-not-found, unused-ignore]
        FailResult,
        PassResult,
        Validator,
        register_validator,
    )

    @register_validator(name="groundwire/grounded", data_type="string")
    class Grounded(Validator):  # type: ignore[misc, unused-ignore]
        def validate(self, value: Any, metadata: Any) -> Any:
            report = guard.check(value, facts) if value.strip() else None
            if report is None or not report.flagged:
                return PassResult()
            return FailResult(error_message="not in the sources", fix_value="")

    own = gd.Guard().use(Grounded(on_fail="fix"))

    def model(*args: Any, **kwargs: Any) -> Iterator[str]:
        yield from source()

    for part in own(model, messages=[{"role": "user", "content": "Tell me."}], stream=True):
        if isinstance(part.validated_output, str) and part.validated_output:
            yield part.validated_output


def ways(guard: Guard, facts: str) -> dict[str, Callable[[Stream], Iterator[str]]]:
    """Each way of guarding: from tokens to what is shown."""
    from groundwire_langchain import GroundingMiddleware

    found: dict[str, Callable[[Stream], Iterator[str]]] = {
        "unguarded": lambda source: source(),
        "claim": lambda source: guard.stream(source(), facts),
        "answer": lambda source: guard.stream(source(), facts, release="answer"),
        "after_model": lambda source: agent(after_model(guard, facts), source),
        "middleware": lambda source: agent(
            GroundingMiddleware(guard, evidence=[facts], release="claim"), source
        ),
    }
    try:
        import guardrails as _  # type: ignore[import-not-found, unused-ignore] # noqa: F401
    except ImportError:
        print("guardrails-ai is not installed; left out", file=sys.stderr)
    else:
        found["guardrails-ai"] = lambda source: guardrails(guard, facts, source)
    return found


def measure(
    show: Callable[[Stream], Iterator[str]], text: str, false: list[str], rate: float
) -> dict[str, float]:
    """Times one answer. Waits are from the last character of a sentence to its being shown."""
    produced: list[tuple[int, float]] = []
    begun = time.perf_counter()
    shown, times = "", []
    for part in show(lambda: tokens(text, rate, produced)):
        shown += part
        times.append((len(shown), time.perf_counter()))
    ended = time.perf_counter()
    waits = []
    for match in re.finditer(r"[^.]+\.", text):
        sentence = match.group().strip()
        at = shown.find(sentence)
        if sentence in false or at < 0:
            continue
        written = next(t for end, t in produced if end >= match.end())
        visible = next(t for end, t in times if end >= at + len(sentence))
        waits.append(visible - written)
    return {
        "first": (times[0][1] if times else ended) - begun,
        "total": ended - begun,
        "wait": mean(waits) if waits else float("nan"),
        "worst": max(waits) if waits else float("nan"),
        "leaked": sum(len(lie) for lie in false if lie in shown),
        "kept": sum(s.strip() in shown for s in re.findall(r"[^.]+\.", text)) / 8,
    }


def main() -> None:
    """Prints a table, and the figures as JSON with ``--json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--answers", type=int, default=8)
    parser.add_argument("--model")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = 1 if options.quick else options.answers
    guard = Guard(verifier=NLIVerifier(options.model) if options.model else None)
    facts = evidence()
    guard.check(answer(0)[0], facts)
    results = {}
    for name, show in ways(guard, facts).items():
        runs = [measure(show, *answer(seed), options.rate) for seed in range(count)]
        results[name] = {key: median(run[key] for run in runs) for key in runs[0]}
        results[name]["leaked"] = sum(run["leaked"] for run in runs)
    if options.json:
        print(json.dumps(results))
        return
    base = results["unguarded"]["total"]
    print(
        "way            first s  total s  +total  wait/claim ms  worst ms  leaked chars  true kept"
    )
    for name, row in results.items():
        print(
            f"{name:14} {row['first']:7.2f} {row['total']:8.2f} {row['total'] / base - 1:6.1%}"
            f" {row['wait'] * 1000:14.0f} {row['worst'] * 1000:9.0f} {row['leaked']:13.0f}"
            f" {row['kept']:9.0%}"
        )


if __name__ == "__main__":
    main()
