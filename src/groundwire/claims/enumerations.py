"""Enumerations in a text: lists, the count that a lead-in announces, references to their items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwire.quantities.units import ONES
from groundwire.text.blocks import Block, is_bold_line, is_unit, split_block
from groundwire.text.sentences import Offsets

REACH = 6
"""Blocks that may stand between two items of a numbered list, or a reference and its list."""

STEP = re.compile(
    r"(?:[*_]{1,3})?(?P<word>step|part|phase|day|tip)\s(?P<number>\d{1,3})(?=\s?[:.–—-])", re.I
)
"""A line that counts as the item of a list does: "Step 2: Drain the tank."."""
_NUMBER = re.compile(r"(?:(?P<number>\d{1,3})[.)]|(?P<letter>[a-zA-Z])\)|(?P<dotted>[a-z])\.)\s")
_WORDS = {word: value for word, value in ONES.items() if 2 <= value <= 20} | {"both": 2}
NUMERALS = {value: word for word, value in ONES.items() if 1 <= value <= 20}
_NUMERAL = re.compile(
    rf"(?<![\w.,:/$€£#%’'-])(?:(?P<digits>[2-9]|[1-9]\d)|(?P<word>{'|'.join(_WORDS)}))"
    r"(?=[*_]{0,3}\s+[*_]{0,3}[^\W\d])",
    re.IGNORECASE,
)
_NO_COUNT_AFTER = re.compile(
    r"[*_\s]*(?:of|or|to|and|by|out|thirds?|halves|quarters?|times)\b", re.I
)
_NO_COUNT_BEFORE = re.compile(
    r"(?:\b(?:of|or|to|and|by|than|from|between|steps?|parts?|phases?|days?|tips?|pages?|chapters?|"
    r"sections?|versions?|levels?|no|numbers?|items?|points?|options?)|\d|[–-])[\s*_]*$",
    re.IGNORECASE,
)
_POINTED = re.compile(r"\b(?:these|those|following|below|as follows)\b", re.IGNORECASE)
_TAIL = re.compile(r"[\s*_]*(?:[\w’'-]+\s+){0,2}[\w’'-]*s[\s:*_]*", re.IGNORECASE)
_REFERENCE = re.compile(
    r"\b(?P<word>steps?|items?|points?|options?|tips?|parts?|phases?|bullets?|numbers?)\s"
    r"(?P<numbers>(?:\d{1,2}|(?:one|two|three|four|five|six|seven|eight|nine|ten)(?!\w))"
    r"(?:\s?(?:,\s?(?:and|or)\s|,|-|–|—|\bto\s|\bthrough\s|\band\s|\bor\s|&)\s?\d{1,2}){0,8})"
    r"(?![\w%]|[.,]\d)",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\s(?:of|in|from|on|under)\s(?!(?:this|these|the|that)?\s?(?:lists?|steps|instructions|"
    r"procedure|process|above|below|following|section above)\b)",
    re.IGNORECASE,
)
"""What says that a step is one of another text: "step 3 of the manual"."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What makes a block the item of a list.

    Attributes:
        style: what it is marked with: ``"-"``, ``"1"``, ``"a"``, or the word of "Step 2:".
        number: its number; 0 for a bullet.
        column: characters before its marker on its line.
        start: offset of its number; of its marker without one.
        end: offset after its number.
    """

    style: str
    number: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A list in a text.

    Attributes:
        items: the numbers of the blocks that are its items.
        body: the numbers of all its blocks: items, and what stands under them.
    """

    items: tuple[int, ...]
    body: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """What points to items by their numbers: "see steps 3 and 4".

    Attributes:
        block: number of the block that it stands in.
        word: what it calls the items, in lower case and in the singular.
        start: offset of its first character, of the word.
        digits: offset of its first number.
        end: offset after its last number.
        numbers: the numbers that it names, each of a range among them.
        ranged: whether it is written as a range.
    """

    block: int
    word: str
    start: int
    digits: int
    end: int
    numbers: tuple[int, ...]
    ranged: bool


def measure_column(text: str, block: Block) -> int:
    """Returns the characters before a block on its line."""
    return block.start - max(text.rfind(mark, 0, block.start) for mark in "\n\r") - 1


def is_lead_in(text: str, block: Block) -> bool:
    """Whether a block ends in a colon, so that it introduces what follows."""
    if block.kind not in ("text", "item"):
        return False
    return text[max(block.start, block.end - 6) : block.end].rstrip(" *_").endswith(":")


def read_entry(text: str, block: Block) -> Entry | None:
    """Returns what makes a block the item of a list; None where it is none."""
    if block.kind not in ("item", "text", "heading"):
        return None
    step = STEP.match(text, block.body, block.end)
    if step is not None:
        column = 0 if block.kind == "heading" else measure_column(text, block)
        return Entry(step["word"].lower(), int(step["number"]), column, *step.span("number"))
    if block.kind != "item":
        return None
    column = measure_column(text, block)
    match = _NUMBER.search(text, block.start, block.body)
    if match is None:
        return Entry("-", 0, column, block.start, block.start)
    if match["number"]:
        return Entry("1", int(match["number"]), column, *match.span("number"))
    place = "letter" if match["letter"] else "dotted"
    value = ord(match[place].casefold()) - ord("a") + 1
    return Entry("a", value, column, *match.span(place))


