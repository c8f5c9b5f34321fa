"""What an expression may contain and what each part computes: every allowed node becomes a closure, any other an error.

Only `expressions` uses it; the text has been through its scanner by then.
"""

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from app.items.functions import CONSTANTS, FUNCTIONS, MAX_RANGE, Function, Value

MAX_DEPTH = 40  # nesting; keeps us far from Python's own recursion limit
MAX_STEPS = 10_000  # operations and list elements in one evaluation, about 5 ms
MAX_EXPONENT = 64  # of a whole number raised to a whole number
MAX_BITS = 4096  # of any whole number
MAX_LITERAL_LIST = 200

Run: TypeAlias = Callable[["State"], Value]


class ExpressionError(ValueError):
    """What is wrong with an expression and where. `offset` counts characters of the source from 0."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(f"{message} (near character {offset + 1})")
        self.message = message
        self.offset = offset


@dataclass
class State:
    """One evaluation: the values in sight and the steps still paid for."""

    values: dict[str, Value]
    left: int = MAX_STEPS

    def pay(self, steps: int, at: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise ExpressionError(f"too much work: more than {MAX_STEPS} steps; shorten the lists", at)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)  # a truth value counts as 0 or 1


def _kind(value: Value) -> str:
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "a number"


def _power(base: float, exponent: float) -> float:
    if isinstance(base, int) and isinstance(exponent, int) and exponent > 0 and abs(base) > 1:
        if exponent > MAX_EXPONENT:
            raise ValueError(f"exponent above {MAX_EXPONENT}")
        if base.bit_length() * exponent > MAX_BITS:
            raise ValueError("this power is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a root of a negative number is not real")
    return float(result) if isinstance(result, float) else int(result)


_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _number(value: Value, what: str, at: int) -> float:
    if not isinstance(value, int | float):
        raise ExpressionError(f"{what} takes numbers, not {_kind(value)}", at)
    return value


def _guarded(name: str, at: int, call: Callable[[], Value]) -> Value:
    """Run one operation; Python's arithmetic errors become ours, with the place."""
    try:
        result = call()
    except ZeroDivisionError:
        raise ExpressionError("division by zero", at) from None
    except OverflowError:
        raise ExpressionError(f"the result of {name} is too large", at) from None
    except (ValueError, TypeError, IndexError) as error:
        raise ExpressionError(f"{name}: {error}", at) from None
    if isinstance(result, int) and result.bit_length() > MAX_BITS:
        raise ExpressionError(f"the result of {name} is too large", at)
    if isinstance(result, float) and math.isnan(result):
        raise ExpressionError(f"the result of {name} is not a number", at)
    return result


def _listed(parts: list[Value], state: State, at: int) -> list[Value]:
    """A list of numbers or of rows of numbers. Nothing deeper: shared rows could otherwise double at every level."""
    for part in parts:
        if isinstance(part, list):
            state.pay(len(part), at)
            if not all(map(_is_number, part)):
                raise ExpressionError("a list holds numbers, or rows of numbers", at)
        elif isinstance(part, str):
            raise ExpressionError("a list holds numbers, or rows of numbers", at)
    return parts


