"""Who may do what, as values: the people of the chain, and the tree of areas, roles and people of the keyring.

Law of the room: pure. The picture shows what will hold once the drafts are signed, and says of each entry whether it
is new there, or leaves.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from tuf.api.metadata import Metadata, Root, Targets

from contract.area import segments
from contract.chain_people import (
    OFFLINE,
    ONLINE,
    ONLINE_ROLES,
    ROOT,
    TARGETS,
    holder_of,
    keys_for,
    public_of,
)
from contract.documents import Keyring, Role, RoleKey
from contract.enrolment import fingerprint
from contract.release import ReleaseIndex
from provisioning.ceremony import Ceremony

Tone = Literal["ok", "soon", "over"]
Mark = Literal["", "new", "gone"]
SOON: Final = timedelta(days=60)
ROLE_WORDS: Final = {
    Role.APPROVE: "duyệt nội dung",
    Role.EMERGENCY: "phát khẩn cấp",
    Role.ASSIGN: "gán cụm loa",
    Role.SCHEDULE: "máy chủ ký lịch phát",
    Role.ACTIVE_SET: "máy chủ ký danh sách hiệu lực",
    Role.COMMAND: "máy chủ ra lệnh",
    Role.TIME: "máy chủ báo giờ",
}
LINK_WORDS: Final = {
    "root": "ký gốc",
    "targets": "ký vòng khóa",
    "snapshot": "máy chủ chụp danh mục",
    "timestamp": "máy chủ đóng dấu ngày",
}
SERVERS: Final = frozenset({*ONLINE, *(role.value for role in ONLINE_ROLES)})


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """One person's key: the name, the fingerprint to compare, and its end where it has one of its own."""

    name: str
    print_: str
    ends: datetime | None = None
    tone: Tone = "ok"
    mark: Mark = ""


class Office(msgspec.Struct, frozen=True, kw_only=True):
    """What may be done by how many of whom."""

    name: str
    word: str
    needed: int
    voices: tuple[Voice, ...]

    @property
    def count(self) -> str:
        """Return how many of how many must sign, in words; nothing for a key of the server."""
        staying = sum(voice.mark != "gone" for voice in self.voices)
        return "" if self.name in SERVERS else f"{self.needed} trong {staying} người"


class Branch(msgspec.Struct, frozen=True, kw_only=True):
    """An area and its offices; `depth` counts from 0."""

    area: str
    depth: int
    offices: tuple[Office, ...]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """A link of the chain, its number, and when it runs out."""

    name: str
    number: int
    ends: datetime
    tone: Tone


class ReleaseSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The release that will hold, and the one before where it is another; `mark` is new for a draft's."""

    counter: int
    version: str
    size_bytes: int
    made_at: datetime
    goes_back: bool
    notes: str
    before: str = ""
    mark: Mark = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """All that `inspect` shows; `missing` says in words which signatures a draft still lacks."""

    at: datetime
    ends: tuple[End, ...]
    chain: tuple[Office, ...]
    branches: tuple[Branch, ...]
    missing: tuple[str, ...]
    release: ReleaseSeen | None = None


def picture(ceremony: Ceremony, now: datetime) -> Picture:
    """Return the picture of a ceremony at `now`."""
    root, ring = ceremony.next_root, ceremony.next_keyring
    targets = ceremony.targets_draft or ceremony.targets
    ends = [End(name="root", number=root.version, ends=root.expires, tone=tone(root.expires, now))]
    if targets is not None and ring is not None:
        signed = targets.signed
        ends += [
            End(
                name="targets",
                number=signed.version,
                ends=signed.expires,
                tone=tone(signed.expires, now),
            ),
            End(name="keyring", number=ring.epoch, ends=ring.expires, tone=tone(ring.expires, now)),
        ]
    return Picture(
        at=now,
        ends=tuple(ends),
        chain=tuple(_link(root, ceremony.root, role) for role in (*OFFLINE, *ONLINE)),
        branches=_branches(ring, ceremony.keyring, now),
        missing=tuple(_missing(ceremony)),
        release=_release(ceremony.next_release, ceremony.release),
    )


