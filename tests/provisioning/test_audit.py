"""The audit: an honest log passes, and whatever was changed, taken out, cut off or signed off the log is named."""

import gzip
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from central.db.broadcast import ProgrammeRow
from central.services import (
    publish,
    send_command,
    sign_active_sets,
    take_announcement,
)
from central.services.doors import Visitor
from central.services.log_reading import export_log, export_reports
from central.services.reports import Acknowledged, take_reports
from central.services.timekeeping import TimeDesk
from central.services.transparency import enter_times
from contract import codec, seal, signed_log
from contract.documents import (
    DeviceId,
    Kind,
    Outcome,
    Play,
    Rank,
    Receipt,
    Reload,
    Report,
    Role,
    Sha256,
    Threshold,
)
from contract.seal import SigningKey
from contract.testing import Authority, device_key
from contract.testing_chain import Repository
from provisioning.__main__ import main
from tests.central.setting import (
    HAMLET,
    Province,
    bundle_of,
    make_slot,
    make_sound,
    repository_of,
    write_repository,
)

Row = dict[str, object]


class Told:
    """An appliance that tells what it admitted and played, in a chain as the contract has it."""

    def __init__(self, province: Province, name: str) -> None:
        self.province = province
        self.key, self.device = province.appliance(name)
        self.counter = 0
        self.previous = Sha256("0" * 64)

    def tell(
        self,
        *,
        receipts: Sequence[Receipt] = (),
        plays: Sequence[Play] = (),
        by: SigningKey | None = None,
    ) -> None:
        """Hand in the next report."""
        self.counter += 1
        report = Report(
            device=self.device,
            counter=self.counter,
            previous_sha256=self.previous,
            issued=self.province.now,
            receipts=tuple(receipts),
            plays=tuple(plays),
        )
        envelope = seal.seal(Kind.REPORT, codec.encode(report), [by or self.key])
        self.previous = seal.read_envelope(envelope).payload_sha256
        answers = take_reports(
            self.province.house, [(self.device, envelope)], now=self.province.now
        )
        assert isinstance(answers[0], Acknowledged)

    def admitted(self, kind: Kind, subject: str, envelope: bytes) -> Receipt:
        """Return the receipt of a paper."""
        return Receipt(
            at=self.province.now,
            kind=kind,
            id=subject,
            state="verified",
            sha256=seal.read_envelope(envelope).payload_sha256,
        )

    def played(self, key: str, source: str, title: str = "Bản tin sáng") -> Play:
        """Return the record of a play."""
        return Play(
            key=key,
            source=source,
            title=title,
            rank=Rank.NORMAL,
            zones=("san",),
            started=self.province.now,
            asked_ms=1_000,
            sounded_ms=1_000,
            outcome=Outcome.SOUNDED,
        )


