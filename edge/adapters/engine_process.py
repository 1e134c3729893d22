"""The engine as seen from outside: a process with two pipes, which may die or fall silent at any instant.

Law of the room: one object is one process; it is never mended, only ended and replaced.
"""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from edge.adapters import engine_talk as talk

READY_LIMIT_S: Final = 15.0
DEAF_S: Final = 4.0  # an engine that owes a word for so long hangs
LOOK_S: Final = 1.0
END_LIMIT_S: Final = 1.0
HOME: Final = Path(__file__).parents[2]  # the folder that holds the package `edge`


class EngineGone(Exception):
    """This engine is of no more use; the sentence says why."""


class EngineProcess:
    """One run of the engine."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it; `OSError` where the system has no room for one more process."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge.adapters.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            cwd=HOME,
            env=environment,
            start_new_session=True,  # an interrupt typed at a terminal is the edge's to answer
        )
        self._decoder: msgspec.json.Decoder[talk.Word] = msgspec.json.Decoder(talk.Word)
        self._rest = b""
        self._ready = False
        self._unanswered = False
        self._last_s = time.monotonic()  # of the last word, or of the last command if that is later

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, command: talk.Command) -> bool:
        """Hand over one command; False where the engine is gone already."""
        self._last_s = time.monotonic()
        self._unanswered = True
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            return False
        try:
            pipe.write(msgspec.json.encode(command) + b"\n")
        except OSError:
            return False
        return True

    def read(self, *, sounding: bool) -> list[talk.Word]:
        """Return what it said, waiting up to a second; while `sounding` it owes a word now and then.

        Raises `EngineGone` when it died, hangs, or says what is no word.
        """
        pipe = self._process.stdout
        if pipe is None:
            raise EngineGone("bộ phát tiếng không trả lời")
        if not select.select([pipe], [], [], LOOK_S)[0]:
            self._complain_if_deaf(sounding=sounding)
            return []
        received = os.read(pipe.fileno(), 65_536)
        if not received:
            raise EngineGone(
                f"bộ phát tiếng bị dừng đột ngột ({self._last_will()}); đang khởi động lại"
            )
        self._last_s = time.monotonic()
        self._unanswered = False
        *lines, self._rest = (self._rest + received).split(b"\n")
        try:
            words = [self._decoder.decode(line) for line in lines]
        except msgspec.DecodeError as error:
            raise EngineGone(f"bộ phát tiếng trả lời sai ({error}); đang khởi động lại") from error
        for word in words:
            self._ready = self._ready or isinstance(word, talk.Ready)
        return words

    def kill(self) -> None:
        """Kill it: what it sounds falls silent at once; `end` is still due."""
        self._process.kill()

    def end(self) -> None:
        """Kill it and wait until it is gone."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _complain_if_deaf(self, *, sounding: bool) -> None:
        silent_s = time.monotonic() - self._last_s
        if not self._ready and silent_s > READY_LIMIT_S:
            raise EngineGone(
                f"bộ phát tiếng chưa sẵn sàng sau {READY_LIMIT_S:.0f} giây; đang khởi động lại"
            )
        if self._ready and (sounding or self._unanswered) and silent_s > DEAF_S:
            raise EngineGone(f"bộ phát tiếng bị treo {silent_s:.0f} giây; đang khởi động lại")

    def _last_will(self) -> str:
        try:
            code = self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            return "mất liên lạc"
        return f"tín hiệu {-code}" if code < 0 else f"mã thoát {code}"
