"""Code in answers: which lines state something (data, comments, words) and which only run."""

from __future__ import annotations

import re

from groundwire.claims.checkworthy import classify_sentence, is_prose
from groundwire.text.symbols import spell_symbols
from groundwire.types import ClaimKind

__all__ = ["classify_code", "find_fence_tag", "is_language"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HASH = _words("bash sh zsh shell console py python r ruby makefile dockerfile powershell php perl")
_DASH = _words("sql lua haskell")
_SLASH = _words(
    "c cpp c++ cs csharp css dart diff go java javascript js jsx kotlin php rust scala swift ts "
    "tsx typescript vue"
)
PROGRAMS = _HASH | _DASH | _SLASH
_DATA_TAGS = _words(
    "json jsonc json5 jsonl yaml yml toml ini csv tsv xml html svg text txt plain plaintext "
    "markdown md latex tex log output mermaid graphql http env properties regex"
)
_TAG = re.compile(r"\s*(?:`{3,}|~{3,})\s*(?P<tag>.*\S)?")
_DATA = re.compile(r"""["'][^"'\n]+["']\s*:\s*(?:["'][^"'\n]*\w|-?\d|true|false)""", re.IGNORECASE)
# In a fence without a language, "warranty: 36 months" is data and "x = 1" is code.
_ASSIGNED = re.compile(r"[A-Za-z_]{4,}[\"']?\s*(?:[:=]|,(?=\s*\d))\s*[\"']?[\w$€£-]")
_WORD = re.compile(r"[^\W\d_]{2}")
_BLOCK_COMMENT = r"/\*+|<!--|^\s*\*+(?=\s)|\"\"\"|'''"
_HASH_COMMENT = re.compile(rf"(?:(?:^|(?<=\s))\#+(?!!)|{_BLOCK_COMMENT})\s*(.*)")
_DASH_COMMENT = re.compile(rf"(?:(?:^|(?<=\s))--+(?=\s)|{_BLOCK_COMMENT})\s*(.*)")
_SLASH_COMMENT = re.compile(rf"(?:(?<!:)//+|{_BLOCK_COMMENT})\s*(.*)")
_ANY_COMMENT = re.compile(rf"(?:(?:^|(?<=\s))(?:\#+(?!!)|//+)|{_BLOCK_COMMENT})\s*(.*)")
_DOCSTRING = re.compile(r"(?:\"\"\"|''')\s*[^\W\d_]{2}|[^\W\d_]{2}[.!?]?\s*(?:\"\"\"|''')\s*$")
_PRAGMA = re.compile(
    r"(?:noqa|type:\s*ignore|fmt:|pylint|eslint|prettier|ts-|nosec|mypy|isort|shellcheck|!|"
    r"-\*-|region$|endregion$)",
    re.IGNORECASE,
)
_STRING = re.compile(
    r"\"(?P<a>(?:[^\"\\\n]|\\.)*)\"|(?<![\w])'(?P<b>(?:[^'\\\n]|\\.)*)'|`(?P<c>[^`\n]*)`"
)
# A string of one word is told where it is shown: print("Recalled"), but not data["name"].
_PRINTS = re.compile(
    r"\b(?:print(?:ln|f)?|echo|puts|say|write(?:line|-output|-host)?|log|warn|error|alert|message|"
    r"cout|raise|throw)\b",
    re.IGNORECASE,
)
_ECHO = re.compile(r"\s*[$>%#]?\s*(?:echo|printf|write-(?:host|output))\s+\S", re.I)
_FILLED = re.compile(r"\$?\{[^{}]*\}|%[-\d.]*[sdfr]|\\[nrt]")
_HELLO = re.compile(r"\W*hello,? (?:world|there)\W*", re.IGNORECASE)
_MARKED = re.compile(r">([^<>{}=;()]*[^\W\d_]{2}[^<>{}=;()]*)</")
_ELEMENT = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>|<!doctype html>", re.IGNORECASE)
_PLAIN = re.compile(r"[^\W\d_][a-z'’-]*|[A-Z]+")
# Words that open a statement: without them "import os" is two words, and so a claim.
_STARTS = _words(
    "abstract and array assert async await begin bool boolean break call case catch char class "
    "const continue crate debugger declare def default defer del delete do done double elif else "
    "elsif end endif ensure enum esac except export extends extern fi final finally float fn for "
    "from func function global go goto if impl implements import in include inline int interface "
    "internal lambda let local long loop match mod module mut namespace new nil none null object "
    "or override package pass private protected public pub puts raise readonly record redo repeat "
    "require rescue retry return select sealed short signed sizeof static str string struct "
    "super switch then throw throws trait try type typedef union unless unsafe unsigned until use "
    "using val var virtual volatile when where while with yield "
)
_SQL = _words(
    "select from where join left right inner outer full cross group by order having limit offset "
    "insert into values update set delete create drop alter add table column index view begin "
    "commit rollback union all distinct with as on and or asc desc primary key foreign references "
    "not null exists if is in like between case when then else end int integer text varchar"
)
_COLUMN = re.compile(
    r"\w+ (?:BIGINT|BLOB|BOOL(?:EAN)?|CHAR|DATE|DECIMAL|FLOAT|INT(?:EGER)?|NUMERIC|REAL|SERIAL|"
    r"TEXT|TIMESTAMP|VARCHAR)(?: (?:PRIMARY KEY|NOT NULL|UNIQUE|NULL))*"
)
_DOCKER = _words("from run copy add workdir cmd entrypoint expose env arg user volume label")
_MIDDLE = _words("as extends implements in is not or and import from if else then do of void")
# A line with an article is prose, whatever word it opens with.
_ARTICLES = _words("the a an this these those our your its their")
_PROPERTY = re.compile(
    r"\s*(?:align|animation|background|border|bottom|box|clear|color|column|content|cursor|direction|"
    r"display|fill|filter|flex|float|font|gap|grid|height|justify|left|letter|line|list|margin|max|"
    r"min|object|opacity|order|outline|overflow|padding|position|right|row|stroke|text|top|"
    r"transform|transition|vertical|visibility|white|width|word|z)[a-z-]*:\s*[a-z-]+\s*;?$"
)
_COMMANDS = _words(
    "ls pwd cd mkdir touch cat cp mv rm source sudo ssh curl wget tar unzip export clear exit "
    "which whoami man kill ps top chmod chown grep find sed awk sort head tail"
)
# Commands in plain words, with two words more at most: "make the kettle explode daily" is a claim.
_RUN = re.compile(
    r"(?:git (?:add|branch|checkout|clone|commit|diff|fetch|init|log|merge|pull|push|rebase|stash|"
    r"status|switch|tag)|(?:npm|yarn|pnpm|npx|bun) ?(?:audit|build|ci|create|dev|exec|init|install|"
    r"publish|run|start|test)?|pip install|pip freeze|pip list|conda (?:activate|create|install)|"
    r"(?:make|ninja|cmake|just|cargo|go|dotnet|gradle|mvn) ?(?:add|all|bench|build|check|clean|"
    r"clippy|dist|doc|fmt|get|install|lint|mod|package|publish|restore|run|test|update)?|"
    r"(?:docker|podman|kubectl|helm|systemctl|service|apt|brew|dnf|yum|terraform) (?:apply|build|"
    r"compose|create|delete|describe|disable|down|enable|exec|get|images|init|install|logs|plan|"
    r"ps|pull|push|reload|remove|restart|run|start|status|stop|up|update|upgrade)|"
    r"python|node|ruby|pytest|jupyter notebook|flask run)\b(?P<rest>.*)"
)


def find_fence_tag(line: str) -> tuple[str, int, int]:
    """Returns what a fence says of its code, in lower case, and the offsets of that."""
    match = _TAG.match(line)
    if match is None or match["tag"] is None:
        return "", len(line), len(line)
    return match["tag"].casefold(), *match.span("tag")


def is_language(tag: str) -> bool:
    """Whether a tag names a language or a format, and no more."""
    return tag in PROGRAMS or tag in _DATA_TAGS


def classify_code(line: str, tag: str = "json") -> ClaimKind:
    """Sorts a line of fenced code: data that states values, and words, are claims like prose."""
    line = spell_symbols(line)
    runs = tag in PROGRAMS and _runs(line, tag)
    if (is_prose(line) and not runs) or _DATA.search(line):
        return "claim"
    if tag == "html" or tag == "svg":
        return "claim" if _WORD.search(_ELEMENT.sub(_attributes, line)) else "code"
    if tag and tag not in PROGRAMS:
        return "claim" if re.search(r"\w{2}", line) else "code"
    if not tag and _ASSIGNED.search(line):
        return "claim"
    told = _comment(line, tag) or _strings(line) or _MARKED.search(line) or _only_words(line, tag)
    return "claim" if told or _ECHO.match(line) else "code"


def _attributes(element: re.Match[str]) -> str:
    """What an element of HTML shows or tells: its attributes of several words."""
    values = re.findall(r"=\s*(?:\"([^\"]*)\"|'([^']*)')", element[0])
    return " ".join(a or b for a, b in values if len(re.findall(r"[^\W\d_]{2,}", a or b)) > 1)


def _comment(line: str, tag: str) -> bool:
    if _DOCSTRING.search(line):
        return True
    patterns = [_ANY_COMMENT] if not tag else []
    patterns += [_HASH_COMMENT] if tag in _HASH else []
    patterns += [_DASH_COMMENT] if tag in _DASH else []
    patterns += [_SLASH_COMMENT] if tag in _SLASH else []
    outside = _STRING.sub(lambda found: "_" * len(found[0]), line)
    for pattern in patterns:
        match = pattern.search(outside)
        if match and _WORD.search(match[1]) and not _PRAGMA.match(match[1]):
            return True
    return False


def _strings(line: str) -> bool:
    prints = _PRINTS.search(line) is not None
    for match in _STRING.finditer(line):
        text = _FILLED.sub(" ", match["a"] or match["b"] or match["c"] or "")
        count = len(re.findall(r"(?<![\w./-])[^\W\d_]{2,}(?![\w/-]|\.\w)", text))
        told = count > 1 or (count and prints and line[match.start() - 1 : match.start()] != "[")
        if told and not _HELLO.fullmatch(text) and classify_sentence(text) == "claim":
            return True
    return False


def _only_words(line: str, tag: str) -> bool:
    """Whether a line reads as words and not as a statement or a command."""
    line = re.sub(r"^[\s$>%+*-]+|[`~]", "", line)
    words = [word.strip(".,:;!?\"'()") for word in line.split()]
    words = [word for word in words if word]
    if not words or not all(_PLAIN.fullmatch(word) for word in words):
        return False
    if len(words) == 1:
        word = words[0].casefold()
        known = word in _STARTS | _COMMANDS | _SQL | _DOCKER or _RUN.fullmatch(word)
        bare = (
            line.strip() == words[0]
            or line.strip()[-1] in ".!"
            or (line.strip()[-1] == ":" and words[0][0].isupper())
        )
        return len(word) > 3 and not known and bare
    if tag == "css" and _PROPERTY.match(line):
        return False
    return not _statement(words, tag)


def _runs(line: str, tag: str) -> bool:
    """Whether a line with capitals and verbs is all the same what a language runs."""
    words = re.findall(r"[^\W\d_]+", _STRING.sub(" ", line))
    if not words or _ARTICLES & {word.casefold() for word in words}:
        return False
    if words[0].casefold() in _COMMANDS:
        return bool(re.search(r"\s-\w|/|\*", line)) and len(words) < 8
    return _statement(words, tag)


def _statement(written: list[str], tag: str) -> bool:
    words = [word.casefold() for word in written]
    command = _RUN.fullmatch(" ".join(words))
    if command is not None:
        return len(command["rest"].split()) <= 2
    if words[0] in _COMMANDS:
        return len(words) <= 3
    starts = _STARTS
    if tag in ("sql", ""):
        starts = starts | _SQL
    if tag in ("dockerfile", ""):
        starts = starts | _DOCKER
    keys = sum(word in starts or word in _MIDDLE for word in words)
    others = sum(len(word) > 1 for word in words) - keys
    if tag == "sql" and _COLUMN.match(" ".join(written)):
        return True
    loud = tag == "sql" and sum(w.isupper() and w.casefold() in _SQL for w in written) > 1
    return words[0] in starts and others <= keys + 2 * loud
