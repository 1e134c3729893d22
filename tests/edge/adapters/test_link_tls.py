"""The way to central: the right authority AND the right name, or not a byte of ours is sent."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from edge.adapters.identity import Identity
from edge.adapters.link import Link, LinkBroken, LinkDown
from edge.config import load
from provisioning import tls
from tests.edge.adapters.behind_tls import BehindTls
from tests.edge.adapters.fake_central import FakeCentral, answers

NOW = datetime.now(UTC).replace(microsecond=0)
PHRASE = b"bon tu de nho"
HERE = "127.0.0.1"


class Province:
    """A province's authority, and the certificates it makes."""

    def __init__(self, folder: Path, name: str = "Tỉnh Đồng Tháp", now: datetime = NOW) -> None:
        self._folder = folder
        self._made = 0
        self._now = now
        tls.make_authority(folder / "ca", name, PHRASE, now=now)
        self.ca_file = folder / "ca" / "ca.pem"

    def server(self, name: str, days: int = 30) -> tuple[Path, Path]:
        """Return certificate and key for a name."""
        self._made += 1
        out = self._folder / f"server-{self._made}"
        tls.make_server(self._folder / "ca", [name], PHRASE, out, now=self._now, days=days)
        return out / "server.pem", out / "server.key.pem"


@pytest.fixture
def province(tmp_path: Path) -> Province:
    """The province that the appliance belongs to."""
    return Province(tmp_path / "province")


@contextmanager
def link_to(central: FakeCentral, folder: Path, ca_file: Path | None) -> Iterator[Link]:
    """Hold the link of an appliance that central knows, its clock trusted."""
    identity = Identity.open(folder / "identity")
    central.keys[identity.device] = identity.public
    link = Link(central.url, identity, ca_file=ca_file)
    yield link
    link.close()


def refused(central: FakeCentral, folder: Path, ca_file: Path | None) -> LinkBroken:
    """Return why the appliance does not speak to this central; not one request reached it."""
    with link_to(central, folder, ca_file) as link, pytest.raises(LinkBroken) as caught:
        link.get("/programme", max_bytes=100)
    assert central.requests == []
    assert "xác nhận được đúng máy chủ" in caught.value.why
    return caught.value


@pytest.mark.refusal_twin(53)
def test_the_provinces_own_authority_and_our_name_are_taken(
    province: Province, tmp_path: Path
) -> None:
    """With the province's authority and the name that was asked for, reading and signed telling both work."""
    with BehindTls(*province.server(HERE)) as central:
        central.put("/programme", b"sealed")
        with link_to(central, tmp_path, province.ca_file) as link:
            assert link.get("/programme", max_bytes=100).body == b"sealed"
            central.tells_time = lambda _device, nonce: nonce.encode()
            assert link.ask_time("A" * 43 + "=") == b"A" * 43 + b"="


@pytest.mark.refusal(53)
def test_a_good_certificate_for_another_name_is_refused(province: Province, tmp_path: Path) -> None:
    """A certificate of the province's own authority does not serve for another name than its own."""
    with BehindTls(*province.server("127.0.0.9")) as central:
        assert "certificate" in str(refused(central, tmp_path, province.ca_file))
    with BehindTls(*province.server("may-khac.tinh.vn")) as central:
        refused(central, tmp_path, province.ca_file)


@pytest.mark.refusal(53)
def test_another_authority_is_refused(province: Province, tmp_path: Path) -> None:
    """Another authority's certificate for our very name is refused, also of an authority that bears our name."""
    other = Province(tmp_path / "other")
    with BehindTls(*other.server(HERE)) as central:
        refused(central, tmp_path, province.ca_file)
        with link_to(central, tmp_path, other.ca_file) as link:
            assert link.get("/programme", max_bytes=100).status == 404


@pytest.mark.refusal(53)
def test_without_a_pin_only_public_authorities_count(province: Province, tmp_path: Path) -> None:
    """Without `ca_file` the province's own authority is a stranger's; with it the same server is taken."""
    with BehindTls(*province.server(HERE)) as central:
        refused(central, tmp_path, None)
        with link_to(central, tmp_path, province.ca_file) as link:
            assert link.get("/programme", max_bytes=100).status == 404


