"""`tienglang-provision commission`: lead through the steps, write the PDF, hand it in; or judge a PDF.

Law of the room: the order, and what is said. A PDF is never written over. What can be refused is refused before
anybody climbs.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from contract import codec, commissioning, seal
from contract.commissioning_paper import attached
from contract.documents import Assignment, Commissioning, Kind, PublicKey
from contract.enrolment import read_qr
from contract.errors import ContractError
from contract.seal import device_id
from provisioning import asking
from provisioning.central_door import SEALED, CentralDoor
from provisioning.commission import paper
from provisioning.commission.guide import Guide
from provisioning.commission.pole import Pole
from provisioning.commission.words import Say
from provisioning.trust import write_private

HERE: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class _Papers(msgspec.Struct, frozen=True):
    """What central holds for an appliance; more is left alone."""

    assignment: bytes


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it, for programs."""

    device: str
    name: str
    by: str
    passed: bool
    ended: str
    payload_sha256: str
    signers: int
    file: str
    faults: tuple[str, ...] = ()
    sent: bool = False


class Terminal:
    """The person at this terminal."""

    def choose(self, question: str, options: Sequence[tuple[str, str]]) -> str:
        """Ask until one of the options was chosen, by its number."""
        print(question, file=sys.stderr)
        line = "   ".join(f"[{n}] {words}" for n, (_, words) in enumerate(options, 1))
        while True:
            print(f"  {line}", file=sys.stderr)
            typed = self.write("> ").strip()
            if typed.isdigit() and 1 <= int(typed) <= len(options):
                return options[int(typed) - 1][0]

    def write(self, question: str) -> str:
        """Ask for a line; raises `ValueError` where nobody answers any more."""
        return asking.line(question)

    def secret(self, question: str) -> str:
        """Ask for something that is not shown."""
        return asking.secret(question)


def run(given: argparse.Namespace) -> str:
    """Do it and return what to tell; raises `ValueError`, `OSError` or `ContractError` in words."""
    say = Say(given.language)
    if given.where == "verify":
        return _verified(given, say)
    return _handed_over(given, say, Terminal())


def _handed_over(given: argparse.Namespace, say: Say, person: Terminal) -> str:
    if given.file is not None:
        msg = "a file is named only with the word verify; --out names the PDF to write"
        raise ValueError(msg)
    key = None if given.key is None else asking.own_key(given.key)
    pole = Pole(given.where)
    state = pole.state()
    out = given.out or Path(f"nghiem-thu-{state.device}.pdf")
    if out.exists():
        msg = f"{out} is there already; a report is never written over: name another with --out"
        raise FileExistsError(msg)
    if not state.people:
        msg = f"{state.name} knows nobody's PIN: it must be assigned with a PIN that may install"
        raise ValueError(msg)
    name = given.pin_of or (
        state.people[0]
        if len(state.people) == 1
        else person.choose(say("which-pin"), [(one, one) for one in state.people])
    )
    pole.sign_in(name, person.secret(say("pin", name=name)))
    by = given.by or person.write(say("who")).strip() or name
    state = Guide(pole, person, say, lambda line: print(line, file=sys.stderr)).lead(by)
    envelope = pole.paper()
    if key is not None:
        envelope = seal.attach(envelope, key)
    write_private(out, paper.paper_of(envelope))
    sent = state.sent
    if given.central:
        asking.door_of(given).sent(
            "/api/v1/commissionings", envelope, dict[str, object], media=SEALED
        )
        sent = True
    report = _report(envelope)
    if given.json:
        return _json(report, envelope, out, sent=sent)
    verdict = say("verdict-passed" if commissioning.passed(report) else "verdict-failed")
    return f"{say('written', verdict=verdict, file=out)}\n{say('told-central' if sent else 'central-later')}"


def _verified(given: argparse.Namespace, say: Say) -> str:
    if given.file is None:
        msg = "name the PDF: tienglang-provision commission verify FILE.pdf"
        raise ValueError(msg)
    held = given.file.read_bytes()
    key = _device_key(given, _report(attached(held)).device)
    report, envelope = paper.judged(held, key)
    if given.json:
        return _json(report, envelope, given.file, sent=False)
    verdict = say("verdict-passed" if commissioning.passed(report) else "verdict-failed")
    day = f"{report.ended.astimezone(HERE):%H:%M %d/%m/%Y}"
    signers = len(seal.read_envelope(envelope).signatures)
    return say(
        "genuine",
        file=given.file,
        device=report.device,
        name=report.name,
        by=report.by,
        day=day,
        verdict=verdict,
        n=signers,
    )


def _device_key(given: argparse.Namespace, device: str) -> PublicKey:
    """Return the key by which a report is judged: as named, or as central assigned it."""
    if given.device_key:
        text = given.device_key.strip()
        try:
            key = read_qr(text)[1]
        except ValueError:
            seal.check_public_key(text)
            key = text
        return key
    if not given.central:
        msg = (
            "name the appliance's key (--device-key, its QR text) or central (--central, --person)"
        )
        raise ValueError(msg)
    return key_at(asking.door_of(given), device)


def key_at(door: CentralDoor, device: str) -> PublicKey:
    """Return the key that central assigned an appliance with; raises `ValueError`."""
    held = door.told(f"/api/v1/devices/{device}/set", _Papers).assignment
    assignment = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(held).payload)
    if not isinstance(assignment, Assignment) or device_id(assignment.device_key) != device:
        msg = f"central's assignment is not that of {device}"
        raise ValueError(msg)
    return assignment.device_key


def _report(envelope: bytes) -> Commissioning:
    report = codec.decode(Kind.COMMISSIONING, seal.read_envelope(envelope).payload)
    if not isinstance(report, Commissioning):
        msg = "what was sealed is no commissioning"
        raise ContractError(msg)
    return report


def _json(report: Commissioning, envelope: bytes, file: Path, *, sent: bool) -> str:
    read = seal.read_envelope(envelope)
    told = Outcome(
        device=report.device,
        name=report.name,
        by=report.by,
        passed=commissioning.passed(report),
        ended=report.ended.isoformat(),
        payload_sha256=read.payload_sha256,
        signers=len(read.signatures),
        file=str(file),
        faults=tuple(one.title for one in commissioning.faults_of(report)),
        sent=sent,
    )
    return msgspec.json.encode(told).decode()