def find_list(text: str, blocks: Sequence[Block], first: int) -> Enumeration:
    """Finds the list that begins with a block.

    What is indented under an item belongs to it. A numbered list goes on over paragraphs where
    the next number follows.

    Args:
        text: that the blocks are of.
        blocks: all of them.
        first: number of its first item.

    Returns:
        The list; one without items where the block is no item.
    """
    entry = read_entry(text, blocks[first])
    if entry is None:
        return Enumeration((), ())
    items, body = [first], [first]
    last, k = entry.number, first + 1
    while k < len(blocks):
        found = read_entry(text, blocks[k])
        if found is not None and _goes_on(entry, last, found):
            items.append(k)
            body.append(k)
            last, k = found.number, k + 1
        elif blocks[k].kind != "heading" and measure_column(text, blocks[k]) > entry.column:
            body.append(k)
            k += 1
        elif entry.style == "-" or (after := _find_next(text, blocks, k, entry, last)) is None:
            break
        else:
            body += range(k, after)
            k = after
    return Enumeration(tuple(items), tuple(body))


def _goes_on(entry: Entry, last: int, found: Entry) -> bool:
    if (found.style, found.column) != (entry.style, entry.column):
        return False
    return found.number == last + 1 or found.number == last <= 1


def _find_next(text: str, blocks: Sequence[Block], k: int, entry: Entry, last: int) -> int | None:
    """The block with which a numbered list goes on behind paragraphs."""
    if entry.style == "a":
        return None
    for j in range(k, min(k + REACH + 1, len(blocks))):
        found = read_entry(text, blocks[j])
        if found is not None and found.style == entry.style and found.column == entry.column:
            return j if _goes_on(entry, last, found) else None
        ends = blocks[j].kind == "heading" or is_bold_line(text, blocks[j])
        if ends and entry.style == "1":
            return None
    return None


def find_headed_list(text: str, blocks: Sequence[Block], i: int) -> Enumeration:
    """Finds the list right under a heading, a lead-in, or an item; one without items for none."""
    block, none = blocks[i], Enumeration((), ())
    if i + 1 >= len(blocks) or block.kind not in ("text", "item", "heading"):
        return none
    entry = read_entry(text, blocks[i + 1])
    own = read_entry(text, block)
    if entry is None or (own is not None and own.style == entry.style and own.style != "-"):
        return none
    if block.kind == "item" and entry.column <= measure_column(text, block):
        return none
    return find_list(text, blocks, i + 1)


def find_counts(text: str, blocks: Sequence[Block], i: int) -> list[tuple[int, int, int]]:
    """Finds the numerals in a lead-in or heading that may count what stands under it.

    Args:
        text: that the blocks are of.
        blocks: all of them.
        i: number of the block; its last sentence is read.

    Returns:
        The offsets of each numeral, and what it counts.
    """
    block = blocks[i]
    headed = block.kind == "heading" or is_bold_line(text, block)
    unended = (
        not text[max(block.start, block.end - 6) : block.end]
        .rstrip("\"'”’*_ )")
        .endswith((".", "!", "?", "…", ";"))
    )
    if not (headed or (block.kind in ("text", "item") and unended)):
        return []
    start, end = split_block(text, block)[-1]
    start = max(start, block.body)
    found = []
    for match in _NUMERAL.finditer(text, start, end):
        after = match.end()
        bare = text[after:end].lstrip("*_ \t\r\n")
        if is_unit(bare) or _NO_COUNT_AFTER.match(text, after, end):
            continue
        if _NO_COUNT_BEFORE.search(text[max(start, match.start() - 24) : match.start()]):
            continue
        if _POINTED.search(text, after, end) and not re.match(r"(?:following|below)\b", bare, re.I):
            continue  # "the 3 pumps need these parts" counts pumps
        value = int(match["digits"]) if match["digits"] else _WORDS[match["word"].casefold()]
        found.append((*match.span(), value))
    return found


def has_counted_end(text: str, end: int, block_end: int) -> bool:
    """Whether a numeral stands right before the one noun phrase that ends a lead-in.

    Args:
        text: with the lead-in.
        end: offset after the numeral.
        block_end: offset after the lead-in.
    """
    return _TAIL.fullmatch(text, end, block_end) is not None


