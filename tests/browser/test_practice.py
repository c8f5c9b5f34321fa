"""Practice in a real browser: the verdict has the focus, the solution follows, Next is at its end; on a phone too."""

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

OPTIONS = ".opt:not(.idk) input"


def practise(page: Any, site: str, assessment: str) -> str:
    """Start a practice by its button; returns the attempt's address without its last part."""
    page.goto(f"{site}/tests/{assessment}")
    page.click("#practice button")
    page.wait_for_url("**/q")
    return str(page.url).removesuffix("/q")


def give(page: Any, n: int) -> None:
    """Answer the active question, every third time with "not learned yet"; the solution comes up."""
    if n % 3 == 0:
        page.locator(".idk input").check(force=True)
    elif page.query_selector("input[name=value]"):
        page.fill("input[name=value]", "3")
    else:
        page.locator(OPTIONS).nth(n % 3).check(force=True)
    page.click("text=Submit answer")
    page.wait_for_url("**/feedback/*")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (390, "light")])
def test_no_page_of_practice_breaks_a_rule_of_axe_or_the_width(
    context: Callable[..., Any], site: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  (without it the rest still runs)

    page = context(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    axe, found = Axe(), {}

    def look(name: str) -> None:
        broken = axe.run(page).response["violations"]
        found.update({f"{name}: {one['id']}": [node["html"][:200] for node in one["nodes"]] for one in broken})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[f"{name}: too wide"] = []

    attempt = practise(page, site, "machine-learning")
    for n in range(4):
        give(page, n)
        look(f"solution {n}: {page.title()}")
        page.click("text=Next question")
        page.wait_for_url("**/q")
    look("question")
    page.goto(f"{attempt}/stop")
    look("stop")
    page.click("text=Stop and see the solutions")
    page.wait_for_url("**/done")
    look("done")
    page.click("text=See all solutions")
    page.wait_for_url("**/r/*")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    look("result")
    page.goto(f"{attempt}/feedback/1")
    look("after the end")
    assert found == {}


def test_the_verdict_has_the_focus_and_the_keyboard_leads_through_the_solution_to_the_next_question(
    context: Callable[..., Any], site: str
) -> None:
    page = context().new_page()
    practise(page, site, "mathematics")
    for seq in (1, 2):
        page.locator(".idk input").check(force=True)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/feedback/{seq}")
        page.wait_for_function("document.activeElement.tagName === 'H1'")
        assert page.evaluate("document.activeElement.innerText") == "? Not learned yet"
        assert page.title().startswith(f"Not learned yet. Question {seq}")
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.innerText") == "Next question":
                break
            assert page.evaluate("Boolean(document.activeElement.closest('.card'))"), "only the solution comes between"
        page.keyboard.press("Enter")
        page.wait_for_url("**/q")


def test_practice_works_without_javascript_and_survives_reload_and_back(context: Callable[..., Any], site: str) -> None:
    page = context(java_script_enabled=False).new_page()
    practise(page, site, "deep-learning")
    verdicts = set()
    for n in range(6):
        give(page, n)
        verdict = page.inner_text("h1")
        page.reload()
        assert page.inner_text("h1") == verdict
        verdicts.add(verdict.split(" ", 1)[1])
        page.click("text=Next question")
        assert re.search(rf"\b{n + 2}\b", page.inner_text(".prog b"))
    assert verdicts & {"Not right", "Right", "Partly right"}
    assert "Not learned yet" in verdicts
    page.go_back()
    assert page.inner_text("h1") == verdict
    page.go_back()  # to the question that was answered: the server shows the active one
    assert page.get_attribute("form", "data-turn") in ("6", "7")
    page.click(".idk")
    page.click("text=Submit answer")
    assert "/feedback/" in page.url
