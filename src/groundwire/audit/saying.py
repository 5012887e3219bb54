"""What the commands of ``groundwire audit`` print of a finished audit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.audit.counts import counted
from groundwire.errors import InputError
from groundwire.show import one_line

_CHECKED = ("supported", "contradicted", "unsupported")


def say(manifest: Mapping[str, Any], output: str, as_json: bool, notes: Sequence[str] = ()) -> None:
    """Prints the counts of an audit and its head, or the manifest.

    Args:
        manifest: of the audit.
        output: where it is, as the user named it.
        as_json: print the manifest and nothing else.
        notes: of the summary, printed after the counts.
    """
    if as_json:
        print(json.dumps(manifest))
        return
    counts = manifest["counts"]
    labels = ", ".join(f"{n:,} {label}" for label, n in counts["labels"].items())
    share = f" ({counts['flagged'] / counts['answers']:.1%})" if counts["answers"] else ""
    print(f"{counted(counts['answers'], 'answer')}, {counts['flagged']:,} flagged{share}")
    print(f"{counted(counts['claims'], 'claim')}: {labels}" if labels else "no claims")
    if counts["answers"] and not any(counts["labels"].get(label) for label in _CHECKED):
        unread = counts["labels"].get("unchecked", 0)
        why = "no evidence, or none that could be read" if unread else "nothing is claimed"
        print(f"no answer could be checked, so there is no rate: {why}")
    if manifest["evidence"] and "own_evidence" in counts:
        own = counts["own_evidence"]
        given = counts["answers"] - own
        print(f"{own:,} checked against their own evidence, {given:,} against the given documents")
    if counts["rejected"]:
        print(f"{counts['rejected']:,} rejected; rejected.jsonl says why")
    for note in notes:
        print(one_line(note))
    print(f"head {manifest['chain']['head']}")
    print(f"-> {one_line(output)} (keep the head elsewhere: `groundwire audit verify --head HEX`)")


def check_some(manifest: Mapping[str, Any], output: str) -> None:
    """Checks that an audit has an answer.

    Raises:
        InputError: if it has none; the message says why.
    """
    if manifest["counts"]["answers"]:
        return
    if manifest["counts"]["rejected"]:
        raise InputError(f"no answer could be checked; {output} has a rejected.jsonl that says why")
    files = [f"{entry['name']} ({entry['bytes'] or 0:,} bytes)" for entry in manifest["inputs"]]
    raise InputError(
        f"nothing to check: no record in {', '.join(files):.300}; give files with recorded answers"
    )
