"""A parcel of log lines: what is packed comes out, and what a stranger packs does no harm."""

import gzip
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import RefusalCode, Refused
from contract.one_line import one_line
from contract.parcel import HEAD, PARCEL_BYTES, TEXT_BYTES, pack, unpack


@given(st.lists(st.text()), st.lists(st.text()))
def test_what_is_packed_comes_out_harmless(head: list[str], lines: list[str]) -> None:
    """Head first, then each line on one line, whatever stood in it."""
    found = unpack(pack(head, lines))
    top = [*(f"{HEAD}{one_line(said)}" for said in head), f"{HEAD}left out: 0"]
    assert list(found) == [*top, *(one_line(line) for line in lines)]


def test_the_same_words_are_the_same_bytes() -> None:
    """No time and no name of a file is in the bytes, so that central knows them again."""
    assert pack(("device: a",), ("x",)) == pack(("device: a",), ("x",))


def test_what_does_not_fit_is_left_out_from_the_old_end() -> None:
    """Lines that do not shrink fill the parcel to its bound; the newest are there, the rest is counted."""
    lines = [f"{number} {os.urandom(400).hex()}" for number in range(700)]
    parcel = pack(("device: a",), lines)
    assert PARCEL_BYTES * 0.8 < len(parcel) <= PARCEL_BYTES
    found = unpack(parcel)
    told = int(found[1].removeprefix(f"{HEAD}left out: "))
    assert 0 < told < len(lines)
    assert list(found[2:]) == lines[told:]
    assert unpack(pack((), lines, most_bytes=100)) == (f"{HEAD}left out: 700",)


def test_more_text_than_central_opens_is_not_packed() -> None:
    """Lines that shrink to nothing are bounded by their text."""
    found = unpack(pack((), ["a" * 1_000] * 3_000))
    assert found[0] != f"{HEAD}left out: 0"
    assert sum(len(line) + 1 for line in found) <= TEXT_BYTES


def member(text: bytes) -> bytes:
    """Return one gzip member."""
    return gzip.compress(text, mtime=0)


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        (b"", RefusalCode.MALFORMED),
        (b"no gzip", RefusalCode.MALFORMED),
        (member(b"cut off here")[:-1], RefusalCode.MALFORMED),
        (member(b"one") + member(b"two"), RefusalCode.MALFORMED),
        (member(b"one") + b"x", RefusalCode.MALFORMED),
        (member(b"one")[:-8] + bytes(8), RefusalCode.MALFORMED),
        (bytes(PARCEL_BYTES + 1), RefusalCode.TOO_LARGE),
        (member(bytes(TEXT_BYTES + 1)), RefusalCode.TOO_LARGE),
        (member(b"\x00" * (TEXT_BYTES // 2)), RefusalCode.TOO_LARGE),
    ],
    ids=[
        *("empty", "no gzip", "cut off", "doubled", "followed", "damaged"),
        *("too large packed", "too large unpacked", "too large spelled out"),
    ],
)
def test_what_is_no_parcel_is_refused(parcel: bytes, code: RefusalCode) -> None:
    """Cut off, doubled, damaged, too large packed, unpacked, or once its bytes are spelled out."""
    with pytest.raises(Refused) as refused:
        unpack(parcel)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", ("",)),
        (b"one\ntwo\n", ("one", "two")),
        ("Ấp 1: đã phát".encode(), ("Ấp 1: đã phát",)),
        (b"\xff\xfe broken", ("�� broken",)),
        (b"\x1b[2Ja\rb\x00", ("\\u001b[2Ja\\u000db\\u0000",)),
        ("a\u2028b\u202ec".encode(), ("a\\u2028b\\u202ec",)),
        (b"a" * TEXT_BYTES, None),
        (b"a" * (TEXT_BYTES - 1), ("a" * (TEXT_BYTES - 1),)),
    ],
    ids=[
        "empty",
        "two",
        "plain",
        "broken",
        "steering",
        "turning",
        "over the bound",
        "at the bound",
    ],
)
def test_any_text_within_the_bounds_is_opened(text: bytes, lines: tuple[str, ...] | None) -> None:
    """Broken letters are replaced and what steers is spelled out; the bound itself is exact."""
    if lines is None:
        with pytest.raises(Refused):
            unpack(member(text))
    else:
        assert unpack(member(text)) == lines


def test_a_bomb_does_not_fill_the_memory() -> None:
    """A parcel that would unpack to 200 MB is given up at its bound."""
    bomb = member(bytes(200_000_000))
    assert len(bomb) < PARCEL_BYTES
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            unpack(bomb)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000
    finally:
        tracemalloc.stop()
