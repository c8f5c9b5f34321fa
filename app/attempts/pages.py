"""HTML routes of attempts: forms that work without JavaScript (POST, 303, GET) around the same functions as the API."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from app.attempts import about as abouts
from app.attempts import delivery, feedback, resuming, starting, timing
from app.attempts.about import About
from app.attempts.log import Draft
from app.attempts.rows import NoSuchAttempt
from app.attempts.starting import Order, fresh, fresh_continuation
from app.attempts.state import Mode
from app.auth import tokens
from app.auth.permissions import Actor
from app.errors import Invalid
from app.http import render
from app.http.problems import NotUnicode
from app.http.rates import rates_of, whose
from app.http.route import Asking, Db, Now, remember_browser
from app.items import markup, registry, spoken
from app.telemetry import ANSWERS, ATTEMPTS

router = APIRouter(include_in_schema=False)

TIME_FACTORS = {"standard": 1.0, "1.25": 1.25, "1.5": 1.5, "2": 2.0, "none": None}
OVER = ("completed", "expired", "scored", "rescored")
AFTER_GRACE = timing.GRACE + timedelta(microseconds=1)


class UnknownChoice(Invalid):
    code = "form.choice"
    title = "That choice is not on offer"


def _go(url: str) -> RedirectResponse:
    return RedirectResponse(url, 303)


@router.get("/")
async def home(request: Request, db: Db) -> Response:
    """What this is, and a test in two clicks."""
    offered, known = await db.read(abouts.front)
    quick = next((one for one in offered if one.precision == "quick"), None)
    whole = next((one for one in offered if len(one.domains) > 1 and one.precision != "quick"), None)
    single = [one for one in offered if len(one.domains) == 1]
    context = {"math": False, "quick": quick, "whole": whole, "single": single, "example": abouts.narrowing(known)}
    return render.page(request, "attempts/home.html", context)


@router.get("/tests")
async def tests(request: Request, db: Db) -> Response:
    """Everything that can be started."""
    context = {"math": False, "offered": await db.read(starting.offered), "about": await db.read(abouts.descriptions)}
    return render.page(request, "attempts/tests.html", context)


@router.get("/tests/{assessment_id}")
async def start_page(assessment_id: str, request: Request, db: Db) -> Response:
    """What will happen, the choice of time, and the button that starts the clock."""
    assessment = await db.read(starting.find_assessment, assessment_id)
    context = {
        "math": False,
        "assessment": assessment,
        "about": await db.read(abouts.descriptions),
        "can_be_practised": await db.read(starting.can_be_practised, assessment),
    }
    return render.page(request, "attempts/start.html", context)


@router.post("/tests/{assessment_id}/start")
async def start(
    assessment_id: str,
    request: Request,
    db: Db,
    actor: Asking,
    now: Now,
    time: str = Form("none"),
    mode: str = Form(Mode.ASSESS.value),
) -> Response:
    """Start an attempt that belongs to this browser."""
    if time not in TIME_FACTORS:
        raise UnknownChoice(f"Choose one of these for the time: {', '.join(TIME_FACTORS)}.")
    if mode not in list(Mode):
        raise UnknownChoice(f"Choose one of these for the kind of attempt: {', '.join(Mode)}.")
    rates_of(request).check_start(request)
    browser = None if actor.browser else tokens.mint(tokens.BROWSER)
    owner = Actor(browser=actor.browser or tokens.digest(browser or ""))
    order = Order(assessment_id, mode, time_factor=TIME_FACTORS[time])
    state = json.loads(await db.write(starting.start, order, owner, fresh(), now))
    ATTEMPTS.labels(assessment_id, "started").inc()
    response = _go(f"/a/{state['id']}/q")
    if browser:
        remember_browser(request, response, browser)
    return response


@router.get("/a/{attempt_id}/q")
async def question(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """The active question, however often it is asked."""
    state, about = await _state(db, actor, attempt_id, now)
    if state["time_remaining_s"] == 0:
        # the grace is for answers on their way; who asks for the page again after the deadline has none under way
        over = datetime.fromisoformat(state["expires_at"])  # the clock may have been set back since it passed
        state, about = await _state(db, actor, attempt_id, max(now, over) + AFTER_GRACE)
    if state["status"] in OVER:
        return _go(f"/a/{attempt_id}/done")
    return question_page(request, state, about, now)


@router.post("/a/{attempt_id}/q")
async def answer(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """Take the answer in the form; a malformed one comes back with the reason and nothing lost."""
    form = await request.form(max_files=0, max_fields=100)
    state, about = await _state(db, actor, attempt_id, now)
    if state["status"] in OVER:
        return _go(f"/a/{attempt_id}/done")
    seq, item_id = str(form.get("seq", "")), str(form.get("item", ""))
    if seq != str(state["seq"]):
        return _go(_answered(state, seq))
    item_type = registry.types()[state["turn"]["item"]["type"]]
    raw = item_type.from_form(_fields(form))
    rates_of(request).check_answer(whose(actor, attempt_id), int(seq))
    try:
        after = json.loads(await db.write(delivery.submit, actor, attempt_id, int(seq), item_id, raw, None, now))
    except delivery.AttemptExpired:
        return _go(f"/a/{attempt_id}/done")
    except (delivery.AnswerStale, delivery.AnswerConflict):
        return _go(_answered(state, seq))
    except Invalid as error:
        # the revision goes on from the highest there is, or what is typed next would lose against the older draft
        kept = state["turn"]["draft"]["revision"] if state["turn"]["draft"] else 0
        state["turn"]["draft"] = {"revision": max(kept, _revision(form)), "answer": raw}
        return question_page(request, state, about, now, error=abouts.explained(error, raw))
    ANSWERS.inc()
    if state["mode"] == Mode.PRACTICE:
        return _go(f"/a/{attempt_id}/feedback/{seq}")
    return _go(f"/a/{attempt_id}/{'done' if after['status'] in OVER else 'q'}")


def _answered(state: dict[str, Any], seq: str) -> str:
    """Where a form leads whose question has been answered: to its solution in practice, else to the active question."""
    if state["mode"] == Mode.PRACTICE and seq.isascii() and seq.isdigit() and len(seq) < 4:
        return f"/a/{state['id']}/feedback/{int(seq)}"
    return f"/a/{state['id']}/q?already=1"


@router.get("/a/{attempt_id}/feedback/{seq}")
async def feedback_page(
    attempt_id: str, seq: Annotated[int, Path(ge=1, le=1000)], request: Request, db: Db, actor: Asking, now: Now
) -> Response:
    """In practice: whether the answer was right, why, and the worked solution."""
    state, about = await _state(db, actor, attempt_id, now)
    solution = await db.read(feedback.solution, actor, attempt_id, seq)
    if solution is None:  # not answered yet, or no practice
        return _go(f"/a/{attempt_id}/{'done' if state['status'] in OVER else 'q'}")
    review = render.fragment(request, f"items/{solution.item_type}/review.html", {"review": solution.review})
    context = {
        "math": "<math" in review,
        "state": state,
        "about": about,
        "solution": solution,
        "review_html": review,
        "is_over": state["status"] in OVER,
    }
    return render.page(request, "attempts/feedback.html", context)


@router.post("/a/{attempt_id}/draft")
async def draft(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """Keep what is in the form; called by the page's script while one works."""
    form = await request.form(max_files=0, max_fields=100)
    state, _ = await _state(db, actor, attempt_id, now)
    rates_of(request).check_draft(whose(actor, attempt_id))
    seq, revision = str(form.get("seq", "")), _revision(form)
    if state["turn"] is None or seq != str(state["seq"]):
        return Response(status_code=409)
    if not revision:
        return Response(status_code=422)
    raw = registry.types()[state["turn"]["item"]["type"]].from_form(_fields(form))
    kept = Draft(int(seq), revision, delivery.draft_text(raw))
    await db.write(delivery.keep_draft, actor, attempt_id, kept, now)
    return Response(status_code=204)


