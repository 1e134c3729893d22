"""The keeper of the machine's network: looks, asks the rule, obeys it, and takes what was typed on the page.

Law of the room: runs as root without any capability, because NetworkManager obeys root alone; the appliance has no
rights there and only leaves a wish, which is bounded, read strictly and judged here anew. Nothing typed is lost to a
power cut, and a password that was wrong takes nothing away that worked.
"""

import contextlib
import logging
import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.enrolment import read_claim
from contract.errors import Misuse
from contract.requests import authority_of
from contract.site import Site
from edge.arrival import rule
from edge.arrival.hand import Hand, HandBroken, Look, NotJoined, Way
from edge.core.arrival import (
    MOST_BYTES,
    STATE,
    WISH,
    Entries,
    Mode,
    NetworkState,
    Outcome,
    OwnNetwork,
    Wish,
)
from edge.site.applying import Folders, apply, read_card, read_typed, write, write_typed
from edge.site.connections import hotspot
from edge.site.typed import kept, merged

log = logging.getLogger(__name__)

OWN: Final = "own-network.json"
TURN_S: Final = 1.0
LOOK_S: Final = 5.0
REST_S: Final = 15.0  # at work with a network: nothing is in a hurry
HEAD: Final = "TiengLang-"
PASSWORD_DIGITS: Final = (
    12  # 40 bits, and can be spoken; who records the air needs days for each appliance
)