class Files:
    """Exports of a province, to be audited or tampered with."""

    def __init__(self, folder: Path, province: Province | None = None) -> None:
        self.log, self.reports = folder / "log.jsonl.gz", folder / "reports.jsonl.gz"
        self.trust = folder / "trust"
        if province is not None:
            shutil.copytree(province.house.settings.repository, self.trust)
            self.log.write_bytes(b"".join(export_log(province.house, now=province.now)))
            self.reports.write_bytes(b"".join(export_reports(province.house, now=province.now)))

    def copied(self, folder: Path) -> "Files":
        """Return the same files in another folder."""
        shutil.copytree(self.trust, folder / "trust")
        shutil.copy(self.log, folder)
        shutil.copy(self.reports, folder)
        return Files(folder)

    def rows(self, file: Path | None = None) -> list[Row]:
        """Return an export's rows, the log's unless told."""
        packed = (file or self.log).read_bytes()
        return [json.loads(line) for line in gzip.decompress(packed).splitlines()]

    def write(self, rows: Sequence[Row], file: Path | None = None) -> None:
        """Write an export's rows back."""
        lines = [json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]
        (file or self.log).write_bytes(gzip.compress(b"".join(lines)))

    def head(self) -> str:
        """Return the head as the console shows it."""
        first = self.rows()[0]
        return f"{first['head']}:{first['sha256']}"

    def audit(self, *more: str) -> int:
        """Run the command; return its exit code."""
        words = ["audit", "--log", str(self.log), "--reports", str(self.reports)]
        return main([*words, "--trust", str(self.trust), *more])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of sound."""
    return make_sound(tmp_path_factory.mktemp("sounds") / "ban-tin.mp3")


class Story:
    """A province with two appliances that did what they were told, and exports of it."""

    def __init__(self, folder: Path, sound: Path) -> None:
        two = Threshold(role=Role.EMERGENCY, area="dt", count=2)
        self.authority = Authority.make("dt", seed="audit", thresholds=[two])
        self.authority.add_key(Role.EMERGENCY, "dt", holder="Người thứ hai")
        self.province = Province(folder / "site", self.authority)
        self.one, self.two = Told(self.province, "một"), Told(self.province, "hai")
        self.content = self.province.sound(sound)
        self.province.slot(make_slot(self.content.sha256))
        publish(self.province.house, "dt", who=None, now=self.later())
        self.warning = self.authority.announce([HAMLET])
        self.waiting = self.authority.announce(["dt"])
        with self.province.house.writing() as unit:
            take_announcement(unit, self.warning, who=None, now=self.later())
            take_announcement(unit, self.waiting, who=None, now=self.later())
            send_command(unit, self.one.device, Reload(), who=None, now=self.later())
            sign_active_sets(unit, now=self.later())
        self.tell_time()
        self.one.tell(
            receipts=[
                self.one.admitted(Kind.PROGRAMME, "1", self.programme(self.one.device)),
                self.one.admitted(Kind.ANNOUNCEMENT, "x", self.warning),
                Receipt(at=self.province.now, kind=Kind.PROGRAMME, id="1", state="ready"),
            ],
            plays=[
                self.one.played("slot/sang/20261122T230000Z/0", self.content.sha256),
                self.one.played(f"alert/{self.id_of(self.warning)}/0/1", "voice:x-vi"),
                self.one.played("staff/abc/20261122T100000/0", "tone:chime"),
            ],
        )
        self.renew_keyring()
        with self.province.house.writing() as unit:
            send_command(unit, self.two.device, Reload(), who=None, now=self.later())
        self.two.tell(plays=[self.two.played("test/20261122T100000/0", "tone:check")])
        self.two.tell()
        self.two.tell(plays=[self.two.played("staff/x/1/0", self.content.sha256)])

    def later(self) -> datetime:
        """Let a minute pass and return the time."""
        return self.province.clock.pass_by(timedelta(minutes=1))

    def tell_time(self) -> None:
        """Tell one appliance the time."""
        house = self.province.house
        TimeDesk().tell(
            house, Visitor(self.one.device, HAMLET, self.one.key.public), "q" * 42 + "A="
        )
        enter_times(house, now=self.province.now)

    def renew_keyring(self) -> None:
        """Publish a keyring with one more key."""
        self.authority.add_key(Role.APPROVE, "dt")
        made = repository_of(self.authority)
        self.province.house.repository.take(bundle_of(made), self.province.now)

    def programme(self, device: DeviceId) -> bytes:
        """Return the sealed programme of an appliance."""
        with self.province.house.reading() as unit:
            found = unit.session.scalar(
                select(ProgrammeRow.envelope).where(ProgrammeRow.device == device)
            )
        assert found is not None
        return found

    @staticmethod
    def id_of(announcement: bytes) -> str:
        """Return the id of a sealed announcement."""
        document = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(announcement).payload)
        return signed_log.about(document).subject


@pytest.fixture
def story(tmp_path: Path, sound: Path) -> Iterator[Story]:
    """A province whose log is honest, to go on with."""
    found = Story(tmp_path, sound)
    yield found
    found.province.house.close()


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory, sound: Path) -> tuple[Story, Files]:
    """A province whose log is honest and whose house is closed, and exports of it, for all tests to copy."""
    folder = tmp_path_factory.mktemp("honest")
    found = Story(folder, sound)
    files = Files(folder, found.province)
    found.province.house.close()
    return found, files


@pytest.fixture
def files(tmp_path: Path, honest: tuple[Story, Files]) -> Files:
    """Exports of an honest log, to be tampered with."""
    return honest[1].copied(tmp_path)


@pytest.fixture
def authority(honest: tuple[Story, Files]) -> Authority:
    """Who signs in the honest province."""
    return honest[0].authority


def at(rows: Sequence[Row], number: int) -> int:
    """Return where line `number` stands among the rows."""
    return next(
        n for n, r in enumerate(rows) if str(r.get("line", "")).split(" ")[1:2] == [str(number)]
    )


def bound_anew(rows: list[Row]) -> list[Row]:
    """Return the rows with every number and hash worked out again, as somebody who owns the server would."""
    number, previous = 0, "0" * 64
    for row in rows:
        if "line" in row:
            number += 1
            words = str(row["line"]).split(" ")
            words[1], words[11] = str(number), previous
            row["line"] = " ".join(words)
            row["sha256"] = previous = signed_log.digest(str(row["line"]))
    rows[0]["head"], rows[0]["sha256"] = number, previous
    return rows


def test_an_honest_log_passes(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line is bound and sealed by the keyring of its time, and covers what appliances told: exit code 0."""
    assert files.audit("--head", files.head()) == 0
    said = capsys.readouterr().out
    assert "keyrings  2 in the log, 2 signed by the chain" in said
    assert "1 wait for more people" in said
    assert "times     1, by their hashes" in said
    assert "reports   3 of 2 appliances, 1 bare" in said
    assert "receipts  2 named their payload, 1 did not" in said
    assert "plays     3 by a paper, 2 local, 0 earlier" in said
    assert "found     nothing" in said


