"""Synthetic pairs: labelled ones made from raw documents.

A sentence of a document is a claim that the document supports, and so are its parts and short
forms. It is contradicted or unsupported once one thing in it is changed (``corruptions``), and
not stated by a premise from which its sentence was taken out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from groundwire.claims.splitter import split_clauses
from groundwire.evaluate.corruptions import NAME, corrupt_sentence
from groundwire.quantities.units import ONES
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import WordRarity, choose_sentences
from groundwire.train.pairs.pairs import Pair

_ASIDE = re.compile(r" \([^()]*\)")
_TAIL = re.compile(r", (?:which|who|where|when|with|including|such as|after|before|while) [^,]*\.$")
_DETAIL = re.compile(
    r"(?:, (?:which|who|where|when|with|including|after|while|making|earning)|"
    r" (?:in (?:January|March|May|July|October|\d{4})|because|to|for|at the|with a)) "
    r"[^,.()]{8,60}(?=\.$)"
)
_HEADING = re.compile(r"^=+ .* =+$", re.MULTILINE)
_LEAD = re.compile(r"^(?:In|On|At|During|After|Since|By|From) [^,]{3,50}, (?=[\w])")
_PRONOUN = re.compile(r"^(?:It|He|She|They) (?=(?:is|was|has|had|[a-z]+ed|won|became|made)\b)")
_APPOSITION = re.compile(
    r"^((?:[A-Z][\w’'-]+ ?){1,4}), (an? [^,]{5,60}), (?=(?:is|was|has|had|[a-z]+ed)\b)"
)
_SMALL = {str(n): word for word, n in ONES.items() if 2 <= n <= 12}


def rephrase_text(text: str, title: str, rng: random.Random) -> str:
    """Returns the text, or something that it entails, said in fewer or other words.

    Asides, trailing clauses and lead-ins are dropped, a clause or an apposition is taken alone,
    a pronoun that opens the sentence becomes the document's title, small numbers become words.
    """
    if rng.random() < 0.55:
        text = _ASIDE.sub("", text)
        if rng.random() < 0.7:
            text = _TAIL.sub(".", text)
    if rng.random() < 0.3 and (match := _APPOSITION.match(text)):
        name, what = match[1].strip(), match[2]
        return f"{name} was {what}." if rng.random() < 0.4 else f"{name} {text[match.end() :]}"
    if rng.random() < 0.35:
        spans = split_clauses(text, 0, len(text), 9)
        if len(spans) > 1:
            a, b = rng.choice(spans)
            part = re.sub(r"^(?:and|but|while|so|yet) ", "", text[a:b]).rstrip(" ,;.")
            if len(part.split()) >= 5:
                text = f"{part[0].upper()}{part[1:]}."
    if rng.random() < 0.3 and (match := _LEAD.match(text)) and text.endswith("."):
        rest = text[match.end() : -1]
        lead = match.group()[:-2]
        if rng.random() < 0.6 and rest[:2] in ("he", "sh", "it", "th"):
            text = f"{rest[0].upper()}{rest[1:]} {lead[0].lower()}{lead[1:]}."
        elif len(rest.split()) >= 5:
            text = f"{rest[0].upper()}{rest[1:]}."
    name = _ASIDE.sub("", title)
    if name and rng.random() < 0.7 and (match := _PRONOUN.match(text)):
        text = f"{name} {text[match.end() :]}"
    if rng.random() < 0.3:
        text = re.sub(r"(?<=[a-z] )(\d{1,2})(?= [a-z])", lambda m: _SMALL.get(m[1], m[1]), text)
    return text


def _premise(
    sentences: list[str], keep: Sequence[int], drop: Sequence[int], claim: str,
    rarity: WordRarity, rng: random.Random,
) -> str:  # fmt: skip
    """Joins sentences as the guard would select them, with the gold ones in or out."""
    budget = rng.choice([30, 60, 100, 150])
    pool = [i for i in range(len(sentences)) if i not in drop]
    if rng.random() < 0.4:
        start = max(0, (keep or drop or (0,))[0] - rng.randint(0, 3))
        pool = [i for i in pool if start <= i < start + 8]
    chosen = choose_sentences(claim, [sentences[i] for i in pool], rarity, budget) if pool else []
    indexes = {pool[i] for i in chosen} | set(keep)
    return " ".join(sentences[i] for i in sorted(indexes))


def make_document_pairs(
    title: str,
    text: str,
    rarity: WordRarity,
    rng: random.Random,
    details: Sequence[str] = (),
    claims: int = 6,
) -> Iterator[Pair]:
    """Yields pairs from one document: for each claim a supported one and up to three others.

    Args:
        title: of the document; may be empty.
        text: of the document.
        rarity: weights of words, for the selection of premises.
        rng: the source of chance.
        details: trailing phrases of other documents, to be appended as inventions.
        claims: most claims taken.
    """
    text = _HEADING.sub("", text)
    sentences = [" ".join(text[a:b].split()) for a, b in find_sentences(text)][:120]
    good = [
        i for i, s in enumerate(sentences)
        if 7 <= len(s.split()) <= 45 and s[0].isupper() and s[-1] == "." and s.count('"') % 2 == 0
    ]  # fmt: skip
    if len(good) < 3:
        return
    names = sorted({m.group() for s in sentences for m in NAME.finditer(s)})
    for i in rng.sample(good, min(claims, len(good))):
        claim = rephrase_text(sentences[i], title, rng)
        keep = [i]
        if rng.random() < 0.2:
            j = rng.choice([k for k in good if k != i])
            other = rephrase_text(sentences[j], title, rng)
            keep = sorted((i, j))
            claim = f"{claim} {other}" if i < j else f"{other} {claim}"
        named = title in claim and not any(title in sentences[k] for k in keep)
        head = f"{title}. " if named or rng.random() < 0.25 else ""
        premise = head + _premise(sentences, keep, (), claim, rarity, rng)
        yield Pair(premise, claim, "supported", "synthetic_documents")
        for made in corrupt_sentence(claim, names, details, rng, most=1 + (rng.random() < 0.35)):
            if made.text not in premise:
                fault = (made.start, made.end) if made.end > made.start else None
                yield Pair(premise, made.text, made.label, "synthetic_documents", fault)
        if rng.random() < 0.5:
            near = [k for k in keep if rng.random() < 0.8] or keep
            without = _premise(sentences, (), near, claim, rarity, rng)
            if without and claim not in without:
                fault = (0, len(claim)) if len(keep) == 1 else None
                yield Pair(head + without, claim, "not_enough", "synthetic_documents", fault)


def collect_details(documents: Iterable[str], most: int = 3000) -> list[str]:
    """Returns phrases that end sentences (", who moved to ...", " in 1994 to ...")."""
    out: list[str] = []
    for text in documents:
        for line in text.split("\n")[:6]:
            found = _DETAIL.search(line.split(". ")[0].rstrip(".") + ".")
            if found:
                out.append(found.group())
        if len(out) >= most:
            break
    return out


def make_corpus_pairs(
    documents: Iterable[Mapping[str, object]], rarity: WordRarity, seed: int, limit: int
) -> list[Pair]:
    """Returns up to ``limit`` pairs from rows with a ``text`` and perhaps a ``title``.

    Documents are taken in an order drawn by ``seed``, so that runs with other seeds see others.
    """
    rng = random.Random(f"{seed}-documents")
    rows = [(str(row.get("title") or ""), str(row.get("text") or "")) for row in documents]
    rng.shuffle(rows)
    details = collect_details(text for _, text in rows)
    pairs: list[Pair] = []
    for title, text in rows:
        if len(pairs) >= limit:
            break
        pairs += make_document_pairs(title, text, rarity, rng, details)
    return pairs[:limit]
