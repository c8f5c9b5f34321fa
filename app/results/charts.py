"""Charts of a result as accessible inline SVG: strings made of classes, never of styles, so theme and print just work.

Knows numbers, labels and words, not where they come from; the words of verdicts are given to it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.attempts import marks
from app.attempts.marks import LEVELS, TOP, Interval

_VERDICT_CLASS = {"meets": "v-ok", "below": "v-no", "too close": "v-na"}
_MIN_SPOKES = 3


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
    x = marks.scale(left, width - right)
    drawn = [marks.bands(x, head, bottom, labels=True), marks.ticks(x, bottom + 17)]
    for index, row in enumerate(rows):
        top = head + row_height * index
        y = top + row_height * (0.66 if compact else 0.5)
        if index:
            drawn.append(marks.line("row", (left if compact else 0, top), (width, top)))
        label_at = (left + 4, top + 19) if compact else (left - 14, y + 5)
        drawn.append(marks.text("lab", label_at, row.label, "start" if compact else "end"))
        if row.target is not None:
            drawn.append(marks.rect("ref", (x(row.target), y - 11), (x(TOP) - x(row.target), 22), 3))
            drawn.append(marks.line("refm", (x(row.target), y - 11), (x(row.target), y + 11)))
        drawn += [marks.bar("b90", x, row.interval_90, y, 4), marks.bar("b50", x, row.interval_50, y, 8)]
        drawn.append(f'<circle class="est" cx="{marks.n(x(row.score))}" cy="{marks.n(y)}" r="6.5"/>')
        if row.verdict is not None:
            word_at = (width - 8, top + 19) if compact else (width, y + 5)
            drawn.append(marks.text(f"vd {_VERDICT_CLASS[row.verdict]}", word_at, row.word, "end"))
    return marks.svg(
        "ch-iv", (width, bottom + 26), drawn, chart_id=chart_id, title=title, about="; ".join(map(_spoken, rows))
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

    drawn = [_polygon("web", corners([cut] * len(rows))) for _, cut in LEVELS[1:]]
    drawn.append(_polygon("web out", corners([TOP] * len(rows))))
    drawn += [marks.line("spoke", centre, at(index, TOP)) for index in range(len(rows))]
    if all(row.target is not None for row in rows):
        drawn.append(_polygon("rrefm", corners([row.target or 0.0 for row in rows])))
    drawn.append(_ring(corners([r.interval_90[0] for r in rows]), corners([r.interval_90[1] for r in rows])))
    drawn.append(_polygon("rest", corners([row.score for row in rows])))
    for index, row in enumerate(rows):
        px, py = at(index, row.score)
        drawn.append(f'<circle class="est" cx="{marks.n(px)}" cy="{marks.n(py)}" r="4.5"/>')
        drawn.append(_spoke_label(at(index, TOP * 1.13), centre, row.label))
    return marks.svg(
        "ch-rd", (width, height), drawn, chart_id=chart_id, title=title, about="; ".join(map(_spoken, rows))
    )


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
    drawn = [marks.line("axis", (0, base), (width, base)), marks.line("cut", (zero, 6), (zero, base + 6))]
    for column, count in sorted(columns.items()):
        for place in range(count):
            cx, cy = zero + pitch * (column + 0.5), base - radius - 3 - place * (2 * radius + gap)
            kind = "qd on" if column >= 0 else "qd"
            drawn.append(f'<circle class="{kind}" cx="{marks.n(cx)}" cy="{marks.n(cy)}" r="{marks.n(radius)}"/>')
    label_x = min(max(zero, 70.0), width - 70.0)
    drawn.append(marks.text("tick", (label_x, base + 22), f"{cut_label} {cut:.0f}", "middle"))
    for column, value in ((min(columns), values[0]), (max(columns), values[-1])):
        edge = zero + pitch * (column + 0.5)
        if abs(edge - label_x) > 85:
            drawn.append(marks.text("tick", (edge, base + 22), f"{value:.0f}", "middle"))
    about = f"{over} of {len(values)} dots are at or above {cut:.0f} points"
    return over, marks.svg("ch-qd", (width, base + 28), drawn, chart_id=chart_id, title=title, about=about)


def verdict_plot(below: float, meets: float, words: tuple[str, str, str], *, title: str, chart_id: str) -> str:
    """For the method page: which word is said at which probability. words: below, between, above."""
    width, left, right, top, bottom = 640, 12, 628, 34, 74
    ends = (0.0, below, meets, 1.0)

    def x(p: float) -> float:
        return left + (right - left) * p

    drawn = []
    kinds = ("v-no", "v-na", "v-ok")
    for index, (word, kind) in enumerate(zip(words, kinds, strict=True)):
        lo, hi = ends[index], ends[index + 1]
        drawn.append(marks.rect(f"lv lv{index}", (x(lo), top), (x(hi) - x(lo), bottom - top)))
        drawn.append(marks.text(f"vd {kind}", ((x(lo) + x(hi)) / 2, (top + bottom) / 2 + 5), word, "middle"))
    drawn += [marks.line("cut", (x(p), top - 6), (x(p), bottom + 6)) for p in (below, meets)]
    drawn.append(marks.line("axis", (left, bottom), (right, bottom)))
    drawn += [
        marks.text("tick", (x(p), bottom + 22), f"{100 * p:.0f}\N{NO-BREAK SPACE}%", "middle") for p in (below, meets)
    ]
    drawn.append(marks.text("lvt", (left, top - 14), "Chance that the true level is at or above the target", "start"))
    about = f"{words[0]} up to {100 * below:.0f} %, {words[2]} from {100 * meets:.0f} %, {words[1]} in between"
    return marks.svg("ch-vp", (width, bottom + 30), drawn, chart_id=chart_id, title=title, about=about)


def _spoken(row: Row) -> str:
    lo, hi = row.interval_90
    text = f"{row.label}: {row.score:.0f} of 300 points, likely between {lo:.0f} and {hi:.0f}"
    if row.target is not None:
        text += f"; the profile asks for {row.target:.0f}"
    return f"{text}: {row.word.lower()}" if row.word else text


def _ring(inner: Sequence[tuple[float, float]], outer: Sequence[tuple[float, float]]) -> str:
    path = "".join(
        "M" + " L".join(f"{marks.n(px)} {marks.n(py)}" for px, py in points) + "Z" for points in (outer, inner)
    )
    return f'<path class="rband" fill-rule="evenodd" d="{path}"/>'


def _spoke_label(at: tuple[float, float], centre: tuple[float, float], label: str) -> str:
    (x, y), words = at, label.split(" ")
    anchor = "middle" if abs(x - centre[0]) < 8 else "start" if x > centre[0] else "end"
    y += 5 - 8 * (len(words) - 1) * (1 - (y - centre[1]) / (2 * centre[1]))
    spans = "".join(
        f'<tspan x="{marks.n(x)}" y="{marks.n(y + 16 * i)}">{escape(w)}</tspan>' for i, w in enumerate(words)
    )
    return f'<text class="lab" text-anchor="{anchor}">{spans}</text>'


def _polygon(kind: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<polygon class="{kind}" points="{" ".join(f"{marks.n(x)},{marks.n(y)}" for x, y in points)}"/>'