def test_without_a_noted_head_the_table_says_what_that_means(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is found, and the reader is told that a log written anew would not show."""
    assert files.audit() == 0
    assert "no head was given" in capsys.readouterr().out


def change_subject(rows: list[Row]) -> list[Row]:
    """Say another version in line 6."""
    row = rows[at(rows, 6)]
    words = str(row["line"]).split(" ")
    words[4] = "9"
    row["line"] = " ".join(words)
    return rows


def change_paper(rows: list[Row]) -> list[Row]:
    """Put another opening in place of a programme's."""
    row = rows[at(rows, 6)]
    row["kept"] = str(row["kept"]).replace('"version":1', '"version":2')
    return rows


def change_body(rows: list[Row]) -> list[Row]:
    """Change the slots that programmes share."""
    row = next(row for row in rows if "text" in row)
    row["text"] = str(row["text"]).replace("06:00:00", "02:00:00")
    return rows


def remove(rows: list[Row]) -> list[Row]:
    """Take line 6 out."""
    del rows[at(rows, 6)]
    return rows


def reorder(rows: list[Row]) -> list[Row]:
    """Have lines 8 and 9 change places."""
    one, two = at(rows, 8), at(rows, 9)
    rows[one], rows[two] = rows[two], rows[one]
    return rows


def cut_off(rows: list[Row]) -> list[Row]:
    """Take the last two lines away."""
    return rows[:-2]


def cut_off_neatly(rows: list[Row]) -> list[Row]:
    """Take the last two lines away and promise no more."""
    return bound_anew(rows[:-2])


def remove_neatly(rows: list[Row]) -> list[Row]:
    """Take line 6 out and bind the rest anew."""
    return bound_anew(remove(rows))


def change_neatly(rows: list[Row]) -> list[Row]:
    """Change line 6 and bind the rest anew."""
    return bound_anew(change_subject(rows))


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (change_subject, "line 6: it was changed after it was written"),
        (change_paper, "line 6: programme 1 of"),
        (change_body, ": it was changed: its hash does not fit"),
        (remove, "line 7: it follows line 5: line 6 is missing"),
        (reorder, "line 9: it follows line 7: line 8 is missing"),
        (reorder, "line 8: it stands where line 10 is due: out of order, or twice"),
        (cut_off, "the rest was cut off"),
        (cut_off_neatly, "and line 15 was noted: the rest was cut off"),
        (remove_neatly, "and line 15 was noted: the rest was cut off"),
        (change_neatly, "line 15: it is not the line that was noted: the log was written anew"),
        (change_neatly, "line 6: programme 9 of"),
    ],
)
def test_a_log_that_was_tampered_with_is_found_and_the_place_is_named(
    files: Files,
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[list[Row]], list[Row]],
    named: str,
) -> None:
    """A line changed, removed, moved or cut off, also with all hashes worked out again, is told with its place."""
    head = files.head()
    assert head.startswith("15:")
    files.write(tamper(files.rows()))
    assert files.audit("--head", head) == 3
    assert named in capsys.readouterr().out


