"""An operator's mouth: a pure note in Opus, cut into signed pieces, as a browser would."""

import ctypes
import ctypes.util
import hashlib
import math
from array import array
from typing import Final

from contract import voice
from contract.seal import SigningKey
from contract.testing import device_key

RATE_HZ: Final = 16_000
FRAME: Final = RATE_HZ // 50
PACKETS: Final = 15  # 300 ms a piece
VOIP: Final = 2048
OWN: Final = device_key("operator's voice")


class Encoder:
    """libopus the other way round."""

    def __init__(self) -> None:
        """Make it."""
        self._library = ctypes.CDLL(ctypes.util.find_library("opus") or "libopus.so.0")
        self._library.opus_encoder_create.restype = ctypes.c_void_p
        fault = ctypes.c_int()
        made = self._library.opus_encoder_create(RATE_HZ, 1, VOIP, ctypes.byref(fault))
        self._state = ctypes.c_void_p(made)

    def packet(self, samples: bytes) -> bytes:
        """Return 20 ms of sound as a packet."""
        out = ctypes.create_string_buffer(1_500)
        size = self._library.opus_encode(self._state, samples, FRAME, out, len(out))
        assert size > 0
        return out.raw[:size]

    def close(self) -> None:
        """Let go of its memory."""
        self._library.opus_encoder_destroy(self._state)


def note(seconds: float, pitch_hz: float = 440.0) -> list[bytes]:
    """Return a note as packets of 20 ms."""
    encoder = Encoder()
    count = round(seconds * 50)
    packets = []
    for number in range(count):
        at = range(number * FRAME, (number + 1) * FRAME)
        wave = (round(12_000 * math.sin(2 * math.pi * pitch_hz * i / RATE_HZ)) for i in at)
        packets.append(encoder.packet(array("h", wave).tobytes()))
    encoder.close()
    return packets


def spoken(
    announcement: str, seconds: float = 1.5, key: SigningKey = OWN, *, over: bool = True
) -> list[bytes]:
    """Return a voice as signed pieces of 300 ms; the last is the end, if it is `over`."""
    packets = note(seconds)
    lumps = [packets[at : at + PACKETS] for at in range(0, len(packets), PACKETS)]
    pieces: list[bytes] = []
    for number, lump in enumerate(lumps):
        before = hashlib.sha256(pieces[-1]).digest() if pieces else None
        last = over and number == len(lumps) - 1
        pieces.append(voice.write_piece(key, announcement, number, before, lump, last=last))
    return pieces
