"""Every page and every state of it without a browser: well formed, named, light, safe, and usable by forms alone."""

import itertools
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import brotli
import html5lib
import pytest
from conftest import START, faults_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP client than ours; it works with both
    from starlette.testclient import TestClient

from app.banks import load
from app.banks.places import Shelf
from app.database.engine import Database
from app.http import assets
from app.main import create_app
from app.settings import Settings

QUICK = "machine-learning-researcher-quick"
SITE = "https://plumbline.test"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types plumbline"
)
Fields = dict[str, list[str]]


@dataclass
class Hands:
    """The server's clock, moved by hand."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Browser:
    """A browser without scripts: follows links, fills in forms, keeps its cookie."""

    client: TestClient
    clock: Hands
    page: Element = field(default_factory=lambda: Element("html"))
    text: str = ""
    status: int = 0
    address: str = ""

    def open(self, address: str) -> "Browser":
        return self._take(self.client.get(address))

    def _take(self, response) -> "Browser":
        self.text, self.status, self.address = response.text, response.status_code, response.url.path
        self.page = html5lib.parse(self.text, namespaceHTMLElements=False)
        return self

    def fields(self) -> Fields:
        """What the page's form would send as it stands."""
        found: Fields = {}
        for control in self.page.find(".//form").iter("input"):
            kind, name = control.get("type", "text"), control.get("name")
            if name and (kind not in ("radio", "checkbox") or control.get("checked") is not None):
                found.setdefault(name, []).append(control.get("value", ""))
        return found

    def submit(self, **changes: str | list[str] | None) -> "Browser":
        """Send the page's form; `changes` fill it in, None leaves a field out."""
        fields = self.fields() | {name: [value] if isinstance(value, str) else value for name, value in changes.items()}
        sent = {name: value for name, value in fields.items() if value is not None}
        return self._take(self.client.post(self.page.find(".//form").get("action"), data=sent))

    def skip(self) -> "Browser":
        """Answer "I haven't learned this yet", in the way that this type of question has for it."""
        ways = {(c.get("name"), c.get("value")) for c in self.page.iter("input") if "idk" in self._label_of(c)}
        ((name, value),) = ways
        return self.submit(**{name: value})

    def _label_of(self, control: Element) -> str:
        return next((label.get("class", "") for label in self.page.iter("label") if control in list(label)), "")

    @property
    def attempt(self) -> str:
        return self.address.split("/")[2]

    def until(self, wanted: Callable[["Browser"], bool]) -> "Browser":
        """Skip questions until the page is the wanted one."""
        for _ in range(200):
            if wanted(self) or not self.address.endswith("/q"):
                return self
            self.skip()
        raise AssertionError("200 questions and no end")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, published_file: Path) -> Iterator[tuple[TestClient, Hands]]:
    """The application over a published database; every attempt left in it is recomputed from its log at the end."""
    data = tmp_path_factory.mktemp("pages")
    file = data / "plumbline.sqlite3"
    file.write_bytes(published_file.read_bytes())
    clock = Hands()
    with TestClient(create_app(Settings(data=data), clock), base_url=SITE, headers={"origin": SITE}) as client:
        yield client, clock
    db = Database(f"sqlite:///{file}")
    assert faults_of(db) == []
    db.close()


@pytest.fixture
def browser(served: tuple[TestClient, Hands]) -> Browser:
    """A browser that nobody used before."""
    client, clock = served
    client.cookies.clear()
    return Browser(client, clock)


def start(browser: Browser, assessment: str, time: str = "none") -> Browser:
    browser.open(f"/tests/{assessment}").submit(time=time)
    assert browser.address.endswith("/q"), browser.text
    return browser


PLAIN = {
    "home": "/",
    "tests": "/tests",
    "start of the quick test": f"/tests/{QUICK}",
    "start of a test": "/tests/mathematics",
    "start of the whole profile": "/tests/machine-learning-researcher",
    "my tests, none": "/me",
    "resume": "/resume",
    "method": "/method",
    "settings": "/settings",
    "settings, saved": "/settings?saved=1",
    "help": "/help",
    "accessibility": "/accessibility",
    "privacy": "/privacy",
    "documentation": "/docs",
    "nothing here": "/no/such/page",
    "no such test": "/tests/astrology",
    "not your attempt": "/a/AAAAAAAAAAAAAAAA/q",
    "not your result": "/r/AAAAAAAAAAAAAAAA",
}
STATES = [
    *("resume, wrong code", "question", "question, error", "question, already answered", "question, timed"),
    *("question with a wrong number", "stop before an answer", "stop", "saved", "saved, timed", "done", "time is up"),
    *("done without an answer", "continue", "continue, not possible", "result", "result of a quick test"),
    *("result without an answer", "my tests", "section 2 of 4", "practice, question", "practice, not learned"),
    *("practice, not right", "practice, right", "practice, stop", "practice, done", "practice, result"),
    *("practice, after its end", "practice, nothing", "continued before", "practice, no continuation"),
]


