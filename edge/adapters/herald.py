"""The herald: tells central what was played, refused and seen, and loses nothing on the way.

Law of the room: what is to be told is on disk before anything is sent. A report is sealed once and kept
until central acknowledges it, so that its bytes never change under its counter; sending it twice is
harmless because central knows it again. Reports go in order, one in flight, and gather what waits. What
the spool gives up was never sealed, so no chain breaks by it.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

import msgspec

from contract import codec, seal
from contract.documents import Kind, Report, Sha256
from contract.errors import Refused
from edge.adapters.identity import Identity
from edge.adapters.intake import Intake
from edge.adapters.ledger import Ledger
from edge.adapters.link import LinkBroken, LinkDenied, LinkDown, LinkError
from edge.adapters.spool import Spool
from edge.adapters.storage import StorageFailed
from edge.adapters.telling import Record, decoded, gather
from edge.core.events import HandFailed, HandRecovered, Happening, ReportSent
from edge.core.orders import Tell

log = logging.getLogger(__name__)

NOTHING_BEFORE: Final = Sha256("0" * 64)
RENUMBERED_MOST: Final = 3
ASIDE_EVERY_S: Final = 3_600.0
RECORDS_PER_REPORT: Final = 400
REPORT_BYTES: Final = 120_000  # of records; the sealed report stays well below central's 256 kB
WAIT_LEAST_S: Final = 2.0
WAIT_MOST_S: Final = 120.0
NOT_KEPT: Final = "không ghi được báo cáo lên thẻ nhớ: thẻ đầy hoặc hỏng, báo thợ thay thẻ"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far central has been told, and the one report in flight.

    `counter` and `payload_sha256` are those of the last acknowledged report; `through` is the last
    spooled record that any sealed report holds.
    """

    counter: int = 0
    payload_sha256: Sha256 = NOTHING_BEFORE
    through: int = 0
    sealed: bytes | None = None
    sealed_counter: int = 0
    sealed_sha256: Sha256 = NOTHING_BEFORE


class Line(Protocol):
    """The way to central, as far as reports need it."""

    def post(self, path: str, body: bytes) -> bytes:
        """Send `body` and return the answer. Raises `LinkError`."""


class _Acknowledged(msgspec.Struct, frozen=True):
    acknowledged: int


class _Expected(msgspec.Struct, frozen=True):
    expected: int
    previous_sha256: Sha256 | None = None


