"""Charts of a result as accessible inline SVG: strings made of classes, never of styles, so theme and print just work.

Knows numbers, labels and words, not where they come from; the words of verdicts are given to it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

LEVELS = (("Beginning", 0.0), ("Developing", 100.0), ("Accomplished", 200.0))  # each begins at this score
TOP = 300.0
_VERDICT_CLASS = {"meets": "v-ok", "below": "v-no", "too close": "v-na"}
_MIN_SPOKES = 3

Interval = tuple[float, float]


@dataclass(frozen=True)
class Row:
    """One bar: scores 0..300 with their 50 % and 90 % ranges, and what is asked (None: nothing)."""

    label: str
    score: float
    interval_50: Interval
    interval_90: Interval
    target: float | None = None
    verdict: str | None = None  # "meets" | "below" | "too close"
    word: str = ""  # how the verdict is written


def intervals(rows: Sequence[Row], *, title: str, chart_id: str, compact: bool = False) -> str:
    """Dot, thick 50 % and thin 90 % bar a row over the level bands, the target line, the verdict's word at the right.

    The 640-unit version has its labels beside the bars, the compact one (360) above them.
    """
    width, row_height, head = (360, 60, 30) if compact else (640, 50, 30)
    left, right = (10, 12) if compact else (194, 92)
    bottom = head + row_height * len(rows)
    x = _scale(left, width - right)
    marks = [_bands(x, head, bottom, labels=True), _ticks(x, bottom + 17)]
    for index, row in enumerate(rows):
        top = head + row_height * index
        y = top + row_height * (0.66 if compact else 0.5)
        if index:
            marks.append(_line("row", (left if compact else 0, top), (width, top)))
        label_at = (left + 4, top + 19) if compact else (left - 14, y + 5)
        marks.append(_text("lab", label_at, row.label, "start" if compact else "end"))
        if row.target is not None:
            marks.append(_rect("ref", (x(row.target), y - 11), (x(TOP) - x(row.target), 22), 3))
            marks.append(_line("refm", (x(row.target), y - 11), (x(row.target), y + 11)))
        marks += [_bar("b90", x, row.interval_90, y, 4), _bar("b50", x, row.interval_50, y, 8)]
        marks.append(f'<circle class="est" cx="{_n(x(row.score))}" cy="{_n(y)}" r="6.5"/>')
        if row.verdict is not None:
            word_at = (width - 8, top + 19) if compact else (width, y + 5)
            marks.append(_text(f"vd {_VERDICT_CLASS[row.verdict]}", word_at, row.word, "end"))
    return _svg(
        "ch-iv", (width, bottom + 26), marks, chart_id=chart_id, title=title, about="; ".join(map(_spoken, rows))
    )


def radar(rows: Sequence[Row], *, title: str, chart_id: str) -> str | None:
    """Summary of the shape: estimate with its 90 % band, and the targets. None below three domains: no shape then.

    Areas on a radar mislead; the bars beside it carry the numbers.
    """
    if len(rows) < _MIN_SPOKES:
        return None
    width, height, radius = 400, 336, 112
    centre = (width / 2, height / 2)

    def at(index: int, score: float) -> tuple[float, float]:
        angle = 2 * math.pi * index / len(rows) - math.pi / 2
        reach = radius * score / TOP
        return centre[0] + reach * math.cos(angle), centre[1] + reach * math.sin(angle)

    def corners(scores: Sequence[float]) -> list[tuple[float, float]]:
        return [at(index, score) for index, score in enumerate(scores)]

    marks = [_polygon("web", corners([cut] * len(rows))) for _, cut in LEVELS[1:]]
    marks.append(_polygon("web out", corners([TOP] * len(rows))))
    marks += [_line("spoke", centre, at(index, TOP)) for index in range(len(rows))]
    if all(row.target is not None for row in rows):
        marks.append(_polygon("rrefm", corners([row.target or 0.0 for row in rows])))
    marks.append(_ring(corners([r.interval_90[0] for r in rows]), corners([r.interval_90[1] for r in rows])))
    marks.append(_polygon("rest", corners([row.score for row in rows])))
    for index, row in enumerate(rows):
        px, py = at(index, row.score)
        marks.append(f'<circle class="est" cx="{_n(px)}" cy="{_n(py)}" r="4.5"/>')
        marks.append(_spoke_label(at(index, TOP * 1.13), centre, row.label))
    return _svg("ch-rd", (width, height), marks, chart_id=chart_id, title=title, about="; ".join(map(_spoken, rows)))


def quantile_dots(values: Sequence[float], cut: float, *, title: str, chart_id: str, cut_label: str) -> tuple[int, str]:
    """Each dot is one equal chance; those at or above the cut are filled. Returns how many are, and the chart.

    values: ascending quantiles of one posterior, in points, for example 20. No column of dots straddles the cut.
    """
    over = sum(value >= cut for value in values)
    radius, gap, width, base = 8.2, 2.2, 360, 130
    column_width = max((values[-1] - values[0]) / 8, 1e-9)
    columns: dict[int, int] = {}
    for value in values:
        column = math.floor((value - cut) / column_width)
        columns[column] = columns.get(column, 0) + 1
    first, last = min(*columns, 0), max(*columns, -1)  # the cut itself is always in the picture
    pitch = min(34.0, (width - 40) / (last - first + 1))
    radius = min(radius, pitch / 2 - 0.6)
    zero = width / 2 - pitch * (last + first + 1) / 2
    marks = [_line("axis", (0, base), (width, base)), _line("cut", (zero, 6), (zero, base + 6))]
    for column, count in sorted(columns.items()):
        for place in range(count):
            cx, cy = zero + pitch * (column + 0.5), base - radius - 3 - place * (2 * radius + gap)
            kind = "qd on" if column >= 0 else "qd"
            marks.append(f'<circle class="{kind}" cx="{_n(cx)}" cy="{_n(cy)}" r="{_n(radius)}"/>')
    label_x = min(max(zero, 70.0), width - 70.0)
    marks.append(_text("tick", (label_x, base + 22), f"{cut_label} {cut:.0f}", "middle"))
    for column, value in ((min(columns), values[0]), (max(columns), values[-1])):
        edge = zero + pitch * (column + 0.5)
        if abs(edge - label_x) > 85:
            marks.append(_text("tick", (edge, base + 22), f"{value:.0f}", "middle"))
    about = f"{over} of {len(values)} dots are at or above {cut:.0f} points"
    return over, _svg("ch-qd", (width, base + 28), marks, chart_id=chart_id, title=title, about=about)


def interval_strip(score: float, interval: Interval, *, chart_id: str, target: float | None = None) -> str:
    """The estimate so far on a thin strip, for the question page: the bar narrows as answers come in."""
    width, height, y = 240, 34, 12
    x = _scale(8, width - 8)
    marks = [_bands(x, 2, 22, labels=False)]
    if target is not None:
        marks.append(_line("refm", (x(target), 1), (x(target), 23)))
    marks.append(_bar("b90", x, interval, y, 6))
    marks.append(f'<circle class="est" cx="{_n(x(score))}" cy="{y}" r="5"/>')
    marks.append(_ticks(x, height - 1))
    lo, hi = interval
    about = f"{score:.0f} of 300 points so far, likely between {lo:.0f} and {hi:.0f}"
    if target is not None:
        about += f"; the profile asks for {target:.0f}"
    return _svg("ch-st", (width, height), marks, chart_id=chart_id, title="Estimate so far", about=about)


def verdict_plot(below: float, meets: float, words: tuple[str, str, str], *, title: str, chart_id: str) -> str:
    """For the method page: which word is said at which probability. words: below, between, above."""
    width, left, right, top, bottom = 640, 12, 628, 34, 74
    ends = (0.0, below, meets, 1.0)

    def x(p: float) -> float:
        return left + (right - left) * p

    marks = []
    kinds = ("v-no", "v-na", "v-ok")
    for index, (word, kind) in enumerate(zip(words, kinds, strict=True)):
        lo, hi = ends[index], ends[index + 1]
        marks.append(_rect(f"lv lv{index}", (x(lo), top), (x(hi) - x(lo), bottom - top)))
        marks.append(_text(f"vd {kind}", ((x(lo) + x(hi)) / 2, (top + bottom) / 2 + 5), word, "middle"))
    marks += [_line("cut", (x(p), top - 6), (x(p), bottom + 6)) for p in (below, meets)]
    marks.append(_line("axis", (left, bottom), (right, bottom)))
    marks += [_text("tick", (x(p), bottom + 22), f"{100 * p:.0f}\N{NO-BREAK SPACE}%", "middle") for p in (below, meets)]
    marks.append(_text("lvt", (left, top - 14), "Chance that the true level is at or above the target", "start"))
    about = f"{words[0]} up to {100 * below:.0f} %, {words[2]} from {100 * meets:.0f} %, {words[1]} in between"
    return _svg("ch-vp", (width, bottom + 30), marks, chart_id=chart_id, title=title, about=about)


def _spoken(row: Row) -> str:
    lo, hi = row.interval_90
    text = f"{row.label}: {row.score:.0f} of 300 points, likely between {lo:.0f} and {hi:.0f}"
    if row.target is not None:
        text += f"; the profile asks for {row.target:.0f}"
    return f"{text}: {row.word.lower()}" if row.word else text


def _scale(left: float, right: float) -> Callable[[float], float]:
    return lambda score: left + (right - left) * min(max(score, 0.0), TOP) / TOP


def _bands(x: Callable[[float], float], top: float, bottom: float, *, labels: bool) -> str:
    ends = [*(cut for _, cut in LEVELS[1:]), TOP]
    parts = []
    for index, ((name, start), end) in enumerate(zip(LEVELS, ends, strict=True)):
        parts.append(_rect(f"lv lv{index}", (x(start), top), (x(end) - x(start), bottom - top)))
        if index:
            parts.append(_line("grid", (x(start), top - (4 if labels else 0)), (x(start), bottom)))
        if labels:
            parts.append(_text("lvt", ((x(start) + x(end)) / 2, top - 10), name, "middle"))
    return "".join(parts)


def _ticks(x: Callable[[float], float], y: float) -> str:
    scores = [*(cut for _, cut in LEVELS), TOP]
    anchors = ["start", *["middle"] * (len(scores) - 2), "end"]
    return "".join(_text("tick", (x(s), y), f"{s:.0f}", a) for s, a in zip(scores, anchors, strict=True))


def _bar(kind: str, x: Callable[[float], float], interval: Interval, y: float, height: float) -> str:
    lo, hi = x(interval[0]), x(interval[1])
    return _rect(kind, (lo, y - height / 2), (max(hi - lo, height / 2), height), height / 2)


def _ring(inner: Sequence[tuple[float, float]], outer: Sequence[tuple[float, float]]) -> str:
    path = "".join("M" + " L".join(f"{_n(px)} {_n(py)}" for px, py in points) + "Z" for points in (outer, inner))
    return f'<path class="rband" fill-rule="evenodd" d="{path}"/>'


def _spoke_label(at: tuple[float, float], centre: tuple[float, float], label: str) -> str:
    (x, y), words = at, label.split(" ")
    anchor = "middle" if abs(x - centre[0]) < 8 else "start" if x > centre[0] else "end"
    y += 5 - 8 * (len(words) - 1) * (1 - (y - centre[1]) / (2 * centre[1]))
    spans = "".join(f'<tspan x="{_n(x)}" y="{_n(y + 16 * i)}">{escape(w)}</tspan>' for i, w in enumerate(words))
    return f'<text class="lab" text-anchor="{anchor}">{spans}</text>'


def _polygon(kind: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<polygon class="{kind}" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"/>'


def _rect(kind: str, at: tuple[float, float], size: tuple[float, float], radius: float = 0) -> str:
    corner = f' rx="{_n(radius)}"' if radius else ""
    box = f'x="{_n(at[0])}" y="{_n(at[1])}" width="{_n(size[0])}" height="{_n(size[1])}"'
    return f'<rect class="{kind}" {box}{corner}/>'


def _line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    return f'<line class="{kind}" x1="{_n(start[0])}" y1="{_n(start[1])}" x2="{_n(end[0])}" y2="{_n(end[1])}"/>'


def _text(kind: str, at: tuple[float, float], text: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{_n(at[0])}" y="{_n(at[1])}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(kind: str, size: tuple[float, float], marks: Sequence[str], *, chart_id: str, title: str, about: str) -> str:
    return (
        f'<svg class="ch {kind}" viewBox="0 0 {_n(size[0])} {_n(size[1])}" role="img"'
        f' aria-labelledby="{chart_id}-t {chart_id}-d"><title id="{chart_id}-t">{escape(title)}</title>'
        f'<desc id="{chart_id}-d">{escape(about)}</desc>{"".join(marks)}</svg>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
