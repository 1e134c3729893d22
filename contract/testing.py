"""A signing authority with every role, for tests of every room and for rehearsals.

Law of the room: real keys, real seals, nothing pretended. Time is a given instant; ids and versions
count up from 1. `Authority` is the one value here that changes: it counts.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from contract import codec, seal
from contract.documents import (
    Action,
    ActiveEntry,
    ActiveSet,
    Announcement,
    AnnouncementInfo,
    Approval,
    AreaPath,
    Assignment,
    Command,
    Content,
    DeviceId,
    Document,
    Keyring,
    Kind,
    MessageType,
    Policy,
    Programme,
    PublicKey,
    Reload,
    Repeat,
    Report,
    Role,
    RoleKey,
    Sha256,
    SignedTime,
    Slot,
    StaffPin,
    Status,
    Threshold,
    Tone,
    Zone,
)
from contract.seal import SigningKey

NOW: Final = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 10:00 in Đồng Tháp
YARD: Final = Zone(name="san", title="Sân", relay_pin=17)
ROLES: Final[Mapping[Kind, Role]] = {
    Kind.ASSIGNMENT: Role.ASSIGN,
    Kind.PROGRAMME: Role.SCHEDULE,
    Kind.APPROVAL: Role.APPROVE,
    Kind.ANNOUNCEMENT: Role.EMERGENCY,
    Kind.ACTIVE_SET: Role.ACTIVE_SET,
    Kind.COMMAND: Role.COMMAND,
    Kind.TIME: Role.TIME,
}


def device_key(name: str = "appliance") -> SigningKey:
    """Return the same key for the same name, so that a failing test can be run again."""
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


class Authority:
    """Keys for every role at `root_area`, the keyring that names them, and a verb per document.

    Each verb returns the sealed bytes. `now` may be set; every document is issued then.
    """

    def __init__(
        self, root_area: AreaPath, now: datetime, keys: Mapping[Role, SigningKey], keyring: Keyring
    ) -> None:
        self.root_area = root_area
        self.now = now
        self.keys = dict(keys)
        self.keyring = keyring
        self._counted: dict[str, int] = {}

    @classmethod
    def make(
        cls,
        root_area: AreaPath = "dt",
        now: datetime = NOW,
        *,
        thresholds: Iterable[Threshold] = (),
        seed: str | None = None,
    ) -> "Authority":
        """Return an authority with one key and holder per role; with `seed` always the same."""
        keys = {
            role: SigningKey.generate() if seed is None else device_key(f"{seed}:{role.value}")
            for role in Role
        }
        year = now + timedelta(days=365)
        keyring = Keyring(
            epoch=1,
            issued=now - timedelta(days=1),
            expires=year,
            keys=tuple(
                RoleKey(
                    key=key.public,
                    holder=f"Người giữ {role.value}",
                    role=role,
                    scope=root_area,
                    not_after=year,
                )
                for role, key in keys.items()
            ),
            thresholds=tuple(thresholds),
        )
        return cls(root_area, now, keys, keyring)

    def add_key(
        self,
        role: Role,
        scope: AreaPath | None = None,
        *,
        holder: str | None = None,
        key: SigningKey | None = None,
        not_after: datetime | None = None,
    ) -> SigningKey:
        """Return a further key (new unless given) entered into a keyring of the next epoch."""
        added = SigningKey.generate() if key is None else key
        entry = RoleKey(
            key=added.public,
            holder=f"Người giữ {added.keyid}" if holder is None else holder,
            role=role,
            scope=self.root_area if scope is None else scope,
            not_after=self.now + timedelta(days=365) if not_after is None else not_after,
        )
        self._next_keyring((*self.keyring.keys, entry))
        return added

    def revoke(self, key: SigningKey) -> Keyring:
        """Return a keyring of the next epoch without `key`."""
        return self._next_keyring(tuple(k for k in self.keyring.keys if k.key != key.public))

    def seal(self, kind: Kind, document: Document, *by: Role | SigningKey) -> bytes:
        """Return `document` sealed as `kind` by these, or by the role the kind asks for."""
        return self.seal_bytes(kind, codec.encode(document), *by)

    def seal_bytes(self, kind: Kind, payload: bytes, *by: Role | SigningKey) -> bytes:
        """Return any bytes sealed as `kind`: for documents that no honest writer would sign."""
        keys = [self.keys[key] if isinstance(key, Role) else key for key in by or (ROLES[kind],)]
        return seal.seal(kind, payload, keys)

    def assign(
        self,
        device_key: PublicKey,
        area: AreaPath | None = None,
        *,
        zones: Sequence[Zone] = (YARD,),
        policy: Policy | None = None,
        staff: Sequence[StaffPin] = (),
        epoch: int | None = None,
        name: str = "Cụm loa ấp 1",
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return the assignment of an appliance; epochs count up by themselves."""
        assignment = Assignment(
            device=seal.device_id(device_key),
            device_key=device_key,
            epoch=self._count(f"assignment {device_key}") if epoch is None else epoch,
            issued=self.now,
            name=name,
            area=f"{self.root_area}/my-phong/ap-1" if area is None else area,
            zones=tuple(zones),
            policy=Policy() if policy is None else policy,
            staff=tuple(staff),
        )
        return self.seal(Kind.ASSIGNMENT, assignment, *by)

    def programme(  # noqa: PLR0913  the parts of a programme
        self,
        device: DeviceId,
        slots: Sequence[Slot] = (),
        contents: Sequence[Content] = (),
        *,
        version: int | None = None,
        assignment_epoch: int = 1,
        filler: Sha256 | None = None,
        not_before: datetime | None = None,
        expires: datetime | None = None,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return a programme living 7 days, fresh for 3; versions count up by themselves."""
        ends = self.now + timedelta(days=7) if expires is None else expires
        programme = Programme(
            device=device,
            assignment_epoch=assignment_epoch,
            version=self._count(f"programme {device}") if version is None else version,
            issued=self.now,
            not_before=self.now - timedelta(hours=1) if not_before is None else not_before,
            soft_expires=min(ends, self.now + timedelta(days=3)),
            expires=ends,
            slots=tuple(slots),
            contents=tuple(contents),
            filler=filler,
        )
        return self.seal(Kind.PROGRAMME, programme, *by)

    def approve(
        self,
        sha256: Sha256,
        area: AreaPath | None = None,
        *,
        title: str = "Bản tin",
        not_after: datetime | None = None,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return the approval of a content, for 30 days."""
        approval = Approval(
            sha256=sha256,
            title=title,
            area=self.root_area if area is None else area,
            issued=self.now,
            not_after=self.now + timedelta(days=30) if not_after is None else not_after,
        )
        return self.seal(Kind.APPROVAL, approval, *by)

    def announce(  # noqa: PLR0913  the parts of an announcement
        self,
        areas: Sequence[AreaPath] | None = None,
        text: str = "Lũ đang lên nhanh. Bà con di chuyển lên nơi cao.",
        *,
        id: str | None = None,  # noqa: A002  the field's own name
        message: MessageType = MessageType.ALERT,
        references: Sequence[str] = (),
        status: Status = Status.ACTUAL,
        sent: datetime | None = None,
        expires: datetime | None = None,
        zones: Sequence[str] = (),
        volume_pct: int = 100,
        repeat: Repeat | None = None,
        tone: Tone = Tone.ATTENTION,
        content: Content | None = None,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return an announcement for 6 hours, to the root area unless told; ids count up."""
        begins = self.now if sent is None else sent
        info = AnnouncementInfo(
            language="vi", headline="Cảnh báo lũ", text=text, tone=tone, content=content
        )
        announcement = Announcement(
            id=self.next_id() if id is None else id,
            message=message,
            status=status,
            sent=begins,
            expires=begins + timedelta(hours=6) if expires is None else expires,
            areas=(self.root_area,) if areas is None else tuple(areas),
            references=tuple(references),
            event="Lũ",
            zones=tuple(zones),
            volume_pct=volume_pct,
            repeat=Repeat() if repeat is None else repeat,
            infos=() if message is MessageType.CANCEL else (info,),
        )
        return self.seal(Kind.ANNOUNCEMENT, announcement, *by)

    def cancel(
        self,
        *references: str,
        areas: Sequence[AreaPath] | None = None,
        id: str | None = None,  # noqa: A002  the field's own name
        sent: datetime | None = None,
        status: Status = Status.ACTUAL,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return the cancel of the announcements with these ids."""
        return self.announce(
            areas,
            id=id,
            message=MessageType.CANCEL,
            references=references,
            sent=sent,
            status=status,
            by=by,
        )

    def activeset(
        self,
        announcements: Iterable[bytes] = (),
        *,
        area: AreaPath | None = None,
        version: int | None = None,
        min_keyring_epoch: int | None = None,
        expires: datetime | None = None,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return the active set listing these sealed announcements; versions count up."""
        listed = self.root_area if area is None else area
        epoch = self.keyring.epoch if min_keyring_epoch is None else min_keyring_epoch
        active_set = ActiveSet(
            area=listed,
            version=self._count(f"activeset {listed}") if version is None else version,
            issued=self.now,
            expires=self.now + timedelta(minutes=10) if expires is None else expires,
            min_keyring_epoch=epoch,
            active=tuple(_entry(sealed) for sealed in announcements),
        )
        return self.seal(Kind.ACTIVE_SET, active_set, *by)

    def command(
        self,
        device: DeviceId,
        action: Action | None = None,
        *,
        counter: int | None = None,
        issued: datetime | None = None,
        expires: datetime | None = None,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return a command (`Reload` unless told) living 5 minutes; counters count up."""
        begins = self.now if issued is None else issued
        command = Command(
            device=device,
            counter=self._count(f"command {device}") if counter is None else counter,
            issued=begins,
            expires=begins + timedelta(minutes=5) if expires is None else expires,
            action=Reload() if action is None else action,
        )
        return self.seal(Kind.COMMAND, command, *by)

    def time(
        self,
        device: DeviceId,
        nonce: str,
        now: datetime | None = None,
        *,
        by: Sequence[Role | SigningKey] = (),
    ) -> bytes:
        """Return the time (the authority's own unless told) for the appliance that asked with `nonce`."""
        signed = SignedTime(device=device, nonce=nonce, now=self.now if now is None else now)
        return self.seal(Kind.TIME, signed, *by)

    def next_id(self) -> str:
        """Return the next announcement id of this authority's issuer: `dt:1:1`, then `dt:1:2`."""
        issuer = self.root_area.replace("/", "-")
        return f"{issuer}:1:{self._count('announcement')}"

    def _count(self, what: str) -> int:
        self._counted[what] = self._counted.get(what, 0) + 1
        return self._counted[what]

    def _next_keyring(self, keys: tuple[RoleKey, ...]) -> Keyring:
        self.keyring = msgspec.structs.replace(
            self.keyring, epoch=self.keyring.epoch + 1, keys=keys
        )
        return self.keyring


def report(key: SigningKey, counter: int, previous: Sha256, now: datetime = NOW) -> bytes:
    """Return an empty report sealed by the appliance's own key."""
    empty = Report(
        device=seal.device_id(key.public), counter=counter, previous_sha256=previous, issued=now
    )
    return seal.seal(Kind.REPORT, codec.encode(empty), [key])


def _entry(sealed: bytes) -> ActiveEntry:
    envelope = seal.read_envelope(sealed)
    announcement = codec.decode(Kind.ANNOUNCEMENT, envelope.payload)
    if not isinstance(announcement, Announcement):
        msg = "an active set lists sealed announcements"
        raise TypeError(msg)
    return ActiveEntry(id=announcement.id, payload_sha256=envelope.payload_sha256)
