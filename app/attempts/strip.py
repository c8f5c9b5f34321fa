"""The estimate so far as a thin strip: the bar narrows as answers come in. Pure."""

from collections.abc import Sequence

from app.attempts import marks


def interval_strip(score: float, interval: marks.Interval, *, chart_id: str, target: float | None = None) -> str:
    """The estimate so far on a thin strip, for the question page: the bar narrows as answers come in."""
    width, height, y = 240, 34, 12
    x = marks.scale(8, width - 8)
    drawn = [marks.bands(x, 2, 22, labels=False)]
    if target is not None:
        drawn.append(marks.line("refm", (x(target), 1), (x(target), 23)))
    drawn.append(marks.bar("b90", x, interval, y, 6))
    drawn.append(f'<circle class="est" cx="{marks.n(x(score))}" cy="{y}" r="5"/>')
    drawn.append(marks.ticks(x, height - 1))
    lo, hi = interval
    about = f"{score:.0f} of 300 points so far, likely between {lo:.0f} and {hi:.0f}"
    if target is not None:
        about += f"; the profile asks for {target:.0f}"
    return marks.svg("ch-st", (width, height), drawn, chart_id=chart_id, title="Estimate so far", about=about)


def narrowing(rows: Sequence[tuple[int, float, marks.Interval]], *, chart_id: str) -> str:
    """The same estimate after more and more answers, one row each. rows: (answers, score, 90 % interval)."""
    width, head, row_height = 420, 30, 46
    bottom = head + row_height * len(rows)
    x = marks.scale(104, width - 10)
    drawn = [marks.bands(x, head, bottom, labels=True), marks.ticks(x, bottom + 17)]
    for index, (answers, score, interval) in enumerate(rows):
        y = head + row_height * (index + 0.5)
        if index:
            drawn.append(marks.line("row", (0, y - row_height / 2), (width, y - row_height / 2)))
        drawn.append(marks.text("lab", (94, y + 5), f"{answers} answer{'s' if answers != 1 else ''}", "end"))
        drawn.append(marks.bar("b90", x, interval, y, 8))
        drawn.append(f'<circle class="est" cx="{marks.n(x(score))}" cy="{marks.n(y)}" r="6.5"/>')
    about = "; ".join(f"after {n} answers {s:.0f}, likely between {lo:.0f} and {hi:.0f}" for n, s, (lo, hi) in rows)
    title = "How the range narrows with every answer"
    return marks.svg("ch-nw", (width, bottom + 26), drawn, chart_id=chart_id, title=title, about=about)
