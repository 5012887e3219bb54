"""Charts of a page: SVG from Matplotlib in the colors of the page, the same bytes each time.

No text of users enters Matplotlib, which would read ``$`` as mathematics and lacks many glyphs:
where a chart names something of theirs, a place is kept and the text is put in afterwards.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from itertools import count
from typing import Any, Literal

import matplotlib as mpl
from lxml import etree  # type: ignore[import-untyped]
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, MUTED, RULE, ACCENT = "#000001", "#000002", "#000003", "#000004"
LABELS = {
    "supported": "#000005",
    "contradicted": "#000006",
    "unsupported": "#000007",
    "unchecked": "#000008",
    "no_claim": "#000009",
}
_COLORS = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    ACCENT: "var(--accent)",
    **{color: f"var(--{label.replace('_', '-')})" for label, color in LABELS.items()},
}
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "groundwire",
    "font.size": 9,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "axes.grid.axis": "y",
    "axes.grid": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.color": RULE,
    "ytick.labelcolor": MUTED,
    "ytick.major.size": 0,
}
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_MARKS = 6


class Charts:
    """Draws the charts of one page, inside ``open_charts``."""

    def __init__(self) -> None:
        self._number = count()

    def trend(self, points: Sequence[Mapping[str, Any]]) -> Markup | None:
        """Returns rates by period with their intervals, or None for fewer than two periods."""
        points = [point for point in points if point["value"] is not None]
        if len(points) < 2:
            return None
        with _axes(5.6, 2.1) as axes:
            places = range(len(points))
            value, low, high = (
                [_number(p[key]) for p in points] for key in ("value", "low", "high")
            )
            axes.fill_between(places, low, high, color=ACCENT, alpha=0.16, linewidth=0)
            axes.plot(places, value, color=ACCENT, linewidth=1.8, marker="o", markersize=3.5)
            axes.set_ylim(0, _top([*value, *high]))
            axes.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f}%")
            axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
            marks = places[:: max(1, math.ceil(len(points) / _MARKS))]
            axes.set_xticks(list(marks), [f"@{place}" for place in marks])
            return self._svg(axes, "Rate by period", [str(point["period"]) for point in points])

    def scores(self, bins: Sequence[Mapping[str, Any]]) -> Markup | None:
        """Returns how many claims have each score, or None if there is none."""
        if not any(b["count"] for b in bins):
            return None
        with _axes(5.6, 2.1) as axes:
            left = [b["low"] for b in bins]
            width = [0.94 * (b["high"] - b["low"]) for b in bins]
            axes.bar(left, [b["count"] for b in bins], width, align="edge", color=ACCENT)
            axes.set_xlim(0, 1)
            axes.set_xlabel("score: probability of support")
            axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
            axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
            return self._svg(axes, "Claims by score")

    def reliability(self, bins: Sequence[Mapping[str, Any]]) -> Markup | None:
        """Returns the share of answers called faithful by their lowest score, or None."""
        bins = [b for b in bins if b.get("right") is not None]
        if not bins:
            return None
        with _axes(5.6, 2.1) as axes:
            middle = [(b["low"] + b["high"]) / 2 for b in bins]
            axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
            axes.plot(middle, [b["right"] for b in bins], color=ACCENT, marker="o", markersize=4)
            axes.set_xlim(0, 1)
            axes.set_ylim(0, 1.02)
            axes.set_xlabel("lowest score of the answer")
            axes.set_ylabel("share faithful")
            return self._svg(axes, "Share of answers called faithful, by lowest score")

    def interval(self, row: Mapping[str, Any], top: float, overall: float | None) -> Markup | None:
        """Returns a rate as a dot on its interval, with a mark at the rate of the whole."""
        if row["rate"] is None:
            return None
        with _bare(2.2, 0.2, top, 0.02) as axes:
            if overall is not None:
                axes.plot([overall, overall], [-1, 1], color=MUTED, linewidth=0.8)
            color = LABELS["contradicted"] if row.get("stands_out") else ACCENT
            axes.plot(
                [_number(row["low"]), _number(row["high"])], [0, 0], color=color, linewidth=1.4
            )
            axes.plot([row["rate"]], [0], color=color, marker="o", markersize=4.5)
            return self._svg(axes, "")

    def bar(self, value: int, top: int) -> Markup:
        """Returns a count as a bar."""
        with _bare(2.2, 0.14, max(top, 1)) as axes:
            axes.barh([0], [value], height=2, color=ACCENT)
            return self._svg(axes, "")

    def shares(self, counts: Mapping[str, int]) -> Markup | None:
        """Returns one bar with a part for each label, or None if nothing was counted."""
        total = sum(counts.values())
        if not total:
            return None
        with _bare(7.2, 0.22, total) as axes:
            done = 0
            for label, color in LABELS.items():
                size = counts.get(label, 0)
                axes.barh([0], [size], height=2, left=done, color=color)
                done += size
            return self._svg(axes, "")

    def _svg(self, axes: Axes, title: str, texts: Sequence[str] = ()) -> Markup:
        out = StringIO()
        axes.figure.canvas.print_figure(out, format="svg", metadata={"Date": None})
        return _page_svg(out.getvalue(), f"chart{next(self._number)}", title, texts)


@contextmanager
def open_charts() -> Iterator[Charts]:
    """Yields what draws the charts of one page, whatever the user has set for Matplotlib."""
    settings: dict[Any, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if key != "backend"
    }
    with mpl.rc_context(settings | _SETTINGS):
        yield Charts()


@contextmanager
def _axes(
    width: float, height: float, layout: Literal["constrained"] | None = "constrained"
) -> Iterator[Axes]:
    figure = Figure((width, height), layout=layout)
    FigureCanvasSVG(figure)
    yield figure.add_subplot()


@contextmanager
def _bare(width: float, height: float, top: float, margin: float = 0) -> Iterator[Axes]:
    with _axes(width, height, None) as axes:
        axes.set_position((margin, 0, 1 - 2 * margin, 1))
        axes.set_axis_off()
        axes.set_xlim(0, top)
        axes.set_ylim(-1, 1)
        yield axes


def _page_svg(source: str, name: str, title: str, texts: Sequence[str]) -> Markup:
    """Fits the SVG to the page: no inline styles, no names that another chart has, no metadata."""
    root = etree.fromstring(source.encode(), etree.XMLParser(remove_comments=True))
    for node in [*root.iter(f"{_SVG}metadata", f"{_SVG}style")]:
        node.getparent().remove(node)
    used = set(re.findall(r"#([\w-]+)\)|href=\"#([\w-]+)", source))
    names = {part for pair in used for part in pair if part}
    for node in root.iter():
        _fit(node, name, names)
        if node.tag == f"{_SVG}text" and re.fullmatch(r"@\d+", node.text or ""):
            node.text = _short(texts[int(node.text[1:])])
    for attribute, value in _root(title).items():
        root.set(attribute, value)
    root.attrib.pop("width"), root.attrib.pop("height")
    etree.cleanup_namespaces(root)
    return Markup(etree.tostring(root, encoding="unicode"))


def _root(title: str) -> dict[str, str]:
    common = {"class": "chart", "stroke-linejoin": "round", "stroke-linecap": "butt"}
    if title:
        return {**common, "role": "img", "aria-label": title}
    return {**common, "aria-hidden": "true", "preserveAspectRatio": "none"}


def _fit(node: Any, name: str, names: set[str]) -> None:
    if (identity := node.attrib.pop("id", None)) in names:
        node.set("id", f"{name}-{identity}")
    for declaration in node.attrib.pop("style", "").split(";"):
        key, _, value = declaration.partition(":")
        if key.strip() == "font":
            size = re.search(r"([\d.]+)px", value)
            node.set("font-size", size[1] if size else "9")
        elif value and key.strip() != "font-family":
            node.set(key.strip(), value.strip())
    for key, value in node.attrib.items():
        if key == _LINK:
            del node.attrib[key]
            node.set("href", f"#{name}-{value[1:]}")
        elif value in _COLORS:
            node.set(key, _COLORS[value])
        elif "url(#" in value:
            node.set(key, value.replace("url(#", f"url(#{name}-"))


def _short(text: str) -> str:
    plain = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return plain if len(plain) <= 11 else f"{plain[:10]}…"


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _top(values: Sequence[float]) -> float:
    return min(1.0, 1.15 * max([v for v in values if not math.isnan(v)], default=1.0)) or 1.0
