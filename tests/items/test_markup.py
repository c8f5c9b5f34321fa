"""Markdown and TeX to safe HTML: what passes, what is refused and where, and what may never come out."""

from pathlib import Path

import html5lib
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.items.formulas import to_mathml
from app.items.markup import MarkupError, has_math, inline_html, plain, split_ask, to_html

pytestmark = pytest.mark.quick
GOLDEN = yaml.safe_load((Path(__file__).parent / "mathml_golden.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["tex"])
def test_a_formula_becomes_the_recorded_mathml(case: dict[str, str]) -> None:
    assert to_mathml(case["tex"], bool(case["display"])) == case["mathml"]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["tex"])
def test_the_sanitiser_keeps_every_formula_whole(case: dict[str, str]) -> None:
    html = inline_html(f"${case['tex']}$")
    elements = html5lib.parseFragment(html, namespaceHTMLElements=False).iter()
    drawn = [(node.tag, sorted(node.attrib.items()), (node.text or "").strip()) for node in elements][1:]
    wanted = html5lib.parseFragment(to_mathml(case["tex"], False), namespaceHTMLElements=False).iter()
    assert drawn == [(node.tag, sorted(node.attrib.items()), (node.text or "").strip()) for node in wanted][1:]


def test_there_are_enough_golden_formulas() -> None:
    assert len(GOLDEN) >= 60


@pytest.mark.parametrize(
    "tex", [r"a_1 * b_2 * c", r"\_x\_ \, y", r"a<b \text{ and } c>d", r"x^{*}_{*}", r"\{a\}", "a`b"]
)
def test_markdown_leaves_the_inside_of_a_formula_alone(tex: str) -> None:
    html = to_html(f"${tex}$")
    assert plain(html) == plain(to_mathml(tex, False))
    assert "<em>" not in html


def test_a_dollar_sign_is_written_with_a_backslash() -> None:
    assert to_html(r"It costs \$5 and \$6.") == "<p>It costs $5 and $6.</p>"


@pytest.mark.parametrize(("text", "offset"), [("It costs $5 and $6.", 9), ("open $x", 5), (r"\$5 or $5", 7)])
def test_a_bare_dollar_sign_is_refused_where_it_stands(text: str, offset: int) -> None:
    with pytest.raises(MarkupError, match="no formula ends here") as caught:
        to_html(text)
    assert caught.value.offset == offset


def test_a_dollar_sign_in_code_is_just_that() -> None:
    assert to_html("`$PATH` and `$x$`") == "<p><code>$PATH</code> and <code>$x$</code></p>"


def test_an_escaped_dollar_can_stand_inside_a_formula() -> None:
    assert "<mi>$</mi>" in to_html(r"$a + \$5$")


def test_a_display_formula_over_several_lines_is_no_heading_and_no_list() -> None:
    html = to_html("so\n\n$$\na\n= b\n- c\n$$\n\nmore")
    assert "<h" not in html
    assert "<ul" not in html
    assert html.count('<math display="block">') == 1


def test_two_display_formulas_in_one_paragraph_stay_two() -> None:
    assert to_html("$$a$$ and $$b$$").count('<math display="block">') == 2


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        (r"see $\frac{1$", 12, "reached end"),
        (r"abc $x + \foo$", 9, r"\\foo"),
        (r"$\href{https://e.org}{x}$", 1, "href"),
        (r"$\url{x}$", 1, "url"),
        (r"$\input{/etc/passwd}$", 1, "input"),
        (r"$\write18{id}$", 1, "write"),
        (r"$\def\a{b}\a$", 1, "own commands"),
        (r"$\newcommand{\a}{b}\a$", 1, "own commands"),
        (r"$\gdef\a{b}$", 1, "own commands"),
        (r"$\let\a=b$", 1, "own commands"),
        (r"$\class{a}{b}$", 1, "class"),
        (r"$\style{color:red}{b}$", 1, "style"),
        (r"$\htmlStyle{color:red}{b}$", 1, "htmlStyle"),
        (r"$\includegraphics{x}$", 1, "includegraphics"),
        (r"$\color{red}x$", 1, "colours"),
        (r"$\boxed{x}$", 1, "draw"),
        (r"$a \xrightarrow{d} b$", 3, "overset"),
        (r"$\eqref{x}$", 1, "numbered"),
        (r"$\begin{align}a\end{align}$", 1, "aligned"),
        (r"$ $ x", 0, "no formula"),
        ("a <b>x</b>", 2, "raw HTML"),
        ("a <b and c> d", 2, "raw HTML"),
        ("<script>alert(1)</script>", 0, "raw HTML"),
        ("x\n\n<div onclick=a>\n\ny</div>", 3, "raw HTML"),
        ("<!-- note -->", 0, "raw HTML"),
        ("[x](javascript:alert(1))", 4, "only http"),
        ("[x](data:text/html,x)", 4, "only http"),
        ("[x](//evil.example)", 4, "only http"),
        ("[x](/etc)", 4, "only http"),
        ("![x](https://e.org/x.png)", 5, "files of the bank"),
        ("![](asset:x.svg)", 4, "text alternative"),
        ("line\n\n```klingon\nx\n```", 6, "klingon"),
        ("a\u202eb", 1, "U\\+202E"),
        ("a\x00b", 1, "U\\+0000"),
    ],
)
def test_a_bad_text_is_refused_at_its_place(text: str, offset: int, words: str) -> None:
    with pytest.raises(MarkupError, match=words) as caught:
        to_html(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize("depth", [61, 400])
def test_a_deeply_nested_formula_is_refused(depth: int) -> None:
    with pytest.raises(MarkupError, match="nested deeper"):
        to_html("$" + "{" * depth + "x" + "}" * depth + "$")


def test_an_endless_formula_is_refused() -> None:
    with pytest.raises(MarkupError, match="at most 2000"):
        to_html("$" + "x" * 2001 + "$")


def test_headings_start_below_the_heading_of_the_page() -> None:
    assert to_html("# One\n\n###### Six") == "<h2>One</h2>\n<h6>Six</h6>"


def test_table_heads_say_that_they_head_columns() -> None:
    html = to_html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<th scope="col">a</th>' in html
    assert '<td class="ta-r">2</td>' in html
    assert "style" not in html


def test_code_is_coloured_by_classes() -> None:
    html = to_html("```python\nreturn 1\n```")
    assert html == '<pre class="hl"><code><span class="k">return</span> <span class="mi">1</span></code></pre>'


def test_code_without_a_language_is_plain() -> None:
    assert to_html("```\na < b\n```") == '<pre class="hl"><code>a &lt; b</code></pre>'


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("```\nshort\n```", "```\n" + "x" * 60 + "\n```"),
        ("$$a=b$$", "$$" + "+".join("abcdefghijklmnopqrst") + "$$"),
        ("| a |\n|---|\n| 1 |", "| a | b |\n|---|---|\n| " + "x" * 30 + " | " + "y" * 30 + " |"),
    ],
)
def test_only_what_may_scroll_is_a_stop_for_the_keyboard(narrow: str, wide: str) -> None:
    assert "tabindex" not in to_html(narrow)
    assert 'tabindex="0" role="group" aria-label="' in to_html(wide)