@pytest.fixture(scope="module")
def pages(served: tuple[TestClient, Hands], content: Shelf) -> Mapping[str, str]:
    """The HTML of every page and state, by name."""
    client, clock = served
    items = [item for folder in content.banks() for item in load.load_bank(folder).items]
    keys = {item.id: item.keys[0] for item in items if item.type == "single"}
    client.cookies.clear()
    b = Browser(client, clock)
    found = {name: b.open(address).text for name, address in PLAIN.items()}
    found["resume, wrong code"] = b.open("/resume").submit(code="x").text
    start(b, "mathematics", "1.5")
    attempt = b.attempt
    found["stop before an answer"] = b.open(f"/a/{attempt}/stop").text
    found["saved, timed"] = b.open(f"/a/{attempt}/saved").text
    found["question, timed"] = b.open(f"/a/{attempt}/q").text
    found["question, error"] = b.submit().text
    b.open(f"/a/{attempt}/q").until(lambda b: 'name="value"' in b.text)
    found["question with a wrong number"] = b.submit(value="three").text
    found["stop"] = b.open(f"/a/{attempt}/stop").text
    clock.wait(3 * 3600)
    found["time is up"] = b.open(f"/a/{attempt}/q").text
    found["result"] = b.open(f"/r/{attempt}").text
    found["continue, not possible"] = b.open(f"/a/{attempt}/continue").text
    start(b, QUICK)
    attempt = b.attempt
    found["question"] = b.text
    found["saved"] = b.open(f"/a/{attempt}/saved").text
    found["question, already answered"] = b.open(f"/a/{attempt}/q?already=1").text
    found["done"] = b.open(f"/a/{attempt}/q").until(lambda b: b.address.endswith("/done")).text
    found["result of a quick test"] = b.open(f"/r/{attempt}").text
    found["continue"] = b.open(f"/a/{attempt}/continue").text
    b.submit()
    found["continued before"] = b.open(f"/a/{attempt}/continue").text
    start(b, "deep-learning")
    attempt = b.attempt
    found["done without an answer"] = b.open(f"/a/{attempt}/stop").submit().text
    found["result without an answer"] = b.open(f"/r/{attempt}").text
    start(b, "machine-learning-researcher")
    found["section 2 of 4"] = b.until(lambda b: "2 of 4" in b.text).text
    found |= practised(b, keys)
    found["my tests"] = b.open("/me").text
    assert set(found) == {*PLAIN, *STATES}
    return found


def practise(b: Browser, assessment: str) -> Browser:
    b._take(b.client.post(f"/tests/{assessment}/start", data={"mode": "practice"}))
    assert b.address.endswith("/q"), b.text
    return b


