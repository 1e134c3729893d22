"""The greeting: what an appliance that nobody has assigned says of itself, aloud and on the screen.

Law of the room: pure. Each thing once per power-on, all of them again at a press of the service button; quietly, below
everything that staff or programme want, and by the one rank of the wire (`NORMAL`), for a rank of its own would change
every report. Who is assigned says nothing here. A clock that nobody believes forbids nothing: it may be noon.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from contract.documents import Input, InputKind, Rank
from edge.core.air import Claim
from edge.core.arrival import ADDRESS, Entries, Shown, Wish
from edge.core.claims import is_done
from edge.core.desk import Desk
from edge.core.events import ArrivalSeen, InputChanged
from edge.core.moment import Clock, Moment
from edge.core.orders import Speak, TellNetwork
from edge.core.proof import GREETING
from edge.core.sound import FromVoice
from edge.core.spelling import digits, spelt

VOLUME_PCT: Final = 25
HEAD: Final = "arrival/"
HOLD_S: Final = 5.0  # of the service button
PATIENCE: Final = timedelta(minutes=2)
BUTTON: Final = "service"

replace = msgspec.structs.replace


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to say: about what, as it is spoken, and as the screen shows it."""

    topic: str
    spoken: str
    lines: tuple[str, ...]
    code: str = ""


# --- what there is to say ---------------------------------------------------------------------------


def sayings(desk: Desk) -> tuple[Saying, ...]:
    """Return what there is to say now, the most pressing first; nothing by an assigned appliance but where it is."""
    return tuple(_sayings(desk))


def _sayings(desk: Desk) -> Iterator[Saying]:
    arrival, assigned = desk.arrival, desk.word.assignment is not None
    if arrival.fault and not assigned:
        yield Saying(topic="fault", spoken=arrival.fault, lines=(arrival.fault,))
    if arrival.own is not None:
        own = arrival.own
        head, _, number = own.name.partition("-")
        spoken_name = f"Tiếng Làng, gạch, {digits(number)}" if head == "TiengLang" else own.name
        spoken = (
            f"Máy chưa có mạng. Trên điện thoại, chọn Wi-Fi {spoken_name}. "
            f"Mật khẩu: {spelt(own.password)}. Rồi mở trang {spelt(ADDRESS)}."
        )
        ways = (f"Wi-Fi: {own.name}", f"Mật khẩu: {own.password}", f"Trang: http://{ADDRESS}")
        code = f"WIFI:T:WPA;S:{_escaped(own.name)};P:{_escaped(own.password)};;"
        yield Saying(topic="own", spoken=spoken, lines=ways, code=code)
    places = [a for a in desk.machine.addresses if "." in a and a != ADDRESS][:2]
    if places:
        spoken = "Địa chỉ của máy: " + "; hoặc ".join(spelt(a) for a in places) + "."
        lines = tuple(f"Địa chỉ: http://{a}:8080" for a in places)
        yield Saying(topic="address", spoken=spoken, lines=lines, code=f"http://{places[0]}:8080/")
    code = desk.enrolment.code
    if code and not assigned:
        number = "".join(code.split())
        parts = ", ".join(digits(number[at : at + 3]) for at in range(0, len(number), 3))
        yield Saying(
            topic=f"code-{number}", spoken=f"Mã so sánh: {parts}.", lines=(f"Mã so sánh: {code}",)
        )


def _escaped(text: str) -> str:
    r"""Return a text as Wi-Fi codes spell it: `\;,:"` behind a backslash."""
    return "".join(f"\\{letter}" if letter in '\\;,:"' else letter for letter in text)


# --- saying it ----------------------------------------------------------------------------------------


def due(desk: Desk) -> tuple[tuple[str, Saying], ...]:
    """Return what is still to be said aloud, each with the key of its play."""
    if desk.word.assignment is not None or not desk.arrival.greets:
        return ()
    keyed = ((f"{HEAD}{each.topic}/{desk.arrival.asked}", each) for each in sayings(desk))
    return tuple((key, each) for key, each in keyed if not is_done(desk, key))