def test_an_option_has_no_paragraph_and_nothing_that_takes_the_focus() -> None:
    html = inline_html(r"$$\sum_{i=1}^{n} x_{i} + y_{i} + z_{i} + u_{i} + v_{i} + w_{i}$$ and `code`")
    assert "<p>" not in html
    assert "tabindex" not in html


def test_a_full_stop_is_not_torn_from_its_formula() -> None:
    assert to_html("Is $x$?") == '<p>Is <span class="nb"><math><mi>x</mi></math>?</span></p>'
    assert plain(to_html("Is $x$?")) == "Is x?"


def test_links_do_not_hand_over_the_window() -> None:
    assert 'rel="noopener noreferrer"' in to_html("[a](https://example.org)")


def test_the_last_paragraph_is_the_question() -> None:
    context, ask = split_ask(to_html("Let $x=1$.\n\nWhich holds for *x*?"))
    assert context == '<p>Let <span class="nb"><math><mi>x</mi><mo>=</mo><mn>1</mn></math>.</span></p>'
    assert ask == "Which holds for <em>x</em>?"


@pytest.mark.parametrize("text", ["- a\n- b", "What?\n\n```\ncode\n```", "Which?\n\n$$x$$", "> quoted", ""])
def test_without_a_last_paragraph_there_is_no_question(text: str) -> None:
    html = to_html(text)
    assert split_ask(html) == (html, "")


def test_a_text_of_one_paragraph_is_all_question() -> None:
    assert split_ask(to_html("Why?")) == ("", "Why?")


def test_math_is_noticed() -> None:
    assert has_math(to_html("$x$"))
    assert not has_math(to_html("x"))


HOSTILE = st.text(
    alphabet=st.sampled_from(list("<>&\"'`$\\{}[]()!#*_-|~:/=abon \n")) | st.characters(codec="utf-8"), max_size=120
)


@settings(max_examples=300, deadline=None)
@given(HOSTILE)
def test_whatever_is_written_only_known_elements_come_out(text: str) -> None:
    try:
        html = to_html(text)
    except MarkupError:
        return
    for node in html5lib.parseFragment(html, namespaceHTMLElements=False).iter():
        assert node.tag not in ("script", "style", "iframe", "svg", "object", "form", "input")
        for name in node.attrib:
            assert not str(name).startswith("on")
            assert name != "style"
        assert not str(node.attrib.get("href", "https://")).lower().startswith(("javascript", "data"))


def test_the_empty_corner_of_a_table_is_no_header():
    html = to_html("| | right |\n|---|---|\n| **A** | 3 |")
    assert "<td></td>" in html
    assert html.count("<th") == 1 + html.count("<thead")