def test_an_export_that_ends_before_its_own_head_is_found_without_a_noted_one(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines cut off between server and auditor are missed by the export's own first row."""
    files.write(cut_off(files.rows()))
    assert files.audit() == 3
    assert "the export promises line 15 as its last" in capsys.readouterr().out


def test_a_line_taken_out_neatly_is_missed_by_whoever_obeyed_it(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a noted head, too, the appliance that admitted the paper and played by it gives the gap away."""
    rows = files.rows()
    gone = next(n for n, row in enumerate(rows) if " announcement " in str(row.get("line", "")))
    del rows[gone]
    files.write(bound_anew(rows))
    assert files.audit() == 3
    said = capsys.readouterr().out
    assert "admitted announcement x" in said
    assert "signed off the log" in said
    assert "played 'Bản tin sáng'" in said


def test_a_programme_signed_off_the_log_is_named(
    tmp_path: Path, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who holds the schedule key and signs behind the log's back is given away by the appliance that obeyed."""
    off = story.authority.programme(story.one.device, version=7)
    strange = Sha256("ab" * 32)
    story.one.tell(
        receipts=[story.one.admitted(Kind.PROGRAMME, "7", off)],
        plays=[story.one.played("slot/dem/20261122T190000Z/0", strange, "Không rõ")],
    )
    files = Files(tmp_path, story.province)
    assert files.audit("--head", files.head()) == 3
    said = capsys.readouterr().out
    assert f"appliance {story.one.device}: admitted programme 7" in said
    assert seal.read_envelope(off).payload_sha256 in said
    assert f"appliance {story.one.device}: played 'Không rõ'" in said
    assert "found     2" in said


def forged(
    rows: list[Row], envelope: bytes, kind: str, subject: str, device: str, areas: str
) -> list[Row]:
    """Return the rows with one more line, for a paper of somebody's making, bound as it should be."""
    read = seal.read_envelope(envelope)
    last = next(row for row in reversed(rows) if "line" in row)
    words = str(last["line"]).split(" ")
    words[3:7] = [kind, subject, device, areas]
    words[8] = ",".join(signature.keyid for signature in read.signatures)
    words[9:11] = [read.payload_sha256, seal.sha256(envelope)]
    more: Row = {"line": " ".join(words), "sha256": "", "kept": envelope.decode(), "body": None}
    return bound_anew([*rows, more])


def test_a_line_whose_seal_does_not_hold_is_named(
    files: Files, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    """A paper sealed by a key that the keyring of its time does not know is found, though the chain is whole."""
    thief = device_key("thief")
    sealed = authority.approve(Sha256("cd" * 32), "dt", by=[thief])
    files.write(forged(files.rows(), sealed, "approval", "cd" * 32, "-", "dt"))
    assert files.audit() == 3
    assert "no key with the role approve in keyring 3 signed this" in capsys.readouterr().out


def test_the_same_paper_by_the_right_key_holds(files: Files, authority: Authority) -> None:
    """The twin: sealed by the approver's key, the line is as good as any."""
    sealed = authority.approve(Sha256("cd" * 32), "dt")
    files.write(forged(files.rows(), sealed, "approval", "cd" * 32, "-", "dt"))
    assert files.audit() == 0


def test_a_keyring_that_the_chain_never_signed_is_named(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that writes itself a keyring is found by whoever keeps the chain elsewhere."""
    newest = max((files.trust / "metadata").glob("*.targets.json"))
    newest.unlink()
    assert files.audit() == 3
    assert "keyring 3: this keyring was never signed by the chain" in capsys.readouterr().out


def test_a_chain_of_somebody_else_is_no_chain(
    tmp_path: Path, files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    """Targets that no root of the folder stands behind end the audit with a sentence: exit code 1."""
    stranger = Repository.make(Authority.make("dt", seed="stranger").keyring, seed="stranger")
    write_repository(tmp_path / "other", stranger)
    for path in (tmp_path / "other" / "metadata").glob("*.targets.json"):
        shutil.copy(path, files.trust / "metadata" / "9.targets.json")
    assert files.audit() == 1
    assert "no root of" in capsys.readouterr().err


def change_report(rows: list[Row]) -> list[Row]:
    """Change a report's bytes."""
    row = next(row for row in rows if row.get("envelope"))
    row["envelope"] = str(row["envelope"]).replace('"sig":"', '"sig":"A', 1)
    return rows


def swap_hash(rows: list[Row]) -> list[Row]:
    """Say another hash of the report in the middle."""
    row = next(row for row in rows if row.get("envelope", "") is None)
    row["payload_sha256"] = "0" * 64
    return rows


def twice(rows: list[Row]) -> list[Row]:
    """List the last report once more."""
    return [*rows, rows[-1]]


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (change_report, "report 1: "),
        (swap_hash, "report 3: it is not bound to report 2"),
        (twice, "numbers must rise"),
    ],
)
def test_reports_that_were_tampered_with_are_found(
    files: Files,
    capsys: pytest.CaptureFixture[str],
    tamper: Callable[[list[Row]], list[Row]],
    named: str,
) -> None:
    """A report that its appliance did not seal so, or that does not fit its chain, is named."""
    files.write(tamper(files.rows(files.reports)), files.reports)
    assert files.audit() == 3
    assert named in capsys.readouterr().out


def test_an_export_that_is_cut_in_its_bytes_cannot_be_audited(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that does not read to its end is told as such: exit code 1, and no table."""
    files.log.write_bytes(files.log.read_bytes()[:-40])
    assert files.audit() == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "cut off or damaged" in said.err


def test_a_head_that_is_none_is_refused(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not NUMBER:HASH is told, and nothing is audited."""
    assert files.audit("--head", "15") == 1
    assert "NUMBER:HASH" in capsys.readouterr().err
