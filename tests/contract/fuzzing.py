"""Damage drawn at random for everything that a stranger can hand us, and what must hold whatever was drawn.

Law of the room: a case is a target and a seed, and the seed alone makes it again. A reader may refuse in the ways it
documents and in no other; what it takes is either words that were really signed, byte for byte, or (where damaged
words were signed anew by the right key) a document that is the same when written and read again.
"""

import json
import random
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

TOKENS: Final = (
    b"", b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000", b"null", b"true",
    b"NaN", b"-Infinity", b"1e999", b"1.0", b"9007199254740993", b"9" * 400, b"-1", b"[" * 60, b"{" * 60, b"]", b"}",
    b'"', b"\\", b",", b":", b"==", b"=", b"*", b"..", b"/", b"\r\n", b" ", b"Z", b"+07:00", b"sig1=", b";", b"(", b"?",
)  # fmt: skip
VALUES: Final[tuple[Json, ...]] = (
    None, True, False, 0, 1, -1, 2**31, 2**53, 2**53 + 1, -(2**63), 1.0, 0.5, 1e308, "", " ", "*", "dt", "dt/",
    "../dt", "đt", "\x00", "a" * 300, "0" * 64, "2026-11-22T03:00:00Z", "2026-11-22T03:00:00", "9999-12-31T23:59:59Z",
    "dt:1:1", "Actual", "Test", [], {}, [[]], [None], {"do": "reload"}, ["dt", "dt"],
)  # fmt: skip


class Broken(AssertionError):
    """A case that broke a promise; its words say how to make it again."""


class Target(NamedTuple):
    """One reader: draws a case, hands it over, and returns what became of it in a word."""

    name: str
    weight: int
    attempt: Callable[[random.Random], str]


class Tried(NamedTuple):
    """One case: what became of it and how long it took."""

    word: str
    took_s: float


def try_case(target: Target, seed: str) -> Tried:
    """Run one case; raises `Broken` when anything but a documented refusal comes out of it."""
    draw = random.Random(f"{target.name} {seed}")
    begun_s = time.perf_counter()
    try:
        word = target.attempt(draw)
    except Exception as fault:
        raise Broken(f"{target.name}, seed {seed!r}: {type(fault).__name__}: {fault}") from fault
    return Tried(word, time.perf_counter() - begun_s)


def bent_bytes(draw: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return `data` with one to four places changed; it may by chance come out as it was."""
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        at = draw.randrange(len(data) + 1)
        to = min(len(data), at + draw.choice((0, 1, 1, 2, 8, 60)))
        match draw.randrange(8):
            case 0:
                data = data[:at] + bytes([draw.randrange(256)]) + data[at + 1 :]
            case 1:
                data = (
                    data[:at]
                    + bytes([(data[at : at + 1] or b"a")[0] ^ 1 << draw.randrange(8)])
                    + data[at + 1 :]
                )
            case 2:
                data = data[:at] + draw.choice(TOKENS) + data[to:]
            case 3:
                data = data[:at] + data[to:]
            case 4:
                data = data[:to] + data[at:]
            case 5:
                data = data[:at] if draw.random() < 0.5 else data[at:]
            case 6:
                other = draw.choice(others)
                data = data[:at] + other[draw.randrange(len(other) + 1) :]
            case _:
                data = data[:at] + draw.randbytes(draw.randrange(1, 12)) + data[at:]
    return data


def bent_json(draw: random.Random, text: bytes) -> bytes:
    """Return a JSON text with one to three of its values, names or lists changed, spelled compactly."""
    tree: Json = json.loads(text)
    for _ in range(draw.choice((1, 1, 2, 3))):
        tree = _bent(draw, tree)
    return json.dumps(tree, ensure_ascii=draw.random() < 0.1, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def _bent(draw: random.Random, tree: Json) -> Json:
    """Return the tree with one node changed, each level a little less likely than to go on below."""
    if isinstance(tree, dict) and tree and draw.random() < 0.85:
        name = draw.choice(list(tree))
        match draw.randrange(12):
            case 0:
                return {k: v for k, v in tree.items() if k != name}
            case 1:
                return {**tree, draw.choice(("more", "", "\x00", name + " ")): draw.choice(VALUES)}
            case 2:
                return {(k + "\u0301" if k == name else k): v for k, v in tree.items()}
            case 3:
                return dict(reversed(tree.items()))
            case _:
                return {**tree, name: _bent(draw, tree[name])}
    if isinstance(tree, list) and tree and draw.random() < 0.85:
        at = draw.randrange(len(tree))
        match draw.randrange(6):
            case 0:
                return tree[:at] + tree[at + 1 :]
            case 1:
                return [*tree, tree[at]] * draw.choice((1, 1, 20))
            case 2:
                return [draw.choice(VALUES), *tree]
            case _:
                return [*tree[:at], _bent(draw, tree[at]), *tree[at + 1 :]]
    return _bent_scalar(draw, tree)


def _bent_scalar(draw: random.Random, value: Json) -> Json:
    if draw.random() < 0.5:
        return draw.choice(VALUES)
    match value:
        case bool() | None:
            return draw.choice((None, True, False, 0, 1))
        case int():
            return value + draw.choice((-1, 1, 10**6, 10**6 + 1, 2**53, -(2**53)))
        case str() if value:
            at = draw.randrange(len(value))
            letter = draw.choice(
                ("", "a", "A", "0", "/", "-", ":", "\n", "\x1b", "ế", "\ud800", value[at] * 2)
            )
            return value[:at] + letter + value[at + 1 :]
        case _:
            return [value]
