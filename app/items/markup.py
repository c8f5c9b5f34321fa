"""Markdown with `$math$` and fenced code to HTML that is safe to show: MathML, classes, no script, no style, no image.

The dialect: CommonMark and tables. `$a$` is a formula in the line, `$$a$$` one on its own line; a dollar sign outside
code is written `\\$`. Raw HTML is refused, `\\<` writes a plain <. Headings start at h2: the page owns the h1.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from html import escape, unescape

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import charCodeAt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from app.items import spoken
from app.items.formulas import ATTRIBUTES, TAGS, FormulaError, to_mathml, width

MAX_LENGTH = 64_000  # characters
NARROW = 34  # characters of code that fit a phone 320 px wide; anything wider scrolls and must be reachable by keyboard
NARROW_FORMULA = 13.5  # the same in em of a formula on a line of its own

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_EMPTY_HEADER = re.compile(r"<th[^>]*>\s*</th>")
_TAG = re.compile(r"<[^>]+>")
_BLOCKS = "p br pre div ul ol li blockquote hr h2 h3 h4 h5 h6 table thead tbody tr th td"
_INLINE = "strong em code span a img"
_HTML_TAGS = frozenset((_BLOCKS + " " + _INLINE).split())
_OPEN = "no formula ends here: $ stands directly before its first and after its last character; a dollar sign is \\$"
_formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


class MarkupError(ValueError):
    """What is wrong in a text and where. `offset` counts characters of the source from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(f"{message} (near character {offset + 1})")
        self.message = message
        self.offset = offset


@lru_cache(maxsize=4096)  # item texts without placeholders come again with every attempt
def to_html(markdown: str) -> str:
    """The text as a sequence of HTML blocks. Raises MarkupError, never returns half a text."""
    _check(markdown)
    return _clean(_render(markdown, _parser().parse(markdown, {"source": markdown})))


@lru_cache(maxsize=4096)
def inline_html(markdown: str) -> str:
    """The same for one line, as in an option or a title: no paragraph around it, nothing in it takes the focus."""
    _check(markdown)
    return _clean(_render(markdown, _parser().parseInline(markdown.strip(), {"source": markdown})))


def split_ask(html: str) -> tuple[str, str]:
    """What comes before the last paragraph, and the inside of that paragraph: the question itself.

    The question names the group of options, so it has to be one paragraph. When the last block is another, it is "".
    """
    html = html.rstrip()
    start = html.rfind("<p>")
    if start < 0 or not html.endswith("</p>") or "</p>" in html[start:-4]:
        return html, ""
    return html[:start].rstrip(), html[start + 3 : -4]


def plain(html: str) -> str:
    """The text as it is spoken, for accessible names: formulas as short English readings, no tags."""
    return spoken.speak(html)


def has_math(html: str) -> bool:
    """Whether the page needs the math font."""
    return "<math" in html


