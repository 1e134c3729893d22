"""The operator: the voice of the person who warns, from signed pieces to the engine while he still speaks.

Law of the room: a piece sounds only after its signature, its number and the hash of the piece before it were proved
against the key that an announcement in force names (`contract.voice`); nothing is skipped, what is missing is fetched.
What came whole is kept on disk as the pieces it came in and proved again before it is used after a restart. Pieces
come on the ear's thread, orders and fetching on the hand's lane, and the pace is kept by a thread of its own.
"""

import contextlib
import hashlib
import logging
import random
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from contract import voice
from contract.documents import PublicKey
from contract.errors import Refused
from contract.voice import Piece
from edge.adapters.link import LinkError, Reply
from edge.adapters.operator_line import OperatorLine, Stage
from edge.adapters.operator_voice import Voice
from edge.adapters.opus import BYTES_PER_S, RATE_HZ
from edge.adapters.storage import write_atomically
from edge.core.events import (
    DocumentRefused,
    Door,
    HandFailed,
    Happening,
    OperatorFell,
    OperatorSpoke,
    OperatorWhole,
)
from edge.core.orders import HearOperator

log = logging.getLogger(__name__)

READY_BYTES: Final = BYTES_PER_S * 200 // 1_000  # so much said, and it may go on air
MOST_VOICES: Final = 4
TICK_S: Final = 0.02
LOOK_S: Final = 0.5
# Ten thousand others wait for the same words: each appliance stretches its waits by a share of its own.
SPREAD: Final = (0.7, 1.5)
STARTED_S: Final = 60.0  # who has just started may have missed a voice, and asks at once
ANSWER_MAX_BYTES: Final = voice.MAX_VOICE_BYTES + 2 * voice.MAX_PIECES


class Gets(Protocol):
    """The link, as far as this hand needs it."""

    def get(self, path: str, *, max_bytes: int, etag: str | None = None) -> Reply:
        """Return the answer of central; raises `LinkError`."""
        ...


