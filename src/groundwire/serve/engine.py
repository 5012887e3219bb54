"""Engine of the server: one guard for all requests, in a bounded number of threads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from groundwire.claims.followups import History
from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.evidence.sources import open_sources
from groundwire.guard.config import read_config
from groundwire.guard.guard import Guard
from groundwire.policy import POLICIES, ThresholdPolicy
from groundwire.protocols import Retriever, Splitter, Verifier, read_language
from groundwire.serve.batching import BatchingVerifier
from groundwire.serve.claim_cache import CachingVerifier
from groundwire.serve.drift import add_report, open_watch
from groundwire.serve.limits import CALLER
from groundwire.serve.metrics import Metrics
from groundwire.serve.problems import OverloadProblem, Problem
from groundwire.serve.room import Room
from groundwire.serve.settings import Settings
from groundwire.serve.tracing import publish_reports
from groundwire.types import Action, Claim, Report
from groundwire.verify.presets import load_verifier

logger = logging.getLogger(__name__)

T = TypeVar("T")


class LimitedSplitter:
    """A splitter that refuses a text of too many claims, before one of them is checked."""

    def __init__(self, splitter: Splitter, most: int) -> None:
        """Takes the splitter that does the work."""
        self.language = read_language(splitter)
        self._splitter = splitter
        self._most = most

    def split(self, text: str, question: str | None = None) -> list[Claim]:
        """Returns what the splitter gives.

        Raises:
            InputError: if it is too much.
        """
        claims = self._splitter.split(text, question)
        if len(claims) > self._most:
            raise InputError(f"the answer has {len(claims)} claims: send {self._most} at most")
        return claims


class Engine:
    """Checks for many requests: some run, some wait, and what would wait longer is refused.

    Everything but the threads of the checks runs in the event loop, so nothing here is locked.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        verifier: Verifier | None = None,
        retriever: Retriever | None = None,
    ) -> None:
        """Opens the evidence.

        Args:
            settings: what the server was told.
            verifier: instead of the model that the settings name.
            retriever: instead of the evidence that the settings name.

        Raises:
            GroundwireError: if the evidence or the model cannot be opened.
        """
        self.settings = settings
        if retriever is None:
            retriever = open_sources(settings.evidence, settings.index, logger.warning)
        policy, made = _make_judges(settings, verifier)
        self.batches = BatchingVerifier(
            lambda: made, settings.batch_milliseconds / 1000, settings.batch_claims
        )
        self._room = Room(settings.workers, settings.queue)
        self._watch = None if settings.drift_from is None else open_watch(settings.drift_from)
        self.metrics = Metrics(lambda: len(self._room), self._watch)
        most, count = settings.cache_claims, self.metrics.add_cached
        self.guard = Guard(
            verifier=CachingVerifier(self.batches, most, count) if most else self.batches,
            retriever=retriever,
            splitter=LimitedSplitter(ClaimSplitter(), settings.max_claims),
            policy=policy,
            blocked_message=settings.blocked_message,
        )
        self.chats = 0
        """Chat answers that are being written."""
        self._pool = ThreadPoolExecutor(settings.workers, "groundwire-check")
        self._warming: asyncio.Task[None] | None = None
        self._trouble: str | None = "loading"

    def start(self) -> None:
        """Begins to load the model, where that is not done or has failed."""
        if self._trouble is not None and (self._warming is None or self._warming.done()):
            self._warming = asyncio.create_task(self._warm_up())

    async def close(self) -> None:
        """Ends the checks that run, and refuses the others."""
        if self._warming is not None:
            await asyncio.wait([self._warming])
        self._room.close()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        await asyncio.to_thread(self.batches.close)

    def find_trouble(self) -> str | None:
        """Returns why no answer can be checked, or None; what failed is tried again."""
        if self._trouble is not None:
            self.start()
        return self._trouble

    async def check(
        self,
        answers: Sequence[str],
        evidence: Sequence[Any],
        questions: Sequence[str | None],
        histories: Sequence[History | None],
        counts: bool = True,
        choices: bool = False,
    ) -> list[Report]:
        """Checks answers, which count as one check.

        Args:
            answers: the texts.
            evidence: of each, as ``Guard.check`` takes it.
            questions: of each, what the reader asked.
            histories: of each, the conversation before.
            counts: whether each is an answer in the metrics.
            choices: whether they are answers to one question, of which one tells of drift.

        Raises:
            Problem: if there is no room, or the check takes too long; it is no pass.
            GroundwireError: if what was sent cannot be read, or the model cannot be loaded.
        """
        reports = await self.run(self.guard.check_many, answers, evidence, questions, histories)
        for report in reports if counts else ():
            self.count([report], report.decision.action)
        if counts:
            # Choices of one answer are alike: counted each, they would look like a change.
            self.watch(reports[:1] if choices else reports)
        return reports

    def watch(self, reports: Sequence[Report]) -> None:
        """Adds answers to what drift is told from; each is a text."""
        if self._watch is not None:
            for report in reports:
                add_report(self._watch, report)

    def count(self, reports: Sequence[Report], action: Action) -> None:
        """Counts one checked answer, in the metrics and in traces; of one in fields each report."""
        self.metrics.add_reports(reports, action)
        publish_reports(reports, action)

    async def run(self, check: Callable[..., T], *given: Any) -> T:
        """Runs a function that checks in a thread, as one check.

        Raises:
            Problem: if there is no room, or it takes too long; it is no pass.
        """
        loop, seconds = asyncio.get_running_loop(), self.settings.check_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._room.enter(CALLER.get())
                future = self._pool.submit(check, *given)
                # A check that took too long keeps its place until its thread is free again.
                future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._room.leave))
                return await asyncio.wrap_future(future)
        except OverloadProblem:
            self.metrics.add_refusal("queue")
            raise
        except TimeoutError:
            self.metrics.add_refusal("time")
            raise Problem(504, f"the check took more than {seconds:g} s", "timeout") from None

    async def _warm_up(self) -> None:
        try:
            await asyncio.to_thread(self.guard.warm_up)
        except Exception as error:
            logger.exception("the first check failed")
            self._trouble = f"{type(error).__name__}: {error}"
        else:
            self._trouble = None
            page = ", and the page is at /" if self.settings.page else ""
            # Of uvicorn, whose lines a reader of the terminal sees.
            logging.getLogger("uvicorn.error").info(
                "The model is loaded: answers are checked%s", page
            )


def _make_judges(settings: Settings, verifier: Verifier | None) -> tuple[ThresholdPolicy, Verifier]:
    """Policy and verifier of the settings, or of the config that labels gave."""
    if settings.guard_config is not None:
        config = read_config(settings.guard_config)
        group = settings.group
        return config.make_policy(group), config.make_verifier(group, verifier)
    policy = POLICIES[settings.policy]
    return policy, verifier if verifier is not None else load_verifier(settings.model)
