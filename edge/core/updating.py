"""Updating: when a release is fetched, written, tried, kept or left.

Law of the room: pure. Nothing is written or restarted while anything sounds or will within half an hour, while a
warning is in force, while staff talk or have put something on, without mains where that is known, or on an untrusted
clock; a restart is made in its hours alone, unless a person brought the release on a stick. A trial is kept after
`trial_s` of readiness without a gap, and left after `patience_s`. What failed here once is not tried again by itself.
"""

from typing import Final, assert_never
from zoneinfo import ZoneInfo

import msgspec

from contract import timeline
from contract.documents import Update, UpdateState
from edge.core import findings
from edge.core.air import Air
from edge.core.desk import Desk, Updating, noted
from edge.core.events import ReleaseFetched, ReleaseOffered, ReleaseStuck, SlotsSeen
from edge.core.moment import Clock, Moment
from edge.core.orders import Ask, AskRelease, FetchRelease, HoldRelease, KeepUpdate, WishSlot
from edge.core.page import NoteKind
from edge.core.update_facts import GaveUp, Offer, Trying, UpdateKept, UpdateStart, Verb

QUIET_S: Final = 1_800.0  # so long before a slot nothing is written and nothing restarted
ASK_S: Final = 1_800.0
ANSWER_S: Final = (
    300.0  # the unit is asked again after this; a long writing tells how far it is meanwhile
)
STUCK_S: Final = 6 * 3_600.0
FETCH_AGAIN: Final = frozenset({"lacking", "bad-list", "wrong-starters"})
FETCH_AGAIN_S: Final = 600.0
HEARD_S: Final = 15.0  # the sound path is well when the monitor measured something this lately
FAILED_KEPT: Final = 8
NEVER_CAME_UP: Final = "không khởi động được, hoặc mất điện khi đang thử"

replace = msgspec.structs.replace
Told = SlotsSeen | ReleaseOffered | ReleaseFetched | ReleaseStuck


# --- what happened --------------------------------------------------------------------------------


def begun(desk: Desk, start: UpdateStart | None, now: Moment) -> Desk:
    """Return the desk of a start: whether a trial runs, was kept, or came to nothing."""
    if start is None:
        return desk
    up = Updating(
        rules=start.rules, slots=start.slots, kept=start.kept, began_mono_s=start.began_mono_s
    )
    trying = start.kept.trying
    if trying is None:
        return replace(desk, update=up)
    if start.slots.trial and start.slots.running_counter == trying.counter:
        text = f"Đang thử bản {trying.version}."
        return noted(replace(desk, update=up), now.wall, NoteKind.MACHINE, text)
    if (
        start.slots.running_counter == trying.counter
    ):  # kept, and the power went before we heard of it
        up = replace(up, kept=replace(up.kept, trying=None), unkept=True)
        return replace(desk, update=up)
    why = trying.why or NEVER_CAME_UP
    up = _given_up(up, trying, why)
    text = f"Bản {trying.version} không chạy được, đã quay lại bản cũ: {why}."
    return noted(replace(desk, update=up), now.wall, NoteKind.MACHINE, text)


def told(desk: Desk, event: Told, now: Moment) -> Desk:
    """Return the desk after what the updater saw."""
    up = desk.update
    if up is None:
        return desk
    match event:
        case SlotsSeen():
            return _answered(replace(desk, update=replace(up, slots=event.slots)), now)
        case ReleaseOffered(offer=offer):
            return replace(desk, update=_offered(up, offer))
        case ReleaseFetched() if up.offer is not None and event.counter == up.offer.counter:
            up = replace(
                up,
                have_bytes=event.have_bytes,
                total_bytes=event.total_bytes,
                fetched_bytes=event.fetched_bytes,
                whole=event.whole,
                fetching=up.fetching and not event.whole,
                stuck="",
                stuck_code="",
            )
            return replace(desk, update=up)
        case ReleaseStuck() if up.offer is not None and event.counter == up.offer.counter:
            return replace(desk, update=_stuck(up, event.code, event.why, event.again_s, now))
        case ReleaseFetched() | ReleaseStuck():
            return desk
        case _:
            assert_never(event)


