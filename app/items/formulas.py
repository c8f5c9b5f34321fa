"""TeX to MathML Core that a strict Content-Security-Policy lets through: no inline style, no link, no unknown element.

math-core does the work; the rules below mend what browsers draw wrongly or our policy forbids. Never used in a browser.
"""

import re
from functools import lru_cache
from itertools import zip_longest
from xml.etree import ElementTree

from math_core import LatexError, LatexToMathML

MAX_LENGTH = 2000  # characters of one formula
MAX_DEPTH = 60  # nested groups; the converter recurses
_ELEMENTS = """
    math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover
    mmultiscripts mprescripts mtable mtr mtd mpadded mphantom mstyle merror"""
_PROPERTIES = """
    display displaystyle scriptlevel mathvariant stretchy symmetric form fence separator largeop movablelimits
    lspace rspace minsize maxsize width height depth voffset linethickness columnspan rowspan class"""
TAGS = frozenset(_ELEMENTS.split())
ATTRIBUTES = frozenset(_PROPERTIES.split())

# what math-core would accept, and we do not: own definitions, references, colours, elements outside MathML Core
_REFUSED = {
    **dict.fromkeys(("def", "gdef", "edef", "xdef", "let", "global", "newcommand"), "own commands are not allowed"),
    **dict.fromkeys(("renewcommand", "providecommand", "DeclareMathOperator"), "own commands are not allowed"),
    **dict.fromkeys(("eqref", "ref", "label", "tag"), "formulas are not numbered"),
    **dict.fromkeys(("color", "textcolor", "definecolor"), "colours are not allowed: not everyone can see them"),
    **dict.fromkeys(("boxed", "cancel", "bcancel", "xcancel", "sout"), "browsers cannot draw this"),
    **dict.fromkeys(("xrightarrow", "xleftarrow", "xRightarrow"), r"browsers do not stretch it; use \overset{d}{\to}"),
}
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_NUMBERED = re.compile(r"\\begin\{(align|equation|gather|multline|eqnarray)\*?\}")
_BRACES = re.compile(r"\\.|[{}]|\\(?:left|right|begin|end)\b", re.DOTALL)
_ELEMENT = re.compile(r"<([A-Za-z]\w*)((?:\s[^<>]*?)?)/?>")
_ATTRIBUTE = re.compile(r'\s([\w-]+)="([^"]*)"')
_STYLE = re.compile(r' style="([^"]*)"')
_ERROR = re.compile(r"(\d+): (.*)", re.DOTALL)
# every declaration math-core writes that changes the picture, as a class of the stylesheet
_CLASSES = {
    "text-align:right": "ta-r",
    "text-align:left": "ta-l",
    "text-align:center": "",
    "justify-items:end": "",  # for MathML tables that are grids; with text-align it says the same twice
    "justify-items:start": "",
    "justify-items:center": "",
    "padding-right:0": "pr-0",
    "padding-left:0": "pl-0",
    "padding-left:1em": "pl-1",
    "padding-top:0.1667em": "pt-n",
    "margin-left:-0.16666667em": "ml-n",
    "border-right:0.05em solid currentcolor": "bd-r",
    "border-left:0.05em solid currentcolor": "bd-l",
    "border-top:0.05em solid currentcolor": "bd-t",
    "border-bottom:0.05em solid currentcolor": "bd-b",
}
_converter = LatexToMathML(fancy_error=False)