class Compiler:
    """Turns each allowed node into a closure over the state, and collects the free names on the way."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.names: set[str] = set()

    def compile(self, node: ast.expr, bound: frozenset[str], depth: int) -> Run:
        at = self.start + node.col_offset
        if depth > MAX_DEPTH:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH} levels", at)
        if isinstance(node, ast.Tuple):
            raise ExpressionError("a list is written in square brackets; a decimal point is a point", at)
        make = _MAKERS.get(type(node))
        if make is None:
            raise ExpressionError("this is not part of the grammar", at)
        inner = make(self, node, bound, depth + 1, at)

        def run(state: State) -> Value:
            state.pay(1, at)
            return inner(state)

        return run

    def constant(self, node: ast.Constant, bound: frozenset[str], depth: int, at: int) -> Run:
        value = node.value
        if not isinstance(value, int | float):
            raise ExpressionError("only numbers can be written out", at)
        return lambda state: value

    def name(self, node: ast.Name, bound: frozenset[str], depth: int, at: int) -> Run:
        name = node.id
        if name in CONSTANTS and name not in bound:
            constant = CONSTANTS[name]
            return lambda state: constant
        if name not in bound:
            self.names.add(name)
        return lambda state: state.values[name]

    def binary(self, node: ast.BinOp, bound: frozenset[str], depth: int, at: int) -> Run:
        left, right = self.compile(node.left, bound, depth), self.compile(node.right, bound, depth)
        if type(node.op) not in _BINARY:  # two tokens of ours that Python joins: << and >>
            raise ExpressionError("shifts are not part of the grammar", at)
        apply, sign = _BINARY[type(node.op)], _SIGNS[type(node.op)]

        def run(state: State) -> Value:
            a = _number(left(state), sign, at)
            b = _number(right(state), sign, at)
            return _guarded(sign, at, lambda: apply(a, b))

        return run

    def unary(self, node: ast.UnaryOp, bound: frozenset[str], depth: int, at: int) -> Run:
        operand, apply = self.compile(node.operand, bound, depth), _UNARY[type(node.op)]
        return lambda state: apply(_number(operand(state), "a sign", at))

    def boolean(self, node: ast.BoolOp, bound: frozenset[str], depth: int, at: int) -> Run:
        parts = [self.compile(part, bound, depth) for part in node.values]
        decide = all if isinstance(node.op, ast.And) else any
        return lambda state: decide(_number(part(state), "`and`, `or`", at) for part in parts)

    def compare(self, node: ast.Compare, bound: frozenset[str], depth: int, at: int) -> Run:
        parts = [self.compile(part, bound, depth) for part in (node.left, *node.comparators)]
        if any(type(op) not in _COMPARE for op in node.ops):
            raise ExpressionError("values are compared with == != < <= > >=", at)
        tests = [_COMPARE[type(op)] for op in node.ops]

        def run(state: State) -> Value:
            left = parts[0](state)
            for test, part in zip(tests, parts[1:], strict=True):
                right = part(state)
                texts = isinstance(left, str) and isinstance(right, str) and test in (operator.eq, operator.ne)
                if not texts and not (_is_number(left) and _is_number(right)):
                    raise ExpressionError(f"{_kind(left)} cannot be compared with {_kind(right)}", at)
                if not test(left, right):
                    return False
                left = right
            return True

        return run

    def conditional(self, node: ast.IfExp, bound: frozenset[str], depth: int, at: int) -> Run:
        test, yes, no = (self.compile(part, bound, depth) for part in (node.test, node.body, node.orelse))
        return lambda state: yes(state) if _number(test(state), "`if`", at) else no(state)

    def written_list(self, node: ast.List, bound: frozenset[str], depth: int, at: int) -> Run:
        if len(node.elts) > MAX_LITERAL_LIST:
            raise ExpressionError(f"a written list has at most {MAX_LITERAL_LIST} entries", at)
        parts = [self.compile(part, bound, depth) for part in node.elts]
        return lambda state: _listed([part(state) for part in parts], state, at)

    def subscript(self, node: ast.Subscript, bound: frozenset[str], depth: int, at: int) -> Run:
        base, index = self.compile(node.value, bound, depth), self.compile(node.slice, bound, depth)

        def run(state: State) -> Value:
            values, place = base(state), index(state)
            if not isinstance(values, list):
                raise ExpressionError(f"only a list has entries, not {_kind(values)}", at)
            if not isinstance(place, int | float) or place != int(place) or not -len(values) <= place < len(values):
                raise ExpressionError(f"there is no entry {place} in a list of {len(values)} (the first is 0)", at)
            return values[int(place)]

        return run

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp, bound: frozenset[str], depth: int, at: int) -> Run:
        loop = node.generators[0]
        if len(node.generators) != 1 or not isinstance(loop.target, ast.Name) or loop.is_async:
            raise ExpressionError("one `for name in list` is allowed", at)
        name, inside = loop.target.id, bound | {loop.target.id}
        source = self.compile(loop.iter, bound, depth)
        tests = [self.compile(test, inside, depth) for test in loop.ifs]
        element = self.compile(node.elt, inside, depth)

        def run(state: State) -> Value:
            values = source(state)
            if not isinstance(values, list) or len(values) > MAX_RANGE:
                raise ExpressionError(f"`for` goes over a list of at most {MAX_RANGE}", at)
            outer, parts = state.values, list[Value]()
            state.values = dict(outer)
            for value in values:
                state.values[name] = value
                if all(_number(test(state), "`if`", at) for test in tests):
                    parts.append(element(state))
            state.values = outer
            return _listed(parts, state, at)

        return run

    def call(self, node: ast.Call, bound: frozenset[str], depth: int, at: int) -> Run:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise ExpressionError("only the functions of the grammar can be called; a product is written with *", at)
        name, function = node.func.id, FUNCTIONS[node.func.id]
        if not function.fewest <= len(node.args) <= function.most:
            raise ExpressionError(f"{name} takes {function.arity}, not {len(node.args)}", at)
        arguments = [self.compile(argument, bound, depth) for argument in node.args]

        def run(state: State) -> Value:
            values = [argument(state) for argument in arguments]
            _check_arguments(name, function, values, at)
            for value in values:
                state.pay(len(value) if isinstance(value, list) else 0, at)
            result = _guarded(name, at, lambda: function.call(*values))
            state.pay(len(result) if isinstance(result, list) else 0, at)
            return result

        return run


def _check_arguments(name: str, function: Function, values: list[Value], at: int) -> None:
    for value in values:
        if function.takes == "numbers":
            _number(value, name, at)
        elif function.takes == "lists" and not isinstance(value, list):
            raise ExpressionError(f"{name} takes a list, not {_kind(value)}", at)


_MAKERS: dict[type[ast.expr], Callable[..., Run]] = {
    ast.Constant: Compiler.constant,
    ast.Name: Compiler.name,
    ast.BinOp: Compiler.binary,
    ast.UnaryOp: Compiler.unary,
    ast.BoolOp: Compiler.boolean,
    ast.Compare: Compiler.compare,
    ast.IfExp: Compiler.conditional,
    ast.List: Compiler.written_list,
    ast.Subscript: Compiler.subscript,
    ast.ListComp: Compiler.comprehension,
    ast.GeneratorExp: Compiler.comprehension,
    ast.Call: Compiler.call,
}