def _offered(up: Updating, offer: Offer | None) -> Updating:
    """Return what is known after central or a stick spoke; a stick's release stays until it is done with."""
    held = up.offer
    if offer is None:
        up = _unspent(up, held.counter if held is not None else None)
        return up if held is None or held.by == "usb" else _without_offer(up)
    if not offer.manual:
        up = _unspent(up, offer.counter)
    if held is not None and held.counter == offer.counter:
        return replace(up, offer=offer if held.by == "central" or offer.by == "usb" else held)
    if held is not None and held.by == "usb" and held.counter > offer.counter:
        return up
    return replace(_without_offer(up), offer=offer)


def _without_offer(up: Updating) -> Updating:
    return replace(
        up, offer=None, whole=False, have_bytes=0, total_bytes=0, fetched_bytes=0,
        stuck="", stuck_code="", again_mono_s=-1e9, waits="",
    )  # fmt: skip


def _unspent(up: Updating, counter: int | None) -> Updating:
    """Return what is known once a person's asking is over: the next one counts again."""
    if not any(g.spent and (counter is None or g.counter == counter) for g in up.kept.failed):
        return up
    failed = tuple(
        replace(g, spent=False) if counter is None or g.counter == counter else g
        for g in up.kept.failed
    )
    return replace(up, kept=replace(up.kept, failed=failed), unkept=True)


def _stuck(up: Updating, code: str, why: str, again_s: float, now: Moment) -> Updating:
    return replace(
        up, stuck_code=code, stuck=why, again_mono_s=now.mono_s + again_s, fetching=False
    )


def _answered(desk: Desk, now: Moment) -> Desk:
    """Return the desk after the unit answered the wish in flight."""
    up = desk.update
    if up is None or not up.wished or up.slots.answered != up.wished:
        return desk
    verb = up.wished.partition(" ")[0]
    up = replace(up, wished="", wished_mono_s=-1e9)
    if not up.slots.code:
        if verb == "commit":
            version = up.slots.running_version
            up = replace(_without_offer(up), kept=replace(up.kept, trying=None), unkept=True)
            text = f"Bản {version} chạy tốt và được giữ lại."
            return noted(replace(desk, update=up), now.wall, NoteKind.MACHINE, text)
        if verb == "try":  # the machine goes down now; nothing else is begun
            up = replace(up, wished="try", wished_mono_s=now.mono_s)
        return replace(desk, update=up)
    again_s = FETCH_AGAIN_S if up.slots.code in FETCH_AGAIN else STUCK_S
    up = _stuck(up, up.slots.code, up.slots.why, again_s, now)
    if up.slots.code in FETCH_AGAIN:
        up = replace(up, whole=False, again_mono_s=now.mono_s)
    if verb == "try":
        up = replace(up, kept=replace(up.kept, trying=None), unkept=True)
    text = f"Cập nhật bị dừng: {up.slots.why}."
    return noted(replace(desk, update=up), now.wall, NoteKind.MACHINE, text)


def _given_up(up: Updating, trying: Trying, why: str) -> Updating:
    gave_up = GaveUp(counter=trying.counter, version=trying.version, why=why, spent=trying.manual)
    others = tuple(g for g in up.kept.failed if g.counter != trying.counter)
    kept = UpdateKept(failed=(*others, gave_up)[-FAILED_KEPT:])
    return replace(up, kept=kept, unkept=True)


# --- what to do -----------------------------------------------------------------------------------


def act(desk: Desk, air: Air, now: Moment) -> tuple[Desk, list[Ask]]:
    """Return the desk with the next step of an update begun, and the orders for it."""
    up = desk.update
    if up is None:
        return desk, []
    orders: list[Ask] = []
    if up.unkept:
        up = replace(up, unkept=False)
        orders.append(KeepUpdate(kept=up.kept))
    if now.mono_s - up.asked_mono_s >= ASK_S and desk.machine.central:
        up = replace(up, asked_mono_s=now.mono_s)
        orders.append(AskRelease())
    up, steps = _trial(desk, up, now) if up.slots.trial else _step(desk, up, air, now)
    return replace(desk, update=up), orders + steps