def practised(b: Browser, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The states of practice, by forms alone. keys: of the single choice items."""
    attempt = practise(b, "machine-learning").attempt
    yield "practice, not learned", b.skip().text
    wanted = {True: "practice, right", False: "practice, not right"}
    while wanted:
        b.open(f"/a/{attempt}/q")
        key = keys.get(b.fields()["item"][0])
        right = min(wanted)
        if key is None:
            b.skip()
            continue
        option = next(c.get("value") for c in b.page.iter("input") if (c.get("value") == key) is right and is_option(c))
        yield wanted.pop(right), b.submit(option=option).text
    yield "practice, question", b.open(f"/a/{attempt}/q").text
    yield "practice, stop", b.open(f"/a/{attempt}/stop").text
    yield "practice, done", b.submit().text
    yield "practice, result", b.open(f"/r/{attempt}").text
    yield "practice, after its end", b.open(f"/a/{attempt}/feedback/1").text
    attempt = practise(b, QUICK).attempt
    b.open(f"/a/{attempt}/stop").submit()
    yield "practice, nothing", b.open(f"/r/{attempt}").text
    yield "practice, no continuation", b.open(f"/a/{attempt}/continue").text


def is_option(control: Element) -> bool:
    return control.get("name") == "option" and len(control.get("value")) == 1 and control.get("value").isalpha()


@pytest.fixture(params=[*PLAIN, *STATES])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def parsed(text: str) -> Element:
    return html5lib.parse(text, namespaceHTMLElements=False)


def words(page: Element) -> str:
    return " ".join(" ".join(page.itertext()).split())


def test_the_page_is_html_without_a_parse_error(pages: Mapping[str, str], name: str) -> None:
    html5lib.HTMLParser(strict=True).parse(pages[name])


def test_the_page_has_no_inline_style_script_or_handler(pages: Mapping[str, str], name: str) -> None:
    page = parsed(pages[name])
    assert [node.tag for node in page.iter() if node.get("style") is not None] == []
    assert [key for node in page.iter() for key in node.attrib if str(key).startswith("on")] == []
    assert [node.text for node in page.iter("script") if node.get("src") is None or node.text] == []
    assert list(page.iter("style")) == []


def test_ids_are_unique_and_every_reference_to_one_arrives(pages: Mapping[str, str], name: str) -> None:
    page = parsed(pages[name])
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    assert sorted(ids) == sorted(set(ids))
    named = {part for node in page.iter() for key in ("for", "aria-labelledby", "aria-describedby") if node.get(key)
             for part in node.get(key).split()}  # fmt: skip
    linked = {node.get("href")[1:] for node in page.iter("a") if node.get("href", "").startswith("#")}
    assert (named | linked) - set(ids) == set()


def test_there_is_one_first_heading_one_main_and_no_level_is_left_out(pages: Mapping[str, str], name: str) -> None:
    page = parsed(pages[name])
    levels = [int(node.tag[1]) for node in page.iter() if node.tag in ("h1", "h2", "h3", "h4")]
    main = page.find("body").find(".//main")
    headings = [int(node.tag[1]) for node in main.iter() if node.tag in ("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert len(list(page.iter("main"))) == 1
    if "error" not in name and "wrong" not in name:  # the error summary stands before the first heading, as it must
        assert headings[0] == 1
        assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(headings)), headings


def test_every_control_has_a_name(pages: Mapping[str, str], name: str) -> None:
    page = parsed(pages[name])
    labels = {label.get("for") for label in page.iter("label")}
    wrapped = {id(node) for label in page.iter("label") if words(label) for node in label.iter()}
    nameless = [
        control.attrib
        for tag in ("input", "select", "textarea")
        for control in page.iter(tag)
        if control.get("type") != "hidden"
        and not (control.get("aria-label") or control.get("id") in labels or id(control) in wrapped)
    ]
    assert nameless == []
    assert [node.attrib for tag in ("a", "button") for node in page.iter(tag) if not words(node)] == []


def test_the_title_says_the_state_and_an_error_says_so_first(pages: Mapping[str, str], name: str) -> None:
    title = parsed(pages[name]).find("head/title").text
    assert title.endswith(" – Plumbline")
    assert title.startswith("Error: ") == (
        name in ("question, error", "question with a wrong number", "resume, wrong code")
    )


def test_no_page_leaks_a_template_or_a_python_value(pages: Mapping[str, str], name: str) -> None:
    text = words(parsed(pages[name].split('id="answers"')[0]).find("body"))  # what authors write may speak of NaN
    assert re.findall(r"\{[{%]|&(?:lt|amp|#\d+);|</?\w+>|\b(?:nan|None)\b(?! is certain)", text) == []


@pytest.mark.parametrize(
    ("name", "most"), [("question", 6_000), ("section 2 of 4", 6_000), ("home", 6_000), ("documentation", 8_000)]
)
def test_a_page_is_light_on_the_wire(pages: Mapping[str, str], name: str, most: int) -> None:
    assert len(brotli.compress(pages[name].encode(), quality=5)) < most


def test_a_result_with_styles_is_light_on_the_wire(pages: Mapping[str, str]) -> None:
    page = pages["result of a quick test"].split('id="answers"')[0]  # the reviews weigh what the questions weigh
    assert len(brotli.compress(page.encode(), quality=5)) + assets.load().size("css/app.css") < 16_000


@pytest.mark.parametrize(
    ("address", "csp"),
    [(address, CSP) for address in PLAIN.values()]
    + [("/s/x/css/app.css", CSP), ("/healthz", CSP)]
    + [("/api/v1/assessments", "default-src 'none'; frame-ancestors 'none'")],
)
def test_every_answer_carries_the_security_headers(browser: Browser, address: str, csp: str) -> None:
    headers = browser.client.get(address).headers
    assert headers["content-security-policy"] == csp
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "camera=()" in headers["permissions-policy"]
    assert len(headers["x-request-id"]) == 16


def test_pages_of_an_attempt_are_never_kept_by_caches(browser: Browser) -> None:
    start(browser, "mathematics")
    for place in ("q", "stop", "saved"):
        answer = browser.client.get(f"/a/{browser.attempt}/{place}")
        assert answer.headers["cache-control"] == "no-store"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    answer = browser.client.post("/tests/mathematics/start", data={"time": "none"}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-pl_browser=plb_")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_an_unknown_address_gets_a_page_that_leads_home(browser: Browser) -> None:
    browser.open("/no/such/page")
    assert browser.status == 404
    assert {"/", "/tests"} <= {link.get("href") for link in browser.page.iter("a")}


def test_a_form_from_another_site_is_refused(browser: Browser) -> None:
    start(browser, "mathematics")
    answer = browser.client.post(f"/a/{browser.attempt}/finish", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "another website" in answer.text
    assert browser.open(f"/a/{browser.attempt}/q").address.endswith("/q")


def test_a_test_is_two_clicks_from_home(browser: Browser) -> None:
    browser.open("/")
    first = next(link for link in browser.page.iter("a") if "pri" in link.get("class", ""))
    browser.open(first.get("href"))
    assert browser.fields()["time"] == ["standard"]
    assert browser.submit().address.endswith("/q")


def test_a_whole_quick_test_works_with_forms_alone_and_can_be_sharpened(browser: Browser) -> None:
    start(browser, QUICK)
    quick = browser.attempt
    browser.until(lambda b: b.address.endswith("/done"))
    assert browser.address == f"/a/{quick}/done"
    answered = words(browser.page).split("You answered ")[1].split(" ")[0]
    browser.open(f"/r/{quick}")
    assert browser.status == 200
    assert len([d for d in browser.page.iter("summary") if "Question" in words(d)]) == int(answered)
    browser.open(f"/a/{quick}/continue").submit()
    assert browser.attempt != quick
    assert f"Question {int(answered) + 1}" in words(browser.page)
    assert browser.open(f"/r/{quick}").status == 200


def test_an_answer_sent_again_leads_to_the_current_question_and_not_to_an_error(browser: Browser) -> None:
    start(browser, "mathematics")
    old = browser.page
    browser.skip()
    now = browser.text
    browser.page = old  # the back button
    browser.skip()
    assert browser.status == 200
    assert "already answered" in words(browser.page)
    assert parsed(now).find(".//form").get("data-turn") == browser.page.find(".//form").get("data-turn") == "2"


def test_a_malformed_number_comes_back_with_what_was_typed(browser: Browser) -> None:
    start(browser, "mathematics").until(lambda b: 'name="value"' in b.text)
    turn = browser.page.find(".//form").get("data-turn")
    browser.submit(value="three <b>")
    assert browser.status == 422
    assert browser.page.find(".//input[@name='value']").get("value") == "three <b>"
    assert browser.page.find(".//form").get("data-turn") == turn
    summary = next(node for node in browser.page.iter("div") if node.get("role") == "alert")
    assert summary.find(".//a").get("href") == "#answer"
    assert browser.submit(value="3").status == 200


def test_nothing_chosen_is_asked_for_again_in_words_of_the_page(browser: Browser) -> None:
    start(browser, "machine-learning").until(lambda b: 'type="radio"' in b.text)
    browser.submit()
    assert browser.status == 422
    assert "Choose an answer, or “I haven’t learned this yet”." in words(browser.page)


def test_after_an_error_drafts_go_on_from_the_revision_before(browser: Browser) -> None:
    start(browser, "mathematics").until(lambda b: 'name="value"' in b.text)
    attempt = browser.attempt
    kept = browser.client.post(f"/a/{attempt}/draft", data=browser.fields() | {"value": ["1"], "revision": ["7"]})
    assert kept.status_code == 204
    browser.submit(value="three")
    assert browser.page.find(".//form").get("data-revision") == "7"


def test_a_draft_is_shown_again_and_scored_when_the_time_is_over(browser: Browser) -> None:
    start(browser, "mathematics", "standard").until(lambda b: 'name="value"' in b.text)
    attempt = browser.attempt
    draft = browser.fields() | {"value": ["3.25"], "revision": ["1"]}
    assert browser.client.post(f"/a/{attempt}/draft", data=draft).status_code == 204
    browser.open(f"/a/{attempt}/q")
    assert browser.page.find(".//input[@name='value']").get("value") == "3.25"
    clock = next(node for node in browser.page.iter("span") if node.get("data-ends"))
    browser.clock.wait((int(clock.get("data-ends")) - int(clock.get("data-now"))) / 1000)
    browser.open(f"/a/{attempt}/q")  # at the very second: no grace for somebody who has left the form
    assert browser.address == f"/a/{attempt}/done"
    assert "Time is up" in words(browser.page)
    assert "3.25" in browser.open(f"/r/{attempt}").text


@pytest.mark.parametrize(("time", "minutes"), [("standard", 20), ("1.25", 25), ("1.5", 30), ("2", 40)])
def test_the_time_that_was_chosen_is_the_time_there_is(browser: Browser, time: str, minutes: int) -> None:
    start(browser, QUICK, time)
    clock = next(node for node in browser.page.iter("span") if node.get("data-ends"))
    assert int(clock.get("data-ends")) - int(clock.get("data-now")) == minutes * 60_000
    assert "ends at" in words(clock)


def test_without_a_limit_there_is_no_clock(browser: Browser) -> None:
    assert "data-ends" not in start(browser, QUICK, "none").text


def test_a_time_that_is_not_on_offer_is_refused(browser: Browser) -> None:
    assert browser.open("/tests/mathematics").submit(time="9").status == 422


def test_the_resume_code_moves_the_test_to_another_browser(browser: Browser) -> None:
    start(browser, "mathematics").skip()
    attempt = browser.attempt
    code = browser.open(f"/a/{attempt}/saved").page.find(".//input[@id='code']").get("value")
    first = dict(browser.client.cookies)
    browser.client.cookies.clear()
    assert browser.open(f"/a/{attempt}/q").status == 404
    browser.open("/resume").submit(code=code)
    assert browser.address == f"/a/{attempt}/q"
    assert "Question 2" in words(browser.page)
    browser.client.cookies.clear()
    browser.client.cookies.update(first)
    assert browser.open(f"/a/{attempt}/q").status == 404


def test_settings_are_kept_for_this_browser(browser: Browser) -> None:
    browser.open("/settings").submit(theme="dark", keys="off")
    assert (browser.page.get("data-theme"), browser.page.get("data-keys")) == ("dark", "off")
    browser.submit(theme="", keys="")
    assert (browser.page.get("data-theme"), browser.page.get("data-keys")) == (None, None)


def test_the_estimate_narrows_and_says_what_more_answers_would_buy(browser: Browser) -> None:
    start(browser, "mathematics")
    assert "would narrow" not in browser.text
    browser.skip()
    assert "Stop now" in words(browser.page)
    assert "Your estimate so far" in words(browser.page)


def test_nothing_of_the_key_is_in_a_question_page(pages: Mapping[str, str]) -> None:
    for name in ("question", "question, error", "question, timed", "section 2 of 4"):
        assert not any(word in pages[name].lower() for word in ("rationale", "misconception", '"correct"', "near_miss"))


def test_every_problem_code_has_its_line_in_the_documentation(browser: Browser) -> None:
    answer = browser.client.get("/api/v1/attempts/AAAAAAAAAAAAAAAA", headers={"authorization": "Bearer x"})
    anchor = answer.json()["type"].removeprefix("/docs#")
    browser.open("/docs")
    ids = {node.get("id") for node in browser.page.iter() if node.get("id")}
    assert anchor in ids
    linked = {a.get("href") for a in browser.page.iter("a") if a.get("href", "").startswith("#")}
    assert {link[1:] for link in linked} <= ids


def test_every_route_of_the_api_is_in_the_documentation(browser: Browser) -> None:
    paths = browser.client.get("/openapi.json").json()["paths"]
    shown = words(browser.open("/docs").page)
    assert [path for path in paths if path not in shown] == []
