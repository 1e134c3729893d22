"""The door to libopus: packets of Opus in, samples out.

Law of the room: the only file that opens libopus, the system's own (libVLC's plugins stand on the same one, so it is
wherever the player is). Sound comes out as 16 bit little endian, one channel, 16 kHz.
"""

import ctypes
import ctypes.util
from functools import cache
from typing import Final

RATE_HZ: Final = 16_000
BYTES_PER_S: Final = RATE_HZ * 2
_MOST_SAMPLES: Final = RATE_HZ * 120 // 1_000  # no packet lasts longer
_NAME: Final = "libopus.so.0"


class NotOpus(ValueError):
    """The packet is not Opus: whoever encoded it is at fault."""


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("opus") or _NAME)
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = (
        ctypes.c_int32,
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_int),
    )
    library.opus_decoder_destroy.restype = None
    library.opus_decoder_destroy.argtypes = (ctypes.c_void_p,)
    library.opus_decode.restype = ctypes.c_int
    library.opus_decode.argtypes = (
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_int32,
        ctypes.POINTER(ctypes.c_int16),
        ctypes.c_int,
        ctypes.c_int,
    )
    return library


class Decoder:
    """One voice's decoder; for one thread at a time."""

    def __init__(self) -> None:
        """Make it; raises `OSError` where libopus is not installed or has no memory."""
        fault = ctypes.c_int()
        made: int | None = _library().opus_decoder_create(RATE_HZ, 1, ctypes.byref(fault))
        self._state = made
        if fault.value or made is None:
            msg = f"libopus gave no decoder (code {fault.value})"
            raise OSError(msg)
        self._samples = (ctypes.c_int16 * _MOST_SAMPLES)()

    def decode(self, packet: bytes) -> bytes:
        """Return the sound of the next packet; raises `NotOpus`."""
        if not packet:  # libopus would take it for a lost one, and make something up
            raise NotOpus("a packet of Opus is not empty")
        count = _library().opus_decode(
            self._state, packet, len(packet), self._samples, _MOST_SAMPLES, 0
        )
        if count < 0:
            msg = f"libopus cannot read a packet of {len(packet)} bytes (code {count})"
            raise NotOpus(msg)
        return bytes(memoryview(self._samples).cast("B")[: count * 2])

    def close(self) -> None:
        """Let go of its memory; idempotent."""
        if self._state is not None:
            _library().opus_decoder_destroy(self._state)
            self._state = None
