"""The shape of the code in figures, and the walk of one checked answer through it.

    python -m benchmarks.house [--quick] [--source DIR]

Counts modules, their lines, who imports them and how public functions are named, from the syntax
trees below ``--source`` (by default the package that is imported; the root of another checkout
gives the figures of that one, its walk only where its code is what Python imports). The walk is
one ``Guard.check`` of three sentences against three, models loaded before: which modules are
entered, how many functions, and how often a call crosses from one module into another.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import groundwire
from groundwire.text.words import split_table

ANSWER = (
    "The north tower was finished in 1931. It is 120 meters high. Sadly, the lift carries 9 people."
)
EVIDENCE = (
    "The north tower was finished in 1931 by the city. The north tower is 120 meters high. "
    "The lift of the tower carries 12 people."
)
VERBS = frozenset(
    split_table("""
    accept adapt add ainvoke aiterate append apply aprepend asend ask assert astream attach
    attend audit average ayield balance begin bin blank block build check choose chunk cite classify
    clean clip collapse collect color compare compose compute convert correct corrupt count cut
    decide decode derive describe detect divide draw drop edit embed encode escape estimate
    evaluate expand explain export fill find finish format generate group guard has hash hide
    import index invoke is join judge keep label learn list load lock log make map mark mask
    match measure mend merge move name negate normalize open pack pad pair parse pick plan
    predict prepare prepend print project publish rank read recommend redact redecide refuse
    register reject remove render renumber reorder repeat rephrase replace report require
    resample resolve restyle retrieve rewrite run sample save say scan score seal search select
    send share shorten show silence skip spell split spread start stem stream strip sum
    summarize survey swap sync tag tell tokenize train trim unpack verify warn watch wrap write
    yield
    """)
)
"""The first words of public functions; ``is`` and ``has`` open those that say yes or no."""


def find_modules(root: Path) -> dict[str, Path]:
    """Returns the modules of the package and of its adapters below the root of a checkout."""
    found = {}
    for folder in (root / "src", root / "integrations"):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def read_imports(node: ast.AST, modules: dict[str, Path], types: bool = True) -> Iterator[str]:
    """Yields the modules that a module imports, inside of functions too.

    Args:
        node: the module's syntax tree.
        modules: those that are looked for, by their dotted names.
        types: whether what is imported for types alone counts.
    """
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not types:
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in modules)
    elif isinstance(node, ast.ImportFrom) and node.module in modules:
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in modules else str(node.module)
    for child in ast.iter_child_nodes(node):
        yield from read_imports(child, modules, types)


def find_functions(tree: ast.Module) -> list[str]:
    """Returns the names of a module's public functions."""
    functions = (n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in functions if not node.name.startswith("_")]


def count_shape(root: Path) -> dict[str, Any]:
    """Returns the figures of a checkout."""
    modules = find_modules(root)
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules.items()}
    importers: Counter[str] = Counter()
    for name, tree in trees.items():
        importers.update(set(read_imports(tree, modules)) - {name})
    own = {name: path for name, path in modules.items() if name.startswith("groundwire.")}
    real = {name: path for name, path in own.items() if path.name != "__init__.py"}
    sizes = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in own.items()}
    largest = max(sizes, key=lambda name: sizes[name])
    single = sum(importers[name] == 1 for name in real)
    names = [name for tree in trees.values() for name in find_functions(tree)]
    verbs = sum(name.split("_")[0] in VERBS for name in names)
    return {
        "modules in the root": len(list((root / "src" / "groundwire").glob("*.py"))),
        "modules of the package": len(own) + 1,
        "of those without __init__": len(real),
        "with one importer": f"{single} ({single / len(real):.0%})",
        "lines of a file, median": statistics.median(sizes.values()),
        "largest file": f"{sizes[largest]} ({largest})",
        "modules of the adapters": len(modules) - len(own) - 1,
        "public functions that begin with a verb": f"{verbs} of {len(names)} "
        f"({verbs / len(names):.0%})",
    }


class Walk:
    """Counts the calls between modules of the package while it is open."""

    def __init__(self) -> None:
        self.modules: Counter[str] = Counter()
        self.functions: set[tuple[str, str]] = set()
        self.crossings = 0

    def __enter__(self) -> Walk:
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _see(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith("groundwire"):
            return
        self.functions.add((name, frame.f_code.co_qualname))
        self.modules[name] += 1
        caller = frame.f_back
        before = str(caller.f_globals.get("__name__", "")) if caller is not None else ""
        self.crossings += before.startswith("groundwire") and before != name


def walk_check() -> Walk:
    """Returns the walk of one check, the models loaded and every cache filled by other texts."""
    guard = groundwire.Guard()
    guard.check("The bridge is 40 meters long.", EVIDENCE.replace("tower", "bridge"))
    with Walk() as walk:
        guard.check(ANSWER, EVIDENCE)
    return walk


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="leave the walk out")
    imported = Path(groundwire.__file__).resolve().parents[2]
    parser.add_argument("--source", type=Path, default=imported, help="root of a checkout")
    parser.add_argument("--modules", action="store_true", help="list the modules of the walk")
    args = parser.parse_args()
    for name, value in count_shape(args.source).items():
        print(f"| {name} | {value} |")
    if args.quick or args.source.resolve() != imported:
        return
    walk = walk_check()
    print(f"| modules that a checked answer enters | {len(walk.modules)} |")
    print(f"| functions | {len(walk.functions)} |")
    print(f"| calls that cross from one module into another | {walk.crossings} |")
    if args.modules:
        for name, calls in walk.modules.most_common():
            print(f"|   {name} | {calls} |")


if __name__ == "__main__":
    main()
