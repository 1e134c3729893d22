"""An appliance's real link and a real central: signed, sealed by TLS, directly and through a proxy."""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TypeVar

import msgspec
import pytest

from contract import seal
from contract.documents import Kind, Sha256
from contract.testing import Authority, report
from edge.adapters.identity import Identity
from edge.adapters.link import Link, LinkDenied
from provisioning import tls
from tests.central.serving import Served
from tests.central.setting import HAMLET, real_now, write_site

PHRASE = b"bon tu de nho"
NONCE = "A" * 43 + "="
T = TypeVar("T")


class Proxy:
    """A proxy that ends TLS in front of central and hands the bytes on in the clear, a context manager."""

    def __init__(self, cert: Path, key: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(cert, key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self.behind = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        )
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.behind)
        try:
            await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))
        finally:
            inner_writer.close()
            writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand bytes on until one side ends."""
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the province's authority and a certificate for this machine under two names."""
    folder, now = tmp_path_factory.mktemp("tls"), datetime.now(UTC).replace(microsecond=0)
    tls.make_authority(folder / "ca", "Tỉnh Đồng Tháp", PHRASE, now=now)
    names = ["127.0.0.1", "localhost"]
    tls.make_server(folder / "ca", names, PHRASE, folder / "server", now=now)
    return folder


@contextmanager
def central(folder: Path, **changes: object) -> Iterator[Served]:
    """Run a real central that is reached without a line in the clear by its own people."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(folder, authority, **changes), authority)
    served.prepare()
    served.start()
    yield served
    served.stop()


def own_tls(certified: Path) -> dict[str, str]:
    """Return the settings of a central that speaks TLS itself."""
    folder = certified / "server"
    return {
        "tls_cert_file": str(folder / "server.pem"),
        "tls_key_file": str(folder / "server.key.pem"),
    }


@contextmanager
def appliance(served: Served, url: str, folder: Path, certified: Path) -> Iterator[Link]:
    """Hold the link of an appliance that was assigned at central, which it calls `url`."""
    identity = Identity.open(folder / "identity")
    with served.person() as lan:
        paper = served.authority.assign(identity.public, HAMLET)
        assert lan.post("/assignments", content=paper).status_code == 201
    link = Link(url, identity, ca_file=certified / "ca" / "ca.pem")
    yield link
    link.close()


def works(link: Link, folder: Path) -> bool:
    """Return whether reading, telling and asking the time all work."""
    key = Identity.open(folder / "identity").key
    paper = link.get("/assignment", max_bytes=100_000)
    told = msgspec.json.decode(link.post("/reports", report(key, 1, Sha256("0" * 64), real_now())))
    time = seal.read_envelope(link.ask_time(NONCE))
    return paper.status == 200 and told == {"acknowledged": 1} and time.kind is Kind.TIME


@pytest.mark.refusal_twin(53, 55)
def test_an_appliance_and_its_central_over_tls(tmp_path: Path, certified: Path) -> None:
    """Over central's own TLS a session opens, a paper comes, a report is taken and the time is told."""
    with central(tmp_path, **own_tls(certified)) as served:
        served.verify = ssl.create_default_context(cafile=certified / "ca" / "ca.pem")
        with appliance(served, served.url, tmp_path, certified) as link:
            assert works(link, tmp_path)


@pytest.mark.refusal(55)
def test_a_name_that_is_not_ours_says_what_to_mend(tmp_path: Path, certified: Path) -> None:
    """Called by another name, though its certificate is good, central refuses and says which names are its own."""
    with central(tmp_path, **own_tls(certified)) as served:
        served.verify = ssl.create_default_context(cafile=certified / "ca" / "ca.pem")
        other = served.url.replace("127.0.0.1", "localhost")
        with appliance(served, other, tmp_path, certified) as link:
            with pytest.raises(LinkDenied) as caught:
                link.get("/assignment", max_bytes=100_000)
            assert caught.value.status == 401
            assert "hoặc chữ ký của yêu cầu không đúng" in caught.value.why
            assert b"public_url" in caught.value.answer
        with appliance(served, served.url, tmp_path, certified) as link:
            assert works(link, tmp_path)


@pytest.mark.refusal_twin(55)
def test_behind_a_proxy_the_public_name_counts(tmp_path: Path, certified: Path) -> None:
    """Where a proxy ends TLS, requests are signed for the public name, which central knows by its settings."""
    files = own_tls(certified)
    with Proxy(Path(files["tls_cert_file"]), Path(files["tls_key_file"])) as proxy:
        public = f"https://127.0.0.1:{proxy.port}"
        with central(tmp_path, public_url=public) as served:
            proxy.behind = int(served.url.rpartition(":")[2])
            with appliance(served, public, tmp_path, certified) as link:
                assert works(link, tmp_path)


@pytest.mark.refusal(55)
def test_behind_a_proxy_without_the_public_name_nothing_counts(
    tmp_path: Path, certified: Path
) -> None:
    """A central that does not know its public name takes no signature for it: Host is no proof of anything."""
    files = own_tls(certified)
    with (
        Proxy(Path(files["tls_cert_file"]), Path(files["tls_key_file"])) as proxy,
        central(tmp_path) as served,
    ):
        proxy.behind = int(served.url.rpartition(":")[2])
        public = f"https://127.0.0.1:{proxy.port}"
        with (
            appliance(served, public, tmp_path, certified) as link,
            pytest.raises(LinkDenied, match="bad-signature"),
        ):
            link.get("/assignment", max_bytes=100_000)
