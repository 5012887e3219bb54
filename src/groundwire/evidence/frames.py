"""Frames of evidence: what a sentence hangs from, and what it says only under it.

"Yes." answers a question, "water damage" is covered or not by the lead-in of its list, and what
stands under "Planned features" is no feature yet. A sentence that is read alone loses this. Here
each sentence of a text gets the frames above it, from the structure alone: headings, questions
before their answers, labels of a line, lead-ins of lists, boxes that are ticked or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from groundwire.evidence.chunking import is_heading
from groundwire.text.blocks import Block, Offsets, find_blocks, is_bold_line, split_block
from groundwire.text.letters import clean_letters

FrameKind: TypeAlias = Literal["heading", "question", "label", "lead-in", "done", "undone"]

LONGEST = {"heading": 12, "question": 40, "label": 8, "lead-in": 40, "done": 2, "undone": 2}
"""Words that a frame is read with, by kind."""

# "Anna:", "[10:32] Anna:", "**Myth:**", "Roadmap (planned):": few words at the start of a line.
_LABEL = re.compile(
    r"[*_\"“]{0,3}(?:\[[^\]\n]{1,40}\]\s*|\(?\d[\d:./, ]{2,20}(?:[ap]m)?\)?\s*[-–—]?\s+)?"
    r"[*_]{0,3}[^\W\d_](?:[^:.!?;,()\n]|[.:](?=\d)){0,40}(?:\([^()\n]{1,40}\)\s?)?[*_]{0,3}"
    r":(?=[\s*_]|$)[*_]{0,3}"
)
_FALSE = re.compile(
    r"(?:(?:common|popular) )?(?:myth|misconception|fiction|false|untrue|not true|wrong|incorrect|"
    r"rumou?r|fake|hoax)s?(?: (?:no\. ?|#)?\d{1,2})?",
    re.IGNORECASE,
)
"""Labels of what is not so, a closed class in lists of myths, quizzes and style guides."""

_TICK = re.compile(r"(?<![^\s>*+.)•-])\[([ xX])\]\s+")
_TICKS: dict[str, FrameKind] = {" ": "undone", "x": "done", "X": "done"}
_SAID: dict[FrameKind, str] = {"done": "done:", "undone": "not done:"}
_CLOSERS = " \t\r\n\"'”’*_)`»"
_ASKING = ("?", "？")
# An answer of fewer words ("No.", "Yes, sure.") is explained by the sentence after it.
_SHORT = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """What sentences hang from.

    Attributes:
        kind: what it is.
        text: how it is read before them, on one line.
        start: offset of its first character in its source, which tells equal frames apart.
    """

    kind: FrameKind
    text: str
    start: int

    @property
    def changes(self) -> bool:
        """Whether a sentence under it need not hold by itself; it does under a title."""
        return self.kind not in ("heading", "done")

    @property
    def denies(self) -> bool:
        """Whether what stands under it is said to be false: "Myth: ...", "Wrong: ..."."""
        return self.kind == "label" and bool(_FALSE.fullmatch(self.text.strip("*_: ")))


@dataclass(frozen=True, slots=True)
class Framed:
    """A sentence and its frames.

    Attributes:
        start: offset of its first character in the text.
        end: offset after its last character.
        frames: what it hangs from, the outermost first.
        own: the frames that it states itself, for sentences after it.
    """

    start: int
    end: int
    frames: tuple[Frame, ...] = ()
    own: tuple[Frame, ...] = ()

    @property
    def denied(self) -> bool:
        """Whether it is said to be false, by a label of its own or one that it hangs from."""
        return any(frame.denies for frame in (*self.frames, *self.own))

    @property
    def changed(self) -> bool:
        """Whether its frames may change what it says by itself."""
        return any(f.changes for f in self.frames) or any(f.kind == "undone" for f in self.own)


@dataclass(frozen=True, slots=True)
class _Held:
    """A frame that holds for the blocks after the one that states it.

    Attributes:
        frames: with the labels of its line.
        column: of the block that states it, -1 for a paragraph: items hang from it further right.
        labelled: whether it is a question of a labelled line, whose answer is labelled too.
        answer: the label of the answer, once it is read.
        kind: of the blocks that hang from it, once the first of them is read.
    """

    frames: tuple[Frame, ...]
    column: int
    labelled: bool = False
    answer: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Above:
    """The frames that still hold at the end of a text, for the text that goes on after it."""

    heading: Frame | None = None
    held: tuple[_Held, ...] = ()


NOTHING = Above()
"""What holds where a text begins."""


@lru_cache(maxsize=2048)
def find_frames(
    text: str, above: Above = NOTHING, offset: int = 0
) -> tuple[tuple[Framed, ...], Above]:
    """Finds the frames of each sentence of a text.

    Args:
        text: a passage.
        above: the frames that hold where it begins.
        offset: where it begins in its source.

    Returns:
        The sentences, those of ``find_sentences``, and the frames that hold after the last.
    """
    reader = _Reader(text, offset, above.heading, list(above.held))
    blocks = find_blocks(text)
    for number, block in enumerate(blocks, 1):
        reader.read(block, blocks[number] if number < len(blocks) else None)
    return tuple(reader.found), Above(reader.heading, tuple(reader.held))


def tell_ticks(text: str) -> str:
    """Returns a list item with its box in words: ``- [ ] Export`` as ``- not done: Export``."""
    return _TICK.sub(lambda match: f"{_SAID[_TICKS[match[1]]]} ", text, count=1)


@dataclass(slots=True)
class _Reader:
    """Goes through the blocks of a text with the frames that hold."""

    text: str
    offset: int
    heading: Frame | None
    held: list[_Held]
    found: list[Framed] = field(default_factory=list)

    def read(self, block: Block, following: Block | None) -> None:
        """Reads a block: its sentences under what holds, then what it holds for the next ones."""
        if self._is_heading(block, following):
            self._read_heading(block)
            return
        spans = split_block(self.text, block)
        prose = block.kind in ("text", "item")
        label = self._match_label(block.body, spans[0][1]) if prose else ""
        asks = prose and self._asks(*spans[0])
        self.held = [h for held in self.held if (h := self._keep(held, block, label, asks))]
        title = self._find_title(block)
        above = [self.heading] if self.heading is not None else []
        above += [frame for held in self.held for frame in held.frames]
        if prose:
            ticked = self._find_tick(block)
            first = len(self.found)
            asked = self._read_sentences(block, spans, tuple(dict.fromkeys(above)), ticked)
            if title is not None:
                self.heading = title
                self.found[first] = replace(self.found[first], own=(title,))
            self._hold(block, following, spans[-1], asked, ticked)
        else:
            self.found += [Framed(start, end, tuple(above)) for start, end in spans]

    def _is_heading(self, block: Block, following: Block | None) -> bool:
        colon = self.text[block.start : block.end].rstrip("*_ ").endswith(":")
        if block.kind == "heading":
            return True
        if block.kind != "text" or (colon and following is not None):
            return False
        if is_bold_line(self.text, block):
            return True
        if self._asks(block.start, block.end):
            return False
        listed = following is not None and following.kind in ("item", "row")
        return is_heading(self.text, block.start, block.end) or (
            listed and self._is_title(block.start, block.end)
        )

    def _read_heading(self, block: Block) -> None:
        body = self.text[block.body : block.end].strip(" #*_")
        kind: FrameKind = "question" if body.endswith(_ASKING) else "heading"
        mark = "" if body.endswith((".", ":", "!", "…", *_ASKING)) else ":"
        self.heading = self._make(kind, body + mark, block.start) if body else None
        self.held = []
        own = (self.heading,) if self.heading is not None else ()
        for start, end in split_block(self.text, block):
            self.found.append(Framed(start, end, (), own))

    def _is_title(self, start: int, end: int) -> bool:
        line = self.text[start:end].strip("*_ ")
        few = 0 < len(line.split()) <= LONGEST["heading"] and "\n" not in line
        return few and not line[0].islower() and line[-1] not in ".:!?;,…。！？"

    def _find_title(self, block: Block) -> Frame | None:
        """A title without a blank line below it, before lines of ``label: text``."""
        end = self.text.find("\n", block.body, block.end)
        if block.kind != "text" or end < 0 or not self._is_title(block.body, end):
            return None
        after = end + len(self.text[end:]) - len(self.text[end:].lstrip())
        if not self._match_label(after, block.end):
            return None
        return self._make("heading", self.text[block.body : end].strip(" *_") + ":", block.start)

    def _find_tick(self, block: Block) -> tuple[Frame, ...]:
        tick = _TICK.search(self.text, block.start, block.body) if block.kind == "item" else None
        if tick is None:
            return ()
        kind = _TICKS[tick[1]]
        return (self._make(kind, _SAID[kind], block.start),)

    def _read_sentences(
        self,
        block: Block,
        spans: Sequence[Offsets],
        above: tuple[Frame, ...],
        ticked: tuple[Frame, ...],
    ) -> tuple[Frame, ...]:
        """Reads the sentences of a block; returns the question that it ends with."""
        label: tuple[Frame, ...] = ()
        asked: tuple[Frame, ...] = ()
        answer = ""
        asking = False
        for number, (start, end) in enumerate(spans):
            body = start if number else block.body
            said = self._match_label(body, end)
            own = () if number else ticked
            frames = (*above, *ticked) if number else above
            if said:
                label = (self._make("label", said, body),)
                own += label
                # Two labels after a question: the second speaks of something else.
                asked = asked if answer in ("", said) else ()
                answer = said if asked else ""
            else:
                frames += label
            if self._asks(start, end):
                question = self._make("question", self.text[body + len(said) : end], body)
                asked = (*(asked if asking and not said else label), question)
                asking, answer = True, ""
                own += (question,)
            else:
                # Who asks is told before the question, who answers after it.
                frames = tuple(f for f in frames if f not in label) + asked
                frames += () if said else label
                asking = False
                if len(self.text[body:end].split()) >= _SHORT and not answer:
                    asked = ()
            self.found.append(Framed(start, end, tuple(dict.fromkeys(frames)), own))
        return asked if asking else ()

    def _keep(self, held: _Held, block: Block, label: str, asks: bool) -> _Held | None:
        """Returns a held frame as it holds for a block, or None where it has ended."""
        column, kind = self._column(block), "code" if block.kind == "fence" else block.kind
        if kind == "rule":
            return held if "|" in self.text[block.start : block.end] else None
        if held.frames[-1].kind == "question" and asks:
            return None
        if held.column >= 0 and kind in ("item", "text"):
            below = column > held.column or (kind == "text" and not held.kind)
            return replace(held, kind=kind) if below else None
        if not held.kind:
            return replace(held, kind=kind, answer=label)
        if held.labelled and held.answer:
            return held if label in ("", held.answer) else None
        goes_on = kind == held.kind != "text" or (held.kind == "item" and column > 0)
        return held if goes_on else None

    def _hold(
        self,
        block: Block,
        following: Block | None,
        last: Offsets,
        asked: tuple[Frame, ...],
        ticked: tuple[Frame, ...],
    ) -> None:
        """Holds a question, the lead-in of a list or the item above others for what follows."""
        column = self._column(block) if block.kind == "item" else -1
        if asked:
            self.held.append(_Held(asked, column, asked[0].kind == "label"))
            return
        start = block.body if last[0] == block.start else last[0]
        nested = following is not None and following.kind == "item" and column >= 0
        nested = nested and following is not None and self._column(following) > column
        if nested or self.text[start : last[1]].rstrip(_CLOSERS).endswith(":"):
            outer = [f for held in self.held for f in held.frames if held.column < 0 > column]
            lead = self._make("lead-in", self.text[start : last[1]], start)
            self.held.append(_Held((*outer, *ticked, lead), column))
            self.found[-1] = replace(self.found[-1], own=(*self.found[-1].own, lead))

    def _column(self, block: Block) -> int:
        return block.start - 1 - self.text.rfind("\n", 0, block.start)

    def _match_label(self, start: int, end: int) -> str:
        """The label at a place, or "" if there is none or nothing follows it."""
        match = _LABEL.match(self.text, start, end)
        return match[0] if match and self.text[match.end() : end].strip(_CLOSERS) else ""

    def _asks(self, start: int, end: int) -> bool:
        return self.text[start:end].rstrip(_CLOSERS).endswith(_ASKING)

    def _make(self, kind: FrameKind, text: str, start: int) -> Frame:
        words, most = clean_letters(text).split(), LONGEST[kind]
        # What denies a list stands near its end, and a title is known by how it begins.
        kept = words[-most:] if kind == "lead-in" else words[:most]
        kept = " ".join(kept).strip("*_").split()
        return Frame(kind, " ".join(kept), start + self.offset)
