"""What a person says when they raise an alarm, and who may take one back.

Law of the room: pure. Central judges a cancel or update as every appliance does, because what it lets pass
leaves the active set, and what leaves the active set falls silent.
"""

from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta

from central.domain.errors import Unacceptable
from contract import keyring as keyrings
from contract.area import is_at_or_below, segments
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    AreaPath,
    Content,
    Keyring,
    MessageType,
    PublicKey,
    Repeat,
    Role,
    RoleKey,
    Status,
    Tone,
)

LONGEST = timedelta(hours=24)
# A drill says that it is one, first and in every language; one without words of ours says it in Vietnamese.
DRILL_OPENINGS = {
    "vi": {Status.ACTUAL: "", Status.EXERCISE: "Diễn tập: ", Status.TEST: "Kiểm tra: "},
    "en": {Status.ACTUAL: "", Status.EXERCISE: "Exercise: ", Status.TEST: "Test: "},
}


class AlarmDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be announced; `update_of` names the announcement it replaces, `life` is at most 24 h.

    `voice` is the key of an operator who speaks it himself; the text is then for boards and where he is not heard.
    The first language's words stand here, those of further languages in `more`.
    """

    areas: tuple[str, ...]
    event: str
    headline: str
    text: str
    language: str = "vi"
    status: Status = Status.ACTUAL
    life: timedelta = timedelta(hours=6)
    tone: Tone = Tone.ATTENTION
    repeat: Repeat = Repeat()
    zones: tuple[str, ...] = ()
    volume_pct: int = 100
    severity: str = "Severe"
    urgency: str = "Immediate"
    certainty: str = "Observed"
    content_sha256: str | None = None
    update_of: str | None = None
    voice: str | None = None
    more: Annotated[tuple[AnnouncementInfo, ...], Meta(max_length=7)] = ()


def announcement_of(
    draft: AlarmDraft, content: Content | None, new_id: str, now: datetime
) -> Announcement:
    """Return the announcement to be signed; raises `Unacceptable` with what to change."""
    sent = now.replace(microsecond=0)
    try:
        return Announcement(
            id=new_id,
            message=MessageType.UPDATE if draft.update_of else MessageType.ALERT,
            status=draft.status,
            sent=sent,
            expires=sent + draft.life,
            areas=draft.areas,
            references=(draft.update_of,) if draft.update_of else (),
            event=draft.event,
            urgency=draft.urgency,
            severity=draft.severity,
            certainty=draft.certainty,
            zones=draft.zones,
            volume_pct=draft.volume_pct,
            repeat=draft.repeat,
            infos=(
                AnnouncementInfo(
                    language=draft.language,
                    headline=draft.headline,
                    text=draft.text,
                    tone=draft.tone,
                    content=content,
                    voice=UNSET if draft.voice is None else PublicKey(draft.voice),
                ),
                *draft.more,
            ),
        )
    except ValueError as fault:
        raise Unacceptable(f"Thông báo chưa đúng: {fault}.", "bad-announcement") from fault


def cancel_of(original: Announcement, new_id: str, now: datetime) -> Announcement:
    """Return the cancel of an announcement: same areas, same status, lasting as long as what it ends."""
    sent = now.replace(microsecond=0)
    ends = min(max(original.expires, sent + timedelta(minutes=10)), sent + LONGEST)
    return Announcement(
        id=new_id,
        message=MessageType.CANCEL,
        status=original.status,
        sent=sent,
        expires=ends,
        areas=original.areas,
        references=(original.id,),
        event=original.event,
    )


def clear_words(original: Announcement) -> tuple[AnnouncementInfo, ...]:
    """Return what is said when an announcement is over: Vietnamese first, English where it was said too.

    A drill says that it was one, as its announcement did.
    """
    vi, en = DRILL_OPENINGS["vi"][original.status], DRILL_OPENINGS["en"][original.status]
    event = original.event
    clear = AnnouncementInfo(
        language="vi",
        headline=f"{vi}Báo yên: {event}"[:200],
        text=f"Tin cuối cùng. Cảnh báo {event.lower()} đã hết. Cảm ơn bà con đã theo dõi.",
        tone=Tone.ALL_CLEAR,
    )
    if not any(info.language == "en" for info in original.infos):
        return (clear,)
    english = AnnouncementInfo(
        language="en",
        headline=f"{en}All clear",
        text="This is the last announcement. The warning is over. Thank you for listening.",
        tone=Tone.NONE,
    )
    return (clear, english)


def issuer_of(area: AreaPath) -> str:
    """Return the issuer that speaks from an area, as it stands in an announcement's id."""
    return area.replace("/", "-")[:40].strip("-")


def may_change(
    keyring: Keyring,
    later: tuple[Announcement, tuple[RoleKey, ...]],
    original: tuple[Announcement, tuple[RoleKey, ...]],
) -> bool:
    """Return whether the signers of `later` had standing over `original`, by the contract's rule.

    The same issuer with at least the scope of the highest signer, or a scope strictly above; as many people as the
    original itself asked for.
    """
    word, signers = later
    before, first_signers = original
    if word.status is not before.status or not first_signers:
        return False
    highest = min(keyrings.voices(first_signers), key=lambda scope: len(segments(scope)))
    same_issuer = word.id.partition(":")[0] == before.id.partition(":")[0]
    able = [
        scope
        for scope in keyrings.voices(signers)
        if is_at_or_below(highest, scope) and (same_issuer or scope != highest)
    ]
    return len(able) >= keyrings.threshold(keyring, Role.EMERGENCY, before.areas)
