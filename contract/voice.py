"""The operator's voice: pieces of Opus, each signed with a key that the announcement itself names.

Law of the room: pure. A piece is believed by its signature, its number and the hash of the piece before it;
whoever carries it proves nothing. What is withheld leaves a hole that is seen, what is added is refused. The
key is made for one announcement and thrown away with it (ADR 0018).

A piece on the wire, big endian: `TLV1` · length of the id (1) · the announcement's id · number (4) · flags (1: the
last one) · SHA-256 of the piece before, 32 zero bytes in the first · count of packets (1) · each packet with its length
(2) · signature (64) of all before it, under DSSE's pre-authentication encoding.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from contract import seal
from contract.documents import Announcement, PublicKey
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey

VOICE_TYPE: Final = "application/vnd.tienglang.voice.v1"
MAX_PIECE_BYTES: Final = 4_096
MAX_PACKETS: Final = 50
MAX_PIECE_MS: Final = 1_000
MAX_VOICE_MS: Final = 180_000
MAX_PIECES: Final = 2_000
MAX_VOICE_BYTES: Final = 2_000_000
_MAGIC: Final = b"TLV1"
_LAST: Final = 1
_HASH_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_ID: Final = re.compile(rb"[a-z0-9-]{1,40}:[0-9]{1,9}:[0-9]{1,15}")
_NOTHING_BEFORE: Final = bytes(_HASH_BYTES)
# RFC 6716 §3.1: how long a frame is, by the five high bits of the packet's first byte, in microseconds.
_SILK_US: Final = (10_000, 20_000, 40_000, 60_000)
_HYBRID_US: Final = (10_000, 20_000)
_CELT_US: Final = (2_500, 5_000, 10_000, 20_000)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece as it was read, not yet believed; `sha256` names its whole bytes."""

    announcement: str
    number: int
    last: bool
    previous: bytes
    packets: tuple[bytes, ...]
    duration_ms: int
    sha256: bytes
    size_bytes: int


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """How far one voice has been believed: the next number, the hash of the newest piece, and what it came to."""

    announcement: str
    key: PublicKey
    next_number: int = 0
    newest: bytes = _NOTHING_BEFORE
    duration_ms: int = 0
    size_bytes: int = 0
    over: bool = False


def write_piece(
    key: SigningKey,
    announcement: str,
    number: int,
    previous: bytes | None,
    packets: Sequence[bytes],
    *,
    last: bool,
) -> bytes:
    """Return a signed piece; `previous` is the SHA-256 of the piece before, None for the first."""
    name = announcement.encode("ascii")
    body = b"".join(
        (
            _MAGIC,
            bytes([len(name)]),
            name,
            number.to_bytes(4, "big"),
            bytes([_LAST if last else 0]),
            _NOTHING_BEFORE if previous is None else previous,
            bytes([len(packets)]),
            *(len(packet).to_bytes(2, "big") + packet for packet in packets),
        )
    )
    return body + key.sign(seal.pae(VOICE_TYPE, body))


def read_piece(data: bytes) -> Piece:
    """Return a well-formed piece, unverified. Raises `Refused` TOO_LARGE or MALFORMED, the sender's fault."""
    if len(data) > MAX_PIECE_BYTES:
        why = f"a piece of voice has at most {MAX_PIECE_BYTES} bytes, not {len(data)}"
        raise Refused(RefusalCode.TOO_LARGE, why)
    reader = _Reader(data[:-_SIGNATURE_BYTES])
    if len(data) <= _SIGNATURE_BYTES or reader.take(4) != _MAGIC:
        raise _malformed("it does not begin as one")
    name = reader.take(reader.number(1))
    if not _ID.fullmatch(name):
        raise _malformed("it names no announcement")
    number, flags, previous = reader.number(4), reader.number(1), reader.take(_HASH_BYTES)
    if flags not in {0, _LAST}:
        raise _malformed(f"its flags are {flags}")
    count = reader.number(1)
    if count > MAX_PACKETS:
        raise _malformed(f"{count} packets are more than {MAX_PACKETS}")
    packets = tuple(reader.take(reader.number(2)) for _ in range(count))
    if reader.left:
        raise _malformed(f"{reader.left} bytes follow its last packet")
    if not packets and flags != _LAST:
        raise _malformed("it says nothing and is not the last")
    duration_us = sum(packet_us(packet) for packet in packets)
    if duration_us > MAX_PIECE_MS * 1_000:
        raise _malformed(f"it lasts {duration_us // 1_000} ms, longer than {MAX_PIECE_MS} ms")
    return Piece(
        announcement=name.decode("ascii"),
        number=number,
        last=flags == _LAST,
        previous=previous,
        packets=packets,
        duration_ms=duration_us // 1_000,
        sha256=hashlib.sha256(data).digest(),
        size_bytes=len(data),
    )


