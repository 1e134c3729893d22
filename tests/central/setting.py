"""A province for tests: real keys, real files, real sounds; nothing pretended."""

import subprocess
import tempfile
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path

from central.config import Settings, load_settings
from central.db.engine import open_engine
from central.db.migrate import migrate
from central.domain.areas import Area
from central.domain.people import Person, PersonRole
from central.domain.states import ContentState, SignedIn
from central.services import (
    House,
    Upload,
    add_person,
    create_slot,
    grant,
    import_areas,
    open_house,
    person_of,
    sign_in,
    take_approval,
    take_assignment,
    take_upload,
)
from contract.chain_rules import Bundle
from contract.documents import Daily, DeviceId, Recurrence, Role, Sha256, Slot
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from contract.testing_chain import Repository

COMMUNE, HAMLET, OTHER = "dt/my-phong", "dt/my-phong/ap-1", "dt/tan-hoi"
AREAS = (
    Area(path="dt", name="Tỉnh Đồng Tháp"),
    Area(path=COMMUNE, name="Xã Mỹ Phong"),
    Area(path=HAMLET, name="Ấp 1"),
    Area(path=OTHER, name="Xã Tân Hội"),
)
PASSWORD = "mật khẩu đủ dài"


class SteeredClock:
    """A wall clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> datetime:
        """Move on and return the new time."""
        self.now += span
        return self.now


def repository_of(authority: Authority) -> Repository:
    """Return the repository of the authority's ceremony: always the same keys, targets as new as the keyring."""
    made = Repository.make(now=authority.now, seed="central")
    made.targets_version = authority.keyring.epoch - 1
    made.publish(authority.keyring)
    return made


def bundle_of(made: Repository) -> Bundle:
    """Return what the ceremony of this repository hands out."""
    return Bundle(
        roots=tuple(made.files[f"metadata/{n + 1}.root.json"] for n in range(made.root_version)),
        targets=made.files[f"metadata/{made.targets_version}.targets.json"],
        keyring=made.files["targets/keyring.json"],
    )


def write_repository(folder: Path, made: Repository) -> None:
    """Write what a ceremony publishes to a folder: the offline half of the chain."""
    for name, data in made.files.items():
        if name.startswith("targets/") or name.endswith((".root.json", ".targets.json")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    (folder / "keyring.json").write_bytes(made.files["targets/keyring.json"])


def write_site(folder: Path, authority: Authority, **changes: object) -> Path:
    """Write a settings file with keys and keyring into `folder`; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "schedule": Role.SCHEDULE,
        "activeset": Role.ACTIVE_SET,
        "command": Role.COMMAND,
        "time": Role.TIME,
    }
    for name, role in names.items():
        pem = folder / f"{name}.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(authority.keys[role].to_pem(None))
    secret = folder / "session.secret"
    secret.touch(mode=0o600)
    secret.write_bytes(b"a test's own secret, long enough")
    made = repository_of(authority)
    for name, key in (("snapshot", made.snapshot_key), ("timestamp", made.timestamp_key)):
        pem = folder / f"{name}.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(key.to_pem(None))
    write_repository(folder / "trust", made)
    values: dict[str, object] = {
        "port": 0,
        "repository": "trust",
        "schedule_key": "schedule.pem",
        "activeset_key": "activeset.pem",
        "command_key": "command.pem",
        "time_key": "time.pem",
        "snapshot_key": "snapshot.pem",
        "timestamp_key": "timestamp.pem",
        "session_secret_file": "session.secret",
        "upload_max_bytes": 50_000_000,
        **changes,
    }
    lines = [f"{k} = {v}" if isinstance(v, int) else f'{k} = "{v}"' for k, v in values.items()]
    path = folder / "central.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def site_settings(folder: Path, authority: Authority) -> Settings:
    """Return the settings of a freshly written site."""
    return load_settings(write_site(folder, authority))


@cache
def fresh_tables() -> bytes:
    """Return a database with its tables and nothing in them, made once: to make it anew is most of opening a house."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "central.db"
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine)
        engine.dispose()  # the last one out writes everything into the one file
        return path.read_bytes()


class Province:
    """A house in this process with areas, people and a steered clock, and short verbs for stories."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.authority = authority
        self.clock = SteeredClock(authority.now)
        self.folder = folder
        settings = site_settings(folder, authority)
        if not (folder / "central.db").exists():
            (folder / "central.db").write_bytes(fresh_tables())
        self.house: House = open_house(settings, clock=self.clock)
        with self.house.writing() as unit:
            import_areas(unit, AREAS, who=None, now=self.now)

    @property
    def now(self) -> datetime:
        """Return the steered time."""
        return self.clock.now

    def reopen(self) -> None:
        """Close the house and open it again on the same files, as a restart does."""
        self.house.close()
        self.house = open_house(self.house.settings, clock=self.clock)

    def keep_keyring(self) -> None:
        """Publish the authority's keyring by its chain, as a ceremony does."""
        self.house.repository.take(bundle_of(repository_of(self.authority)), self.now)

    def person(self, name: str, *roles: PersonRole, area: str = "dt") -> Person:
        """Return a new signed-in person with these roles at `area`."""
        with self.house.writing() as unit:
            add_person(unit, name, PASSWORD, who=None, now=self.now)
            for role in roles:
                grant(unit, name, role, area, who=None, now=self.now)
            answer = sign_in(unit, name, PASSWORD, now=self.now)
            assert isinstance(answer, SignedIn)
            return person_of(unit, answer.token, now=self.now)

    def appliance(self, name: str = "appliance", area: str = HAMLET) -> tuple[SigningKey, DeviceId]:
        """Return the key and id of an appliance that was assigned to `area`."""
        key = SigningKey.generate()
        paper = self.authority.assign(key.public, area, name=name)
        with self.house.writing() as unit:
            take_assignment(unit, paper, who=None, now=self.now)
        return key, device_id(key.public)

    def sound(
        self, path: Path, *, approved_for: str | None = "dt", title: str = ""
    ) -> ContentState:
        """Return the file as content of the library, approved unless told otherwise."""
        upload = Upload(name=path.name, mime="", title=title, area="dt")
        state = take_upload(self.house, [path.read_bytes()], upload, who=None, now=self.now)
        if approved_for is not None:
            paper = self.authority.approve(Sha256(state.sha256), approved_for)
            with self.house.writing() as unit:
                take_approval(unit, paper, who=None, now=self.now)
        return state

    def slot(self, slot: Slot, area: str = COMMUNE) -> None:
        """Add a slot as a draft."""
        with self.house.writing() as unit:
            create_slot(unit, area, slot, who=None, now=self.now)


def make_slot(
    content: str,
    slot_id: str = "sang",
    *,
    start: time = time(6, 0),
    title: str = "Bản tin sáng",
    recurrence: Recurrence | None = None,
) -> Slot:
    """Return a slot of one item for half an hour."""
    return Slot(
        id=slot_id,
        title=title,
        recurrence=Daily() if recurrence is None else recurrence,
        start=start,
        window_s=1_800,
        items=(Sha256(content),),
    )


def make_sound(path: Path, source: str = "sine=440:d=1", *options: str) -> Path:
    """Make a sound file with ffmpeg; the name's ending decides the form."""
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def real_now() -> datetime:
    """Return the machine's time: a real server cannot be steered."""
    return datetime.now(UTC).replace(microsecond=0)
