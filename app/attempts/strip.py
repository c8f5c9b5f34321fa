"""The estimate so far as a thin strip: the bar narrows as answers come in. Pure."""

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
