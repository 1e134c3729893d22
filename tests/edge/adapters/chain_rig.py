"""The chain of one appliance over a real server on loopback that serves a repository and can be told to misbehave."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from contract.documents import DeviceId
from contract.testing import NOW, Authority
from contract.testing_chain import Repository
from edge.adapters.chain import Chain
from edge.adapters.chain_fetch import FromCentral
from edge.adapters.link import Link
from edge.adapters.storage import Slots


class Shelves:
    """Serves a repository's files at `/tuf/…` as they are at each request.

    `drips` names files that come a byte at a time, `floods` files that never end; `asked` is what was asked for,
    and `meanwhile` is called at each request.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Serve `files` once `open` is entered."""
        self.files = files
        self.asked: list[str] = []
        self.drips: set[str] = set()
        self.floods: set[str] = set()
        self.moved: dict[str, str] = {}
        self.drip_s = 0.02
        self.meanwhile: Callable[[], None] = lambda: None
        self.ending = threading.Event()
        self.url = ""

    @contextmanager
    def open(self) -> Iterator["Shelves"]:
        """Serve while the block lasts."""
        shelves = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5.0
            disable_nagle_algorithm = True  # else each body waits 40 ms for the head's receipt

            def do_GET(self) -> None:
                with suppress(ConnectionError):
                    shelves.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's names
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = False  # they are waited for
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            self.ending.set()
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        """Answer one request, well or badly."""
        name = asked.path.removeprefix("/tuf/")
        self.asked.append(name)
        self.meanwhile()
        if name in self.moved:
            asked.send_response(302)
            asked.send_header("Location", self.moved[name])
            asked.send_header("Content-Length", "0")
            asked.end_headers()
            return
        data = self.files.get(name)
        asked.send_response(404 if data is None else 200)
        body = b"" if data is None else data
        if name in self.floods:
            asked.send_header("Connection", "close")
            asked.end_headers()
            asked.close_connection = True
            while not self.ending.is_set():
                asked.wfile.write(b" " * 65_536)
        asked.send_header("Content-Length", str(len(body)))
        asked.end_headers()
        step = 1 if name in self.drips else max(1, len(body))
        for at in range(0, len(body), step):
            asked.wfile.write(body[at : at + step])
            if step == 1:
                time.sleep(self.drip_s)
            if self.ending.is_set():
                return


class Nobody:
    """A device that never opens a session."""

    device = DeviceId("a" * 16)

    def sign(self, message: bytes) -> bytes:
        """Fail: the chain asks for no signature of ours."""
        raise AssertionError("the chain is open to everybody")


class ChainRig:
    """An authority, its repository, the server, and the appliance's chain over a real link and disk."""

    def __init__(
        self, folder: Path, shelves: Shelves, repo: Repository, authority: Authority
    ) -> None:
        """Begin with nothing but the root that the image brings."""
        self.folder, self.shelves, self.repo, self.authority = folder, shelves, repo, authority
        self.link = Link(shelves.url, Nobody())
        self.at = NOW
        self.within_s = 10.0
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.baked = repo.baked
        self.chain = self.started()

    def started(self) -> Chain:
        """Return the chain as a new start finds it."""
        self.chain = Chain(Slots(self.folder / "ledger", "chain"), self.baked, self.scratch)
        return self.chain

    def refresh(self) -> None:
        """Ask the server; raises as the chain does."""
        self.chain.refresh(FromCentral(self.link, within_s=self.within_s), self.at)

    def epoch(self) -> int:
        """Return the epoch of the keyring held, 0 without one; the same from memory and from disk."""
        held = self.chain.keyring()
        again = self.started().keyring()
        assert held == again
        return 0 if held is None else held.epoch

    def later(self, **span: float) -> datetime:
        """Let time pass, for the repository and for the appliance."""
        self.at += timedelta(**span)
        self.repo.now = self.at
        return self.at

    def next_keyring(self) -> bytes:
        """Publish the next epoch and return the timestamp before it, for who wants to go back."""
        before = self.repo.files["metadata/timestamp.json"]
        self.authority.add_key(next(iter(self.authority.keys)))
        self.repo.publish(self.authority.keyring)
        return before


@contextmanager
def chain_rig(folder: Path) -> Iterator[ChainRig]:
    """Hold a rig whose repository has published the keyring of epoch 1, which nobody has fetched yet."""
    authority = Authority.make(seed="chain")
    repo = Repository.make(authority.keyring, seed="chain")
    with Shelves(repo.files).open() as shelves:
        rig = ChainRig(folder, shelves, repo, authority)
        try:
            yield rig
        finally:
            shelves.ending.set()
            rig.link.close()


def lay_out(files: Mapping[str, bytes], folder: Path) -> Path:
    """Write a repository's files below `folder`, as an image or a stick brings them, and return it."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
