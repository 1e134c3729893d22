"""Who may do what, as the console shows it: the chain's links and people, and the keyring by area and role.

Law of the room: reads only. What is shown is what central itself judges by, so that a page cannot flatter it.
"""

from datetime import datetime, timedelta
from typing import Literal

from tuf.api.metadata import Root

from central.domain.states import State
from central.services.areas import list_areas
from central.services.unit import Unit
from contract.area import segments
from contract.chain_people import OFFLINE, ONLINE, ONLINE_ROLES, holder_of, keys_for, public_of
from contract.documents import Keyring, Role
from contract.enrolment import fingerprint

Tone = Literal["ok", "warn", "bad"]
SOON = timedelta(days=60)
LATE = timedelta(days=2)  # the timestamp is signed daily
_ORDER = (
    Role.EMERGENCY,
    Role.APPROVE,
    Role.ASSIGN,
    Role.SCHEDULE,
    Role.ACTIVE_SET,
    Role.COMMAND,
    Role.TIME,
)


class LinkView(State, frozen=True, kw_only=True):
    """A link of the chain: its number, and when it runs out."""

    name: str
    number: int
    ends: datetime
    tone: Tone


class VoiceView(State, frozen=True, kw_only=True):
    """A person's key, or the server's: the name, the fingerprint to compare, and its end where it has its own."""

    name: str
    fingerprint: str
    ends: datetime | None = None
    tone: Tone = "ok"


class OfficeView(State, frozen=True, kw_only=True):
    """A role: how many of whom must sign; `online` where the server signs it by itself."""

    role: str
    needed: int
    online: bool
    voices: tuple[VoiceView, ...]


class BranchView(State, frozen=True, kw_only=True):
    """An area and who may do what there and below."""

    path: str
    name: str
    offices: tuple[OfficeView, ...]


class TrustView(State, frozen=True, kw_only=True):
    """The whole page; `stamped` is when the timestamp was last signed."""

    links: tuple[LinkView, ...]
    stamped: datetime
    stamped_tone: Tone
    chain: tuple[OfficeView, ...]
    branches: tuple[BranchView, ...]

    @property
    def tone(self) -> Tone:
        """Return the worst of all ends."""
        voices = (voice for branch in self.branches for o in branch.offices for voice in o.voices)
        tones = {self.stamped_tone, *(link.tone for link in self.links), *(v.tone for v in voices)}
        return "bad" if "bad" in tones else "warn" if "warn" in tones else "ok"


def trust_view(unit: Unit, *, now: datetime) -> TrustView:
    """Return who may do what at `now`."""
    served = unit.house.repository.served
    chain, ring = served.chain, unit.house.keyring.current()
    links = (
        ("root", chain.root.version, chain.root.expires),
        ("targets", chain.targets.version, chain.targets.expires),
        ("keyring", ring.epoch, ring.expires),
    )
    stamped = served.timestamp_signed
    return TrustView(
        links=tuple(
            LinkView(name=name, number=number, ends=ends, tone=_tone(ends, now))
            for name, number, ends in links
        ),
        stamped=stamped,
        stamped_tone="ok" if now - stamped < LATE else _tone(served.timestamp_expires, now),
        chain=tuple(_of_chain(chain.root, role) for role in (*OFFLINE, *ONLINE)),
        branches=_branches(unit, ring, now),
    )


def _of_chain(root: Root, role: str) -> OfficeView:
    voices = (
        VoiceView(name=holder_of(key), fingerprint=fingerprint(public_of(key)))
        for key in keys_for(root, role)
    )
    return OfficeView(
        role=role,
        needed=root.roles[role].threshold,
        online=role in ONLINE,
        voices=tuple(voices),
    )


def _branches(unit: Unit, ring: Keyring, now: datetime) -> tuple[BranchView, ...]:
    names = {area.path: area.name for area in list_areas(unit)}
    areas = {key.scope for key in ring.keys} | {rule.area for rule in ring.thresholds}
    return tuple(
        BranchView(path=area, name=names.get(area, area), offices=_offices(ring, area, now))
        for area in sorted(areas, key=segments)
    )


def _offices(ring: Keyring, area: str, now: datetime) -> tuple[OfficeView, ...]:
    rules = {rule.role: rule.count for rule in ring.thresholds if rule.area == area}
    found: list[OfficeView] = []
    for role in _ORDER:
        keys = sorted(
            (key for key in ring.keys if key.role is role and key.scope == area),
            key=lambda key: key.holder,
        )
        if not keys and role not in rules:
            continue
        voices = (
            VoiceView(
                name=key.holder,
                fingerprint=fingerprint(key.key),
                ends=key.not_after,
                tone=_tone(key.not_after, now),
            )
            for key in keys
        )
        found.append(
            OfficeView(
                role=role.value,
                needed=rules.get(role, 1),
                online=role in ONLINE_ROLES,
                voices=tuple(voices),
            )
        )
    return tuple(found)


def _tone(ends: datetime, now: datetime) -> Tone:
    return "bad" if ends <= now else "warn" if ends - now < SOON else "ok"
