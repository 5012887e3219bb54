"""Growing answers: those that come whole each time, longer than before, without a word of the end.

Gateways check a stream so: they send all that the model wrote so far, again and again, show what
comes back but for its last characters, and show those too once the model has ended.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from groundwire.errors import InputError
from groundwire.guard.stream_state import Flow
from groundwire.types import Report


@dataclass(frozen=True, slots=True)
class Growth:
    """What may be shown of an answer so far.

    Attributes:
        text: what may be shown, if the answer ends here.
        held: how many characters at the end of ``text`` may still become others: they are shown
            when the answer has ended, and not before.
        report: of the answer so far.
    """

    text: str
    held: int
    report: Report


class GrowingAnswer:
    """One answer that grows; ``Guard.follow`` makes it.

    What was settled before is not checked again, and what was shown stays: each ``text`` begins
    with all of the one before that was not held.
    """

    def __init__(self, flow: Flow) -> None:
        """Takes the state of the answer, to which nothing was fed."""
        self._flow = flow
        self._said = ""
        self._last: Growth | None = None
        self._lock = threading.Lock()

    @property
    def said(self) -> str:
        """All that the model wrote so far."""
        return self._said

    def read(self, answer: str) -> Growth:
        """Checks the answer so far, as if it ended there.

        Args:
            answer: all that the model wrote so far.

        Raises:
            InputError: if it does not begin with what was read before, or evidence cannot be read.
            ModelError: if a model cannot be loaded.
        """
        with self._lock:
            if not answer.startswith(self._said):
                raise InputError(
                    f"the answer {answer!r:.60} does not go on from {self._said!r:.60}: follow "
                    "each answer by one of its own"
                )
            if self._last is None or answer != self._said:
                self._last = self._read(answer)
            return self._last

    def _read(self, answer: str) -> Growth:
        flow = self._flow
        if flow.over and self._last is not None:
            self._said = answer
            return self._last
        flow.feed(answer[len(self._said) :])
        self._said = answer
        upto = flow.due()
        if upto:
            step = flow.check(upto)
            ended = [event.text for event in flow.take(step) if event.kind == "blocked"]
            if flow.over:
                return Growth(flow.shown + "".join(ended), 0, step.report)
        step = flow.check()
        text = flow.preview(step)
        return Growth(text, len(text) - len(flow.shown), step.report)


class GrowingAnswers:
    """Answers that grow at the same time, by a key; threads may share it.

    Of too many the oldest is forgotten, and each after a time: one that goes on after that is
    checked once more from its beginning.
    """

    def __init__(self, most: int = 512, seconds: float = 900.0) -> None:
        """Sets how many answers are kept, and for how long."""
        self._most = most
        self._seconds = seconds
        self._kept: OrderedDict[Hashable, tuple[float, GrowingAnswer]] = OrderedDict()
        self._lock = threading.Lock()

    def find(
        self, key: Hashable, answer: str, follow: Callable[[], GrowingAnswer]
    ) -> GrowingAnswer:
        """Returns the answer of a key if this is how it goes on, else one that begins with it.

        Args:
            key: of the answer; None stands for one that is not sent again.
            answer: all of it that was written so far.
            follow: makes the one that begins.
        """
        if key is None:
            return follow()
        now = time.monotonic()
        with self._lock:
            while self._kept and now - next(iter(self._kept.values()))[0] > self._seconds:
                self._kept.popitem(last=False)
            _, found = self._kept.pop(key, (now, None))
            if found is None or not answer.startswith(found.said):
                found = follow()
            self._kept[key] = (now, found)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found
