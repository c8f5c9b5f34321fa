"""MathML to a short English reading, for the names of controls.

Browsers drop MathML from accessible names (w3c/accname issue 42), so a formula
as an option would leave its radio button nameless.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html import unescape
from xml.etree import ElementTree

from app.items import vocabulary

_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_BREAK = re.compile(r"</(?:p|li|h\d|tr|pre|div|blockquote)>|<br ?/?>")
_LAST_TAGS = re.compile(r"(?:</(?!math)\w+>\s*)+$")
_STOPS = re.compile(r"([.?!:;,])(?:\s*\.)+(?=\s|$)")
_CELL = re.compile(r"</t[hd]>")
_TAG = re.compile(r"<[^>]+>")
_SPACED = re.compile(r"\s+")
_COMMAS = re.compile(r"(?:\s*,){2,}")
_PAUSES = re.compile(r"\s*,(?=\s*[.;:?!]|\s*$)|(?<=[;:])\s*,")
_BEFORE_PAUSE = re.compile(r"\s+([,.;:?!])")


def speak(html: str) -> str:
    """The text of `html`, each formula read in words: "fraction 2 over lambda sub max, end fraction".

    Anything longer than one symbol is closed aloud ("end fraction"), so that a reading has one meaning.
    """
    text = _MATH.sub(lambda math: f" {_read_formula(math[0])} ", _LAST_TAGS.sub("", html))
    text = _TAG.sub("", _CELL.sub(", ", _BREAK.sub(". ", text)))
    text = _BEFORE_PAUSE.sub(r"\1", _SPACED.sub(" ", unescape(text)))
    return _STOPS.sub(r"\1", _PAUSES.sub("", _COMMAS.sub(",", text))).strip(" ,")


@lru_cache(maxsize=4096)
def _read_formula(mathml: str) -> str:
    # named entities of HTML are unknown to an XML parser; these are the two a formula can hold
    xml = mathml.replace("&nbsp;", "\u00a0").replace("&ApplyFunction;", "\u2061")
    words = _read_all(list(ElementTree.fromstring(xml)))  # noqa: S314  # our own output, entities cannot be declared
    words = _BEFORE_PAUSE.sub(r"\1", _SPACED.sub(" ", words))
    words = _PAUSES.sub("", _COMMAS.sub(",", words))
    for pattern, instead in vocabulary.SHORTER:
        words = pattern.sub(instead, words)
    return words.strip(" ,")


def _read(node: ElementTree.Element) -> str:  # noqa: PLR0912  # one case per element
    match node.tag.rpartition("}")[2]:
        case "mi" | "mn" | "mtext":
            return _symbol(_text(node))
        case "mo":
            return vocabulary.OPERATORS.get(_text(node)) or _symbol(_text(node))
        case "mspace":
            return "," if node.get("width", "")[:1].isdigit() and float(node.get("width", "0")[:-2]) >= 1 else ""
        case "mphantom":
            return ""
        case "mfrac":
            return _fraction(node)
        case "msqrt":
            return _closed("square root of", list(node), "end root")
        case "mroot":
            return _root(node)
        case "msub" | "munder":
            return _below(node[0], node[1])
        case "msup":
            return _above(_read(node[0]), node[0], node[1])
        case "msubsup" | "munderover":
            return _below_and_above(*node)
        case "mover":
            return _over(node[0], node[1])
        case "mtable":
            return _table(node, "matrix")
        case _:
            return _read_all(list(node))


def _read_all(nodes: Sequence[ElementTree.Element]) -> str:
    """A row of nodes: pairs of fences and tables between them are read as one thing, the rest one by one."""
    parts, at = list[str](), 0
    while at < len(nodes):
        end, reading = _fenced(nodes, at)
        if end == at:
            end, reading = at + 1, _read(nodes[at])
            if at + 1 < len(nodes) and _applies(nodes[at], nodes[at + 1 :]):
                reading += " of"
        parts.append(reading)
        at = end
    return " ".join(filter(None, parts))


def _fenced(nodes: Sequence[ElementTree.Element], at: int) -> tuple[int, str]:
    """The end and the reading of a fenced group that opens at `at`; `(at, "")` when none does."""
    opening = _text(nodes[at])
    if at + 1 < len(nodes) and (table := _only(nodes[at + 1], "mtable")) is not None and opening in "([{|‖":
        kind = {"{": "cases", "|": "determinant", "‖": "determinant"}.get(opening, "matrix")
        closed = at + 2 < len(nodes) and _text(nodes[at + 2]) in ("", ")", "]", "}", "|", "‖", "\u2063")
        return at + 2 + closed, _table(table, kind)
    closing = vocabulary.FENCES.get(opening)
    if closing is None or nodes[at].tag != "mo" or nodes[at].get("form") == "postfix":
        return at, ""
    depth = 0
    for end in range(at + 1, len(nodes)):
        core = _core(nodes[end])
        if core.tag == "mo" and _text(core) == closing and depth == 0 and end > at + 1:
            return end + 1, _group(opening, nodes[at + 1 : end], nodes[end], core)
        depth += (_text(core) == opening != closing) - (_text(core) == closing != opening)
    return at, ""


def _group(
    opening: str, inside: Sequence[ElementTree.Element], last: ElementTree.Element, core: ElementTree.Element
) -> str:
    words = _read_all(inside)
    binomial = inside[0] if len(inside) == 1 else None
    if opening == "(" and binomial is not None and binomial.get("linethickness") == "0":
        return f"{_read(binomial[0])} choose {_read(binomial[1])}"
    if opening == "{":
        words = re.sub(r"(?:\b(?:given|colon)\b|, ratio,)", "such that", words, count=1)
    begin, end = vocabulary.GROUPS[opening]
    if last is not core and opening == "‖" and last.tag in ("msub", "msubsup"):
        norm = f"{_read(last[1])} norm of {words}, {end},"
        return _above(norm, None, last[2]) if last.tag == "msubsup" else norm
    reading = f"{begin} {words} {end}" if opening in "([" else f"{begin} {words}, {end},"
    if last is core:
        return reading
    if last.tag == "msup":
        return _above(reading, None, last[1])
    below = f"{reading} sub {_script(last[1])}"
    return _above(below, None, last[2]) if last.tag == "msubsup" else below


def _fraction(node: ElementTree.Element) -> str:
    top, bottom = _read(node[0]), _read(node[1])
    if node.get("linethickness") == "0":
        return f"{top} above {bottom}"
    return vocabulary.FRACTIONS.get((top, bottom)) or f"fraction {top} over {bottom}, end fraction,"


def _root(node: ElementTree.Element) -> str:
    index = _read(node[1])
    name = {"3": "cube root of", "2": "square root of"}.get(index, f"root of order {index} of")
    return _closed(name, [node[0]], "end root")


def _below(base: ElementTree.Element, script: ElementTree.Element) -> str:
    name, words = _read(base), _script(script)
    if _text(_core(base)) in ("⏟", "⎵"):
        return f"{_read(base[0])}, underbrace {words}, end underbrace,"
    if name in vocabulary.LIMITS and "goes to" in _read(script):
        return f"{name} as {_read(script)} of"
    if name == "log":
        return f"log base {words}"
    if name in vocabulary.BIG | vocabulary.OVER | vocabulary.LIMITS or name.endswith("integral"):
        return f"{name} over {_read(script)} of"
    return f"{name} sub {words}"


def _below_and_above(base: ElementTree.Element, below: ElementTree.Element, above: ElementTree.Element) -> str:
    name = _read(base)
    if name in vocabulary.BIG or name.endswith("integral"):
        return f"{name} from {_read(below)} to {_read(above)} of"
    return _above(f"{name} sub {_script(below)}", base, above)


def _above(reading: str, base: ElementTree.Element | None, script: ElementTree.Element) -> str:
    power = _read(script)
    letter = base is None or base.tag != "mn"
    capital = base is not None and (_text(base)[:1].isupper() or reading.startswith("bold"))
    if power in vocabulary.POWERS:
        return f"{reading} {vocabulary.POWERS[power]}"
    if power == "minus 1" and letter:
        return f"{reading} inverse"
    if power in ("transpose", "T") and (power == "transpose" or capital or base is None):
        return f"{reading} transpose"
    if script.tag == "mo" or (_core(script).tag == "mo" and len(list(script.iter())) == 2):
        return f"{reading} {power}"
    if power.startswith(("open paren", "open bracket")):
        return f"{reading} superscript {power}"
    if _is_simple(script) or re.fullmatch(r"minus \S+", power):
        return f"{reading} to the {power}"
    return f"{reading} to the power {power}, end power,"


def _over(base: ElementTree.Element, mark: ElementTree.Element) -> str:
    accent, name = _text(_core(mark)), _read(base)
    if _text(_core(base)) in ("⏞", "⎴"):
        return f"{_read(base[0])}, overbrace {_read(mark)}, end overbrace,"
    if accent in ("⏞", "⎴"):
        return f"{name}, overbrace"
    if word := vocabulary.ACCENTS.get(accent):
        return f"{name} {word}" if _is_simple(base) else f"{word} over {name}, end {word},"
    label = _read(mark).strip(" ,")
    return f"{name}, with {label} above," if label else name


def _table(table: ElementTree.Element, kind: str) -> str:
    rows = [[_read_all(list(cell)) for cell in row] for row in table]
    rows = [[cell for cell in row if cell] for row in rows if any(row)]
    if kind == "cases":
        return "cases: " + "; ".join(", ".join(row) for row in rows) + "; end cases,"
    if any("ta-" in (cell.get("class") or "") for row in table for cell in row):  # aligned: an equation over lines
        return "; ".join(" ".join(row) for row in rows)
    width = max(map(len, rows), default=0)
    if kind == "matrix" and width == 1:
        return f"column vector {', '.join(row[0] for row in rows)}, end vector,"
    if kind == "matrix" and len(rows) == 1:
        return f"row vector {', '.join(rows[0])}, end vector,"
    lines = "; ".join(f"row {number}: {', '.join(row)}" for number, row in enumerate(rows, 1))
    size = f"{len(rows)} by {width} " if kind == "matrix" else ""
    return f"{size}{kind}, {lines}; end {kind},"


def _closed(begin: str, nodes: Sequence[ElementTree.Element], end: str) -> str:
    simple = len(nodes) == 1 and _is_simple(nodes[0])
    return f"{begin} {_read_all(nodes)}" if simple else f"{begin} {_read_all(nodes)}, {end},"


def _script(node: ElementTree.Element) -> str:
    return _read(node) if _is_simple(node) else f"{_read(node)}, end sub,"


def _text(node: ElementTree.Element) -> str:
    """The characters of a leaf; a nested node has none of its own."""
    return "" if len(node) else " ".join((node.text or "").rstrip("\ufe00").split())


def _core(node: ElementTree.Element) -> ElementTree.Element:
    """The leaf that scripts hang on: the ‖ of a norm with a subscript."""
    if node.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
        return _core(node[-1] if _text(node[-1]) in ("⏟", "⎵", "⏞", "⎴") else node[0])
    inner = [child for child in node if child.tag != "mspace"]
    return _core(inner[0]) if node.tag == "mrow" and len(inner) == 1 else node


def _only(node: ElementTree.Element, tag: str) -> ElementTree.Element | None:
    core = _core(node)
    return core if core.tag == tag else None


def _is_simple(node: ElementTree.Element) -> bool:
    """One symbol, or one with a script: short enough to need no "end"."""
    leaves = [leaf for leaf in node.iter() if not len(leaf) and leaf.tag != "mspace" and _text(leaf)]
    return len(leaves) <= 1 or (node.tag in ("mover", "munder") and len(leaves) == 2)


def _applies(node: ElementTree.Element, after: Sequence[ElementTree.Element]) -> bool:
    """f(x+1) is "f of", and so is any letter before one symbol in brackets; p(1-p) stays a product."""
    core = _core(node[-1] if node.tag == "mrow" and len(node) else node)
    if core.tag != "mi" or _text(after[0]) != "(":
        return False
    name = _text(core)
    if name in vocabulary.FUNCTION_LETTERS or (len(name) > 1 and name.isalpha()):
        return True
    return len(after) > 2 and after[1].tag == "mi" and _text(_core(after[2])) == ")"


def _symbol(text: str) -> str:
    if len(text) != 1 or text in vocabulary.SYMBOLS:
        return vocabulary.SYMBOLS.get(text, text)
    return text if text.isascii() else _unicode_name(text)


@lru_cache(maxsize=1024)
def _unicode_name(character: str) -> str:
    """Style and letter from the Unicode name: MATHEMATICAL BOLD SMALL X -> "bold x"."""
    words = unicodedata.name(character, character).split()
    plain = unicodedata.normalize("NFKC", character)
    style = " ".join(vocabulary.STYLES[word] for word in words if word in vocabulary.STYLES)
    if plain != character and len(plain) == 1:
        return f"{style} {_symbol(plain)}".strip()
    if "GREEK" in words:
        letter = words[words.index("LETTER") + 1 :] if "LETTER" in words else words[1:-1]
        name = letter[-1].lower().replace("lamda", "lambda")
        return f"capital {name}" if "CAPITAL" in words else name
    return " ".join(words).lower()
