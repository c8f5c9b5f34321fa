"""HTML routes of results: the result itself, "my tests", and how scoring works."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from app.attempts import delivery
from app.attempts.rows import NoSuchAttempt
from app.banks import simulate
from app.http import paging, render
from app.http.paging import Asked
from app.http.route import Asking, Db, Now
from app.profiles import gap
from app.results import assemble, charts, prose, report
from app.results.schemas import Result

router = APIRouter(include_in_schema=False)

NEWEST = 20  # of "my tests" on a page


@router.get("/r/{attempt_id}")
async def result_page(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """Gap and interval first, then the charts, the table, what to do next, the answers reviewed."""
    if actor.bearer is None and actor.browser is None:
        raise NoSuchAttempt()

    await delivery.settle(db, actor, attempt_id, now)

    def review(item_type: str, content: Mapping[str, Any]) -> str:
        return render.fragment(request, f"items/{item_type}/review.html", {"review": content})

    try:
        reviewed = await db.read(assemble.result, actor, attempt_id, review)
    except assemble.AttemptOpen:
        return RedirectResponse(f"/a/{attempt_id}/q", 303)
    found = reviewed.result
    if found["mode"] == "practice":
        return practice_page(request, found, reviewed.attempt.ended_at)
    context = {
        "math": any("<math" in one["review_html"] for one in found["responses"]),
        "result": found,
        "prose": prose,
        "ended_at": reviewed.attempt.ended_at,
        "can_sharpen": reviewed.attempt.plan.is_quick,
        "right": sum(one["score"] == 1 for one in found["responses"]),
        **drawings(found),
    }
    return render.page(request, "results/result.html", context)


def practice_page(request: Request, result: Result, ended_at: datetime | None) -> Response:
    """What was right, every solution, and the way to the test itself; no estimate, because it would be none."""
    context = {
        "math": any("<math" in one["review_html"] for one in result["responses"]),
        "result": result,
        "prose": prose,
        "ended_at": ended_at,
    }
    return render.page(request, "results/practice.html", context)


def _svg(text: str) -> Markup:
    return Markup(text)  # noqa: S704  made by our own charts, which escape every label


def drawings(result: Result) -> dict[str, Any]:
    """The charts of a result as inline SVG."""
    rows = report.chart_rows(result)
    title = "Estimates by domain" + (
        f" against the {result['profile_title']} profile" if result["profile_title"] else ""
    )
    # every compared domain is a strength or a gap, and these know its weight; the heaviest is shown first
    weights = {one["domain"]: one["weight"] for one in (*result["strengths"], *result["gaps"]) if one["skill"] is None}
    dots = []
    for domain in sorted(result["domains"], key=lambda one: -weights.get(one["domain"], 0.0)):
        if domain["target"]:
            over, svg = charts.quantile_dots(
                domain["quantiles"],
                domain["target"]["score"],
                title=domain["title"],
                chart_id=f"dots-{domain['domain']}",
                cut_label=f"{domain['target']['level']} from",
            )
            dots.append(
                {
                    "domain": domain,
                    "sentence": prose.dots_sentence(over, len(domain["quantiles"]), domain),
                    "svg": _svg(svg),
                }
            )
    radar = charts.radar(rows, title=title, chart_id="radar")
    return {
        "dots": dots,
        "intervals": _svg(charts.intervals(rows, title=title, chart_id="intervals")),
        "intervals_small": _svg(charts.intervals(rows, title=title, chart_id="intervals-small", compact=True)),
        "radar": _svg(radar) if radar else None,
    }


@router.get("/me")
async def my_tests(request: Request, db: Db, actor: Asking, window: Asked) -> Response:
    """The tests of this browser, the newest first: go on, or look at a result."""
    attempts, more = await db.read(assemble.history_of, actor, min(window.limit, NEWEST), window.after)
    context = {
        "math": False,
        "attempts": attempts,
        "titles": await db.read(assemble.titles),
        "further": paging.cursor(attempts[-1]["id"]) if more else None,
        "is_first": window.after is None,
    }
    return render.page(request, "results/me.html", context)


@router.get("/method")
async def method(request: Request) -> Response:
    """How scoring works, with the table of verdicts for simulated people."""
    file = request.app.state.shelf.shipped / "profiles" / simulate.TABLE
    words = (gap.Verdict.BELOW, gap.Verdict.TOO_CLOSE, gap.Verdict.MEETS)
    below, between, above = (prose.verdict_word(word) for word in words)
    title = "Which word is said at which chance"
    context = {
        "math": False,
        "prose": prose,
        "table": simulate.read_table(file) if file.is_file() else None,  # banks may be changed and not yet simulated
        "plot": Markup(  # noqa: S704  (our own SVG)
            charts.verdict_plot(gap.BELOW, gap.MEETS, (below, between, above), title=title, chart_id="words")
        ),
    }
    return render.page(request, "results/method.html", context)
