"""The listener: taps the sink's monitor and says what really left for the amplifier, and how loud.

Law of the room: it measures, it never judges; silence is not reported. Levels are RMS in dB of full
scale, in which a full sine is -3 dBFS. Instants are seconds of the monotonic clock.
"""

import time
from collections.abc import Callable
from typing import Final

from edge.adapters.hearing import Hearing
from edge.adapters.likeness import Envelope
from edge.adapters.tap import Tap
from edge.core.events import Happening

SOURCE_OF_DEFAULT_SINK: Final = "@DEFAULT_MONITOR@"
LATENCY_MS: Final = 40  # samples come in such lumps: less work, and still heard within 60 ms


class Listener:
    """The hand that hears what the sink was given.

    `post` is thread safe; `source` is a monitor such as `speakers.monitor`, None meaning the default
    sink's; `server` is the Pulse server, None meaning the system's own. Into `envelope`, where one is given,
    goes how loud each tenth of a second was, silence too: a microphone compares with it.
    """

    def __init__(
        self,
        post: Callable[[Happening], None],
        source: str | None = None,
        server: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        envelope: Envelope | None = None,
    ) -> None:
        self._tap = Tap(
            "listener",
            source or SOURCE_OF_DEFAULT_SINK,
            server,
            lambda: Hearing(envelope),
            post,
            latency_ms=LATENCY_MS,
            advice="kiểm tra máy chủ âm thanh và ngõ ra âm thanh",
            clock=clock,
        )

    @property
    def tap_pid(self) -> int | None:
        """The process id of the program that reads the monitor, None while there is none."""
        return self._tap.pid

    def start(self) -> None:
        """Begin to listen, on a thread of its own."""
        self._tap.start()

    def close(self) -> None:
        """Stop listening; afterwards nothing is posted."""
        self._tap.close()