def read_pieces(data: bytes) -> tuple[bytes, ...]:
    """Return the pieces of a parcel: each with its length in 2 bytes before it. Raises `Refused` MALFORMED."""
    reader, pieces = _Reader(data), list[bytes]()
    while reader.left:
        pieces.append(reader.take(reader.number(2)))
    return tuple(pieces)


def write_pieces(pieces: Sequence[bytes]) -> bytes:
    """Return a parcel of pieces, as `read_pieces` reads it."""
    return b"".join(len(piece).to_bytes(2, "big") + piece for piece in pieces)


def follow(heard: Heard, data: bytes) -> tuple[Heard, Piece]:
    """Return what is believed after one more piece, and the piece.

    Raises `Refused`: WRONG_AUDIENCE for a piece of another announcement, REPLAYED for one that was heard or comes after
    the last, NOT_YET for one that comes too early (a piece before it is missing; fetch that first), BAD_SIGNATURE,
    WRONG_EPOCH where it does not follow from the piece before, TOO_LARGE for a voice that is too long.
    """
    piece = read_piece(data)
    if piece.announcement != heard.announcement:
        why = f"it belongs to {piece.announcement}, not to {heard.announcement}"
        raise Refused(RefusalCode.WRONG_AUDIENCE, why)
    if heard.over or piece.number < heard.next_number:
        raise Refused(RefusalCode.REPLAYED, f"piece {piece.number} comes after it was said")
    if piece.number > heard.next_number:
        why = f"piece {heard.next_number} is missing before piece {piece.number}"
        raise Refused(RefusalCode.NOT_YET, why)
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if not seal.verify_raw(heard.key, seal.pae(VOICE_TYPE, body), signature):
        why = f"piece {piece.number} was not signed by the voice that the announcement names"
        raise Refused(RefusalCode.BAD_SIGNATURE, why)
    if piece.previous != heard.newest:
        why = f"piece {piece.number} does not follow from the piece before it"
        raise Refused(RefusalCode.WRONG_EPOCH, why)
    after = Heard(
        announcement=heard.announcement,
        key=heard.key,
        next_number=heard.next_number + 1,
        newest=piece.sha256,
        duration_ms=heard.duration_ms + piece.duration_ms,
        size_bytes=heard.size_bytes + piece.size_bytes,
        over=piece.last,
    )
    if (
        after.duration_ms > MAX_VOICE_MS
        or after.size_bytes > MAX_VOICE_BYTES
        or after.next_number > MAX_PIECES
    ):
        why = f"a voice lasts at most {MAX_VOICE_MS // 60_000} minutes; end it and raise another"
        raise Refused(RefusalCode.TOO_LARGE, why)
    return after, piece


def key_of(announcement: Announcement) -> PublicKey | None:
    """Return the key of the operator who speaks this announcement himself, None where nobody does."""
    voices = (info.voice for info in announcement.infos)
    return next((key for key in voices if key is not msgspec.UNSET), None)


def packet_us(packet: bytes) -> int:
    """Return how long an Opus packet sounds, in microseconds (RFC 6716 §3.1). Raises `Refused` MALFORMED."""
    if not packet:
        raise _malformed("a packet of it is empty")
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame_us = _SILK_US[config % 4]
    elif config < 16:
        frame_us = _HYBRID_US[config % 2]
    else:
        frame_us = _CELT_US[config % 4]
    if code < 3:
        return frame_us * (1 if code == 0 else 2)
    if len(packet) < 2 or not packet[1] & 63:
        raise _malformed("a packet of it has no frames")
    return frame_us * (packet[1] & 63)


class _Reader:
    """Takes bytes from the front; too few of them are `Refused`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise _malformed("it is cut off")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self, size_bytes: int) -> int:
        return int.from_bytes(self.take(size_bytes), "big")


def _malformed(why: str) -> Refused:
    return Refused(RefusalCode.MALFORMED, f"this is no piece of voice: {why}")
