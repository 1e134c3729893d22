"""An appliance without an assignment, and the installer beside it: both as the contract has them."""

import base64
import hashlib
from datetime import timedelta

from central.domain.people import Grant, Person, PersonRole
from central.domain.sites import ClaimIssued, SiteDraft, Template
from central.domain.states import DeviceState
from central.services.enrolment import ask
from central.services.enrolment_papers import (
    confirm,
    prepare_assignment,
    prepare_retirement,
    retire,
)
from central.services.sites import issue_claim, plan_site, preauthorise
from contract.documents import Kind, Role, StaffPin, Zone
from contract.documents import Right as LocalRight
from contract.enrolment import (
    EnrolmentAnswered,
    EnrolmentAsked,
    Standing,
    commitment_to,
    compare_code,
    qr_text,
)
from contract.seal import SigningKey, device_id
from tests.central.setting import HAMLET, OTHER, Province

SITE, SECOND, FOREIGN = "cho-ap-1", "dinh-ap-1", "tan-hoi-cho"
ZONES = (Zone(name="san", title="Sân chợ", relay_pin=17),)
CLERK = StaffPin(name="Trực đài", verifier="$argon2id$mot")
FITTER = StaffPin(name="Thợ lắp", verifier="$argon2id$hai", rights=(LocalRight.INSTALL,))


def somebody(name: str, role: PersonRole, area: str = "dt") -> Person:
    """Return a signed-in person of one role."""
    return Person(id=1, name=name, grants=(Grant(role=role, area=area),))


class Newcomer:
    """An appliance that asks as the edge does: its commitment first, its nonce once central has answered."""

    def __init__(self, province: Province, *, source: str = "10.0.0.7") -> None:
        self.province = province
        self.source = source
        self.key = SigningKey.generate()
        self.device = device_id(self.key.public)
        self.power_up()

    def power_up(self) -> None:
        """Draw a new nonce, as after each start."""
        self.nonce = base64.b64encode(hashlib.sha256(self.key.sign(b"nonce")).digest()).decode()
        if hasattr(self, "central_nonce"):
            self.nonce = base64.b64encode(hashlib.sha256(self.nonce.encode()).digest()).decode()
        self.central_nonce = ""
        self.shows_nonce = False

    def ask(self, claim: str = "") -> EnrolmentAnswered:
        """Ask once and remember what was answered."""
        asked = EnrolmentAsked(
            device_key=self.key.public,
            commitment=commitment_to(self.nonce),
            nonce=self.nonce if self.shows_nonce else None,
            claim=claim,
            software="tienglang 0.1.0",
            model="Raspberry Pi 4",
        )
        answer = ask(self.province.house, asked, source=self.source, now=self.province.now)
        self.central_nonce = answer.central_nonce
        self.shows_nonce = True
        return answer

    def introduce(self, claim: str = "") -> EnrolmentAnswered:
        """Ask twice: commit, then show the nonce (with the claim code that was typed)."""
        assert self.ask().standing in {Standing.COMMITTED, Standing.ASSIGNED, Standing.REFUSED}
        return self.ask(claim)

    def shown(self) -> str:
        """Return the six digits that its page shows."""
        return compare_code(self.key.public, self.nonce, self.central_nonce)

    @property
    def qr(self) -> str:
        """Return what its QR code says."""
        return qr_text(self.key.public)


class Crew:
    """A province with planned places, an administrator, and a technician of one commune with an `assign` key."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.admin = somebody("quan.tri", PersonRole.ADMINISTRATOR)
        self.fitter = somebody("tho.lap", PersonRole.TECHNICIAN, "dt/my-phong")
        for site, area in ((SITE, HAMLET), (SECOND, HAMLET), (FOREIGN, OTHER)):
            self.plan(site, area)

    def plan(self, site: str, area: str, staff: tuple[StaffPin, ...] = ()) -> None:
        """Plan one place as the administrator."""
        draft = SiteDraft(
            id=site,
            title=f"Cụm loa {site}",
            area=area,
            template=Template(zones=ZONES, staff=staff),
        )
        with self.province.house.writing() as unit:
            plan_site(unit, draft, who=self.admin, now=self.province.now)

    def code(self, site: str = SITE, *, hours: int = 48, who: Person | None = None) -> ClaimIssued:
        """Return a new claim code."""
        with self.province.house.writing() as unit:
            life = timedelta(hours=hours)
            return issue_claim(unit, site, who=who or self.fitter, now=self.province.now, life=life)

    def scan(self, newcomer: Newcomer, site: str = SITE) -> None:
        """Scan the appliance's QR code at a place."""
        with self.province.house.writing() as unit:
            preauthorise(unit, site, newcomer.qr, who=self.fitter, now=self.province.now)

    def sign(self, site: str, code: str, *by: Role | SigningKey) -> DeviceState:
        """Sign the assignment that central prepares, as the installer's browser does, and hand it in."""
        with self.province.house.reading() as unit:
            prepared = prepare_assignment(unit, site, code, who=self.fitter, now=self.province.now)
        sealed = self.province.authority.seal_bytes(Kind.ASSIGNMENT, prepared.payload, *by)
        with self.province.house.writing() as unit:
            return confirm(unit, site, code, sealed, who=self.fitter, now=self.province.now)

    def retire(self, device: str) -> DeviceState:
        """Sign the retirement of an appliance and hand it in."""
        with self.province.house.reading() as unit:
            prepared = prepare_retirement(unit, device, who=self.fitter, now=self.province.now)
        sealed = self.province.authority.seal_bytes(Kind.ASSIGNMENT, prepared.payload)
        with self.province.house.writing() as unit:
            return retire(unit, device, sealed, who=self.fitter, now=self.province.now)

    def enrol(self, site: str = SITE) -> Newcomer:
        """Return an appliance that stands at a place, by the whole way."""
        newcomer = Newcomer(self.province)
        self.scan(newcomer, site)
        newcomer.introduce()
        self.sign(site, newcomer.shown())
        return newcomer
