"""A house and a unit of work: what every verb stands on.

Law of the room: what belongs together is one transaction; what is to be pushed is written in that same
transaction (outbox) and rung only after it is committed. On SQLite writers take turns at a lock of this
process, so that none sleeps in the database's own waiting loop.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from central.config import Settings
from central.db import push_bell
from central.db.broadcast import OutboxRow
from central.db.engine import for_reading, for_writing, open_engine
from central.db.migrate import migrate
from central.db.people import AuditRow
from central.domain.errors import Unacceptable
from central.domain.people import Person
from central.services.locks import PUBLISHING_LOCK, HouseLock
from central.services.repository import Repository
from central.signing import OnlineKeys
from contract import codec
from contract.chain import KEYRING_TARGET
from contract.documents import Keyring

OUTBOX_LOCK = 7_301  # PostgreSQL: ids of outbox and log are to be committed in order
SYSTEM = "hệ thống"
MOST_TOLD_CHARS = 20_000  # of what the audit log keeps of one side of a change
Told = Mapping[str, object] | msgspec.Struct | None


def _told(fields: Told) -> str:
    """Return the fields of a change as JSON, nothing for None; what is too long is named, not kept."""
    if fields is None:
        return ""
    text = msgspec.json.encode(fields).decode()
    return text if len(text) <= MOST_TOLD_CHARS else f'{{"…": "{len(text)}"}}'


class KeyringFile:
    """The keyring on disk, read again when the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._keyring: Keyring | None = None
        self._data = b""

    @property
    def data(self) -> bytes:
        """Return the bytes that `current` last decoded."""
        return self._data

    def current(self) -> Keyring:
        """Return the keyring that is on disk now; raises what decoding raises."""
        stat = self._path.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        if self._keyring is None or stamp != self._stamp:
            data = self._path.read_bytes()
            self._keyring, self._data = codec.decode_keyring(data), data
            self._stamp = stamp
        return self._keyring


