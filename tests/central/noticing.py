"""People and notices of a small province, for stories about the way of a notice."""

from datetime import datetime, time, timedelta
from pathlib import Path

import msgspec

from central.db.fleet import DeviceRow
from central.domain.people import Person, PersonRole
from central.services import Upload, publish, take_approval, take_upload
from central.services.reports import Acknowledged, take_reports
from central.services.workflow_views import NoticeView, states_of
from contract import codec, seal
from contract.documents import Kind, Outcome, Play, Rank, Report, Sha256
from contract.seal import device_id
from tests.central.setting import COMMUNE, Province, make_slot, make_sound


class Notices:
    """A province with a contributor, an editor and an approver in one commune, and an editor of the province."""

    def __init__(self, province: Province, folder: Path) -> None:
        self.province = province
        self.folder = folder
        self.minh = province.person("minh", PersonRole.CONTRIBUTOR, area=COMMUNE)
        self.lan = province.person("lan", PersonRole.EDITOR, area=COMMUNE)
        self.tam = province.person("tam", PersonRole.APPROVER, area=COMMUNE)
        self.tinh = province.person(
            "tinh", PersonRole.EDITOR, PersonRole.APPROVER, PersonRole.VIEWER
        )
        self._made = 0

    @property
    def now(self) -> datetime:
        """Return the steered time."""
        return self.province.now

    def upload(self, who: Person | None, area: str = COMMUNE, title: str = "Bản tin") -> str:
        """Return the hash of a new sound that `who` uploaded."""
        self._made += 1
        name = f"tin-{self._made}.mp3"
        path = make_sound(self.folder / name, f"sine={400 + 20 * self._made}:d=1")
        wanted = Upload(name=name, mime="", title=title, area=area)
        house = self.province.house
        return take_upload(house, [path.read_bytes()], wanted, who=who, now=self.now).sha256

    def sign(self, sha256: str, area: str = COMMUNE, who: Person | None = None) -> bytes:
        """Have an approver's key sign it for an area, handed in by `who`."""
        # signed a second apart, so that each is another paper
        self.province.clock.pass_by(timedelta(seconds=1))
        self.province.authority.now = self.now
        paper = self.province.authority.approve(Sha256(sha256), area)
        with self.province.house.writing() as unit:
            take_approval(unit, paper, who=who, now=self.now)
        return paper

    def view(self, sha256: str) -> NoticeView:
        """Return where the notice is."""
        with self.province.house.reading() as unit:
            return states_of(unit, [sha256], now=self.now)[sha256]

    def plan(self, sha256: str, slot_id: str = "sang", *, area: str = COMMUNE) -> None:
        """Draft a slot at six in the morning of every day."""
        self.province.slot(make_slot(sha256, slot_id, start=time(6)), area)

    def publish(self, area: str = COMMUNE) -> None:
        """Send the drafts."""
        publish(self.province.house, area, who=None, now=self.now)


class Teller:
    """An appliance that fetches and tells."""

    def __init__(self, province: Province, area: str = COMMUNE) -> None:
        self.province = province
        self.key, self.device = province.appliance(area=area)
        self._counter, self._previous = 0, "0" * 64

    def fetch(self, version: int = 1) -> None:
        """Fetch the programme of this version."""
        with self.province.house.writing() as unit:
            unit.session.get_one(DeviceRow, self.device).fetched_version = version

    def tell(self, sha256: str, outcome: Outcome, *, slot: str = "sang") -> None:
        """Report a play of this content that starts now."""
        self._counter += 1
        report = Report(
            device=device_id(self.key.public),
            counter=self._counter,
            previous_sha256=Sha256(self._previous),
            issued=self.province.now.replace(microsecond=0),
            plays=(self._play(sha256, outcome, slot),),
        )
        payload = codec.encode(report)
        self._previous = seal.sha256(payload)
        envelope = seal.seal(Kind.REPORT, payload, [self.key])
        house, now = self.province.house, self.province.now
        (answer,) = take_reports(house, [(self.device, envelope)], now=now)
        assert isinstance(answer, Acknowledged), answer

    def _play(self, sha256: str, outcome: Outcome, slot: str) -> Play:
        now = self.province.now.replace(microsecond=0)
        sounded = {Outcome.SOUNDED: 1_000, Outcome.PARTLY: 400, Outcome.SILENT: 0}[outcome]
        return Play(
            key=f"slot/{slot}/{now:%Y%m%dT%H%M%SZ}/0",
            source=sha256,
            title="Bản tin",
            rank=Rank.NORMAL,
            zones=(),
            started=now,
            asked_ms=1_000,
            sounded_ms=sounded,
            outcome=outcome,
        )


def four_eyed(province: Province) -> None:
    """Have the province ask for a second pair of eyes."""
    house = province.house
    house.settings = msgspec.structs.replace(house.settings, four_eyes=True)
