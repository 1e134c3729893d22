"""A release in the ceremony, and handed out: m of n sign it, the picture shows it, central gets it piece by piece."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from contract.chain_rules import judge
from contract.errors import RefusalCode, Refused
from contract.release import blobs_of, encode_release
from contract.testing_release import release
from provisioning.release.folder import index_of
from provisioning.release.handing import Publisher, to_central
from tests.provisioning.release.pieces import built, do, system
from tests.provisioning.table import Table


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """A ceremony of three people, two of whom must sign."""
    made = Table(tmp_path)
    made.begin()
    return made


def signed_by(table: Table, folder: Path, *people: str) -> str:
    """Have these people sign a release, each with a command of their own."""
    said = ""
    for who in people:
        said = do(
            table, "sign", str(table.place), str(folder), "--key", str(table.key(who)), "--yes",
            "--passphrase-file", str(table.phrases),
        )  # fmt: skip
    return said


def test_two_of_three_sign_a_release(table: Table) -> None:
    """With one signature it waits, with two it stands in the chain beside the keyring that stood there."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    keyring = table.chain().keyring
    assert "1 of 2" in signed_by(table, one, "Lê Hoa")
    with pytest.raises(ValueError, match="sign first"):
        table.bundle()
    signed_by(table, one, "Trần Minh")
    chain = table.chain()
    assert chain.release == index_of(one)[1]
    assert (chain.keyring, chain.targets.version) == (keyring, 2)


def test_the_picture_shows_what_changes(table: Table) -> None:
    """Version, counter, size, notes, what it replaces, and what a usual appliance will fetch."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    assert "1.4.0, số 5\n" in table.do("inspect")
    two = built(table, "two", "1.4.1", system()[:-9] + b"nine byte", "--previous", str(one))
    said = do(table, "sign", str(table.place), str(two), "--previous", str(one))
    assert re.search(r"fetches\): 0\.\d\d MB", said)
    shown = table.do("inspect", "--html", str(table.folder / "who.html"))
    assert "1.4.1, số 6  + mới" in shown
    assert "thay cho 1.4.0 (số 5)" in shown
    assert "Sửa lỗi." in shown
    assert "Vòng khóa và bản phát hành mới: có 0 trong 2 chữ ký" in shown
    assert "thay cho 1.4.0 (số 5)" in (table.folder / "who.html").read_text("utf-8")
    with pytest.raises(ValueError, match="nothing was signed"):
        do(
            table, "sign", str(table.place), str(two), "--key", str(table.key("Lê Hoa")),
            "--passphrase-file", str(table.phrases), answer="nein",
        )  # fmt: skip


def test_a_release_lives_on_when_the_keyring_changes(table: Table) -> None:
    """New keys, a revocation and a new root carry the release along, and the keyring's change goes with a release."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    table.enter("Phạm Duyệt", "approve")
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    assert table.chain().keyring.epoch == 2
    assert table.chain().release == index_of(one)[1]
    table.enter("Võ Trực", "emergency")
    table.do("rotate")
    table.sign("Lê Hoa", "Trần Minh")
    chain = table.chain()
    assert (chain.root.version, chain.keyring.epoch) == (2, 3)
    assert chain.release == index_of(one)[1]


def test_the_same_counter_is_signed_once(table: Table) -> None:
    """Other bytes under a signed counter, and an older one, are refused; the very same is nothing new."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    assert "signed; next" in do(table, "sign", str(table.place), str(one))
    other = built(table, "other", "1.4.0", system(8), "--counter", "5")
    older = built(table, "older", "1.4.0", system(8), "--counter", "4")
    for folder, code in ((other, RefusalCode.SAME_VERSION), (older, RefusalCode.OLD_VERSION)):
        with pytest.raises(Refused, match="build it again") as caught:
            do(table, "sign", str(table.place), str(folder))
        assert caught.value.code is code
    assert table.chain().release == index_of(one)[1]


def test_a_damaged_release_is_not_signed(table: Table) -> None:
    """Who signs is told that what would be handed out is not what the index says."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    _, index = index_of(one)
    (one / "blobs" / index.system.sha256).write_bytes(system(9))
    with pytest.raises(ValueError, match="damaged"):
        do(table, "sign", str(table.place), str(one))
    assert table.chain().release is None