class Unit:
    """One transaction, and what verbs need in it."""

    def __init__(self, house: "House", session: Session) -> None:
        self.house = house
        self.session = session
        self.rings = False

    def post(
        self,
        kind: str,
        event: str,
        data: bytes,
        *,
        now: datetime,
        areas: Sequence[str] = (),
        device: str | None = None,
        life: timedelta = timedelta(hours=24),
    ) -> None:
        """Put one message into the outbox for the appliances at or below `areas`, or for one `device`."""
        self.take_turn()
        self.session.add(
            OutboxRow(
                created=now,
                kind=kind,
                areas=list(areas),
                device=device,
                expires=now + life,
                event=event,
                data=data,
            )
        )
        self.session.flush()  # ids in the order of posting
        self.rings = True

    def take_turn(self) -> None:
        """Have outbox and log numbered in the order of committing: wait for whoever is numbering now.

        Called before the first row is written, so that nobody who waits here holds what another needs.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            turn = select(func.pg_advisory_xact_lock(OUTBOX_LOCK))
            self.session.connection().execute(turn)  # the session would write its rows first

    def note(
        self,
        who: Person | None,
        verb: str,
        what: str,
        *,
        now: datetime,
        area: str = "",
        subject: str = "",
        before: Told = None,
        after: Told = None,
    ) -> None:
        """Write into the audit log, in this transaction.

        `area` is where it was done (empty: only a root's administrators read it), `subject` the id of what was
        changed, `before` and `after` its fields; secrets do not belong into them.
        """
        self.session.add(
            AuditRow(
                at=now,
                who=who.name if who else SYSTEM,
                verb=verb,
                what=what[:500],
                area=area,
                subject=subject[:200],
                before=_told(before),
                after=_told(after),
            )
        )


class ToldTimes:
    """The payload hashes of signed times that wait for their line in the log; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._digests: list[str] = []

    def add(self, payload_sha256: str) -> None:
        """Remember that a time was signed."""
        with self._lock:
            self._digests.append(payload_sha256)

    def take(self) -> list[str]:
        """Return what waits, oldest first, and forget it."""
        with self._lock:
            told, self._digests = self._digests, []
        return told

    def put_back(self, told: list[str]) -> None:
        """Have what was taken wait again, before what came since."""
        with self._lock:
            self._digests = told + self._digests


class House:
    """Central with its database, keys, library and clock; one per process."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        keys: OnlineKeys | None,
        clock: Callable[[], datetime],
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.keyring = KeyringFile(settings.repository / KEYRING_TARGET)
        self.clock = clock
        self._keys = keys
        self._repository = None if keys is None else Repository(settings.repository, keys)
        self._writing = for_writing(engine)
        self._reading = for_reading(engine)
        # one publication at a time, in whichever process
        self.publishing = HouseLock(engine, settings.data_dir / "publishing.lock", PUBLISHING_LOCK)
        self.told_times = ToldTimes()
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._bells: list[Callable[[], None]] = []
        self.library.mkdir(parents=True, exist_ok=True)
        self.incoming.mkdir(parents=True, exist_ok=True)

    @property
    def has_keys(self) -> bool:
        """Return whether this process holds the online keys."""
        return self._keys is not None

    @property
    def keys(self) -> OnlineKeys:
        """Return the online keys; raises `RuntimeError` in a process that was opened without them."""
        if self._keys is None:
            msg = "this process holds no online keys; run it as `tienglang-central serve`"
            raise RuntimeError(msg)
        return self._keys

    @property
    def repository(self) -> Repository:
        """Return the chain of trust; raises `RuntimeError` in a process that was opened without keys."""
        if self._repository is None:
            msg = "this process does not serve the chain; run it as `tienglang-central serve`"
            raise RuntimeError(msg)
        return self._repository

    @property
    def library(self) -> Path:
        """Return the folder of content by SHA-256."""
        return self.settings.data_dir / "contents"

    @property
    def incoming(self) -> Path:
        """Return the folder of uploads that are not yet checked."""
        return self.settings.data_dir / "incoming"

    def on_post(self, bell: Callable[[], None]) -> None:
        """Have `bell` rung after each commit that posted something; it must be thread-safe and quick."""
        self._bells.append(bell)

    def hear_others(self, bell: Callable[[], None]) -> push_bell.Listener | None:
        """Have `bell` rung, on a thread of its own, when any process of this database posted; `stop` what it returns.

        None where only this process writes: its own commits ring by `on_post`.
        """
        return push_bell.listening(self.engine, bell)

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """Give a unit that sees one state of the database and changes nothing."""
        with (
            _worded(),
            Session(self._reading, expire_on_commit=False, autoflush=False) as session,
        ):
            yield Unit(self, session)

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """Give a unit that is committed at the end, or undone when something is raised."""
        if self._turn is None:
            unit = yield from self._write()
        else:
            with self._turn:
                unit = yield from self._write()
        if unit.rings:
            for bell in self._bells:
                bell()

    def _write(self) -> Generator[Unit, None, Unit]:
        with (
            _worded(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            unit = Unit(self, session)
            yield unit
            if unit.rings:
                push_bell.ring(session.connection())
        return unit

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()


@contextmanager
def _worded() -> Iterator[None]:
    """Answer a value that no column can hold (too long, too large, a zero byte) as what it is: the asker's mistake."""
    try:
        yield
    except (DataError, OverflowError) as fault:
        msg = "Có giá trị quá dài, quá lớn hoặc chứa ký tự không lưu được; hãy sửa lại."
        raise Unacceptable(msg, "bad-value") from fault


def utc_now() -> datetime:
    """Return the wall clock as aware UTC: the clock of a real house."""
    return datetime.now(UTC)


def open_house(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    with_keys: bool = True,
    even_expired: bool = False,
) -> House:
    """Return the house of these settings with its tables brought up to date and its chain of trust whole.

    Raises what reading the keys or the chain raises; `with_keys=False` serves a lone push gateway, `even_expired`
    goes on with a chain that has run out.
    """
    keys = OnlineKeys.load(settings) if with_keys else None
    engine = open_engine(settings.database)
    try:
        migrate(engine)
        house = House(settings, engine, keys, clock)
        if keys is not None:
            house.repository.tend(clock(), even_expired=even_expired)
        house.keyring.current()
    except BaseException:
        engine.dispose()
        raise
    return house