def _release(coming: ReleaseIndex | None, held: ReleaseIndex | None) -> ReleaseSeen | None:
    if coming is None:
        return None
    other = coming != held
    return ReleaseSeen(
        counter=coming.counter,
        version=coming.version,
        size_bytes=coming.system.bytes + sum(one.bytes for one in coming.starters),
        made_at=coming.made_at,
        goes_back=coming.goes_back,
        notes=coming.notes.vi,
        before="" if held is None or not other else f"{held.version} (số {held.counter})",
        mark="new" if other else "",
    )


def _missing(ceremony: Ceremony) -> Iterator[str]:
    """Yield which signatures the drafts still lack."""
    released = ceremony.targets_draft is not None and ceremony.release_draft != ceremony.release
    targets = "Vòng khóa và bản phát hành mới" if released else "Vòng khóa mới"
    drafts: list[tuple[str, Root | None, str, Metadata[Root] | Metadata[Targets] | None]] = [
        ("Gốc mới, theo gốc đang dùng", ceremony.root, ROOT, ceremony.root_draft),
        ("Gốc mới, theo chính nó", ceremony.next_root, ROOT, ceremony.root_draft),
        (
            targets,
            ceremony.next_root,
            TARGETS,
            ceremony.targets_draft,
        ),
    ]
    for what, root, role, draft in drafts:
        if root is None or draft is None:
            continue
        found = root.get_verification_result(role, draft.signed_bytes, draft.signatures)
        if not found.verified:
            people = ", ".join(sorted(holder_of(key) for key in found.unsigned.values()))
            count = f"có {len(found.signed)} trong {found.threshold} chữ ký"
            yield f"{what}: {count}, còn cần {found.missing} trong số: {people}"


def tone(ends: datetime, now: datetime) -> Tone:
    """Return how near an end is."""
    return "over" if ends <= now else "soon" if ends - now < SOON else "ok"


def _link(root: Root, before: Root | None, role: str) -> Office:
    now_there = {key.keyid: key for key in keys_for(root, role)}
    was_there = {} if before is None else {key.keyid: key for key in keys_for(before, role)}
    voices = tuple(
        Voice(
            name=holder_of(key),
            print_=fingerprint(public_of(key)),
            mark="gone"
            if keyid not in now_there
            else "new"
            if before is not None and keyid not in was_there
            else "",
        )
        for keyid, key in (was_there | now_there).items()
    )
    return Office(
        name=role, word=LINK_WORDS[role], needed=root.roles[role].threshold, voices=voices
    )


def _branches(ring: Keyring | None, before: Keyring | None, now: datetime) -> tuple[Branch, ...]:
    new = () if ring is None else ring.keys
    old = () if before is None else before.keys
    kept = {_same(key) for key in new}
    entries = [*new, *(key for key in old if _same(key) not in kept)]
    known = {_same(key) for key in old} if before is not None else kept
    rules = {} if ring is None else {(r.role, r.area): r.count for r in ring.thresholds}
    areas = {key.scope for key in entries} | {area for _, area in rules}
    return tuple(
        Branch(
            area=area,
            depth=len(segments(area)) - 1,
            offices=tuple(
                Office(
                    name=role.value,
                    word=ROLE_WORDS[role],
                    needed=rules.get((role, area), 1),
                    voices=tuple(
                        Voice(
                            name=key.holder,
                            print_=fingerprint(key.key),
                            ends=key.not_after,
                            tone=tone(key.not_after, now),
                            mark=_mark(key, kept, known),
                        )
                        for key in _at(entries, role, area)
                    ),
                )
                for role in ROLE_WORDS
                if (role, area) in rules or any(_at(entries, role, area))
            ),
        )
        for area in sorted(areas, key=segments)
    )


def _mark(key: RoleKey, kept: set[tuple[str, ...]], known: set[tuple[str, ...]]) -> Mark:
    return "gone" if _same(key) not in kept else "" if _same(key) in known else "new"


def _at(entries: Iterable[RoleKey], role: Role, area: str) -> list[RoleKey]:
    found = [key for key in entries if key.role is role and key.scope == area]
    return sorted(found, key=lambda key: key.holder)


def _same(key: RoleKey) -> tuple[str, ...]:
    return key.key, key.role.value, key.scope, key.not_after.isoformat()
