"""Every line that verifies something, deleted in turn: the ways in which a guard may get lost from a source text.

Law: pure; text in, changed text out. What is deleted: a `raise`; a guard that returns, goes on or breaks; a call
whose answer nobody uses (a check); one side of an `and` or `or`; the filter of a comprehension; an argument that makes
a reader strict; one exception of those that are caught. Beside these, each `<` `<=` `>` `>=` is moved by its edge.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

STRICT: Final = {
    "validate", "strict", "forbid_unknown_fields", "object_pairs_hook", "parse_int", "parse_float", "parse_constant",
    "allow_nan", "max_length", "min_length", "pattern", "ge", "le", "gt", "lt", "tz",
}  # fmt: skip
EDGES: Final = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
QUIET: Final = {
    "log",
    "debug",
    "info",
    "warning",
    "error",
    "exception",
}  # what only tells is no check
LEAVES: Final = (ast.Return, ast.Continue, ast.Break)


@dataclass(frozen=True)
class Deletion:
    """One guard lost: where it stood, what it said, what stands there instead, and the whole text after it."""

    line: int
    was: str
    now: str
    text: str


class _Source:
    """A text and the places of its nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for line in text.encode().splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def replaced(self, node: ast.expr | ast.stmt, new: str) -> Deletion:
        """Return the text with `new` in the node's place; the lines after it keep their numbers as far as they can."""
        raw = self.text.encode()
        begin = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        was = " ".join(raw[begin:end].decode().split())
        after = raw[:begin] + new.encode() + raw[end:]
        return Deletion(node.lineno, was[:160], new[:160], after.decode())


def deletions(text: str) -> list[Deletion]:
    """Return each way in which one guard of this source may be lost; each of them still is Python."""
    source = _Source(text)
    found = {deletion.text: deletion for node in _judged(text) for deletion in _of(source, node)}
    for changed in found:
        ast.parse(changed)
    return sorted(found.values(), key=lambda deletion: (deletion.line, deletion.was, deletion.now))


def _judged(text: str) -> Iterator[ast.AST]:
    """Yield every node but those that only explain types or show themselves."""
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        yield node
        if not (isinstance(node, ast.FunctionDef) and node.name in {"__repr__", "__str__"}):
            waiting.extend(ast.iter_child_nodes(node))


def _of(source: _Source, node: ast.AST) -> Iterator[Deletion]:
    match node:
        case ast.Raise():
            yield source.replaced(node, "pass")
        case ast.If():
            yield from _guards(source, node)
        case ast.Expr(value=ast.Call() as call) if not _only_tells(call):
            yield source.replaced(node, "pass")
        case ast.BoolOp():
            yield from _sides(source, node)
        case ast.Compare():
            yield from _edges(source, node)
        case ast.comprehension():
            yield from (source.replaced(test, "True") for test in node.ifs)
        case ast.Call():
            yield from _strictness(source, node)
        case ast.ExceptHandler(type=ast.Tuple() as caught):
            for lost in range(len(caught.elts)):
                rest = [e for place, e in enumerate(caught.elts) if place != lost]
                yield source.replaced(caught, f"({', '.join(map(ast.unparse, rest))},)")
        case _:
            pass


def _guards(source: _Source, node: ast.If) -> Iterator[Deletion]:
    if any(isinstance(statement, LEAVES) for statement in node.body):
        yield source.replaced(node.test, "False")


def _only_tells(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    owner = ast.unparse(call.func).partition(".")[0]
    return (
        owner in QUIET
        or name in QUIET
        or owner == "super()"
        or ast.unparse(call.func) == "assert_never"
    )


def _sides(source: _Source, node: ast.BoolOp) -> Iterator[Deletion]:
    for lost in range(len(node.values)):
        kept = copy.copy(node)
        kept.values = [value for place, value in enumerate(node.values) if place != lost]
        rest = kept.values[0] if len(kept.values) == 1 else kept
        yield source.replaced(node, f"({ast.unparse(rest)})")


def _edges(source: _Source, node: ast.Compare) -> Iterator[Deletion]:
    for place, operator in enumerate(node.ops):
        if type(operator) in EDGES:
            moved = copy.copy(node)
            moved.ops = list(node.ops)
            moved.ops[place] = EDGES[type(operator)]()
            yield source.replaced(node, ast.unparse(moved))


def _strictness(source: _Source, node: ast.Call) -> Iterator[Deletion]:
    for lost, keyword in enumerate(node.keywords):
        if keyword.arg in STRICT:
            loose = copy.copy(node)
            loose.keywords = [k for place, k in enumerate(node.keywords) if place != lost]
            yield source.replaced(node, ast.unparse(loose))
