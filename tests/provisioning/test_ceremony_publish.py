"""What the ceremony hands out, to a folder and to a central; and the picture of who may do what."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from contract.chain_files import newest
from contract.chain_rules import Bundle, judge
from contract.enrolment import fingerprint
from contract.errors import RefusalCode, Refused
from provisioning.ceremony import write
from provisioning.ceremony_publish import to_folder
from tests.provisioning.table import Table


@pytest.fixture
def begun(tmp_path: Path) -> Table:
    """A ceremony of three people, two of whom must sign."""
    table = Table(tmp_path)
    table.begin()
    return table


def chain_in(folder: Path) -> tuple[int, int, int]:
    """Return the numbers of the chain in a folder, read as central reads it."""

    def read(name: str) -> bytes | None:
        file = folder / name
        return file.read_bytes() if file.is_file() else None

    found = newest(read, [file.name for file in (folder / "metadata").glob("*.json")])
    assert found is not None
    return found.root.version, found.targets.version, found.keyring.epoch


def test_a_folder_gets_the_chain_and_the_root_to_bake(begun: Table) -> None:
    """The folder reads as one whole chain; root.json and the plain keyring lie beside it; again changes nothing."""
    out = begun.folder / "out"
    assert begun.do("publish", "--to", str(out)).endswith("root 1, targets 1, keyring epoch 1")
    assert chain_in(out) == (1, 1, 1)
    assert (out / "root.json").read_bytes() == begun.bundle().roots[0]
    assert (out / "keyring.json").read_bytes() == begun.bundle().keyring
    assert (out / "targets" / "keyring.json").read_bytes() == begun.bundle().keyring
    assert "already" in begun.do("publish", "--to", str(out))
    begun.enter("Phạm Duyệt", "approve")
    begun.sign("Lê Hoa", "Trần Minh")
    begun.do("publish", "--to", str(out))
    assert chain_in(out) == (1, 2, 2)


def test_a_draft_is_not_handed_out(begun: Table) -> None:
    """While signatures are missing publishing is refused with whose; complete it goes out."""
    out = begun.folder / "out"
    begun.enter("Phạm Duyệt", "approve")
    with pytest.raises(ValueError, match="sign first: tienglang-provision trust sign"):
        begun.do("publish", "--to", str(out))
    assert not out.exists()
    begun.sign("Lê Hoa", "Trần Minh")
    begun.do("publish", "--to", str(out))


def test_an_older_ceremony_folder_takes_nothing_back(begun: Table, tmp_path: Path) -> None:
    """A forgotten copy with a lower epoch is refused; the newest folder is taken."""
    out, old = begun.folder / "out", tmp_path / "old"
    begun.do("publish", "--to", str(old))
    begun.enter("Phạm Duyệt", "approve")
    begun.sign("Lê Hoa", "Trần Minh")
    begun.do("publish", "--to", str(out))
    with pytest.raises(Refused, match="older than") as caught:
        begun.do("publish", "--to", str(out), place=old)
    assert caught.value.code is RefusalCode.OLD_VERSION
    assert chain_in(out) == (1, 2, 2)
    begun.do("publish", "--to", str(out))


def test_another_provinces_ceremony_is_refused(begun: Table, tmp_path: Path) -> None:
    """A folder that holds one chain takes no other; its own it takes."""
    (tmp_path / "other").mkdir()
    other = Table(tmp_path / "other")
    other.begin()
    out = begun.folder / "out"
    begun.do("publish", "--to", str(out))
    with pytest.raises(Refused, match="another province's chain"):
        other.do("publish", "--to", str(out))
    begun.do("publish", "--to", str(out))


def test_what_has_run_out_is_not_handed_out(begun: Table) -> None:
    """A year later the targets have run out: nothing goes out until they are signed anew."""
    out = begun.folder / "out"
    begun.now += timedelta(days=366)
    with pytest.raises(Refused, match="trust rotate"):
        begun.do("publish", "--to", str(out))
    begun.do("rotate")
    begun.sign("Lê Hoa", "Trần Minh")
    begun.do("publish", "--to", str(out))


def test_a_publication_broken_off_at_any_file_leaves_a_whole_chain(begun: Table) -> None:
    """However far it got, the folder reads as the old chain or the new, and the same command finishes it."""
    first = begun.folder / "first"
    begun.do("publish", "--to", str(first))
    begun.do("rotate", "--remove-targets", "Lê Hoa")
    begun.sign("Nguyễn Lan", "Trần Minh")
    seen = set()
    for broken_at in range(6):  # keyring, targets, root; and three plain copies
        out = begun.folder / f"out-{broken_at}"
        begun.do("publish", "--to", str(out), place=first)
        with pytest.raises(OSError, match="cut"):
            to_folder(begun.bundle(), out, begun.now, Failing(broken_at))
        seen.add(chain_in(out))
        begun.do("publish", "--to", str(out))
        assert chain_in(out) == (2, 2, 2)
    assert seen == {(1, 1, 1), (1, 2, 2), (2, 2, 2)}  # root 1 names the people of targets 2 as well


class Failing:
    """Writes so many files and then fails, as a full or pulled stick does."""

    def __init__(self, files: int) -> None:
        self.left = files

    def __call__(self, path: Path, data: bytes) -> None:
        if self.left == 0:
            raise OSError("the line was cut")
        self.left -= 1
        write(path, data)


def test_central_is_told_by_an_administrator(begun: Table) -> None:
    """The bundle arrives byte for byte with the session's token; what central answers is said."""
    with central() as (url, heard):
        words = ("--to", url, "--user", "quantri")
        said = begun.phrased("publish", *words)
    assert "root 1, targets 1, keyring epoch 1 was published" in said
    (path, _, session), (trust_path, token, body) = heard
    assert (path, session["name"]) == ("/api/v1/session", "quantri")
    assert (trust_path, token) == ("/api/v1/trust", "Bearer t")
    assert judge(msgspec.convert(body, Bundle)).keyring.epoch == 1