def _step(desk: Desk, up: Updating, air: Air, now: Moment) -> tuple[Updating, list[Ask]]:
    """Return what is known with the next step begun: fetch, write or try, or hold back."""
    offer = wanted(up)
    if offer is None or desk.alarms:
        held = replace(up, fetching=False, waits="đang có cảnh báo khẩn" if desk.alarms else "")
        return held, [HoldRelease()] if up.fetching else []
    if up.wished and now.mono_s - up.wished_mono_s < ANSWER_S:
        return up, []
    if now.mono_s < up.again_mono_s:
        return up, []
    written = up.slots.written == offer.counter
    if not written and not up.whole:
        if up.fetching:
            return up, []
        return replace(up, fetching=True, waits=""), [FetchRelease(offer=offer)]
    waits = why_wait(desk, air, now) or (why_not_now(desk, up, offer, now) if written else "")
    up = replace(up, waits=waits, stuck="", stuck_code="")
    if waits:
        return up, []
    if not written:
        return _wish(up, "write", offer.counter, now)
    trying = Trying(
        counter=offer.counter,
        version=offer.version,
        since=now.wall,
        manual=offer.manual,
        central_before=desk.machine.central,
        faults_before=tuple(sorted(desk.rig.failed)),
    )
    return _wish(replace(up, kept=replace(up.kept, trying=trying)), "try", offer.counter, now)


def wanted(up: Updating) -> Offer | None:
    """Return the release that is to be had here: offered, newer than what was kept, and not failed here before."""
    offer = up.offer
    if offer is None or offer.counter == up.slots.running_counter or offer.counter < up.slots.floor:
        return None
    failed = next((g for g in up.kept.failed if g.counter == offer.counter), None)
    if failed is not None and (failed.spent or not offer.manual):
        return None
    return offer


def why_wait(desk: Desk, air: Air, now: Moment) -> str:
    """Return why nothing may be written or restarted at this moment, nothing when it may."""
    if desk.clock is not Clock.TRUSTED:
        return "đồng hồ chưa tin cậy"
    if desk.alarms:
        return "đang có cảnh báo khẩn"
    if desk.local.live is not None or desk.local.override is not None:
        return "cán bộ đang phát"
    if air.sounding or desk.rig.playing is not None or desk.open_plays:
        return "đang phát"
    if desk.checks.test is not None and desk.checks.test.running:
        return "đang tự kiểm tra"
    if desk.checks.trial is not None and desk.checks.trial.running:
        return "thợ đang thử thiết bị"
    if findings.mains(desk) is False:
        return "đang mất điện lưới"
    programme = desk.word.programme
    if programme is not None and timeline.next_cue_after(programme, now.wall, QUIET_S):
        return "sắp đến giờ phát"
    return ""


def why_not_now(desk: Desk, up: Updating, offer: Offer, now: Moment) -> str:
    """Return why the restart waits for its hours, nothing within them or when a person brought the release."""
    if offer.by == "usb":
        return ""
    local = now.wall.astimezone(ZoneInfo(desk.word.time_zone))
    minute, rules = local.hour * 60 + local.minute, up.rules
    if rules.from_min < rules.until_min:
        within = rules.from_min <= minute < rules.until_min
    else:
        within = minute >= rules.from_min or minute < rules.until_min
    begin = divmod(rules.from_min, 60)
    return "" if within else f"chờ đến {begin[0]:02}:{begin[1]:02} để khởi động lại"


def _wish(up: Updating, verb: Verb, counter: int, now: Moment) -> tuple[Updating, list[Ask]]:
    up = replace(up, wished=f"{verb} {counter}", wished_mono_s=now.mono_s, unkept=False)
    return up, [WishSlot(verb=verb, counter=counter, kept=up.kept)]


# --- a trial --------------------------------------------------------------------------------------