def find_references(text: str, blocks: Sequence[Block]) -> Iterator[Reference]:
    """Yields what points to numbered items, but for what points into another text."""
    for i, block in enumerate(blocks):
        if block.kind not in ("text", "item", "heading", "row"):
            continue
        entry = read_entry(text, block)
        for match in _REFERENCE.finditer(text, block.start, block.end):
            labels = entry is not None and match.start() <= entry.start < match.end()
            if labels or _OTHERS.match(text, match.end(), block.end):
                continue
            written = match["numbers"]
            values = [
                int(word) if word.isdigit() else ONES[word.casefold()]
                for word in re.findall(r"\d+|[^\W\d]+", written)
                if word.isdigit() or word.casefold() in ONES
            ]
            ranged = len(values) == 2 and re.search(r"[-–—]|to|through", written) is not None
            if ranged and values[0] < values[1]:
                values = list(range(values[0], values[1] + 1))
            word = match["word"].lower().removesuffix("s")
            yield Reference(
                i, word, match.start(), match.start("numbers"), match.end(), tuple(values), ranged
            )


class Lists:
    """The numbered lists of a text, and which of them a reference points into."""

    def __init__(self, text: str, blocks: Sequence[Block]) -> None:
        """Finds them."""
        self.numbers: list[dict[int, int]] = []
        self.styles: list[str] = []
        self.spans: list[tuple[int, int]] = []
        seen: set[int] = set()
        for i, block in enumerate(blocks):
            entry = None if i in seen else read_entry(text, block)
            if entry is None or entry.style in ("-", "a"):
                continue
            found = find_list(text, blocks, i)
            seen.update(found.items)
            places: dict[int, int] = {}
            for k in found.items:
                item = read_entry(text, blocks[k])
                if item is not None:
                    places[item.number] = k
            self.numbers.append(places)
            self.styles.append(entry.style)
            self.spans.append((found.body[0], found.body[-1]))

    def resolve(self, reference: Reference) -> int | None:
        """Returns the number of the list that has what a reference names; None for none.

        The list in which it stands comes first, then the nearest before it, then one that begins
        soon behind it.
        """
        named = [k for k, style in enumerate(self.styles) if style == reference.word]
        if not named and reference.word not in ("part", "phase", "day"):
            named = [k for k, style in enumerate(self.styles) if style == "1"]
        has = [k for k in named if set(reference.numbers) <= self.numbers[k].keys()]
        at = reference.block
        around = [k for k in has if self.spans[k][0] <= at <= self.spans[k][1]]
        before = [k for k in has if self.spans[k][1] < at]
        after = [k for k in has if at < self.spans[k][0] <= at + REACH]
        return next(iter([*around[-1:], *before[-1:], *after[:1]]), None)


def find_open_end(text: str, blocks: Sequence[Block], upto: int) -> int:
    """Returns up to where no list that is still being written changes what stands before it.

    A count in a lead-in holds for the whole list, and a reference is to a number that may change:
    both wait.

    Args:
        text: what has been written so far.
        blocks: of it.
        upto: offset up to which the text splits the same, whatever is written next.
    """
    done = [block for block in blocks if block.start < upto]
    for i, block in enumerate(done):
        counts = find_counts(text, done, i)
        if counts and _is_open(text, done, i, max(value for *_, value in counts)):
            upto = min(upto, _before(text, done, i, split_block(text, block)[-1]))
            break
    lists = None
    for reference in find_references(text, done):
        if reference.start >= upto:
            break
        lists = lists or Lists(text, done)
        found = lists.resolve(reference)
        if found is None:
            waits = _waits(lists, reference, len(done))
        else:
            last = max(lists.numbers[found][number] for number in reference.numbers)
            waits = last + 1 >= len(done)
        if waits:
            sentence = next(
                span
                for span in split_block(text, done[reference.block])
                if reference.start < span[1]
            )
            return min(upto, _before(text, done, reference.block, sentence))
    return upto


def _is_open(text: str, blocks: Sequence[Block], i: int, count: int) -> bool:
    """Whether more items may come under a lead-in."""
    if i + 1 >= len(blocks):
        return True
    found = find_headed_list(text, blocks, i)
    if not found.items:
        return False
    behind = len(blocks) - 1 - found.body[-1]
    entry = read_entry(text, blocks[found.items[0]])
    ordered = entry is not None and entry.style not in ("-", "a")
    return behind < (REACH + 1 if ordered and len(found.items) < count else 1)


def _waits(lists: Lists, reference: Reference, size: int) -> bool:
    """Whether what a reference names may still be written."""
    at = reference.block
    for (first, last), numbers in zip(lists.spans, lists.numbers, strict=True):
        if (
            first <= at + REACH
            and last + REACH + 1 >= size
            and max(numbers) < max(reference.numbers)
        ):
            return True
    return size - 1 - at <= REACH and not any(first > at for first, _ in lists.spans)


def _before(text: str, blocks: Sequence[Block], i: int, sentence: Offsets) -> int:
    """The end of what stands before a sentence of a block."""
    earlier = [end for start, end in split_block(text, blocks[i]) if end <= sentence[0]]
    if earlier:
        return earlier[-1]
    return blocks[i - 1].end if i else 0
