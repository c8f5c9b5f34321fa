"""The look, without a browser: contrasts computed from the tokens, bytes on the wire, templates without inline code."""

import re
from pathlib import Path

import html5lib
import jinja2
import pytest
from markupsafe import Markup

import app
from app.http import assets

pytestmark = pytest.mark.quick

HOME = Path(app.__file__).parent
CSS = (HOME / "http/static/css/app.css").read_text(encoding="utf-8")
SCRIPTS = sorted((HOME / "http/static/js").glob("*.js"))
TEMPLATES = sorted(HOME.rglob("*.html"))
TOKENS = {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", CSS)}

TEXT = 4.5  # WCAG 2.2, 1.4.3
CONTROL = 3.0  # WCAG 2.2, 1.4.11
GROUNDS = ("paper", "surface", "sunk")
PAIRS = (
    [(ink, ground, TEXT) for ink in ("ink", "ink-2", "accent", "brass", "ok", "bad") for ground in GROUNDS]
    + [("accent-ink", "accent", TEXT), ("accent-ink", "accent-2", TEXT), ("ok", "ok-soft", TEXT)]
    + [("bad", "bad-soft", TEXT), ("accent", "accent-soft", TEXT), ("brass", "brass-soft", TEXT)]
    + [("ink", soft, TEXT) for soft in ("accent-soft", "brass-soft", "ok-soft", "bad-soft")]
    + [(f"code-{kind}", ground, TEXT) for kind in ("key", "str", "num", "com", "fn") for ground in ("sunk", "surface")]
    + [("line-2", ground, CONTROL) for ground in GROUNDS]
    + [("accent", ground, CONTROL) for ground in (*GROUNDS, "accent-soft", "line")]
    + [("brass", ground, CONTROL) for ground in (*GROUNDS, "line")]
)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, WCAG 2.2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_the_guideline_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_in_use_can_be_read(front: str, ground: str, least: float, scheme: int) -> None:
    assert contrast(TOKENS[front][scheme], TOKENS[ground][scheme]) >= least


def test_every_colour_is_a_token() -> None:
    body = CSS.split(":root[data-theme=light]")[1].split("@media print")[0]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", body) == []


def test_every_token_that_is_used_exists() -> None:
    assert set(re.findall(r"var\(--([\w-]+)", CSS)) <= set(re.findall(r"--([\w-]+):", CSS))


def test_styles_and_scripts_stay_light() -> None:
    loaded = assets.load()
    styles = sum(loaded.size(name) for name in loaded.files if name.endswith(".css"))
    scripts = sum(loaded.size(name) for name in loaded.files if name.endswith(".js"))
    assert styles < 8_000
    assert scripts < 8_000


def test_a_first_question_with_math_fits_its_budget() -> None:
    loaded = assets.load()
    needed = ("css/app.css", "js/attempt.js", "img/icon.svg", "font/math-base.woff2", "font/math-bold.woff2")
    page_bytes = 6_000  # the page itself, compressed
    assert sum(map(loaded.size, needed)) + page_bytes < 60_000


@pytest.mark.parametrize("wanted", ["max-width: 600px", "forced-colors: active", "prefers-reduced-motion", "print"])
def test_the_style_sheet_answers_to_the_reader(wanted: str) -> None:
    assert f"@media ({wanted}" in CSS or f"@media {wanted}" in CSS


def test_nothing_is_fetched_from_elsewhere() -> None:
    for text in (CSS, *(script.read_text(encoding="utf-8") for script in SCRIPTS)):
        assert re.findall(r"(?:https?:)?//[\w-]+\.\w", text) == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_text_and_never_markup(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(['\"]|\.srcdoc"
    assert re.findall(sinks, source) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(HOME).as_posix())
def test_templates_hold_no_inline_style_script_or_handler(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert re.findall(r"\sstyle\s*=", source) == []
    assert re.findall(r"<style\b", source) == []
    assert re.findall(r"\son[a-z]+=[\"'{]", source) == []
    assert re.findall(r"javascript:", source) == []
    assert [tag for tag in re.findall(r"<script\b[^>]*>", source) if "src=" not in tag] == []


def rendered(source: str, **values: object) -> str:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HOME / "http/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    env.filters["html"] = Markup
    always = {"s": "/s/0", "theme": "", "keys": "", "path": "/"}
    return env.from_string(source).render(always | values)


LAYOUT = "{% extends 'base.html' %}{% block title %}Tests{% endblock %}{% block main %}<h1>Tests</h1>{% endblock %}"


def test_the_layout_parses_strictly_and_has_its_landmarks() -> None:
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(rendered(LAYOUT))
    assert [len(list(page.iter(tag))) for tag in ("header", "main", "footer", "h1", "title")] == [1, 1, 1, 1, 1]
    links = [link.get("href") for link in page.iter("a")]
    assert links[0] == "#main"
    assert {"/help", "/accessibility", "/privacy", "/method", "/docs"} <= set(links)
    assert page.find("head/title").text == "Tests – Plumbline"
    assert page.get("lang") == "en"


def test_the_chosen_theme_and_keys_reach_the_style_sheet_and_the_script() -> None:
    page = html5lib.parse(rendered(LAYOUT, theme="dark", keys="off"), namespaceHTMLElements=False)
    assert (page.get("data-theme"), page.get("data-keys")) == ("dark", "off")
    plain = html5lib.parse(rendered(LAYOUT), namespaceHTMLElements=False)
    assert (plain.get("data-theme"), plain.get("data-keys")) == (None, None)


@pytest.mark.parametrize(("math", "count"), [(True, 1), (False, 0)])
def test_the_math_font_is_fetched_early_only_where_there_is_math(math: bool, count: int) -> None:
    assert rendered(LAYOUT, math=math).count('rel="preload"') == count


OPTIONS = """{% from 'parts/answers.html' import options %}{{ options(
    [{'id': 'a', 'html': '<b>x</b>', 'spoken': 'x'}, {'id': 'b', 'html': 'y', 'spoken': 'y \\"quoted\\"'}],
    chosen, 'Which <i>one</i>?', 'Which one?', several=several, idk_value='not-learned', error=error) }}"""


@pytest.mark.parametrize("several", [True, False])
def test_every_option_is_a_named_control_with_a_way_out(several: bool) -> None:
    page = html5lib.parseFragment(
        rendered(OPTIONS, several=several, chosen=["b"], error=None), namespaceHTMLElements=False
    )
    controls = list(page.iter("input"))
    assert [control.get("aria-label") for control in controls] == ["A: x", 'B: y "quoted"', None]
    assert [control.get("checked") is not None for control in controls] == [False, True, False]
    assert {control.get("type") for control in controls} == {"checkbox" if several else "radio"}
    assert page.find("fieldset").get("aria-label") == "Which one?"
    assert controls[2].get("name") == ("skip" if several else "option")


def test_an_error_is_tied_to_its_group() -> None:
    page = html5lib.parseFragment(
        rendered(OPTIONS, several=False, chosen=[], error="Choose an answer"), namespaceHTMLElements=False
    )
    described = page.find("fieldset").get("aria-describedby")
    assert [node.text for node in page.iter("p") if node.get("id") == described] == ["Choose an answer"]


NUMBER = """{% from 'parts/answers.html' import number %}{{ number('3.1', units, 'MB', 'How much?', 'How much?',
    hint='Two decimals', error=error) }}"""


@pytest.mark.parametrize(("units", "selects"), [(["GB", "MB"], 1), (["GB"], 0), ([], 0)])
def test_a_number_asks_for_its_unit_only_when_there_is_a_choice(units: list[str], selects: int) -> None:
    page = html5lib.parseFragment(rendered(NUMBER, units=units, error="Not a number"), namespaceHTMLElements=False)
    assert len(list(page.iter("select"))) == selects
    labels = {label.get("for") for label in page.iter("label")} - {None}
    fields = [node for tag in ("input", "select") for node in page.iter(tag) if node.get("name") != "skip"]
    assert {field.get("id") for field in fields} == labels
    number = fields[0]
    ids = {node.get("id") for node in page.iter() if node.get("id")}
    assert set((number.get("aria-describedby") or "").split()) <= ids
    assert number.get("aria-invalid") == "true"


OTHERS = """
{% from 'parts/controls.html' import button, link_button, field, choice, check, table %}
{% from 'parts/feedback.html' import error_summary, notice, word, tags, empty %}
{% from 'parts/attempt.html' import timer, progress, saved %}
{{ button('Go') }}{{ link_button('Go', '/x') }}{{ field('code', 'Code', hint='Nine', error='Too short') }}
{{ choice('theme', 'Theme', [('', 'System', ''), ('dark', 'Dark', 'at night')], 'dark') }}{{ check('keys', 'Keys') }}
{{ table('Results', ['Domain', 'Score'], [('Math', 212)]) }}{{ error_summary([('code', 'Too short')]) }}
{% call notice('warn', 'Note') %}<p>Read this.</p>{% endcall %}{{ word('Meets', 'ok') }}{{ word('Too close') }}
{{ tags(['a', 'b']) }}{{ empty('Nothing yet.') }}{{ timer(1, 2, '14:32 UTC') }}
{{ progress(7, 12, 16, '<svg viewBox="0 0 1 1"></svg>') }}{{ saved() }}
"""


def test_every_part_is_well_formed_and_every_id_is_one() -> None:
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parseFragment(rendered(OTHERS))
    ids = [node.get("id") for node in page.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    targets = {link.get("href")[1:] for link in page.iter("a") if link.get("href").startswith("#")}
    assert targets <= set(ids)


def test_without_scripts_the_clock_says_when_it_ends() -> None:
    assert "ends at 14:32 UTC" in rendered(OTHERS)


def test_a_verdict_is_a_word_and_a_sign_and_not_only_a_colour() -> None:
    text = re.sub(r"<[^>]+>", "", rendered("{% from 'parts/feedback.html' import word %}{{ word('Below', 'bad') }}"))
    assert text == "✕Below"
