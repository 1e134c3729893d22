"""The front of the appliance: the local page and what neighbours may read, served on one port.

Law of the room: what the page may ask, as plain functions over the reactor and the hands; no decisions.
"""

import contextlib
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from contract import enrolment
from contract.documents import DeviceId, Kind, Rank, StaffPin
from contract.seal import seal
from edge.adapters.box import BoxRefused
from edge.adapters.identity import Identity
from edge.adapters.ledger import Ledger
from edge.adapters.networks import all_addresses, own_addresses
from edge.config import Settings
from edge.core.decide import Decision
from edge.core.events import Happening
from edge.core.page import PageView
from edge.core.view import view_of
from edge.hands import Hands
from edge.reactor import Reactor
from edge.web.bench import Bench, Filed
from edge.web.counter import Counter

LOCKOUT: Final = "page-lockout"
CLAIMS: Final = "page-claims"
COMMISSIONING: Final = "commissioning"
KEPT_S: Final = 5.0


class Front:
    """Serves the page over the reactor and the hands."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        ledger: Ledger,
        reactor: Reactor,
        hands: Hands,
        software: str,
    ) -> None:
        """Nothing is served yet."""
        self._settings, self._identity, self._ledger = settings, identity, ledger
        self._reactor, self._hands, self._software = reactor, hands, software

    def served(self) -> contextlib.AbstractAsyncContextManager[str]:
        """Serve until the block ends; gives the page's address. Raises `OSError` naming a port in use."""
        # 0.3 s of imports that the engine uses to warm up meanwhile
        from edge.serving import served  # noqa: PLC0415
        from edge.web import commission, network, recording, talk  # noqa: PLC0415

        settings, lan = self._settings, self._hands.lan
        arrival = self._hands.arrival
        rooms = (network.room(arrival),) if arrival is not None else ()
        certificate = None
        if settings.tls_cert_file:
            certificate = (Path(settings.tls_cert_file), Path(settings.tls_key_file))
        return served(
            self._counter(),
            settings.listen_host,
            settings.listen_port,
            rooms=(
                *rooms,
                recording.room(self._hands.box, BoxRefused),
                talk.room(self._hands.phones),
                commission.room(self._bench()),
            ),
            sharing=lan.sharing if lan else None,
            certificate=certificate,
        )

    def _bench(self) -> Bench:
        filing, key = self._hands.filing, self._identity.key
        return Bench(
            reach=self._hands.reach_central,
            load=lambda: self._ledger.load(COMMISSIONING, bytes),
            save=lambda data: self._ledger.save(COMMISSIONING, data),
            seal=lambda payload: seal(Kind.COMMISSIONING, payload, [key]),
            file=filing.keep,
            filed=self._filed,
        )

    def _filed(self) -> Filed | None:
        kept = self._hands.filing.kept
        return None if kept is None else Filed(envelope=kept.envelope, sent=kept.sent)

    def _counter(self) -> Counter:
        return Counter(
            view=self._view,
            submit=self._submit,
            watched=self._reactor.watched,
            staff=self._staff,
            now=self._reactor.now,
            remember=lambda data: self._ledger.save(LOCKOUT, data),
            recall=lambda: self._ledger.load(LOCKOUT, bytes),
            hosts=Hosts(
                self._settings.host_names,
                lambda: self._reactor.now().mono_s,
                announced=self._identity.device if self._hands.lan else None,
            ),
            language=self._settings.language,
            health=self._health,
            addresses=self._addresses,
            software=self._software,
            fingerprint=enrolment.fingerprint(self._identity.public),
            qr=enrolment.qr_text(self._identity.public),
            remember_claims=lambda data: self._ledger.save(CLAIMS, data),
            recall_claims=lambda: self._ledger.load(CLAIMS, bytes),
        )

    async def _submit(self, event: Happening) -> Decision:
        return await self._reactor.submit(event)

    def _staff(self) -> tuple[StaffPin, ...]:
        assignment = self._reactor.desk.word.assignment
        return assignment.staff if assignment else ()

    def _addresses(self) -> tuple[str, ...]:
        """Return the page's addresses as people type them, the name first."""
        settings = self._settings
        scheme = "https" if settings.tls_cert_file else "http"
        names = (*settings.host_names, f"{socket.gethostname().lower()}.local", *own_addresses())
        hosts = (f"[{name}]" if ":" in name else name for name in dict.fromkeys(names))
        return tuple(f"{scheme}://{host}:{settings.listen_port}" for host in hosts)

    def _view(self) -> PageView:
        air = self._reactor.air
        if air is None:
            msg = "the first turn has not been taken yet"
            raise RuntimeError(msg)
        return view_of(self._reactor.desk, air, self._reactor.now())

    def _health(self) -> dict[str, str | int | bool]:
        desk, air = self._reactor.desk, self._reactor.air
        return {
            "device": self._identity.device,
            "software": self._software,
            "clock": desk.clock.value,
            "central": desk.machine.central,
            "assigned": desk.word.assignment is not None,
            "retired": desk.word.retired,
            "programme_version": desk.word.programme.version if desk.word.programme else 0,
            "on_air": (air.claim.rank if air else Rank.SILENCE).name.lower(),
            "neighbours": len(desk.machine.neighbours),
            "faults": len(desk.rig.failed),
            "turns": self._reactor.turns,
        }


class Hosts:
    """The names and addresses under which this machine's page may be asked for, as they are now.

    Networks come and go, so the kernel is asked anew after `KEPT_S` seconds of `mono_s`; when it gives no
    answer what was known last counts on. For one thread.
    """

    def __init__(
        self,
        named: tuple[str, ...],
        mono_s: Callable[[], float],
        addresses: Callable[[], Iterable[str]] = all_addresses,
        *,
        announced: DeviceId | None = None,
    ) -> None:
        """Know `named` for ours, and the name that the beacon announces for the device `announced`."""
        self._named = frozenset({"localhost", *(name.lower() for name in named)})
        if announced is not None:
            self._named |= {f"{announced}.local"}
        self._mono_s, self._addresses = mono_s, addresses
        self._known = self._named
        self._looked_s = -KEPT_S

    def __call__(self) -> frozenset[str]:
        """Return them without port or brackets, in lower case."""
        now_s = self._mono_s()
        if now_s - self._looked_s >= KEPT_S:
            self._looked_s = now_s
            with contextlib.suppress(OSError):
                machine = socket.gethostname().lower()
                found = (address.lower() for address in self._addresses())
                self._known = self._named | {machine, f"{machine}.local", *found}
        return self._known
