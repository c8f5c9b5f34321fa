"""The pages in a real browser: accessibility rules, keyboard, no JavaScript, drafts, time-out, reflow, weight."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from app.attempts.about import About
from app.attempts.pages import question_page
from app.banks import load
from app.items import markup, registry, spoken, variants
from app.main import create_app
from app.settings import Settings, shipped

pytestmark = pytest.mark.browser

QUICK = "machine-learning-researcher-quick"
OPTIONS = ".opt:not(.idk) input"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def begin(page: Any, site: str, assessment: str, time: str = "none") -> str:
    """Start a test; returns the attempt's address without its last part."""
    page.goto(f"{site}/tests/{assessment}")
    page.check(f"input[name=time][value='{time}']")
    page.click("text=Begin")
    page.wait_for_url("**/q")
    return page.url.removesuffix("/q")


def give(page: Any, number: str = "3") -> None:
    """Put some answer into the question's form."""
    if page.query_selector("input[name=value]"):
        page.fill("input[name=value]", number)
    else:
        page.locator(OPTIONS).first.check(force=True)


def submit(page: Any) -> None:
    turn = page.get_attribute("form", "data-turn")
    page.click("text=Submit answer")
    page.wait_for_function(
        "turn => !document.querySelector('form[data-turn]') || document.querySelector('form').dataset.turn !== turn",
        arg=turn,
    )


def until(page: Any, selector: str) -> None:
    """Answer questions until one has what is wanted."""
    for _ in range(30):
        if page.query_selector(selector):
            return
        give(page)
        submit(page)
    raise AssertionError(f"no question with {selector} among 30")


