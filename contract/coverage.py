"""Coverage: which signed paper stands behind a play, as the appliance told it.

Law of the room: pure. What staff decided on the spot needs no paper: their voice, recording, phone and line input,
a local emergency, a self-test. Everything else was signed by somebody, so it stands in the log; what does not was
signed behind the log's back, or by nobody.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from contract.documents import LineIn, Play, StreamRelay
from contract.errors import RefusalCode, Refused

_LOCAL_SOURCES: Final = ("tone:", "voice:", "recording:", "phone:")
_MADE_HERE: Final = ("tone:", "voice:")
_STREAM: Final = "stream:"
_LINE_IN: Final = "line-in"
_DIGEST_CHARS: Final = 64


class Claim(StrEnum):
    """What a play says it comes from."""

    LOCAL = "local"  # a decision of staff on the spot: no paper is asked for
    SLOT = "slot"  # a slot of a programme
    FILLER = "filler"  # the filler of a programme
    ANNOUNCEMENT = "announcement"  # an announcement by its id
    CONTENT = "content"  # content that staff chose from the approved ones
    UNKNOWN = "unknown"  # nothing that an appliance of ours would say


class Wanted(msgspec.Struct, frozen=True):
    """What must stand in the log for a play to be covered.

    `name` is the slot's or announcement's id, empty for others; `source` the content's SHA-256, `stream:` with the
    address (cut to 200 characters, as reports cut it), or `line-in`. `approved_as` is the name under which an
    approver signs that source, empty where it cannot be told.
    """

    claim: Claim
    name: str
    source: str
    approved_as: str


class Listed(msgspec.Struct, frozen=True):
    """What one programme lets sound: sources by slot, and its filler (empty for none)."""

    slots: dict[str, frozenset[str]]
    filler: str


def wanted(play: Play) -> Wanted:
    """Return what must stand in the log for this play."""
    claim, name = _claim(play.key, play.source)
    return Wanted(claim, name, play.source, _approved_as(play.source))


def listed(body: bytes) -> Listed:
    """Return what a programme's shared part (`signed_log.Parts.body`) lets sound; raises `Refused` MALFORMED."""
    try:
        read = msgspec.json.decode(b"{" + body, type=_Body)
    except msgspec.MsgspecError as fault:
        raise Refused(RefusalCode.MALFORMED, f"no programme's slots: {fault}") from fault
    sources = {
        slot.id: frozenset({*slot.items, *(() if slot.live is None else (name_of(slot.live),))})
        for slot in read.slots
    }
    return Listed(sources, read.filler or "")


def in_programme(claimed: Wanted, programmes: Iterable[Listed]) -> bool:
    """Return whether one of these programmes of the appliance lets this sound."""
    if claimed.claim is Claim.FILLER:
        return any(claimed.source == programme.filler for programme in programmes)
    return any(claimed.source in programme.slots.get(claimed.name, ()) for programme in programmes)


def name_of(live: StreamRelay | LineIn) -> str:
    """Return a live source as reports name it."""
    return f"{_STREAM}{live.url}"[:200] if isinstance(live, StreamRelay) else _LINE_IN


def _claim(key: str, source: str) -> tuple[Claim, str]:
    kind, _, rest = key.partition("/")
    name = rest.partition("/")[0]
    if kind == "slot" and name:
        return Claim.SLOT, name
    if kind == "filler":
        return Claim.FILLER, ""
    if kind == "alert" and name.startswith("local-"):
        made_here = source.startswith(_MADE_HERE)
        return (Claim.LOCAL if made_here else Claim.UNKNOWN), ""
    if kind == "alert" and name:
        return Claim.ANNOUNCEMENT, name
    if kind in {"staff", "test"}:
        if source == _LINE_IN or source.startswith(_LOCAL_SOURCES):
            return Claim.LOCAL, ""
        return (Claim.CONTENT if kind == "staff" else Claim.UNKNOWN), ""
    return Claim.UNKNOWN, ""


def _approved_as(source: str) -> str:
    """Return the name of a source in approvals; that of a stream only where its whole address is told."""
    if source == _LINE_IN:
        return LineIn().approved_as
    if source.startswith(_STREAM):
        try:
            url = source.removeprefix(_STREAM)
            live = msgspec.convert({"live": "stream", "url": url}, StreamRelay)
        except msgspec.ValidationError:
            return ""
        return live.approved_as if len(source) < 200 else ""
    return source if len(source) == _DIGEST_CHARS else ""


class _Slot(msgspec.Struct, frozen=True):
    id: str
    items: tuple[str, ...] = ()
    live: StreamRelay | LineIn | None = None


class _Body(msgspec.Struct, frozen=True):
    slots: tuple[_Slot, ...] = ()
    filler: str | None = None