class Central:
    """What central takes of a publisher, on loopback; `break_after` bytes of a blob the line is cut, once."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytearray] = {}
        self.asked: list[str] = []
        self.told: list[dict[str, str]] = []
        self.break_after: int | None = None
        self.refuse = ""

    def answer(self, method: str, path: str, body: bytes, span: str) -> tuple[int, object] | None:
        """Return status and answer, None to hang up."""
        self.asked.append(f"{method} {path}")
        if path == "/api/v1/session":
            return 201, {"token": "t"}
        if path.startswith("/api/v1/releases/blobs/"):
            return self._blob(method, path.rsplit("/", 1)[1], body, span)
        self.told.append(json.loads(body))
        if self.refuse:
            return 409, {"error": "no", "why": self.refuse}
        return 201, {"changed": True}

    def _blob(self, method: str, name: str, body: bytes, span: str) -> tuple[int, object] | None:
        held = self.blobs.setdefault(name, bytearray())
        if method == "PUT":
            begin, end, whole = map(int, re.findall(r"\d+", span))
            assert end - begin + 1 == len(body)
            if begin != len(held):
                return 409, {"bytes": len(held), "whole": False}
            held += body
            if self.break_after is not None and len(held) >= self.break_after:
                self.break_after = None
                return None
            assert len(held) <= whole
        whole_now = hashlib.sha256(held).hexdigest() == name
        return 200, {"bytes": len(held), "whole": whole_now}


@contextmanager
def serving(central: Central) -> Iterator[str]:
    """Serve it while the block lasts."""

    class Answers(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = central.answer(
                self.command, self.path, body, self.headers.get("Content-Range", "")
            )
            if found is None:
                self.close_connection = True
                return
            data = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._any()

        def do_PUT(self) -> None:
            self._any()

        def do_POST(self) -> None:
            self._any()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's names
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def silent(_what: str, _done: int, _whole: int) -> None:
    """Tell nobody."""


def test_a_release_goes_to_central_and_goes_on_where_it_stopped(table: Table) -> None:
    """Blobs first, then the chain, then the word; a cut line costs only what was under way."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    data, index = index_of(one)
    central = Central()
    central.break_after = 300_000
    told: list[int] = []
    with serving(central) as address:
        to = Publisher(address, "an", "pw", None)

        def send() -> str:
            return to_central(
                one,
                table.bundle(),
                to,
                table.now,
                lambda _, done, _whole: told.append(done),
                100_000,
            )

        with pytest.raises(OSError, match=r"."):
            send()
        assert central.told == []
        first = len([ask for ask in central.asked if ask.startswith("PUT")])
        assert "release 5" in send()
        second = len([ask for ask in central.asked if ask.startswith("PUT")]) - first
    assert {name: bytes(held) for name, held in central.blobs.items()} == {
        blob.sha256: (one / "blobs" / blob.sha256).read_bytes() for blob in blobs_of(index)
    }
    assert second == 3  # of six pieces of the system
    assert central.asked[-2:] == ["POST /api/v1/trust", "POST /api/v1/releases"]
    assert central.told[0].keys() == {"name", "password"} or "release" in central.told[0]
    assert central.told[-1] == {"sha256": hashlib.sha256(data).hexdigest()}
    assert told[-1] == sum(blob.bytes for blob in blobs_of(index))


def test_what_central_says_is_told(table: Table) -> None:
    """A refusal comes back in its own words; a chain without this release is not even tried."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    bare = table.bundle()
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    central = Central()
    central.refuse = "the disk is full"
    with serving(central) as address:
        to = Publisher(address, "an", "pw", None)
        with pytest.raises(ValueError, match="the disk is full"):
            to_central(one, table.bundle(), to, table.now, silent)
        central.asked.clear()
        with pytest.raises(ValueError, match="no release is signed"):
            to_central(one, bare, to, table.now, silent)
        other = built(table, "other", "1.4.0", system(8), "--counter", "6")
        with pytest.raises(ValueError, match="not the release that the ceremony signed"):
            to_central(other, table.bundle(), to, table.now, silent)
        assert central.asked == []


def test_a_stick_carries_a_release(table: Table) -> None:
    """Beside central's copy of the chain lie the blobs by hash; a stick without this chain is refused."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    stick = table.folder / "stick"
    words = ("publish", str(table.place), str(one), "--to", str(stick))
    with pytest.raises(ValueError, match="copy central's"):
        do(table, *words)
    table.do("publish", "--to", str(stick / "tienglang" / "tuf"))
    assert "holds the release" in do(table, *words)
    _, index = index_of(one)
    lying = {file.name for file in (stick / "tienglang" / "release" / "blobs").iterdir()}
    assert lying == {blob.sha256 for blob in blobs_of(index)}
    assert judge(table.bundle()).release == index


def test_a_folder_of_another_release_is_no_stick(table: Table) -> None:
    """The chain on the stick must name this very release."""
    one = built(table, "one", "1.4.0", system(), "--counter", "5")
    signed_by(table, one, "Lê Hoa", "Trần Minh")
    stick = table.folder / "stick"
    named = table.bundle().release
    assert named is not None
    place = stick / "tienglang" / "tuf" / "targets"
    place.mkdir(parents=True)
    file = place / f"{hashlib.sha256(named).hexdigest()}.release.json"
    file.write_bytes(encode_release(release([b"other"]).index))
    with pytest.raises(ValueError, match="does not hold the chain"):
        do(table, "publish", str(table.place), str(one), "--to", str(stick))