@pytest.fixture(scope="module")
def states(chromium: Any, site: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A browser's cookies and the addresses of every page and state, prepared once."""
    context = chromium.new_context()
    page = context.new_page()
    quick = begin(page, site, QUICK)
    while page.url.endswith("/q"):
        give(page)
        page.click("text=Submit answer")
        page.wait_for_load_state()
    timed = begin(page, site, "mathematics", "1.5")
    for _ in range(3):
        give(page)
        submit(page)
    numeric = begin(page, site, "mathematics")
    until(page, "input[name=value]")
    found = {
        "home": "/", "tests": "/tests", "start": f"/tests/{QUICK}", "resume": "/resume", "me": "/me",
        "method": "/method", "settings": "/settings?saved=1", "help": "/help", "accessibility": "/accessibility",
        "privacy": "/privacy", "docs": "/docs", "error": "/nowhere",
        "question, timed": f"{timed}/q", "question, number": f"{numeric}/q", "already": f"{timed}/q?already=1",
        "stop": f"{timed}/stop", "saved": f"{timed}/saved", "done": f"{quick}/done", "continue": f"{quick}/continue",
        "result": f"/r/{quick.rsplit('/', 1)[1]}",
    }  # fmt: skip
    stored = context.storage_state()
    context.close()
    return stored, {name: url if url.startswith("http") else site + url for name, url in found.items()}


def broken(axe: Any, page: Any) -> dict[str, list[str]]:
    """Rule -> the elements that break it."""
    return {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in axe.run(page).response["violations"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_breaks_a_rule_of_axe(context: Callable[..., Any], states: Any, scheme: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  (without it the rest still runs)

    stored, addresses = states
    page = context(
        storage_state=stored, color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True
    ).new_page()
    axe, found = Axe(), {}
    for name, address in addresses.items():
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found |= {f"{name}: {rule}": elements for rule, elements in broken(axe, page).items()}
    page.goto(addresses["question, number"])
    page.fill("input[name=value]", "three")
    page.click("text=Submit answer")
    page.wait_for_selector(".problem")
    found |= {f"question, error: {rule}": elements for rule, elements in broken(axe, page).items()}
    assert found == {}


STICKING_OUT = """() => {
  const root = document.documentElement, right = one => one.getBoundingClientRect().right;
  if (root.scrollWidth <= innerWidth) return [];
  const over = [...document.querySelectorAll('body *')].filter(one => right(one) > innerWidth + .5
    && !one.closest('.vh, .scroll, .eq, pre, math, svg *'));
  return over.filter(one => !over.some(other => other !== one && one.contains(other)))
    .map(one => `${Math.round(right(one) - innerWidth)} px: ${one.parentElement.outerHTML.slice(0, 90)}`).slice(0, 5)
    .concat([`${root.scrollWidth - innerWidth} px: page`]); }"""


def sticking_out(page: Any) -> list[str]:
    """What makes a page wider than the screen, innermost elements only; empty when nothing does."""
    found: list[str] = page.evaluate(STICKING_OUT)
    return found


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_is_wider_than_a_phone(context: Callable[..., Any], states: Any, width: int) -> None:
    stored, addresses = states
    page = context(storage_state=stored, viewport={"width": width, "height": 640}).new_page()
    wide = {}
    for name, address in addresses.items():
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        if found := sticking_out(page):
            wide[name] = found
    assert wide == {}


def test_targets_are_large_enough_to_hit(context: Callable[..., Any], states: Any) -> None:
    stored, addresses = states
    page = context(storage_state=stored, viewport={"width": 390, "height": 800}).new_page()
    small = {}
    for name, address in addresses.items():
        page.goto(address)
        found = page.evaluate(
            """() => [...document.querySelectorAll('button, summary, .btn, .link, .opt, .foot a, .check, select')]
                .filter(one => one.offsetParent && one.getBoundingClientRect().height < 44)
                .map(one => one.outerHTML.slice(0, 80))"""
        )
        if found:
            small[name] = found
    assert small == {}


def tab_to(page: Any, script: str) -> None:
    """Press Tab until the focused element fulfils a condition on `it`."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"(it => Boolean({script}))(document.activeElement)"):
            ring = page.evaluate(
                """() => { const it = document.activeElement;
                const look = getComputedStyle(it.closest('.opt') ?? it);
                return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 }"""
            )
            assert ring, f"no visible focus on {script}"
            return
    raise AssertionError(f"80 tabs and no {script}")


def test_a_test_can_be_taken_from_home_to_result_with_the_keyboard_alone(
    context: Callable[..., Any], site: str
) -> None:
    page = context().new_page()
    page.goto(site)
    tab_to(page, "it.classList.contains('skip')")
    tab_to(page, "it.textContent.startsWith('Start the')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tests/{QUICK}")
    tab_to(page, "it.name === 'time'")
    page.keyboard.press("ArrowDown")
    tab_to(page, "it.textContent === 'Begin'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/q")
    for _ in range(4):
        turn = page.get_attribute("form", "data-turn")
        if page.query_selector("input[name=value]"):
            tab_to(page, "it.name === 'value'")
            page.keyboard.type("3")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("b")
            assert page.evaluate("document.activeElement.checked")
            page.keyboard.press("Enter")
        page.wait_for_function("turn => document.querySelector('form').dataset.turn !== turn", arg=turn)
    tab_to(page, "it.textContent.toLowerCase() === 'stop now'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/stop")
    tab_to(page, "it.textContent.startsWith('Stop and see')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/done")
    tab_to(page, "it.textContent === 'See your result'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/r/*")
    tab_to(page, "it.tagName === 'SUMMARY'")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_single_keys_do_nothing_when_they_are_switched_off(context: Callable[..., Any], site: str) -> None:
    page = context().new_page()
    page.goto(f"{site}/settings")
    page.check("input[name=keys][value=off]")
    page.click("text=Save")
    begin(page, site, "machine-learning")
    until(page, OPTIONS)
    page.keyboard.press("b")
    assert page.locator(f"{OPTIONS}:checked").count() == 0


def test_a_whole_quick_test_works_without_javascript(context: Callable[..., Any], site: str) -> None:
    page = context(java_script_enabled=False).new_page()
    page.goto(site)
    page.click("text=Start the")
    page.click("text=Begin")
    assert "ends at" in page.inner_text("[data-ends]")
    page.click("text=Submit answer")
    assert page.inner_text(".problem").startswith("There is a problem")
    for _ in range(60):
        if not page.url.endswith("/q"):
            break
        give(page)
        page.click("text=Submit answer")
    assert page.url.endswith("/done")
    page.click("text=See your result")
    assert page.locator("svg.ch-iv").first.is_visible()
    page.locator("#answers summary").first.click()
    assert page.locator("#answers .stem").first.is_visible()


def test_what_is_typed_is_saved_while_one_works_and_there_again(context: Callable[..., Any], site: str) -> None:
    first = context()
    page = first.new_page()
    attempt = begin(page, site, "mathematics")
    until(page, "input[name=value]")
    page.fill("input[name=value]", "2.75")
    page.wait_for_function("() => document.querySelector('[data-saved]').textContent === 'Saved'")
    page.reload()
    assert page.input_value("input[name=value]") == "2.75"
    page.goto(f"{attempt}/saved")
    code = page.input_value("#code")
    other = context().new_page()
    other.goto(f"{site}/resume")
    other.fill("#code", code)
    other.click("text=Go on with the test")
    other.wait_for_url("**/q")
    assert other.input_value("input[name=value]") == "2.75"


def test_offline_the_answer_stays_on_the_device_and_is_sent_later(context: Callable[..., Any], site: str) -> None:
    mine = context()
    page = mine.new_page()
    begin(page, site, "mathematics")
    until(page, "input[name=value]")
    mine.set_offline(True)
    page.fill("input[name=value]", "1/8")
    page.wait_for_function("() => document.querySelector('[data-saved]').textContent.startsWith('Offline')")
    mine.set_offline(False)
    page.wait_for_function("() => document.querySelector('[data-saved]').textContent === 'Saved'")
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.input_value("input[name=value]") == "1/8"


def test_coming_back_to_an_answered_question_leads_to_the_current_one(context: Callable[..., Any], site: str) -> None:
    page = context().new_page()
    begin(page, site, "mathematics")
    give(page)
    page.click("text=Submit answer")
    page.wait_for_selector("form[data-turn='2']")
    page.evaluate("""() => { const form = document.querySelector('form[data-turn]');
        form.querySelector('[name=seq]').value = '1'; form.querySelector('[name=item]').value = 'x' }""")
    give(page)
    page.click("text=Submit answer")
    page.wait_for_url("**/q?already=1")
    assert "already answered" in page.inner_text(".notice")
    assert page.get_attribute("form", "data-turn") == "2"


def test_when_the_time_is_over_the_draft_is_scored_and_the_page_goes_on(
    context: Callable[..., Any], movable: tuple[str, Callable[[float], object]]
) -> None:
    site, ahead = movable
    page = context().new_page()
    attempt = begin(page, site, "mathematics", "standard")
    until(page, "input[name=value]")
    left = page.evaluate("(it => it.ends - it.now)(document.querySelector('[data-ends]').dataset)") / 1000
    ahead(left - 15)
    page.reload()
    page.wait_for_function("() => /^0:/.test(document.querySelector('[data-clock]').textContent)")
    page.fill("input[name=value]", "6.125")
    page.wait_for_url("**/done", timeout=30_000)
    assert "Time is up" in page.inner_text("h1")
    page.goto(f"{site}/r/{attempt.rsplit('/', 1)[1]}")
    assert "6.125" in page.content()


def test_the_clock_can_be_hidden_and_speaks_only_at_its_marks(context: Callable[..., Any], site: str) -> None:
    page = context().new_page()
    begin(page, site, QUICK, "standard")
    assert re.fullmatch(r"\d+:\d\d", page.inner_text("[data-clock]"))
    page.click("text=Hide time")
    assert page.inner_text("[data-clock]") == "hidden"
    page.reload()
    assert page.inner_text("[data-clock]") == "hidden"
    assert page.inner_text("[data-timer-say]") == ""


def test_a_first_question_and_a_result_stay_within_their_weight(context: Callable[..., Any], states: Any) -> None:
    stored, addresses = states
    weights = {}
    for name in ("question, timed", "result"):
        page = context(storage_state=stored).new_page()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        received: list[float] = []
        session.on(
            "Network.loadingFinished", lambda event, received=received: received.append(event["encodedDataLength"])
        )
        page.goto(addresses[name], wait_until="networkidle")
        weights[name] = (sum(received), len(received))
    assert weights["question, timed"][0] < 60_000, weights
    assert weights["question, timed"][1] <= 7, weights


@pytest.mark.skipif(not (shutil.which("jq") and shutil.which("curl")), reason="the walk-through needs curl and jq")
def test_the_walk_through_in_the_documentation_works_when_pasted(context: Callable[..., Any], site: str) -> None:
    page = context().new_page()
    page.goto(f"{site}/docs")
    script = page.inner_text("pre[aria-label='A whole test with curl']")
    run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    printed = json.loads(run.stdout)
    assert printed["title"] == "Mathematics"
    assert printed["interval_90"][0] <= printed["score"] <= printed["interval_90"][1]


# Every item once: rendered as the question page does, and looked at in the browser


def every_item() -> list[Any]:
    folders = sorted(path.parent for path in shipped("question_banks").glob("*/bank.yaml"))
    return [item for folder in folders for item in load.load_bank(folder).items if item.status == "live"]


@pytest.fixture(scope="module")
def questions(site: str) -> dict[str, tuple[Any, dict[str, Any], str]]:
    """Item id -> (item, view, HTML of its question page with its review below)."""
    del site
    application = create_app(Settings(data=Path("unused")))
    request = Request(
        {"type": "http", "app": application, "path": "/", "headers": [], "query_string": b"", "method": "GET"}
    )
    found = {}
    for item in every_item():
        variant = variants.instantiate(item, variants.variant_seed(b"look", item.id, item.version))
        view = {"id": item.id, "version": item.version, "domain": item.domain, "skill": item.skill}
        view |= json.loads(json.dumps(registry.view(variant)))
        state = {
            "id": "look", "mode": "assess", "seq": 1, "expires_at": None, "estimate": None,
            "section": {"domain": item.domain, "index": 1, "of": 1},
            "progress": {"answered": 0, "likely_total": [12, 16], "precision": 0.0, "more": None},
            "turn": {"seq": 1, "item": view, "draft": None},
        }  # fmt: skip
        page = bytes(question_page(request, state, About({item.domain: "Domain"}, False, None), NOW).body).decode()
        item_type = registry.type_of(item)
        review = application.state.templates.get_template(f"items/{item_type.name}/review.html").render(
            review=item_type.review(variant, None)
        )
        # its own ids may come twice on this page; only the result page has to keep them apart
        below = f'<section class="card sec"><details open><summary>Review</summary><div class="prose">{review}</div>'
        found[item.id] = (item, view, page.replace("</form>", f"</form>{below}</details></section>"))
    return found


FRAMES = """() => [...document.querySelectorAll('main *')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
    && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX))
  .map(one => [one.tabIndex, one.className || one.tagName, one.scrollWidth - one.clientWidth])"""


def shown(context: Callable[..., Any], site: str, questions: Any, **options: Any) -> Iterator[tuple[str, Any]]:
    """A page at every item in turn."""
    page = context(**options).new_page()
    pages = {f"{site}/look/{number}": html for number, (_, _, html) in enumerate(questions.values())}
    page.route("**/look/*", lambda route: route.fulfill(body=pages[route.request.url], content_type="text/html"))
    for address, item_id in zip(pages, questions, strict=True):
        page.goto(address)
        yield item_id, page


@pytest.mark.parametrize("width", [320, 390])
def test_every_item_and_its_review_fits_a_phone(
    context: Callable[..., Any], site: str, questions: Any, width: int
) -> None:
    wide, unreachable = {}, {}
    for item_id, page in shown(context, site, questions, viewport={"width": width, "height": 640}):
        page.evaluate("document.fonts.ready")
        if found := sticking_out(page):
            wide[item_id] = found
        # formulas on their own line, code and tables scroll as groups with a tabindex; a paragraph or an option that
        # scrolls has a formula that does not fit (W060), and Safari does not let the keyboard into it
        if closed := [frame for frame in page.evaluate(FRAMES) if frame[0] < 0]:
            unreachable[item_id] = closed
    assert wide == {}
    assert unreachable == {}


def test_spoken_names_of_the_question_and_its_options_hold_the_whole_formula(
    context: Callable[..., Any], site: str, questions: Any
) -> None:
    with_math = {
        k: v for k, v in questions.items() if "<math" in json.dumps(v[1].get("options", "")) + v[1]["stem_html"]
    }
    assert len(with_math) > 20
    wrong = {}
    for item_id, page in shown(context, site, with_math):
        _, view, _ = with_math[item_id]
        session = page.context.new_cdp_session(page)
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        session.detach()

        def named(*roles: str, nodes: Any = nodes) -> list[str]:
            return [
                node["name"]["value"] for node in nodes if node.get("role", {}).get("value") in roles and "name" in node
            ]

        _, ask = markup.split_ask(view["stem_html"])
        names = " | ".join(named("radio", "checkbox", "textbox", "group"))
        wanted = [spoken.speak(ask), *(option["spoken"] for option in view.get("options", []))]
        lost = [text for text in wanted if " ".join(text.split()) not in " ".join(names.split())]
        if lost:
            wrong[item_id] = lost
    assert wrong == {}