def _trial(desk: Desk, up: Updating, now: Moment) -> tuple[Updating, list[Ask]]:
    """Return what is known of a trial, kept when it was ready for long enough and left when it will not be."""
    ill = why_not_ready(desk, up, now)
    if ill:
        up = replace(up, well_since_mono_s=None, waits=ill)
    elif up.well_since_mono_s is None:
        up = replace(up, well_since_mono_s=now.mono_s, waits="")
    if up.wished and now.mono_s - up.wished_mono_s < ANSWER_S:
        return up, []
    counter = up.slots.running_counter
    since = up.well_since_mono_s
    if since is not None and now.mono_s - since >= up.rules.trial_s:
        return _wish(up, "commit", counter, now)
    if now.mono_s - up.began_mono_s < up.rules.patience_s:
        return up, []
    trying = up.kept.trying
    if trying is not None:
        why = ill or "không sẵn sàng đủ lâu"
        up = replace(up, kept=replace(up.kept, trying=replace(trying, why=why)))
    return _wish(up, "back", counter, now)


def why_not_ready(desk: Desk, up: Updating, now: Moment) -> str:
    """Return what keeps a trial from being ready, nothing when all is well that was well before it."""
    trying = up.kept.trying
    central = trying is None or trying.central_before
    if desk.clock is Clock.UNKNOWN or (central and desk.clock is not Clock.TRUSTED):
        return "đồng hồ chưa tin cậy"
    if central and not desk.machine.central:
        return "không kết nối được với tỉnh"
    if now.mono_s - desk.rig.level_mono_s > HEARD_S:
        return "đường tiếng không trả lời"
    before = trying.faults_before if trying is not None else ()
    for hand, why in sorted(desk.rig.failed.items()):
        if hand not in before:
            return f"{hand}: {why}"
    return ""


# --- what is told ---------------------------------------------------------------------------------


def state_of(up: Updating) -> UpdateState:
    """Return how far the update is, as reports and the page name it."""
    offer = up.offer
    if up.slots.trial or up.wished.startswith("try"):
        return UpdateState.TRYING
    if wanted(up) is None:
        last = max((g.counter for g in up.kept.failed), default=0)
        if last > up.slots.running_counter:
            return UpdateState.FAILED
        return UpdateState.CONFIRMED if up.slots.running_counter else UpdateState.IDLE
    if offer is not None and up.slots.written == offer.counter:
        return UpdateState.WRITTEN
    begun_ = up.fetching or up.whole or up.have_bytes > 0
    return UpdateState.FETCHING if begun_ else UpdateState.OFFERED


def update_of(up: Updating) -> Update:
    """Return what a report says of it."""
    state = state_of(up)
    target, _ = target_of(up)
    reason = reason_of(up)
    return Update(
        running_counter=up.slots.running_counter,
        running_version=up.slots.running_version or "0",
        slot=up.slots.slot,
        trial=up.slots.trial,
        state=state,
        target_counter=target,
        progress_pct=progress_pct(up),
        fetched_bytes=up.fetched_bytes,
        reason=reason[:300] or None,
    )


def target_of(up: Updating) -> tuple[int | None, str]:
    """Return counter and version of the release that the state speaks of."""
    state = state_of(up)
    if state is UpdateState.FAILED:
        failed = max(up.kept.failed, key=lambda g: g.counter)
        return failed.counter, failed.version
    if up.slots.trial or state is UpdateState.CONFIRMED:
        return up.slots.running_counter, up.slots.running_version
    return (up.offer.counter, up.offer.version) if up.offer is not None else (None, "")


def progress_pct(up: Updating) -> int | None:
    """Return how much of the release is here while it is fetched, in percent."""
    if state_of(up) is not UpdateState.FETCHING or not up.total_bytes:
        return None
    return min(100, up.have_bytes * 100 // up.total_bytes)


def reason_of(up: Updating) -> str:
    """Return a code and a sentence for why the update stands where it stands, nothing where it goes on."""
    if state_of(up) is UpdateState.FAILED:
        return f"rolled-back: {max(up.kept.failed, key=lambda g: g.counter).why}"
    if up.stuck:
        return f"{up.stuck_code}: {up.stuck}"
    return f"waits: {up.waits}" if up.waits else ""
