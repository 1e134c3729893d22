"""A province for tests: real keys, real files, real sounds; nothing pretended."""

import functools
import json
import subprocess
import tempfile
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from central.config import Settings, load_settings
from central.db.engine import open_engine
from central.db.migrate import migrate
from central.db.people import PersonRow
from central.domain.areas import Area
from central.domain.people import Person, PersonRole, folded
from central.domain.states import ContentState
from central.services import (
    House,
    Upload,
    create_slot,
    grant,
    import_areas,
    open_house,
    person_of,
    take_approval,
    take_assignment,
    take_upload,
)
from central.services.people import hashed, new_session
from contract.chain_rules import Bundle
from contract.documents import Daily, DeviceId, Recurrence, Role, Sha256, Slot
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from contract.testing_chain import Repository
from tests.central import postgres

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
        **({"database": postgres.server().database()} if postgres.is_chosen() else {}),
        **changes,
    }
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    path = folder / "central.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def site_settings(folder: Path, authority: Authority, **changes: object) -> Settings:
    """Return the settings of a freshly written site."""
    return load_settings(write_site(folder, authority, **changes))


@functools.cache
def _tables() -> bytes:
    """Return the file of a database without rows, its tables made by the migration, once for all tests."""
    with tempfile.TemporaryDirectory(prefix="tienglang-tables-") as folder:
        path = Path(folder, "central.db")
        engine = open_engine(f"sqlite:///{path}")
        migrate(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


def lay_tables(settings: Settings) -> None:
    """Give a site that has no database yet one whose tables are made: migrating is a story of its own."""
    kind, _, path = settings.database.partition(":///")
    if kind == "sqlite" and not Path(path).exists():
        Path(path).write_bytes(_tables())


@functools.cache
def _password_hash() -> str:
    return hashed(PASSWORD)


class Province:
    """A house in this process with areas, people and a steered clock, and short verbs for stories."""

    def __init__(self, folder: Path, authority: Authority, **changes: object) -> None:
        self.authority = authority
        self.clock = SteeredClock(authority.now)
        self.folder = folder
        settings = site_settings(folder, authority, **changes)
        lay_tables(settings)
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
        """Return a new signed-in person with these roles at `area`; hashing their password is done once for all."""
        with self.house.writing() as unit:
            row = PersonRow(
                name=name,
                password_hash=_password_hash(),
                created=self.now,
                password_set=self.now,
                search=folded(name),
            )
            unit.session.add(row)
            unit.session.flush()
            for role in roles:
                grant(unit, name, role, area, who=None, now=self.now)
            token = new_session(unit, row, waits=False, agent="", address="", now=self.now)
            return person_of(unit, token, now=self.now)

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