class FormulaError(ValueError):
    """What is wrong in a formula. `offset` counts characters of the TeX from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@lru_cache(maxsize=4096)
def to_mathml(tex: str, display: bool) -> str:
    """The formula as one `<math>` element; `display` sets it on a line of its own.

    Raises FormulaError for an unknown or refused command, an open group, and anything that would need an inline style.
    """
    _check(tex)
    try:
        mathml = _converter.convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        found = _ERROR.match(str(error))
        offset, message = (int(found[1]), found[2]) if found else (0, str(error))
        raise FormulaError(message.rstrip("."), offset) from None
    # Chromium drops an accent="true" onto its letter; the class restores the accent's size and place
    mathml = mathml.replace(' accent="true"', ' class="ac"').replace(' accentunder="true"', "")
    # the combining forms of the bar and the arrow sit beside their letter in our font; the spacing ones sit on it
    mathml = mathml.replace(">\u0332</mo>", ">\u203e</mo>").replace(
        '<mo stretchy="false">\u20d7</mo>', '<mo class="vec" stretchy="false">→</mo>'
    )
    mathml = _STYLE.sub(_to_classes, mathml).replace("&ApplyFunction;", "\u2061")
    _verify(mathml)
    return mathml


def width(mathml: str) -> float:
    """About how wide a formula will be, in em: enough to tell which ones a phone has to scroll."""
    return _width(ElementTree.fromstring(mathml))  # noqa: S314  # our own output


def _width(node: ElementTree.Element) -> float:
    inside = [_width(child) for child in node]
    match node.tag:
        case "mspace":
            return float(node.get("width", "0em")[:-2])
        case "mi" | "mn" | "mtext":
            return 0.55 * len(node.text or "")
        case "mo":
            return 0.4 if (node.text or "") in "()[]{}|‖,.;\u2061\u2063" else 1.1
        case "mfrac" | "mtd":
            return max(inside, default=0.0) if node.tag == "mfrac" else sum(inside)
        case "msub" | "msup":
            return inside[0] + 0.7 * inside[1]
        case "msubsup":
            return inside[0] + 0.7 * max(inside[1:])
        case "munder" | "mover" | "munderover":
            return max(inside[0], *(0.7 * script for script in inside[1:]))
        case "mtable":
            columns = zip_longest(*([_width(cell) for cell in row] for row in node), fillvalue=0.0)
            return sum(max(column) + 0.8 for column in columns)
        case _:
            return sum(inside)


def _check(tex: str) -> None:
    if len(tex) > MAX_LENGTH:
        raise FormulaError(f"a formula of {len(tex)} characters; at most {MAX_LENGTH}", MAX_LENGTH)
    if not tex.strip():
        raise FormulaError("an empty formula")
    for command in _COMMAND.finditer(tex):
        if reason := _REFUSED.get(command[1]):
            raise FormulaError(f"\\{command[1]}: {reason}", command.start())
    if numbered := _NUMBERED.search(tex):
        raise FormulaError(f"{numbered[0]} numbers its lines; use aligned or gathered", numbered.start())
    depth = 0
    for brace in _BRACES.finditer(tex):
        depth += (brace[0] in ("{", "\\l", "\\b")) - (brace[0] in ("}", "\\r", "\\e"))
        if depth > MAX_DEPTH:
            raise FormulaError(f"nested deeper than {MAX_DEPTH} groups", brace.start())


def _to_classes(style: re.Match[str]) -> str:
    classes = []
    for declaration in filter(None, (part.strip() for part in style[1].split(";"))):
        key = re.sub(r":\s*", ":", declaration)
        if key not in _CLASSES:
            raise FormulaError(f"this would need the inline style `{declaration}`, which the pages do not allow")
        classes.append(_CLASSES[key])
    names = " ".join(filter(None, classes))
    return f' class="{names}"' if names else ""


def _verify(mathml: str) -> None:
    for element in _ELEMENT.finditer(mathml):
        if element[1] not in TAGS:
            raise FormulaError(f"<{element[1]}> is not part of MathML Core and would not be drawn")
        names = [name for name, _ in _ATTRIBUTE.findall(element[2])]
        if extra := [name for name in names if name not in ATTRIBUTES]:
            raise FormulaError(f"the attribute {extra[0]} of <{element[1]}> is not known to us")
        if names.count("class") > 1:
            raise FormulaError("two styles meet on one element; simplify the formula")