class Keeper:
    """Keeps the network; `turn` is one look, `run` a life of them."""

    def __init__(
        self,
        hand: Hand,
        folders: Folders,
        wishes: Path,
        states: Path,
        *,
        cards_text: str = "",
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read wishes in the folder `wishes`, write the state in `states`; nothing is asked of the hand yet."""
        self._hand, self._folders = hand, folders
        self._wishes, self._states = wishes, states
        self._cards_text, self._mono = cards_text, mono
        self._wish = _read_wish(wishes / WISH) or Wish()
        self._standing = rule.begin(mono(), self._wish.held)
        self._state = NetworkState(taken=self._wish.id)
        self._told: NetworkState | None = None
        self._looked_s = float("-inf")
        self._scanned = False
        self._last = Look()
        self._own: OwnNetwork | None = None

    @property
    def state(self) -> NetworkState:
        """Return what was last told."""
        return self._state

    def run(self) -> None:
        """Keep the network until the process ends; what goes wrong is said and tried again."""
        while True:
            try:
                self.turn()
            except (HandBroken, OSError) as fault:
                log.warning("the network cannot be kept: %s; tried again", fault)
                time.sleep(LOOK_S)
            time.sleep(TURN_S)

    def turn(self) -> None:
        """Look once, if it is time or the page wants something, and do what follows; raises `HandBroken`, `OSError`."""
        now_s = self._mono()
        if self._own is None:
            self._own = self._own_network()
        wish = _read_wish(self._wishes / WISH) or self._wish
        pressing = (wish.id, wish.held) != (self._wish.id, self._wish.held)
        self._wish = wish
        calm = self._standing.mode is Mode.REAL and self._state.usable
        if not pressing and now_s - self._looked_s < (REST_S if calm else LOOK_S):
            return
        self._looked_s = now_s
        if wish.entries is not None and wish.id and wish.id != self._state.taken:
            self._take(wish, wish.entries)
        self._last = self._hand.look()
        if not self._scanned and self._last.has_wireless:
            self._scan()
        site = self._site()
        seen = rule.Seen(
            usable=bool(self._last.ways),
            assigned=wish.assigned,
            wifi_known=site is not None and site.network.wifi is not None,
            has_wireless=self._last.has_wireless,
            page_used_s=wish.page_used_mono_s,
            held=wish.held,
        )
        self._go(rule.step(self._standing, seen, self._mono()))
        self._tell()

    # --- what was typed -----------------------------------------------------------------------------

    def _take(self, wish: Wish, entries: Entries) -> None:
        """Keep what was typed, try it, and say what came of it."""
        if wish.assigned:  # whose we are is settled; only the way there may change
            entries = msgspec.structs.replace(entries, central="", claim_code="")
        card, _, _ = read_card(self._folders)
        refused = "" if card is None else _misfit(entries, card)
        if card is None or refused:
            self._answer(wish.id, Outcome.NOT_STORED, refused or "no site file")
            return
        before, settings = read_typed(self._folders), self._settings()
        write_typed(self._folders, kept(before, entries, card))
        self._apply()
        way = _way(entries)
        self._answer(wish.id, None, "", mode=Mode.TRYING if way == "wifi" else None)
        if way == "wifi":
            self._go(rule.wished(self._standing, self._mono()))
        outcome, detail = self._try(way)
        if outcome is Outcome.WRONG_PASSWORD:
            write_typed(self._folders, before)
            self._apply()
        if way == "wifi" and outcome is not Outcome.JOINED:
            self._standing = rule.reopened(self._standing, self._mono())
            self._open()
        restart = self._settings() != settings
        log.info("typed way=%s outcome=%s detail=%s restart=%s", way, outcome, detail, restart)
        self._answer(wish.id, outcome, detail, restart=restart)

    def _try(self, way: Way | None) -> tuple[Outcome, str]:
        try:
            if way is not None:
                self._hand.join(way)
            elif not self._hand.look().ways:
                return Outcome.NO_CARRIER, ""
        except NotJoined as no:
            return no.outcome, no.detail
        return Outcome.JOINED, ""

    def _apply(self) -> None:
        """Write what follows from card and typed, our own network beside it, and have it read."""
        apply(self._folders, self._cards_text)
        if self._own is not None:
            own = hotspot(self._own.name, self._own.password)
            write(self._folders.connections / own.name, own.text, 0o600)
        self._hand.reload()

    def _settings(self) -> bytes:
        with contextlib.suppress(OSError):
            return (self._folders.run / "edge.toml").read_bytes()
        return b""

    # --- our own network ----------------------------------------------------------------------------

    def _own_network(self) -> OwnNetwork:
        """Return our own network, made once and kept; the claim sheet's password where the site file has one."""
        file, site = self._folders.state / OWN, self._site()
        own = None
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            own = msgspec.json.decode(file.read_bytes(), type=OwnNetwork)
        if own is None:
            own = OwnNetwork(name=f"{HEAD}{_digits(4)}", password=_digits(PASSWORD_DIGITS))
            write(file, msgspec.json.encode(own).decode(), 0o600)
        if site is not None and site.setup_password:
            own = msgspec.structs.replace(own, password=site.setup_password)
        connection = hotspot(own.name, own.password)
        write(self._folders.connections / connection.name, connection.text, 0o600)
        self._hand.reload()
        return own

    def _site(self) -> Site | None:
        card, _, _ = read_card(self._folders)
        return None if card is None else merged(card, read_typed(self._folders))

    def _go(self, standing: rule.Standing) -> None:
        """Have the radio follow the rule; one that cannot is said once and tried again with the next change."""
        before, self._standing = self._standing, standing
        if standing.mode is before.mode:
            if standing.mode is Mode.OPEN and not self._last.own_is_up:
                self._open()
            elif standing.mode is not Mode.OPEN and self._last.own_is_up:
                self._hand.close()  # as a start after a kill finds it
            return
        if standing.mode is Mode.OPEN:
            self._open()
            return
        self._hand.close()
        if standing.mode is Mode.TRYING:
            self._scanned = False

    def _open(self) -> None:
        if not self._scanned:
            self._scan()
        try:
            self._hand.open()
        except NotJoined as no:
            log.warning("our own network does not come up: %s", no)
        self._last = self._hand.look()

    def _scan(self) -> None:
        self._scanned = True
        self._state = msgspec.structs.replace(self._state, spots=self._hand.spots())

    # --- telling ------------------------------------------------------------------------------------

    def _answer(
        self,
        taken: str,
        outcome: Outcome | None,
        detail: str,
        *,
        mode: Mode | None = None,
        restart: bool = False,
    ) -> None:
        self._state = msgspec.structs.replace(
            self._state, taken=taken, outcome=outcome, detail=detail, restart=restart
        )
        self._tell(mode)

    def _tell(self, mode: Mode | None = None) -> None:
        """Write how things stand where the appliance reads it, when it changed."""
        site = self._site()
        self._state = msgspec.structs.replace(
            self._state,
            mode=mode or self._standing.mode,
            own=self._own if self._last.own_is_up else None,
            usable=bool(self._last.ways),
            ways=tuple(self._last.ways),
            has_wireless=self._last.has_wireless,
            central=site.central if site is not None else "",
        )
        if self._state != self._told:
            self._told = self._state
            write(self._states / STATE, msgspec.json.encode(self._state).decode(), 0o640)


def _read_wish(file: Path) -> Wish | None:
    """Return the appliance's wish, None where there is none: whoever wrote it has fewer rights than we."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        text = opened.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        return None
    try:
        return msgspec.json.decode(text, type=Wish)
    except (msgspec.MsgspecError, ValueError) as fault:
        log.warning("a wish of the appliance is not understood: %s", fault)
        return None


def _misfit(entries: Entries, card: Site) -> str:
    """Return what is wrong with typed values beyond their shape; empty when nothing is."""
    try:
        if entries.claim_code:
            read_claim(entries.claim_code)
        if entries.central:
            authority_of(entries.central)
    except (ValueError, Misuse) as fault:
        return str(fault)
    if entries.central.startswith("http:") and not card.allow_plain_http:
        return "central: http is read by everybody on the way; https is wanted"
    if entries.wifi is not None and len(entries.wifi.name.encode()) > 32:
        return "network.wifi.name: 32 bytes at most"
    return ""


def _way(entries: Entries) -> Way | None:
    if entries.wifi is not None:
        return "wifi"
    return "mobile" if entries.mobile is not None else None


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
