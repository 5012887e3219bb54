"""Responses API: the text of each message guarded, whole and in events that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from groundwire.errors import InputError
from groundwire.guard.forms import responses as form
from groundwire.guard.forms.copies import CopyFinder, drop_copies
from groundwire.guard.forms.events import read_error
from groundwire.guard.forms.runs import find_runs
from groundwire.guard.utterance import Setting, Utterance

Event = dict[str, Any]

_UNREADABLE = "the answer's output cannot be read: nothing of it is shown"
_SPEECH = "the answer is speech, which cannot be checked: ask for text"


def check_response(data: Event, setting: Setting) -> Event:
    """Returns a response whose text has been checked.

    Raises:
        InputError: if it cannot be read.
        BlockedError: as ``Setting.check``.
    """
    output = data.get("output")
    if not isinstance(output, list):
        if (error := read_error(data)) is not None:
            return error
        raise InputError(_UNREADABLE)
    checked, blocked, copies = check_output(output, setting)
    made = {**form.strip_text(data), "output": checked, **(form.BLOCKED if blocked else {})}
    return drop_copies(made, form.KNOWN, copies)


def check_output(
    output: Sequence[Any], setting: Setting
) -> tuple[list[Any], bool, list[CopyFinder]]:
    """Returns the items of an output, checked.

    A turn goes on where it calls tools of the client; then, and after the first, a message that is
    blocked is left empty.

    Returns:
        The items, whether a message was blocked, and what finds copies of what was changed.

    Raises:
        InputError: if an item cannot be read.
        BlockedError: as ``Setting.check``.
    """
    made, blocked, copies = list[Any](), False, list[CopyFinder]()
    calls = any([form.is_call(item) for item in output if not _is_message(item)])
    for item in output:
        if _is_message(item):
            item, refused = _check_message(item, setting, calls or blocked, copies)
            blocked = blocked or (refused and not calls)
        made.append(item)
    return [_drop_beside(item, copies) for item in made], blocked, copies


def _check_message(
    item: Event, setting: Setting, goes_on: bool, copies: list[CopyFinder]
) -> tuple[Event, bool]:
    said, blocked = list[tuple[str, bool]](), False
    for run in _find_runs(item):
        if form.is_text(run[0]):
            written = "".join(part["text"] for part in run)
            outcome = setting.check(written, goes_on)
            blocked = blocked or outcome.blocked
            changed = outcome.text != written
            said.append((outcome.text, changed))
            copies += [CopyFinder(written, outcome.text)] if changed else []
    return _put_texts(item, said), blocked


def _drop_beside(item: Event, copies: Sequence[CopyFinder]) -> Event:
    """Returns an item, a message without what repeats a text beside it."""
    if copies and form.is_message(item):
        return form.drop_copies(item, partial(drop_copies, finders=copies))
    return item


def _put_texts(item: Event, said: Sequence[tuple[str, bool]]) -> Event:
    """Returns a message whose runs of text say other texts, each with whether it was changed."""
    parts, texts = list[Any](), iter(said)
    for run in _find_runs(item):
        if not form.is_text(run[0]):
            parts += run
            continue
        text, changed = next(texts, ("", True))
        parts.append(form.rewrite_part(run[0], text) if changed or len(run) > 1 else run[0])
    return {**item, "content": parts}


def _find_runs(item: Event) -> list[list[Any]]:
    """Returns the parts of a message, those of text that follow one another together."""
    content = item.get("content") or []
    if not isinstance(content, list):
        raise InputError(_UNREADABLE)
    for part in content:
        if not form.is_part(part):
            speaks = isinstance(part, dict) and part.get("type") == "output_audio"
            raise InputError(_SPEECH if speaks else _UNREADABLE)
    return find_runs(content, form.is_text)


def _is_message(item: Any) -> bool:
    if not isinstance(item, dict) or not (form.is_message(item) or form.is_readable(item)):
        raise InputError(_UNREADABLE)
    return form.is_message(item)


@dataclass(slots=True)
class _Run:
    """Parts of text of a message that follow one another, as one part."""

    place: int
    voice: Utterance
    part: Event
    frame: Event
    parts: int = 1
    waits: bool = False
    fed: str = ""
    held: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class _Item:
    """A message that is being written."""

    runs: list[_Run] = field(default_factory=list)
    open: bool = False
    places: int = 0
    moved: dict[int, int] = field(default_factory=dict)
    done: Event | None = None
    final: Event | None = None


class ResponsesRelay:
    """Events of a response that streams, and what may be shown of them."""

    def __init__(self, setting: Setting, marks: bool = True) -> None:
        """Takes how messages are checked.

        Args:
            setting: how they are checked.
            marks: whether a blocked response ends as one that a filter has ended.
        """
        self._setting = setting
        self._marks = marks
        self._items: dict[Any, _Item] = {}
        self._copies: list[CopyFinder] = []
        self._number: int | None = None
        self._blocked = False
        self._calls = False

    def take(self, event: Event) -> list[Event]:
        """Takes an event and returns those to show now.

        Raises:
            InputError: if it cannot be read.
            BlockedError: as ``Setting.check``.
        """
        kind = event.get("type")
        if not isinstance(kind, str):
            if event.get("error"):
                return [event]
            raise InputError(_UNREADABLE)
        if self._number is None:
            self._number = event.get("sequence_number")
        out = [self._finish_event(made) for made in self._take(kind, event)]
        # What passes untouched stays the same object.
        return [event if made == event else made for made in out]

    def _take(self, kind: str, event: Event) -> list[Event]:
        if kind == form.ADDED:
            item = event.get("item")
            if not _is_message(item):
                self._calls = self._calls or form.is_call(event["item"])
                return [*self._settle(goes_on=True), event]
            out = self._settle(goes_on=True)
            self._items[event.get("output_index")] = _Item()
            return [*out, {**event, "item": {**dict(item or {}), "content": []}}]
        if kind in form.ENDS:
            return [*self._settle(goes_on=self._calls), self._end(event)]
        if event.get("response") is not None:
            return [_empty(event)]
        if kind.startswith(form.SOUND):
            raise InputError(_SPEECH)
        item = self._items.get(event.get("output_index"))
        if kind == form.DONE:
            if not _is_message(event.get("item")):
                self._calls = self._calls or form.is_call(event["item"])
                return [event]
            if item is None:
                item = self._items[event.get("output_index")] = _Item()
            item.done = event
            return []
        if kind.startswith(("response.output_text.", "response.content_part.")):
            if item is None:
                item = self._items[event.get("output_index")] = _Item()
            return self._take_text(kind, event, item)
        if kind.startswith("response.refusal.") and item is not None:
            return [_place(event, item)]
        return [event]

    def _take_text(self, kind: str, event: Event, item: _Item) -> list[Event]:
        part = event.get("part")
        if part is not None and not form.is_part(part, whole=False):
            raise InputError(_UNREADABLE)
        if part is not None and not form.is_text(part):
            out = self._close_run(item, goes_on=False) if kind.endswith("added") else []
            return [*out, _place(event, item)]
        out = self._open_run(event, item)
        run = item.runs[-1]
        if kind == form.MARKED:
            run.held.append(event)
            return out
        if kind == form.PART_ADDED:
            run.fed, written = "", (part or {}).get("text") or ""
        elif kind == form.DELTA:
            written = event.get("delta")
            if not isinstance(written, str):
                raise InputError(_UNREADABLE)
        else:
            # A text may be told at its end alone.
            whole = (part or event).get("text")
            written = whole[len(run.fed) :] if isinstance(whole, str) else ""
        run.fed += written
        if text := run.voice.feed(written):
            out.append(form.make_delta(run.frame, text))
        return out

    def _open_run(self, event: Event, item: _Item) -> list[Event]:
        """Opens a run of text with its first part; one that follows it is the same run."""
        starts = event.get("type") == form.PART_ADDED
        if item.open:
            item.runs[-1].parts += starts
            return []
        index = event.get("content_index", 0)
        item.moved[index], item.open = item.places, True
        frame: Event = {
            k: event[k] for k in ("item_id", "output_index", "sequence_number") if k in event
        }
        frame["content_index"] = item.places
        template = event.get("part") or {"type": "output_text", "annotations": []}
        voice, part = self._setting.open(), form.rewrite_part(template, "")
        self._copies.append(voice.copies)
        item.runs.append(_Run(item.places, voice, part, frame))
        item.places += 1
        return [{"type": form.PART_ADDED, **frame, "part": part}]

    def _close_run(self, item: _Item, goes_on: bool) -> list[Event]:
        if not item.open:
            return []
        item.open = False
        run = item.runs[-1]
        says = run.waits and not (goes_on or self._blocked)
        text = run.voice.refuse() if says else run.voice.end(goes_on or self._blocked)
        out = [form.make_delta(run.frame, text)] if text else []
        if run.voice.blocked and goes_on and not self._calls:
            # What follows may be a call, or nothing that is said: the end of the answer tells.
            run.waits = item.open = True
            return out
        self._blocked = self._blocked or (run.voice.blocked and not goes_on)
        notes = list[Any]()
        if not run.voice.changed and run.parts == 1:
            out += [{**event, "content_index": run.place} for event in run.held]
            notes = [event.get("annotation") for event in run.held]
        kept = drop_copies(run.part, form.KNOWN_OF_PARTS, self._copies)
        part = {**kept, "text": run.voice.shown, "annotations": notes}
        return [*out, *form.make_ends(run.frame, part)]

    def _settle(self, goes_on: bool) -> list[Event]:
        """Ends what was written: it is known now whether the turn goes on."""
        out = list[Event]()
        for item in self._items.values():
            out += self._close_run(item, goes_on)
            unknown = item.open or (goes_on and not self._calls and not item.runs)
            if item.done is not None and item.final is None and not unknown:
                written = item.done["item"]
                if sum(form.is_text(run[0]) for run in _find_runs(written)) != len(item.runs):
                    # Nothing of it was told before: it is told here, whole.
                    final, refused = _check_message(written, self._setting, goes_on, self._copies)
                    self._blocked = self._blocked or (refused and not goes_on)
                else:
                    said = [(run.voice.shown, run.voice.changed) for run in item.runs]
                    final = _put_texts(written, said)
                item.final = _drop_beside(final, self._copies)
                out.append({**item.done, "item": item.final})
        return out

    def _end(self, event: Event) -> Event:
        response = event.get("response")
        if not isinstance(response, dict) or not isinstance(response.get("output") or [], list):
            raise InputError(_UNREADABLE)
        output, blocked = list[Any](), self._blocked
        written = response.get("output") or []
        calls = self._calls or any([form.is_call(i) for i in written if not _is_message(i)])
        for place, item in enumerate(written):
            known = self._items.get(place)
            if _is_message(item) and known is not None and known.final is not None:
                item = {**item, "content": known.final["content"]}
            elif _is_message(item):
                item, refused = _check_message(item, self._setting, calls or blocked, self._copies)
                blocked = blocked or (refused and not calls)
            output.append(item)
        output = [_drop_beside(item, self._copies) for item in output]
        made = drop_copies(
            {**form.strip_text(response), "output": output}, form.KNOWN, self._copies
        )
        if blocked and self._marks and event["type"] != form.FAILED:
            return {**event, "type": form.INCOMPLETE, "response": {**made, **form.BLOCKED}}
        return {**event, "response": made}

    def finish(self) -> list[Event]:
        """Returns what may be shown of messages that were not ended when the stream was."""
        return [self._finish_event(event) for event in self._settle(self._calls)]

    def close(self) -> None:
        """Ends the checks."""
        for item in self._items.values():
            for run in item.runs:
                run.voice.close()

    def _finish_event(self, event: Event) -> Event:
        """Returns an event under the next number, without what repeats a text."""
        event = drop_copies(event, form.KNOWN_OF_EVENTS, self._copies)
        if self._number is None:
            return event
        made = {**event, "sequence_number": self._number}
        self._number += 1
        return made


def _place(event: Event, item: _Item) -> Event:
    """Returns an event of a part that is no text, at the place that it has now."""
    index = event.get("content_index", 0)
    if index not in item.moved:
        item.moved[index] = item.places
        item.places += 1
    return {**event, "content_index": item.moved[index]}


def _empty(event: Event) -> Event:
    """Returns the event of a response that has said nothing yet."""
    response = event["response"]
    if not isinstance(response, dict):
        raise InputError(_UNREADABLE)
    if not (response.get("output") or response.get("output_text")):
        return event
    return {**event, "response": {**form.strip_text(response), "output": []}}