class Operator:
    """The hand that hears operators.

    `key_of` names the voice's key of an announcement in force, None where there is none; `put` runs a job on the hand's
    lane; `kept` is a directory that lasts, `scratch` one that need not. `post` is thread safe.
    """

    def __init__(
        self,
        link: Gets,
        key_of: Callable[[str], PublicKey | None],
        kept: Path,
        scratch: Path,
        post: Callable[[Happening], None],
        put: Callable[[Callable[[], None]], None],
        *,
        mono: Callable[[], float] = time.monotonic,
        spread: Callable[[], float] = lambda: random.uniform(*SPREAD),  # noqa: S311  no secret
    ) -> None:
        """Make the directories; the pace is kept from `start` on. Raises `OSError`."""
        for directory in (kept, scratch):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._link, self._key_of, self._post, self._put = link, key_of, post, put
        self._kept, self._scratch, self._mono = kept, scratch, mono
        self._began_s, self._spread = mono(), spread()
        self._lock = threading.RLock()
        self._voices: dict[str, Voice] = {}
        self._closing = threading.Event()
        self._wake = threading.Event()
        self._pace: threading.Thread | None = None

    # --- what comes ------------------------------------------------------------------------------

    def hear(self, data: bytes, door: Door = "push") -> None:
        """Take a piece from a door; what cannot be believed is refused, once for each voice and reason."""
        with self._lock:
            held: Voice | None = None
            try:
                piece = voice.read_piece(data)
                held = self._voice(piece.announcement)
                if held is not None:
                    self._take(held, piece, data)
            except Refused as refusal:
                self._refuse(held, refusal, door)

    def _voice(self, announcement: str) -> Voice | None:
        """Return the voice of an announcement in force, None where none is named; the newest few are kept."""
        held = self._voices.get(announcement)
        key = self._key_of(announcement) if held is None else held.heard.key
        if held is None and key is not None:
            held = self._voices[announcement] = Voice(announcement, key, self._mono())
            while len(self._voices) > MOST_VOICES:
                self._voices.pop(next(iter(self._voices))).close()
            self._wake.set()
        return held

    def _take(self, held: Voice, piece: Piece, data: bytes) -> None:
        if held.take(piece, data, self._mono()):
            self._told_so_far(held)
        elif held.ahead:
            self._fetch_soon(held)

    def _told_so_far(self, held: Voice) -> None:
        name = held.heard.announcement
        if held.whole and not held.settling:
            held.settling = True
            self._put(lambda: self._finish(held))
        elif not (held.live or held.fell or held.whole) and len(held.said) >= READY_BYTES:
            held.live = True
            self._post(OperatorSpoke(announcement=name))

    def _refuse(self, held: Voice | None, refusal: Refused, door: Door) -> None:
        told = refusal.code.value if held is not None else ""
        if held is not None and told not in held.refused:
            held.refused.add(told)
            self._post(DocumentRefused(door=door, kind=None, code=refusal.code, why=refusal.why))
        log.info("piece of voice refused code=%s why=%s", refusal.code.value, refusal.why)

    # --- the lane's side -------------------------------------------------------------------------

    def obey(self, order: HearOperator) -> None:
        """Have exactly these announcements' voices: use what is kept, fetch what is missing, forget the rest."""
        with self._lock:
            for name in [n for n in self._voices if n not in order.announcements]:
                self._voices.pop(name).close()
            stand = {self._file(name, "") for name in order.announcements}
            for directory in (self._kept, self._scratch):
                for left in directory.iterdir():
                    if left.with_suffix("").name not in stand:
                        left.unlink(missing_ok=True)
            fresh = [held for name in order.announcements if (held := self._voice(name))]
            for held in fresh:
                self._recall(held)
        if self._mono() - self._began_s < STARTED_S:
            for held in fresh:
                if not held.whole:
                    self._fetch(held)

    def _recall(self, held: Voice) -> None:
        """Take up the pieces that an earlier life kept, each proved anew."""
        if held.pieces:
            return
        with contextlib.suppress(OSError):
            parcel = (self._kept / self._file(held.heard.announcement, ".voice")).read_bytes()
            self._unpack(parcel, "store")

    def _unpack(self, parcel: bytes, door: Door) -> None:
        try:
            pieces = voice.read_pieces(parcel)
        except Refused as refusal:
            log.warning("voice refused door=%s why=%s", door, refusal.why)
            return
        for piece in pieces:
            self.hear(piece, door)

    def _fetch_soon(self, held: Voice) -> None:
        if not held.fetching:
            held.fetching = True
            self._put(lambda: self._fetch(held))

    def _fetch(self, held: Voice) -> None:
        """Ask central for what is missing of a voice."""
        name, after = held.heard.announcement, held.heard.next_number
        try:
            answer = self._link.get(
                f"/voices/{quote(name, safe=':')}?from={after}", max_bytes=ANSWER_MAX_BYTES
            )
        except LinkError as error:
            log.info("voice not fetched announcement=%s why=%s", name, error)
        else:
            held.empty += 1
            if answer.status == 200:
                self._unpack(answer.body, "poll")
        finally:
            with self._lock:
                held.fetching = False
                held.moved_s = self._mono()
                held.asked += 1

    def _finish(self, held: Voice) -> None:
        """Put a whole voice on disk: as the pieces that prove it, and as the sound that is repeated."""
        name = held.heard.announcement
        try:
            write_atomically(
                self._kept / self._file(name, ".voice"), (voice.write_pieces(held.pieces),)
            )
        except OSError as fault:  # it can be fetched again
            log.warning("voice not kept: %s", fault)
        path = self._scratch / self._file(name, ".wav")
        try:
            with path.open("wb") as file, wave.open(file) as sound:
                sound.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
                sound.writeframes(bytes(held.said))
        except OSError as fault:
            why = (
                f"không ghi được giọng nói của tỉnh ({fault.strerror}): thẻ đầy hoặc hỏng, báo thợ"
            )
            self._post(HandFailed(hand="operator", why=why))
            return
        with self._lock:
            held.written = True
            if self._voices.get(name) is held and held.line is None:
                self._say_whole(held)

    def _say_whole(self, held: Voice) -> None:
        length_ms = len(held.said) * 1_000 // BYTES_PER_S
        if held.written and length_ms:
            name = held.heard.announcement
            self._post(OperatorWhole(announcement=name, duration_ms=length_ms, heard=held.told))

    # --- the player's side -----------------------------------------------------------------------

    def path(self, announcement: str, *, live: bool) -> Path:
        """Return what to sound: the line of a voice that is live, else its file; raises `FileNotFoundError`."""
        if not live:
            return self._scratch / self._file(announcement, ".wav")
        with self._lock:
            held = self._voices.get(announcement)
            if held is None or held.fell:
                msg = "giọng nói trực tiếp của tỉnh đã dứt: chờ bản ghi đầy đủ"
                raise FileNotFoundError(msg)
            if held.line is None:
                held.line = OperatorLine(self._scratch / self._file(announcement, ".pcm"))
            self._wake.set()
            return held.line.path

    # --- the pace --------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to keep the pace, on a thread of its own."""
        self._pace = threading.Thread(target=self._run, name="operator", daemon=True)
        self._pace.start()

    def _run(self) -> None:
        while not self._closing.is_set():
            if self.tick(self._mono()):
                self._closing.wait(TICK_S)
            else:
                self._wake.wait(LOOK_S if self._voices else None)
                self._wake.clear()

    def tick(self, now_s: float) -> bool:
        """Give each open line what is due, and ask for what has long been silent; return whether a line is open."""
        with self._lock:
            for held in self._voices.values():
                if held.line is not None:
                    self._move(held, held.line, now_s)
                if not held.whole and now_s - held.moved_s >= held.patience_s() * self._spread:
                    self._fetch_soon(held)
            return any(held.line is not None for held in self._voices.values())

    def _move(self, held: Voice, line: OperatorLine, now_s: float) -> None:
        stage = line.tick(held.said, now_s, over=held.whole)
        if stage is Stage.OPEN:
            return
        held.fell, held.told = True, stage is Stage.TOLD
        name = held.heard.announcement
        self._post(OperatorFell(announcement=name, cut=not held.told))
        line.close()
        held.line, held.live = None, False
        self._say_whole(held)

    def close(self) -> None:
        """Close every line and end the pace."""
        self._closing.set()
        self._wake.set()
        if self._pace is not None:
            self._pace.join(2.0)
        with self._lock:
            for held in self._voices.values():
                held.close()
            self._voices.clear()

    @staticmethod
    def _file(announcement: str, ending: str) -> str:
        return hashlib.sha256(announcement.encode()).hexdigest()[:40] + ending