def test_what_central_refuses_is_said_in_its_own_words(begun: Table) -> None:
    """Its sentence and reason reach the person; nothing else happens."""
    with central(status=422) as (url, _), pytest.raises(ValueError, match="Không nhận"):
        begun.phrased("publish", "--to", url, "--user", "quantri")


def test_a_password_goes_over_no_open_line(begun: Table) -> None:
    """Plain http is refused but to this machine; and who publishes must be said."""
    with pytest.raises(ValueError, match="in the clear"):
        begun.phrased("publish", "--to", "http://tinh.example", "--user", "quantri")
    with pytest.raises(ValueError, match="--user"):
        begun.phrased("publish", "--to", "https://tinh.example")


@contextmanager
def central(status: int = 201) -> Iterator[tuple[str, list[tuple[str, str, dict[str, object]]]]]:
    """Give a server on loopback that answers as central does, and what it heard."""
    heard: list[tuple[str, str, dict[str, object]]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            heard.append((self.path, self.headers.get("authorization", ""), body))
            session = self.path.endswith("/session")
            told = {"token": "t"} if session else {"changed": True, "why": "Không nhận."}
            data = json.dumps(told).encode()
            self.send_response(200 if session else status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_picture_shows_areas_roles_people_and_what_is_new(begun: Table) -> None:
    """Each person with fingerprint and end; drafts are marked, what is lost is marked, and who must still sign."""
    key = begun.enter(
        "Võ Trực", "emergency", scope="dt/my-phong", more=("--not-after", "2027-01-01")
    )
    begun.sign("Lê Hoa", "Trần Minh")
    begun.now += timedelta(days=10)
    begun.enter("Phạm Duyệt", "approve")
    begun.do("revoke", "Võ Trực")
    shown = begun.do("inspect", "--html", str(begun.folder / "who.html"))
    (line,) = [line for line in shown.splitlines() if fingerprint(key.public) in line]
    assert "Võ Trực" in line
    assert "đến 2027-01-01" in line
    assert "sắp hết hạn" in line
    assert "BỎ" in line
    assert next(line for line in shown.splitlines() if "Phạm Duyệt" in line).endswith("+ mới")
    assert "ký gốc (root): 2 trong 3 người" in shown
    assert "Vòng khóa mới: có 0 trong 2 chữ ký" in shown
    html = (begun.folder / "who.html").read_text("utf-8")
    assert fingerprint(key.public) in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_a_name_cannot_break_the_printed_page(begun: Table) -> None:
    """What people typed is text on the page and nothing more."""
    begun.enter("<img src=x onerror=alert(1)>", "approve")
    begun.do("inspect", "--html", str(begun.folder / "who.html"))
    html = (begun.folder / "who.html").read_text("utf-8")
    assert "<img" not in html
    assert "&lt;img src=x" in html