def _check(markdown: str) -> None:
    if len(markdown) > MAX_LENGTH:
        raise MarkupError(f"a text of {len(markdown)} characters; at most {MAX_LENGTH}", MAX_LENGTH)
    if control := _CONTROL.search(markdown):
        raise MarkupError(f"control character U+{ord(control[0]):04X}: remove it", control.start())


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # html=True only so that raw HTML comes out as tokens of its own, which are then refused
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    parser.inline.ruler.before("escape", "math", _inline_math)
    parser.block.ruler.before("fence", "math", _block_math, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # _adapt refuses them with a reason
    return parser


def _inline_math(state: StateInline, silent: bool) -> bool:
    """`$...$` or `$$...$$`, before emphasis and escapes can claim what is inside."""
    source, start = state.src, state.pos
    if charCodeAt(source, start) != ord("$"):
        return False
    mark = "$$" if source.startswith("$$", start) else "$"
    end = _closing(source, start + len(mark), state.posMax, mark)
    if end < 0:
        unescaped = re.search(r"(?<!\\)" + re.escape(source[start : start + 20]), state.env["source"])
        raise MarkupError(_OPEN, unescaped.start() if unescaped else 0)
    if not silent:
        token = state.push("math_display" if mark == "$$" else "math_inline", "math", 0)
        token.content, token.markup = source[start + len(mark) : end], mark
    state.pos = end + len(mark)
    return True


def _closing(source: str, start: int, limit: int, mark: str) -> int:
    """Where the formula ends, or -1. `$` binds as in Pandoc, so that "$5 and $6" is not taken for a formula."""
    at = limit if mark == "$" and source[start : start + 1].isspace() else start
    while at < limit:
        if source[at] == "\\":
            at += 2
        elif source.startswith(mark, at) and at > start and (mark == "$$" or _binds(source, at)):
            return at
        else:
            at += 1
    return -1


def _binds(source: str, at: int) -> bool:
    return not source[at - 1].isspace() and not source[at + 1 : at + 2].isdigit()


def _block_math(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """`$$` at the start of a line to `$$` at the end of one: before lists and headings can claim a line inside."""
    start = state.bMarks[first] + state.tShift[first]
    if state.is_code_block(first) or not state.src.startswith("$$", start):
        return False
    for line in range(first, last):
        end = state.eMarks[line]
        closed = state.src[:end].rstrip()
        if closed.endswith("$$") and len(closed) >= start + 4 and not closed.endswith("\\$$"):
            body = state.getLines(first, line + 1, state.blkIndent, False).strip()[2:-2]
            if "$$" in body:
                return False  # several formulas with words between: a paragraph
            if not silent:
                token = state.push("math_block", "math", 0)
                token.content, token.markup, token.block, token.map = body, "$$", True, [first, line + 1]
                state.line = line + 1
            return True
    return False


def _render(source: str, tokens: Sequence[Token]) -> str:
    parser = _parser()
    for token, line in _walk(tokens, 0):
        _adapt(source, token, line)
    html: str = parser.renderer.render(list(tokens), parser.options, {})
    html = re.sub(r"<table>.*?</table>\n?", _table_region, html, flags=re.DOTALL)
    # a browser would break the line between a formula and the full stop after it
    return re.sub(r"(<math>(?:(?!</math>).)*</math>)([.,;:?!)]+)", r'<span class="nb">\1\2</span>', html).strip()


def _walk(tokens: Sequence[Token], line: int) -> Iterator[tuple[Token, int]]:
    for token in tokens:
        line = token.map[0] if token.map else line
        yield token, line
        yield from _walk(token.children or (), line)


def _adapt(source: str, token: Token, line: int) -> None:
    """Check one token and turn it into what the renderer should write."""
    kind = token.type
    if kind.startswith("math"):
        display = token.markup == "$$"
        _write(token, _formula(source, token, line, display, region=kind == "math_block"))
    elif kind in ("html_block", "html_inline"):
        what = token.content.strip().splitlines()[0][:40]
        message = f"raw HTML `{what}` is not allowed: use Markdown, put code in backticks, or write \\<"
        raise MarkupError(message, _find(source, what, line))
    elif kind in ("fence", "code_block"):
        _write(token, _code(source, token, line))
    elif kind == "link_open" and not _LINK.match(str(token.attrs["href"])):
        href = str(token.attrs["href"])
        raise MarkupError(f"link to `{href[:40]}`: only http, https and mailto", _find(source, href, line))
    elif kind == "image":
        _check_image(source, token, line)
    elif kind in ("heading_open", "heading_close"):
        token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    elif kind in ("th_open", "td_open"):
        side = str(token.attrs.pop("style", "")).removeprefix("text-align:")
        token.attrs |= {"class": f"ta-{side[0]}"} if side in ("left", "right", "center") else {}
        token.attrs |= {"scope": "col"} if kind == "th_open" else {}


def _write(token: Token, html: str) -> None:
    token.type, token.content, token.children = "html_block", html, None


def _check_image(source: str, token: Token, line: int) -> None:
    target = str(token.attrs["src"])
    if not target.startswith("asset:"):
        raise MarkupError(f"image `{target[:40]}`: only files of the bank, as asset:name", _find(source, target, line))
    if not token.content.strip():
        raise MarkupError("an image needs a text alternative between [ and ]", _find(source, target, line))


def _formula(source: str, token: Token, line: int, display: bool, region: bool) -> str:
    try:
        mathml = to_mathml(token.content, display)
    except FormulaError as error:
        start = _find(source, token.markup + token.content, line) + len(token.markup)
        raise MarkupError(f"formula: {error.message}", start + error.offset) from None
    if not region:
        return mathml
    return f"<div{_region('Formula', 'eq', width(mathml) > NARROW_FORMULA)}>{mathml}</div>\n"


def _code(source: str, token: Token, line: int) -> str:
    language = token.info.split()[0] if token.info.split() else ""
    body = escape(token.content.rstrip("\n"), quote=False)
    if language:
        try:
            lexer = get_lexer_by_name(language, stripnl=False)
        except ClassNotFound:
            message = f"unknown language `{language}`: name one that Pygments knows, or `text`"
            raise MarkupError(message, _find(source, token.markup + token.info, line)) from None
        body = highlight(token.content, lexer, _formatter).rstrip("\n")
    wide = max(map(len, token.content.expandtabs(4).splitlines()), default=0) > NARROW
    return f"<pre{_region('Code', 'hl', wide)}><code>{body}</code></pre>\n"


def _table_region(table: re.Match[str]) -> str:
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table[0].split("</tr>")]
    columns = zip(*(row for row in rows if row), strict=False)
    width = sum(3 + max(len(unescape(_TAG.sub("", cell))) for cell in column) for column in columns)
    # the corner above row names heads nothing, and an empty header is announced as one
    html = _EMPTY_HEADER.sub("<td></td>", table[0].strip())
    return f"<div{_region('Table', 'tablewrap', width > NARROW)}>{html}</div>\n"


def _region(name: str, css: str, wide: bool) -> str:
    """Attributes of a block; a wide one scrolls, so it is a named stop for the keyboard. A narrow one is none.

    A group and not a region: regions are landmarks, and ten landmarks named "Formula" lead nowhere.
    """
    return f' class="{css} scroll" tabindex="0" role="group" aria-label="{name}"' if wide else f' class="{css}"'


def _find(source: str, piece: str, line: int) -> int:
    """The offset of `piece` at or after a line; of the line itself when its text was changed on the way."""
    start = sum(map(len, source.splitlines(keepends=True)[:line]))
    at = source.find(piece, start)
    return at if at >= 0 else min(start, len(source))


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src" and not value.startswith("asset:"):
        return None
    if tag == "a" and name == "href" and not _LINK.match(value):
        return None
    return value


def _allowed() -> dict[str, set[str]]:
    allowed: dict[str, set[str]] = {tag: set(ATTRIBUTES) for tag in TAGS}
    allowed |= {tag: {"class"} for tag in _HTML_TAGS}
    allowed["a"] |= {"href", "title"}
    allowed["img"] |= {"src", "alt", "title"}
    allowed["th"] |= {"scope"}
    allowed["ol"] |= {"start"}
    for tag in ("div", "pre"):
        allowed[tag] |= {"tabindex", "role", "aria-label"}
    return allowed


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS | _HTML_TAGS),
        attributes=_allowed(),
        url_schemes={"http", "https", "mailto", "asset"},
        attribute_filter=_attribute,
        link_rel="noopener noreferrer",
    )


def _clean(html: str) -> str:
    """The last door: only known elements and attributes leave, whatever went wrong above."""
    return _cleaner().clean(html)
