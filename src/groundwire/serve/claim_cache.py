"""Cache of verdicts: a claim that comes again, with the same evidence, is not scored again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from groundwire.errors import InputError
from groundwire.guard.pipeline import move_verdict
from groundwire.protocols import Verifier, read_origin, read_version
from groundwire.types import Claim, Evidence, Verdict


class CachingVerifier:
    """A verifier before another that keeps the last verdicts, for any number of threads.

    A verdict is found by all that it may depend on: the text, kind and context of the claim, its
    evidence (texts, sources, places, scores) and the version and config of the verifier. Only
    where the claim stands in its answer is not part of it: offsets are those of the claim that
    asks. What could not be checked is not kept, so it is tried again.
    """

    def __init__(
        self, verifier: Verifier, most: int, count: Callable[[int, int], None] | None = None
    ) -> None:
        """Takes the verifier that does the work.

        Args:
            verifier: gives the verdicts.
            most: verdicts that are kept, those that were asked for last.
            count: is told how many claims of a call were found, and how many were not.
        """
        if most < 1:
            raise InputError(f"most is {most}: keep 1 verdict or more, or leave the cache out")
        self._verifier = verifier
        self._most = most
        self._count = count
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Verdict] = OrderedDict()

    def __len__(self) -> int:
        """Number of verdicts that are kept."""
        return len(self._kept)

    @property
    def version(self) -> str:
        """Name and version of the verifier."""
        return read_version(self._verifier)

    @property
    def origin(self) -> Mapping[str, str]:
        """Config that the verifier was made by, where it was."""
        return read_origin(self._verifier)

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Returns one verdict for each claim; equal ones of a call are scored once.

        Raises:
            InputError: if the two are not aligned.
        """
        if len(claims) != len(evidence):
            raise InputError(f"{len(claims)} claims but {len(evidence)} lists of evidence")
        if not claims:
            return list(self._verifier.verify(claims, evidence))
        # Read at each call, as a verifier may be another after its model was fetched.
        made_by = repr((self.version, sorted(self.origin.items())))
        keys = [_hash(made_by, *pair) for pair in zip(claims, evidence, strict=True)]
        found = self._find(keys)
        rows = {key: i for i, key in reversed(list(enumerate(keys))) if key not in found}
        asked = sorted(rows.values())
        if self._count is not None:
            self._count(len(claims) - len(asked), len(asked))
        if asked:
            verdicts = self._verifier.verify(
                [claims[i] for i in asked], [evidence[i] for i in asked]
            )
            fresh = {keys[i]: verdict for i, verdict in zip(asked, verdicts, strict=True)}
            found |= fresh
            self._keep(fresh)
        return [move_verdict(found[key], claim) for key, claim in zip(keys, claims, strict=True)]

    def _find(self, keys: Sequence[bytes]) -> dict[bytes, Verdict]:
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
            return found

    def _keep(self, verdicts: Mapping[bytes, Verdict]) -> None:
        with self._lock:
            for key, verdict in verdicts.items():
                if verdict.label != "unchecked":
                    self._kept[key] = verdict
                    self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _hash(made_by: str, claim: Claim, evidence: Sequence[Evidence]) -> bytes:
    """A hash of what a verdict depends on; the forms of dataclasses name all of their fields."""
    scope = [(item.passage, item.score) for item in evidence]
    told = repr((made_by, claim.text, claim.kind, claim.context, scope))
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).digest()