@router.get("/a/{attempt_id}/stop")
async def stop_page(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """What stopping now gives, and what going on would add."""
    state, about = await _state(db, actor, attempt_id, now)
    if state["status"] in OVER:
        return _go(f"/a/{attempt_id}/done")
    return render.page(request, "attempts/stop.html", {"math": False, "state": state, "about": about})


@router.post("/a/{attempt_id}/finish")
async def finish(attempt_id: str, db: Db, actor: Asking, now: Now) -> Response:
    """End with the answers so far."""
    await db.write(delivery.finish, actor, attempt_id, now)
    return _go(f"/a/{attempt_id}/done")


@router.get("/a/{attempt_id}/saved")
async def saved(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """Everything is kept; how to come back, here or on another device."""
    state, _ = await _state(db, actor, attempt_id, now)
    if state["status"] in OVER:
        return _go(f"/a/{attempt_id}/done")
    context = {
        "math": False,
        "state": state,
        "clock": abouts.clock(state, now),
        "code": tokens.resume_code(request.app.state.secrets()[0], attempt_id),
        "origin": str(request.base_url),
    }
    return render.page(request, "attempts/saved.html", context)


@router.get("/resume")
async def resume_page(request: Request) -> Response:
    """Where a resume code is entered."""
    return render.page(request, "attempts/resume.html", {"math": False, "error": None, "code": ""})


@router.post("/resume")
async def resume(request: Request, db: Db, actor: Asking, code: str = Form("")) -> Response:
    """Hand the attempt to this browser; the one that had it before loses it."""
    rates = rates_of(request)
    rates.check_code(request)
    attempt_id = tokens.attempt_of_resume_code(request.app.state.secrets(), code)
    if attempt_id is None:
        rates.wrong_code(request)
        error = "This code is not complete, or no longer valid. Copy it again from the page that showed it."
        context = {"math": False, "error": error, "code": code[:80]}
        return render.page(request, "attempts/resume.html", context, status=422)
    browser = None if actor.browser else tokens.mint(tokens.BROWSER)
    await db.write(resuming.hand_over, attempt_id, actor.browser or tokens.digest(browser or ""))
    response = _go(f"/a/{attempt_id}/q")
    if browser:
        remember_browser(request, response, browser)
    return response


@router.get("/a/{attempt_id}/done")
async def done(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """The test is over; the result is a click away."""
    state, about = await _state(db, actor, attempt_id, now)
    if state["status"] not in OVER:
        return _go(f"/a/{attempt_id}/q")
    return render.page(request, "attempts/done.html", {"math": False, "state": state, "about": about})


@router.get("/a/{attempt_id}/continue")
async def continue_page(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """What sharpening a quick test means, and the button that does it."""
    state, about = await _state(db, actor, attempt_id, now)
    if state["status"] not in OVER:
        return _go(f"/a/{attempt_id}/q")
    context = {
        "math": False,
        "state": state,
        "about": about,
        "can_continue": about.is_quick and state["mode"] != Mode.PRACTICE,
        "continued": await db.read(starting.continuation_of, attempt_id),
    }
    return render.page(request, "attempts/continue.html", context)


@router.post("/a/{attempt_id}/continue")
async def continue_(attempt_id: str, request: Request, db: Db, actor: Asking, now: Now) -> Response:
    """Go on with the whole profile; every answer is kept. Sent twice, it leads to the same attempt."""
    rates_of(request).check_start(request)
    parts = fresh_continuation(request.app.state.secrets()[0], attempt_id)
    try:
        continued = json.loads(await db.write(starting.continue_, actor, attempt_id, parts, now))["id"]
    except starting.AlreadyContinued as error:
        continued = error.extra["attempt"]
    return _go(f"/a/{continued}/q")


async def _state(db: Db, actor: Actor, attempt_id: str, now: datetime) -> tuple[dict[str, Any], About]:
    if actor.bearer is None and actor.browser is None:
        raise NoSuchAttempt()
    text, about = await db.read(abouts.peek, actor, attempt_id, now)
    if text is None:
        text = await db.write(delivery.show, actor, attempt_id, now)
        _, about = await db.read(abouts.peek, actor, attempt_id, now)
    return json.loads(text), about


def _revision(form: FormData) -> int:
    """The draft's revision that a form carries, 0 when it carries none."""
    text = str(form.get("revision", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _fields(form: FormData) -> dict[str, Sequence[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        fields.setdefault(name, []).append(str(value))
    try:
        "".join(value for values in fields.values() for value in values).encode()
    except UnicodeEncodeError as error:
        raise NotUnicode("The form holds text that is not valid Unicode. Type it again.") from error
    return {name: tuple(values) for name, values in fields.items()}


def question_page(
    request: Request, state: dict[str, Any], about: About, now: datetime, error: str | None = None
) -> Response:
    """The page of the active turn; with `error` (what is wrong with the answer just sent) as 422."""
    turn = state["turn"]
    item = turn["item"]
    item_type = registry.types()[item["type"]]
    context_html, ask_html = markup.split_ask(item["stem_html"])
    values = item_type.form_values(turn["draft"]["answer"]) if turn["draft"] else None
    form_html = render.fragment(
        request,
        f"items/{item_type.name}/form.html",
        {"item": item, "ask_html": ask_html, "ask_spoken": spoken.speak(ask_html), "draft": values, "error": error},
    )
    context = {
        "math": "<math" in item["stem_html"] or "<math" in form_html,
        "state": state,
        "about": about,
        "item": item,
        "clock": abouts.clock(state, now),
        "strip": abouts.estimate(state),
        "context_html": context_html,
        "form_html": form_html,
        "error": error,
        "already": "already" in request.query_params,
        "revision": turn["draft"]["revision"] if turn["draft"] else 0,
    }
    return render.page(request, "attempts/question.html", context, status=422 if error else 200)
