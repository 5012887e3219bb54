"""Guard of answers: split, retrieve, verify, decide, rewrite; rewritten text is checked again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from groundwire.claims.followups import History, resolve_question
from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.guard.arguments import check_retriever, check_tokens
from groundwire.guard.growing import GrowingAnswer
from groundwire.guard.messages import BLOCKED_MESSAGE as BLOCKED_MESSAGE
from groundwire.guard.messages import choose_message
from groundwire.guard.pipeline import STAGES, Case, Pipeline
from groundwire.guard.stages import retrieve_evidence
from groundwire.guard.stream import (
    OpenAnswer,
    astream_events,
    ayield_texts,
    stream_events,
    yield_texts,
)
from groundwire.guard.stream_state import Flow, Release, StreamEvent
from groundwire.guard.wrap import wrap_reply
from groundwire.policy import ThresholdPolicy
from groundwire.protocols import Policy, Retriever, Rewriter, Splitter, Verifier
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.evidence.adhoc import EvidenceLike

ClientT = TypeVar("ClientT")

WARM_UP = (
    ("The gate opens at nine. It closes at ten.", None),
    ("At nine.", "When does the gate open?"),
    ("Let me pull up the second lease for you.", None),
)
"""Answers of ``warm_up``: one that is rewritten, a short one, read on its own, and talk."""


class Guard:
    """Checks answers against evidence and keeps, repairs or blocks them.

    Every stage has a default and can be replaced by any object with the method of its protocol.
    A guard holds configuration only, so threads may share one. Models load at the first check.
    """

    def __init__(
        self,
        *,
        verifier: Verifier | None = None,
        retriever: Retriever | None = None,
        splitter: Splitter | None = None,
        policy: Policy | None = None,
        rewriter: Rewriter | None = None,
        blocked_message: str | None = None,
    ) -> None:
        """Sets the stages.

        Args:
            verifier: checks claims; by default the embedded ``NLIVerifier``.
            retriever: where evidence is looked up when a check is given none, such as an
                ``EvidenceIndex``; without it, claims of such a check are ``unchecked``.
            splitter: takes answers apart; by default ``ClaimSplitter``.
            policy: decides what may pass; by default ``ThresholdPolicy.balanced()``.
            rewriter: repairs claims; by default ``ExtractiveRewriter``.
            blocked_message: the text of a report whose answer was blocked; by default a sentence
                in the language of the question or the answer (``groundwire.guard.messages``).
        """
        stages = (
            (verifier, "verify"), (retriever, "retrieve"), (splitter, "split"),
            (policy, "decide"), (rewriter, "rewrite"),
        )  # fmt: skip
        check_retriever(retriever)
        for stage, method in stages:
            if stage is not None and not callable(getattr(stage, method, None)):
                raise InputError(
                    f"{stage!r:.60} has no method {method!r}: pass an object, such as "
                    "ThresholdPolicy.strict() for a policy"
                )
        self._retriever = retriever
        self._pipeline = Pipeline(
            verifier,
            splitter or ClaimSplitter(),
            policy or ThresholdPolicy.balanced(),
            rewriter or ExtractiveRewriter(),
            blocked_message,
        )

    @classmethod
    def from_config(
        cls,
        path: str | os.PathLike[str],
        *,
        group: str | None = None,
        retriever: Retriever | None = None,
        blocked_message: str | None = None,
    ) -> Guard:
        """Makes the guard that ``groundwire calibrate`` wrote a config for.

        Its reports name the config and what it promises in ``versions``.

        Args:
            path: the file.
            group: use the threshold of this group of answers, where it has one of its own.
            retriever: as for a guard.
            blocked_message: as for a guard.

        Raises:
            InputError: if the file cannot be read, or does not know the group.
            ModelError: if its verifier is not on this machine.
        """
        from groundwire.guard.config import read_config

        config = read_config(Path(path))
        return cls(
            verifier=config.make_verifier(group), policy=config.make_policy(group),
            retriever=retriever, blocked_message=blocked_message,
        )  # fmt: skip

    @property
    def verifier(self) -> Verifier:
        """What checks claims; the embedded one is loaded if there is none yet."""
        return self._pipeline.get_verifier()

    @property
    def policy(self) -> Policy:
        """What decides which verdicts may pass."""
        return self._pipeline.policy

    @property
    def retriever(self) -> Retriever | None:
        """Where evidence is looked up when a check is given none."""
        return self._retriever

    @property
    def blocked_message(self) -> str:
        """The text of a report whose answer was blocked, where it does not go by language."""
        return BLOCKED_MESSAGE if self._pipeline.message is None else self._pipeline.message

    def choose_blocked_message(self, question: str | None, answer: str) -> str:
        """Returns the text of a report whose answer was blocked.

        Args:
            question: what the reader asked.
            answer: what was blocked.
        """
        message = self._pipeline.message
        return choose_message(question, answer) if message is None else message

    def with_verifier(self, verifier: Verifier) -> Guard:
        """Returns a guard that is the same in everything but its verifier."""
        pipeline = self._pipeline
        return Guard(
            verifier=verifier, retriever=self._retriever, splitter=pipeline.splitter,
            policy=pipeline.policy, rewriter=pipeline.rewriter, blocked_message=pipeline.message,
        )  # fmt: skip

    def warm_up(self) -> dict[str, float]:
        """Loads all that the first checks would load, so that none of them waits for it.

        Three small answers go through the stages, so a verifier that asks a service asks it.

        Returns:
            Seconds for each stage, as in ``Report.timings``.

        Raises:
            ModelError: if a model cannot be loaded.
        """
        from groundwire.evidence.adhoc import WordRetriever
        from groundwire.evidence.documents import make_documents

        spent = dict.fromkeys(STAGES, 0.0)
        begun = time.perf_counter()
        # Of a few passages none is searched for; the first text with more would load the words.
        found = WordRetriever(make_documents("The gate opens at nine. It closes at eight."))
        spent["evidence"] = time.perf_counter() - begun
        cases = [Case(answer, question, found) for answer, question in WARM_UP]
        self._pipeline.run(cases[:1])
        self._pipeline.run(cases[1:])
        begun = time.perf_counter()
        if self._retriever is not None:
            retrieve_evidence(self._retriever, [WARM_UP[0][0]])
        spent["retrieve"] = time.perf_counter() - begun
        for case in cases:
            for stage, seconds in case.timings.items():
                spent[stage] += seconds
        return {stage: round(seconds, 6) for stage, seconds in spent.items()}

    def check(
        self,
        answer: str,
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
    ) -> Report:
        """Checks one answer.

        Args:
            answer: the text to check, of any length.
            evidence: one item or a sequence of strings, ``Document``s, ``Passage``s, LangChain
                ``Document``s, dicts (JSON records) and tables; or a retriever. None asks the
                guard's own retriever. A string is the text itself, and no path: files are read
                by ``load_documents``.
            question: what the reader asked.
            history: the conversation before it, oldest first: dicts with ``role`` and
                ``content``, or pairs ``(role, text)``. A question that leaves out what was
                said ("And on Sundays?") is completed by it. It is no evidence, and the report
                has the question as it was asked. Without a question, a last turn of the user's
                is the question.

        Returns:
            The trace; ``report.text`` is what may be shown.

        Raises:
            InputError: if the answer is empty, or the evidence or the history cannot be read.
            ModelError: if a model cannot be loaded.
        """
        from groundwire.evidence.load import warn_of_paths

        warn_of_paths(evidence)
        return self.check_many([answer], [evidence], [question], [history])[0]

    async def acheck(
        self,
        answer: str,
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
    ) -> Report:
        """Checks one answer in a worker thread; the event loop stays free."""
        from groundwire.evidence.load import warn_of_paths

        warn_of_paths(evidence)  # in a thread no caller is known
        reports = await asyncio.to_thread(
            self.check_many, [answer], [evidence], [question], [history]
        )
        return reports[0]

    def check_many(
        self,
        answers: Sequence[str],
        evidence: Sequence[EvidenceLike] | None = None,
        question: Sequence[str | None] | None = None,
        history: Sequence[History | None] | None = None,
    ) -> list[Report]:
        """Checks answers, their claims scored in shared batches.

        Args:
            answers: n texts.
            evidence: n entries as in ``check``, or None for the guard's own retriever.
            question: n questions, or None.
            history: n conversations as in ``check``, or None.

        Returns:
            n reports, the same as ``check`` gives for each alone.

        Raises:
            InputError: if the sequences are not aligned, an answer is empty or some evidence
                or history cannot be read. Nothing is checked then.
            ModelError: if a model cannot be loaded.
        """
        return self._pipeline.run(self._cases(answers, evidence, question, history))

    def stream(
        self,
        tokens: Iterable[str],
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
        *,
        release: Release = "claim",
        deadline: float | None = None,
    ) -> Iterator[str]:
        """Yields an answer that is still being written, each claim once it has been checked.

        Claims are checked in a worker thread while the next ones are written; what fails is
        repaired or removed before it is shown. Together the pieces are the ``text`` that
        ``check`` gives for the whole answer, with two exceptions: an answer that the policy
        blocks after a part of it was shown ends there with the guard's message after a blank
        line, and ``tokens`` is not read any further; and a ``deadline`` may leave claims
        unchecked. ``release="answer"`` shows nothing before the whole answer was checked.

        A claim is shown when its verdict is there and the next token comes, for ``tokens`` is
        read in the caller's thread and no other; over a source that pauses for long, ``astream``
        shows it at once.

        Args:
            tokens: pieces of the answer, of any size; read in the caller's thread.
            evidence: as in ``check``.
            question: what the reader asked.
            history: the conversation before it, as in ``check``.
            release: ``"claim"`` or ``"answer"``.
            deadline: seconds that the check of what is complete may take; its claims are
                ``unchecked`` then, and the policy says what happens to them. None waits.

        Raises:
            InputError: if ``tokens`` or one of them is of a wrong kind, or an option, the
                evidence or the history cannot be used.
            ModelError: if a model cannot be loaded.
            Exception: what ``tokens`` raises, once what was complete before has been shown.
        """
        return yield_texts(
            self.stream_events(
                tokens, evidence, question, history, release=release, deadline=deadline
            )
        )

    def stream_events(
        self,
        tokens: Iterable[str],
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
        *,
        release: Release = "claim",
        deadline: float | None = None,
    ) -> Iterator[StreamEvent]:
        """Yields what ``stream`` does as events; the last is ``done``, with the ``Report``."""
        flow = self._flow(tokens, evidence, question, history, release, asynchronous=False)
        return stream_events(flow, tokens, deadline)

    def astream(
        self,
        tokens: AsyncIterable[str] | Iterable[str],
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
        *,
        release: Release = "claim",
        deadline: float | None = None,
    ) -> AsyncIterator[str]:
        """The async form of ``stream``; a claim is shown at once, also while no token comes."""
        return ayield_texts(
            self.astream_events(
                tokens, evidence, question, history, release=release, deadline=deadline
            )
        )

    def astream_events(
        self,
        tokens: AsyncIterable[str] | Iterable[str],
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
        *,
        release: Release = "claim",
        deadline: float | None = None,
    ) -> AsyncIterator[StreamEvent]:
        """The async form of ``stream_events``."""
        flow = self._flow(tokens, evidence, question, history, release, asynchronous=True)
        return astream_events(flow, tokens, deadline)

    def open_answer(
        self,
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
        *,
        release: Release = "claim",
        deadline: float | None = None,
    ) -> OpenAnswer:
        """Returns an answer that is told piece by piece, with the events of ``stream_events``."""
        flow = self._flow((), evidence, question, history, release, asynchronous=False)
        return OpenAnswer(flow, deadline)

    def follow(
        self,
        evidence: EvidenceLike = None,
        question: str | None = None,
        history: History | None = None,
    ) -> GrowingAnswer:
        """Follows one answer that is sent whole each time, longer than before.

        ``read(answer)`` of what is returned says what may be shown of it and how many characters
        at its end may not be shown yet. The arguments are those of ``check``.

        Raises:
            InputError: if the evidence or the history cannot be used.
        """
        return GrowingAnswer(self._flow((), evidence, question, history, "claim", True))

    def wrap(
        self,
        reply: Callable[..., Any] | None = None,
        evidence: Any = None,
        *,
        history: Any = None,
        cite: bool = False,
        raise_blocked: bool = False,
        on_report: Callable[[Report], None] | None = None,
        cumulative: bool | None = None,
    ) -> Callable[..., Any]:
        """Returns a reply function whose text has been checked; see ``wrap_reply``.

        Without a reply it returns a decorator: ``@guard.wrap(evidence=index)``.
        """
        options: dict[str, Any] = {
            "history": history, "cite": cite, "raise_blocked": raise_blocked,
            "on_report": on_report, "cumulative": cumulative,
        }  # fmt: skip
        if reply is None:
            return lambda function: wrap_reply(self, function, evidence, **options)
        return wrap_reply(self, reply, evidence, **options)

    def wrap_client(
        self,
        client: ClientT,
        evidence: Any = None,
        *,
        tool_evidence: bool = False,
        release: Release = "claim",
        deadline: float | None = None,
        raise_blocked: bool = False,
        on_report: Callable[[Report], object] | None = None,
    ) -> ClientT:
        """Returns a client of OpenAI or Anthropic whose answers have been checked.

        It is a client of the same class, sync or async, for the same server. The text of
        ``chat.completions``, ``responses`` and ``messages`` is checked where it comes off the
        wire, so ``create``, ``parse``, ``stream``, ``stream=True`` and raw responses agree. What
        was asked, and the turns before it, are read from the messages. Calls of tools, reasoning
        and refusals pass. Of structured output every value is checked, and one that does not
        hold raises. A blocked answer says the guard's message, its end is marked as one by a
        filter (``"content_filter"``, of Anthropic ``"refusal"``); of a turn that goes on with
        calls of tools only the text goes. What may give a model's words another way (realtime,
        background responses, stored answers, results of batches) is refused.

        Args:
            client: an ``OpenAI``, ``AsyncOpenAI``, ``Anthropic`` or ``AsyncAnthropic``, which
                stays as it is.
            evidence: as ``check`` takes it, or a function of the question (async for async
                clients). None takes the guard's own retriever.
            tool_evidence: take what tools returned in the conversation as evidence, too.
            release: as in ``stream``.
            deadline: as in ``stream``.
            raise_blocked: raise ``BlockedError`` instead of saying the guard's message.
            on_report: called with the report of every text.

        Raises:
            InputError: if the client is of another kind, an option cannot be used, or no evidence
                can come from anywhere; from the client, if a request asks for what cannot be
                guarded.
        """
        from groundwire.guard.clients.client import wrap_client
        from groundwire.guard.clients.exchange import make_options

        options = make_options(
            self, evidence, tool_evidence=tool_evidence, release=release,
            deadline=deadline, raise_blocked=raise_blocked, on_report=on_report,
        )  # fmt: skip
        return wrap_client(client, options)

    def _flow(
        self,
        tokens: object,
        evidence: EvidenceLike,
        question: str | None,
        history: History | None,
        release: Release,
        asynchronous: bool,
    ) -> Flow:
        from groundwire.evidence.load import warn_of_paths

        check_tokens(tokens, asynchronous)
        check_retriever(evidence)
        warn_of_paths(evidence)
        asked = resolve_question(question, history)
        return Flow(self._pipeline, evidence, self._retriever, asked.whole, release, asked.question)

    def _cases(
        self,
        answers: Sequence[str],
        evidence: Sequence[EvidenceLike] | None,
        question: Sequence[str | None] | None,
        history: Sequence[History | None] | None,
    ) -> list[Case]:
        from groundwire.evidence.adhoc import make_retriever

        if isinstance(answers, str):
            raise InputError("answers is one string: pass a list of them, or use check")
        found = list(evidence) if evidence is not None else [None] * len(answers)
        asked = list(question) if question is not None else [None] * len(answers)
        before = list(history) if history is not None else [None] * len(answers)
        if not len(answers) == len(found) == len(asked):
            raise InputError(
                f"{len(answers)} answers, {len(found)} entries of evidence and {len(asked)} "
                "questions: give one of each for every answer"
            )
        if len(before) != len(answers):
            raise InputError(
                f"{len(answers)} answers and {len(before)} histories: give one for every answer, "
                "or None"
            )
        for number, answer in enumerate(answers):
            if not isinstance(answer, str) or not answer.strip():
                raise InputError(
                    f"answer {number} is {answer!r:.60}: give a text that is not empty"
                )
        made: dict[int, Retriever | None] = {}
        read = [resolve_question(ask, told) for ask, told in zip(asked, before, strict=True)]
        cases = []
        for answer, item, ask in zip(answers, found, read, strict=True):
            begun = time.perf_counter()
            if id(item) not in made:
                check_retriever(item)
                made[id(item)] = self._retriever if item is None else make_retriever(item)
            cases.append(Case(answer, ask.whole, made[id(item)], ask.question))
            cases[-1].spend("evidence", begun)
        return cases