def claims(desk: Desk, now: Moment) -> Iterator[Claim]:
    """Yield the first thing to say once its words are spoken to a file; what is being said is said to its end."""
    keys = [key for key, _ in due(desk)]
    playing = desk.rig.playing.key if desk.rig.playing is not None else ""
    for key in [playing] if playing in keys else keys[:1]:
        length_ms = desk.rig.voices_ms.get(key)
        if length_ms is not None:
            yield Claim(
                rank=Rank.NORMAL,
                key=key,
                why="Máy chưa được giao nhiệm vụ, đang đọc cách kết nối.",
                title="Giới thiệu máy mới",
                source=FromVoice(ref=key),
                session=GREETING,
                volume_pct=VOLUME_PCT,
                since=now.wall,
                until=now.wall + PATIENCE,
                length_ms=length_ms,
            )


def is_free(desk: Desk, claim: Claim) -> bool:
    """Return whether a claim of ours asks no policy: nobody believes the clock by which the night is known."""
    return claim.key.startswith(HEAD) and desk.clock is not Clock.TRUSTED


def speak(desk: Desk) -> tuple[Desk, list[Speak]]:
    """Return the orders to have speech made of what is to be said, each once."""
    orders = [
        Speak(ref=key, language="vi", text=each.spoken)
        for key, each in due(desk)
        if key not in desk.rig.speaking
    ]
    if not orders:
        return desk, orders
    speaking = desk.rig.speaking | {order.ref for order in orders}
    return replace(desk, rig=replace(desk.rig, speaking=speaking)), orders


# --- what is seen -------------------------------------------------------------------------------------


def seen(desk: Desk, event: ArrivalSeen) -> Desk:
    """Return the desk after the machine's network or the site file's faults were seen to be otherwise."""
    arrival = replace(desk.arrival, own=event.own, fault=event.fault)
    return replace(desk, arrival=arrival)


def button(desk: Desk, event: InputChanged, now: Moment) -> Desk:
    """Return the desk after the service button moved: a press has all said again, holding it asks for our network."""
    arrival = desk.arrival
    if event.active:
        asked = arrival.asked if desk.word.assignment is not None else arrival.asked + 1
        return replace(desk, arrival=replace(arrival, asked=asked, pressed_mono_s=now.mono_s))
    pressed_s = arrival.pressed_mono_s
    held = arrival.held + (pressed_s is not None and now.mono_s - pressed_s >= HOLD_S)
    return replace(desk, arrival=replace(arrival, held=held, pressed_mono_s=None))


def wiring(desk: Desk) -> tuple[Input, ...]:
    """Return the service button as an input, while no assignment says what is wired."""
    pin = desk.arrival.button
    if pin is None:
        return ()
    return (Input(name=BUTTON, title="Nút bảo trì", kind=InputKind.ADDRESS, pin=pin),)


# --- telling ------------------------------------------------------------------------------------------


def tell(desk: Desk) -> tuple[Desk, list[TellNetwork]]:
    """Return the order that tells screen and network how we are, where that is otherwise than told."""
    told = (desk.word.assignment is not None, desk.arrival.held, shown(desk))
    if not desk.arrival.greets or told == desk.arrival.told:
        return desk, []
    order = TellNetwork(assigned=told[0], held=told[1], shown=told[2])
    return replace(desk, arrival=replace(desk.arrival, told=told)), [order]


def shown(desk: Desk) -> Shown:
    """Return what the screen shows: who we are, then what would be said."""
    assignment = desk.word.assignment
    name = assignment.name if assignment is not None else "Thiết bị mới, chưa được giao nhiệm vụ"
    device = " ".join(desk.device[at : at + 4] for at in range(0, len(desk.device), 4))
    said = sayings(desk)
    lines = (name, f"Mã thiết bị: {device}", *(line for each in said for line in each.lines))
    code = next((each.code for each in said if each.code), "")
    return Shown(lines=tuple(line[:300] for line in lines[:30]), code=code[:300])


def wish_of(
    order: TellNetwork, used_mono_s: float | None, typed: str, entries: Entries | None
) -> Wish:
    """Return the wish as it is left for whoever keeps the network."""
    return Wish(
        assigned=order.assigned,
        page_used_mono_s=used_mono_s,
        held=order.held,
        id=typed,
        entries=entries,
    )
