"""A province in virtual time: real seals and the rules of the wire, without HTTP.

Law of the room: central never loses what it acknowledged, restarts included; what a line that is down would have
carried is gone and comes back by outbox, active set and polling, as on the real wire.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from contract import codec, seal
from contract.documents import (
    Action,
    Announcement,
    AnnouncementInfo,
    Kind,
    MessageType,
    Programme,
    PublicKey,
    Repeat,
    Report,
    Sha256,
    Status,
    Tone,
)
from contract.testing import Authority
from contract.trust import verify_report
from edge.adapters.link import Link, LinkDenied, LinkDown
from tests.rehearsal import month
from tests.rehearsal.clockwork import Clockwork
from tests.rehearsal.evidence import Evidence

OUTBOX_KEPT = 200
SET_S = 59.0  # the active set is made anew each minute while anything is in force
CALM_SET_S = 299.0  # to spare the rehearsal's time: else within half its life


@dataclass(frozen=True)
class Said:
    """One sealed announcement in force, and until when."""

    document: Announcement
    sealed: bytes
    sha256: Sha256


@dataclass
class Central:
    """The province: documents in force, the outbox, and what it was told."""

    works: Clockwork
    evidence: Evidence
    device_key: PublicKey
    authority: Authority
    up: bool = True  # the process
    line: bool = True  # the way to it
    assignment: bytes = b""
    programme: bytes = b""
    active: list[Said] = field(default_factory=list)
    cancels: list[Said] = field(default_factory=list)  # sent or withheld, and not yet run out
    outbox: list[tuple[int, bytes]] = field(default_factory=list)
    push: Callable[[int, bytes], None] = lambda _id, _sealed: None
    hint: Callable[[], None] = lambda: None
    counter: int = 0
    last_sha256: str = "0" * 64
    epoch: int = 0
    version: int = 0
    slots: tuple[month.Rule, ...] = month.RULES
    filler: bool = False
    doomed_answer: Callable[[], None] = lambda: None
    _set: tuple[float, bytes] = (-1e9, b"")
    _busy_s: float = -1e9
    _taken: dict[int, str] = field(default_factory=dict)
    _plays: dict[tuple[str, datetime], int] = field(default_factory=dict)

    @property
    def reachable(self) -> bool:
        return self.up and self.line

    @property
    def device(self) -> str:
        return seal.device_id(self.device_key)

    # --- papers ---------------------------------------------------------------------------------

    def assign(self, day: int) -> None:
        """Issue the assignment anew, with the policy of this day, and a programme under it."""
        self.epoch += 1
        now = self._now()
        paper = month.assignment(
            seal.device_id(self.device_key), self.device_key, self.epoch, now, day
        )
        self.assignment = self.authority.seal(Kind.ASSIGNMENT, paper)
        self.version = 0
        self.republish()

    def republish(self) -> None:
        """Issue the programme anew."""
        self.version += 1
        now = self._now()
        programme = Programme(
            device=seal.device_id(self.device_key),
            assignment_epoch=self.epoch,
            version=self.version,
            issued=now,
            not_before=now - timedelta(hours=1),
            soft_expires=now + timedelta(days=3),
            expires=now + timedelta(days=14),
            slots=tuple(rule.slot() for rule in self.slots),
            contents=tuple(month.content(n) for n in month.CONTENTS if n != month.WARNING_WORDS),
            filler=month.sha(8) if self.filler else None,
        )
        self.programme = self.authority.seal(Kind.PROGRAMME, programme)
        if self.reachable:
            self.hint()

    def approvals(self) -> tuple[bytes, ...]:
        """Return an approver's word for every content, and for the stream."""
        self._now()
        later = self.works.true + timedelta(days=60)
        named = [month.sha(n) for n in month.CONTENTS]
        live = [r.slot().live for r in month.RULES if r.live]
        named += [one.approved_as for one in live if one is not None]
        return tuple(self.authority.approve(name, not_after=later) for name in named)

    def active_set(self) -> bytes:
        """Return the set of what is in force, made anew each minute."""
        at_s, sealed = self._set
        if self.active:
            self._busy_s = self.works.elapsed_s
        every_s = SET_S if self.works.elapsed_s - self._busy_s < 900 else CALM_SET_S
        if self.works.elapsed_s - at_s >= every_s or not sealed:
            now = self._now()
            self.active = [a for a in self.active if a.document.expires > now]
            self.cancels = [a for a in self.cancels if a.document.expires > now]
            listed = [a.sealed for a in (*self.active, *self.cancels)]
            sealed = self.authority.activeset(listed, area="dt")
            self._set = (self.works.elapsed_s, sealed)
        return sealed

    def time(self, nonce: str) -> bytes:
        """Return the signed time."""
        return self.authority.time(seal.device_id(self.device_key), nonce, self._now())

    # --- emergencies and commands ---------------------------------------------------------------

    def say(
        self,
        areas: tuple[str, ...],
        life: timedelta,
        repeat: Repeat,
        *,
        message: MessageType = MessageType.ALERT,
        references: tuple[str, ...] = (),
        recorded: bool = False,
        languages: int = 1,
        silent: bool = False,
        zones: tuple[str, ...] = (),
        withheld: bool = False,
    ) -> Said:
        """Seal an announcement and push it; `silent` has no words (a cancel), `recorded` names a content.

        What is `withheld` is never pushed: the active set alone tells of it.
        """
        now = self._now()
        tone = Tone.ALL_CLEAR if message is MessageType.CANCEL else Tone.ATTENTION
        words = ("vi", "km")[:languages]
        infos = tuple(
            AnnouncementInfo(
                language=language,
                headline="Nước lũ lên nhanh",
                text="Bà con vùng trũng di chuyển lên nơi cao.",
                tone=tone,
                content=month.content(month.WARNING_WORDS)
                if recorded and language == "vi"
                else None,
            )
            for language in words
        )
        document = Announcement(
            id=self.authority.next_id(),
            message=message,
            status=Status.ACTUAL,
            sent=now,
            expires=now + life,
            areas=areas,
            references=references,
            event="Lũ",
            zones=zones,
            repeat=repeat,
            infos=() if silent else infos,
        )
        payload = codec.encode(document)
        sealed = self.authority.seal_bytes(Kind.ANNOUNCEMENT, payload)
        said = Said(document, sealed, seal.sha256(payload))
        if not any(area == month.AREA or month.AREA.startswith(f"{area}/") for area in areas):
            self.evidence.foreign.add(document.id)
        self.active = [a for a in self.active if a.document.id not in references]
        (self.cancels if message is MessageType.CANCEL else self.active).append(said)
        if withheld:
            self.evidence.withheld.append((self.works.elapsed_s, document.id))
        else:
            self._send(sealed)
        self._set = (-1e9, b"")
        return said

    def command(self, action: Action) -> None:
        """Send a command to the appliance."""
        self._now()
        self._send(self.authority.command(seal.device_id(self.device_key), action))

    def after(self, last_id: int) -> list[tuple[int, bytes]]:
        """Return what the outbox holds after an id."""
        return [(n, sealed) for n, sealed in self.outbox if n > last_id]

    def named(self, sha256: Sha256) -> bytes | None:
        """Return the announcement of this payload hash."""
        listed = (*self.active, *self.cancels)
        return next((a.sealed for a in listed if a.sha256 == sha256), None)

    # --- reports --------------------------------------------------------------------------------

    def take(self, sealed: bytes) -> bytes:
        """Take a report as the device API does: the same bytes again are answered alike, a gap is refused."""
        report = verify_report(sealed, self.device_key)
        payload = seal.read_envelope(sealed).payload_sha256
        known = self._taken.get(report.counter)
        if known == payload:
            return self._answer(report.counter)
        if known is not None or report.counter != self.counter + 1:
            raise LinkDenied("counter", 409, msgspec.json.encode({"expected": self.counter + 1}))
        assert report.previous_sha256 == self.last_sha256, "the chain of reports broke"
        self.counter, self.last_sha256 = report.counter, payload
        self._taken = {**dict(list(self._taken.items())[-50:]), report.counter: payload}
        self._keep(report)
        self.doomed_answer()
        return self._answer(report.counter)

    def _keep(self, report: Report) -> None:
        evidence = self.evidence
        for play in report.plays:  # one play is one record, the longer where it is told again
            mark = (play.key, play.started)
            place = self._plays.get(mark)
            if place is None:
                self._plays[mark] = len(evidence.told)
                evidence.told.append((report.counter, play))
            elif play.sounded_ms > evidence.told[place][1].sounded_ms:
                evidence.told[place] = (report.counter, play)
        evidence.refusals += report.refusals
        evidence.receipts += report.receipts
        evidence.local_warnings += [(w.id, w.over) for w in report.warnings]
        if report.health is not None:
            evidence.healths.append(report.health)

    def _answer(self, counter: int) -> bytes:
        return msgspec.json.encode({"acknowledged": counter})

    def _send(self, sealed: bytes) -> None:
        number = self.outbox[-1][0] + 1 if self.outbox else 1
        self.outbox = [*self.outbox, (number, sealed)][-OUTBOX_KEPT:]
        if self.reachable:
            self.push(number, sealed)

    def _now(self) -> datetime:
        self.authority.now = self.works.true
        return self.works.true


class Wire(Link):
    """The herald's way to a central in virtual time; raises as the real link does."""

    def __init__(self, central: Central, identity: "object") -> None:
        super().__init__("http://127.0.0.1:9", identity)  # type: ignore[arg-type]
        self._central = central

    def post(self, path: str, body: bytes) -> bytes:
        """Take a report to central. Raises `LinkDown` while no way leads there."""
        assert path == "/reports"
        if not self._central.reachable:
            raise LinkDown("central cannot be reached")
        return self._central.take(body)