class Herald:
    """Spools and sends reports; each method is called on the herald's lane only."""

    def __init__(
        self,
        link: Line,
        ledger: Ledger,
        identity: Identity,
        post: Callable[[Happening], None],
        wall: Callable[[], datetime],
        *,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take up what waits in the ledger's directory; nothing is sent yet."""
        self._link = link
        self._ledger = ledger
        self._identity = identity
        self._post = post
        self._wall = wall
        self._mono = mono
        self._spool = Spool(ledger.path / "spool")
        self._slots = ledger.slots("reports")
        self._progress = self._recall()
        self._spool.take_through(self._progress.through)
        self._failures = 0
        self._not_before_s = mono()
        self._failed = False
        self._intake = Intake(self._spool, wall, mono)
        self._given_up = 0
        self._renumbered = 0
        self._aside_again_s = mono()

    def obey(self, order: Tell) -> None:
        """Put what is told on disk, then send what waits: a warning at once, all else when central may be asked again.

        Never raises: while the disk takes nothing the newest words wait in memory, and one failure is posted.
        An empty order only sends what waits.
        """
        try:
            self._intake.take(order, away=self._failures > 0)
        except StorageFailed as error:
            self._fail(f"{NOT_KEPT} ({error.strerror})")
            return
        if self._spool.given_up > self._given_up:
            self._given_up = self._spool.given_up
            self._fail(
                "hàng chờ báo cáo đã đầy, phải bỏ các báo cáo cũ nhất chưa gửi: kiểm tra mạng"
            )
        if order.warnings or self._mono() >= self._not_before_s:
            self.flush()

    def flush(self) -> None:
        """Send all that waits, in order, until done or the link fails (then later, by itself, at the next order)."""
        self._renumbered = 0
        try:
            while self._sealed_next():
                self._send()
                self._intake.release()
        except LinkError as error:
            self._wait_longer(error)
        except StorageFailed as error:
            self._fail(f"{NOT_KEPT} ({error.strerror})")
        else:
            self._failures = 0
            self._not_before_s = self._mono()
            if self._intake.is_empty:
                self._recover()

    @property
    def progress(self) -> Progress:
        """Return how far central has been told."""
        return self._progress

    def _sealed_next(self) -> bool:
        """Have a report in flight if anything waits; on disk before it returns."""
        if self._progress.sealed is not None:
            return True
        entries = self._spool.front(RECORDS_PER_REPORT, REPORT_BYTES)
        if not entries:
            return False
        before, waiting = self._progress, [(e.number, e.record) for e in entries]
        for chosen in (waiting, waiting[:1]):
            gathered, through = gather(chosen)
            try:
                self._seal(before.counter + 1, before.payload_sha256, gathered, through)
            except Refused as refusal:
                log.error("cannot be told records=%d why=%s", len(chosen), refusal.why)  # noqa: TRY400
            else:
                self._spool.take_through(through)
                return True
        first = waiting[0][0]
        self._post(
            HandFailed(
                hand="herald",
                why=f"một bản ghi không gửi được, đã bỏ qua: hãy báo tỉnh (số {first})",
            )
        )
        self._keep(msgspec.structs.replace(before, through=first))
        self._spool.take_through(first)
        return self._sealed_next()

    def _seal(self, counter: int, previous: Sha256, record: Record, through: int) -> None:
        report = Report(
            device=self._identity.device,
            counter=counter,
            previous_sha256=previous,
            issued=self._wall(),
            plays=record.plays,
            refusals=record.refusals,
            receipts=record.receipts,
            readiness=record.readiness,
            warnings=record.warnings,
            health=record.health,
        )
        payload = codec.encode(report)
        self._keep(
            msgspec.structs.replace(
                self._progress,
                through=through,
                sealed=seal.seal(Kind.REPORT, payload, [self._identity.key]),
                sealed_counter=counter,
                sealed_sha256=seal.sha256(payload),
            )
        )

    def _send(self) -> None:
        """Send the report in flight. Raises `LinkError`, and then it stays in flight."""
        flying = self._progress
        if flying.sealed is None:
            return
        try:
            answer = decoded(self._link.post("/reports", flying.sealed), _Acknowledged)
        except LinkDenied as denied:
            self._answer_denial(denied)
            return
        if answer is None or answer.acknowledged != flying.sealed_counter:
            raise LinkBroken("central acknowledged another report than was sent")
        self._keep(
            Progress(
                counter=flying.sealed_counter,
                payload_sha256=flying.sealed_sha256,
                through=flying.through,
            )
        )
        self._post(ReportSent(counter=flying.sealed_counter))

    def _answer_denial(self, denied: LinkDenied) -> None:
        """Go on after central refused the report in flight: number it anew, set it aside, or wait."""
        flying = self._progress
        wanted = decoded(denied.answer, _Expected) if denied.status == 409 else None
        if wanted is not None and wanted.expected >= 1 and not self._fits(wanted):
            self._renumbered += 1
            if self._renumbered > RENUMBERED_MOST:
                raise denied
            log.warning("central expects counter=%d not=%d", wanted.expected, flying.sealed_counter)
            self._renumber(wanted)
        elif (
            denied.status in {400, 413, 422}
            and flying.sealed is not None
            and self._mono() >= self._aside_again_s
        ):
            # One bad report must not hold up all others; one bad central must not empty the spool.
            self._aside_again_s = self._mono() + ASIDE_EVERY_S
            self._ledger.keep_paper(f"refused-{flying.sealed_sha256}", flying.sealed)
            self._keep(msgspec.structs.replace(flying, sealed=None))
            self._post(HandFailed(hand="herald", why=f"đã cất riêng một báo cáo; {denied.why}"))
        else:
            raise denied

    def _flying(self) -> Report | None:
        """Return the report in flight."""
        if self._progress.sealed is None:
            return None
        report = codec.decode(Kind.REPORT, seal.read_envelope(self._progress.sealed).payload)
        return report if isinstance(report, Report) else None

    def _fits(self, wanted: _Expected) -> bool:
        """Return whether what is in flight stands already where central wants it."""
        flying = self._flying()
        if flying is None or flying.counter != wanted.expected:
            return False
        return wanted.previous_sha256 in (None, flying.previous_sha256)

    def _renumber(self, wanted: _Expected) -> None:
        """Seal what is in flight again under the counter, and after the report, that central names.

        Happens when this card or central went back in time, or when somebody else took reports in central's
        place. Central has never taken these bytes (it would have known them again), so nothing is doubled.
        Where neither central nor our chain knows what came before, a new one begins.
        """
        flying, report = self._progress, self._flying()
        if report is None:
            self._keep(msgspec.structs.replace(flying, sealed=None))
            return
        follows = wanted.expected == flying.counter + 1
        record = Record(
            report.plays,
            report.refusals,
            report.receipts,
            report.readiness,
            report.warnings,
            report.health,
        )
        ours = flying.payload_sha256 if follows else NOTHING_BEFORE
        self._seal(wanted.expected, wanted.previous_sha256 or ours, record, flying.through)

    def _keep(self, progress: Progress) -> None:
        self._slots.write(msgspec.json.encode(progress))
        self._progress = progress

    def _recall(self) -> Progress:
        while self._slots.payload is not None:
            try:
                return msgspec.json.decode(self._slots.payload, type=Progress)
            except msgspec.MsgspecError:
                self._slots.reject("whole, but not the progress of reports")
        return Progress()

    def _wait_longer(self, error: LinkError) -> None:
        self._failures += 1
        span_s = min(WAIT_MOST_S, WAIT_LEAST_S * 2.0 ** min(self._failures, 10))
        wait_s = WAIT_LEAST_S + random.random() * (span_s - WAIT_LEAST_S)  # noqa: S311
        if isinstance(error, LinkDown):
            wait_s = max(wait_s, error.retry_after_s)
        self._not_before_s = self._mono() + wait_s
        log.info("reports wait why=%s", error)
        if not isinstance(error, LinkDown):
            self._fail(error.why)

    def _fail(self, why: str) -> None:
        if not self._failed:
            self._failed = True
            self._post(HandFailed(hand="herald", why=why))

    def _recover(self) -> None:
        if self._failed:
            self._failed = False
            self._post(HandRecovered(hand="herald"))