@pytest.mark.refusal(53)
def test_the_pin_shuts_public_authorities_out(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `ca_file` no other authority counts, whatever the machine or its environment trusts besides."""
    world = Province(tmp_path / "world", "World CA")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(world.ca_file))
    with BehindTls(*world.server(HERE)) as central:
        refused(central, tmp_path, province.ca_file)


@pytest.mark.refusal(53)
def test_a_certificate_that_signed_itself_is_refused(province: Province, tmp_path: Path) -> None:
    """A self-made certificate for our name is refused."""
    files = cert, key = tmp_path / "own.pem", tmp_path / "own.key.pem"
    words = (
        f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN={HERE}"
    )
    more = ["-addext", f"subjectAltName=IP:{HERE}", "-out", str(cert), "-keyout", str(key)]
    subprocess.run(["openssl", *words.split(), *more], check=True, capture_output=True, timeout=20)
    with BehindTls(*files) as central:
        refused(central, tmp_path, province.ca_file)
        refused(central, tmp_path, None)
        with link_to(central, tmp_path, cert) as link:  # it is good enough for who was given it
            assert link.get("/programme", max_bytes=100).status == 404


@pytest.mark.refusal(53)
def test_a_certificate_that_ran_out_is_refused_by_a_trusted_clock(
    province: Province, tmp_path: Path
) -> None:
    """Of the right authority and name, but over since a month: refused; without a clock it is taken (ADR 0011)."""
    past = Province(tmp_path / "past", now=NOW - timedelta(days=60))
    with BehindTls(*past.server(HERE, days=30)) as central:
        assert "expired" in str(refused(central, tmp_path, past.ca_file))
        identity = Identity.open(tmp_path / "identity")
        lost = Link(central.url, identity, ca_file=past.ca_file, judges_certificates=lambda: False)
        assert lost.get("/programme", max_bytes=100).status == 404
        lost.close()


@pytest.mark.refusal_twin(53)
def test_two_authorities_in_one_file_bridge_a_change(province: Province, tmp_path: Path) -> None:
    """While the authority changes the file holds both, and servers of either are taken."""
    following = Province(tmp_path / "next")
    both = tmp_path / "both.pem"
    both.write_bytes(province.ca_file.read_bytes() + following.ca_file.read_bytes())
    for one in (province, following):
        with (
            BehindTls(*one.server(HERE)) as central,
            link_to(central, tmp_path, both) as link,
        ):
            assert link.get("/programme", max_bytes=100).status == 404


@pytest.mark.refusal(54)
@pytest.mark.refusal_twin(54)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_gets_nothing(
    province: Province, tmp_path: Path, status: int
) -> None:
    """A redirect is refused for reading and telling: neither token nor report reaches where it points."""
    cert, key = province.server(HERE)
    with BehindTls(cert, key) as elsewhere, BehindTls(cert, key) as central:
        with link_to(central, tmp_path, province.ca_file) as link:
            assert link.get("/programme", max_bytes=100).status == 404
            target = {"Location": f"{elsewhere.url}/device/v1/programme"}
            central.faults["*"] = answers(status, target)
            with pytest.raises(LinkBroken, match="redirect"):
                link.get("/programme", max_bytes=100)
            with pytest.raises(LinkBroken, match="redirect"):
                link.post("/reports", b"x")
            with pytest.raises(LinkBroken, match="redirect"):
                link.introduce("/enrolment", b"{}")
            central.faults.clear()
            assert link.get("/programme", max_bytes=100).status == 404
        assert elsewhere.requests == []


def test_plain_http_is_not_answered_for_https(province: Province, tmp_path: Path) -> None:
    """A server that speaks no TLS where TLS was asked for is not fallen back to."""
    with FakeCentral({}) as plain:
        identity = Identity.open(tmp_path / "identity")
        link = Link(plain.url.replace("http:", "https:"), identity, ca_file=province.ca_file)
        with pytest.raises((LinkBroken, LinkDown)):
            link.get("/programme", max_bytes=100)
        link.close()
        assert plain.requests == []


# --- settings ------------------------------------------------------------------------------------


def settings(folder: Path, **changes: object) -> Path:
    """Write the fewest settings of an appliance, changed as said."""
    values = {"trust_dir": str(folder), "pins": "mock", **changes}
    file = folder / "edge.toml"
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"central": "http://loa.tinh.vn"}, "everybody on the way reads the appliance's token"),
        ({"central": "http://10.0.0.5:8000"}, "allow_plain_http = true"),
        ({"central": "http://0.0.0.0:8000"}, "https://"),
        ({"central": "http://localhost.tinh.vn"}, "https://"),
        ({"central": "http://127.0.0.1:9", "ca_file": "{ca}"}, "shows no certificate"),
        ({"central": "https://loa.tinh.vn", "ca_file": "/nowhere/ca.pem"}, "No such file"),
        ({"central": "https://loa.tinh.vn", "ca_file": "{key}"}, "holds no certificate"),
        ({"central": "https://người:pin@loa.tinh.vn"}, "no address"),
        ({"central": "https://loa.tinh.vn?x"}, "no address"),
    ],
)
def test_a_way_that_all_can_read_is_refused_at_the_start(
    province: Province, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    """An address in the clear beyond this machine, and an authority that cannot be read, stop the start in words."""
    _, key = province.server(HERE)
    files = {"ca": province.ca_file, "key": key}
    given = {name: value.format(**files) for name, value in changes.items()}
    with pytest.raises(Exception, match="cannot use") as caught:
        load(settings(tmp_path, **given))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"central": "https://loa.tinh.vn", "ca_file": "{ca}"},
        {"central": "https://loa.tinh.vn"},
        {"central": "http://127.0.0.1:8000"},
        {"central": "http://localhost:8000"},
        {"central": "http://[::1]:8000"},
        {"central": "http://10.0.0.5:8000", "allow_plain_http": True},
    ],
)
def test_a_sealed_way_and_loopback_are_taken(
    province: Province, tmp_path: Path, changes: dict[str, object]
) -> None:
    """TLS with and without a pin, this machine itself, and a bench that says so may start."""
    given = {
        name: value.format(ca=province.ca_file) if isinstance(value, str) else value
        for name, value in changes.items()
    }
    assert load(settings(tmp_path, **given)).central == given["central"]
