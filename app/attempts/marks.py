"""The marks that every chart is made of: SVG with classes and never styles, so theme and print just work. Pure."""

from collections.abc import Callable, Sequence
from html import escape

LEVELS = (("Beginning", 0.0), ("Developing", 100.0), ("Accomplished", 200.0))  # each begins at this score
TOP = 300.0

Interval = tuple[float, float]
Scale = Callable[[float], float]


def scale(left: float, right: float) -> Scale:
    """Points 0..300 to units across, from left to right; beyond the ends it stays at the end."""
    return lambda score: left + (right - left) * min(max(score, 0.0), TOP) / TOP


def bands(x: Scale, top: float, bottom: float, *, labels: bool) -> str:
    """The three levels as bands from top to bottom, with their names above if wanted."""
    ends = [*(cut for _, cut in LEVELS[1:]), TOP]
    parts = []
    for index, ((name, start), end) in enumerate(zip(LEVELS, ends, strict=True)):
        parts.append(rect(f"lv lv{index}", (x(start), top), (x(end) - x(start), bottom - top)))
        if index:
            parts.append(line("grid", (x(start), top - (4 if labels else 0)), (x(start), bottom)))
        if labels:
            parts.append(text("lvt", ((x(start) + x(end)) / 2, top - 10), name, "middle"))
    return "".join(parts)


def ticks(x: Scale, y: float) -> str:
    """The scores at which levels begin, and the end of the scale, at height y."""
    scores = [*(cut for _, cut in LEVELS), TOP]
    anchors = ["start", *["middle"] * (len(scores) - 2), "end"]
    return "".join(text("tick", (x(s), y), f"{s:.0f}", a) for s, a in zip(scores, anchors, strict=True))


def bar(kind: str, x: Scale, interval: Interval, y: float, height: float) -> str:
    """An interval as a bar with round ends around height y; never shorter than half its height."""
    lo, hi = x(interval[0]), x(interval[1])
    return rect(kind, (lo, y - height / 2), (max(hi - lo, height / 2), height), height / 2)


def rect(kind: str, at: tuple[float, float], size: tuple[float, float], radius: float = 0) -> str:
    """A rectangle: upper left corner, (width, height)."""
    corner = f' rx="{n(radius)}"' if radius else ""
    box = f'x="{n(at[0])}" y="{n(at[1])}" width="{n(size[0])}" height="{n(size[1])}"'
    return f'<rect class="{kind}" {box}{corner}/>'


def line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    """A line from start to end."""
    return f'<line class="{kind}" x1="{n(start[0])}" y1="{n(start[1])}" x2="{n(end[0])}" y2="{n(end[1])}"/>'


def text(kind: str, at: tuple[float, float], words: str, anchor: str) -> str:
    """A text at (x, baseline); anchor: start, middle or end."""
    return f'<text class="{kind}" x="{n(at[0])}" y="{n(at[1])}" text-anchor="{anchor}">{escape(words)}</text>'


def svg(kind: str, size: tuple[float, float], drawn: Sequence[str], *, chart_id: str, title: str, about: str) -> str:
    """The picture with its name and its description for those who do not see it."""
    return (
        f'<svg class="ch {kind}" viewBox="0 0 {n(size[0])} {n(size[1])}" role="img"'
        f' aria-labelledby="{chart_id}-t {chart_id}-d"><title id="{chart_id}-t">{escape(title)}</title>'
        f'<desc id="{chart_id}-d">{escape(about)}</desc>{"".join(drawn)}</svg>'
    )


def n(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")
