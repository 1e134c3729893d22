"""Central's own TLS: both files or none, private, renewed without a restart; and the names it is reached by."""

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from central.config import Settings, load_settings
from central.server import Certificate
from contract.documents import Sha256
from contract.settings import BadSettings
from contract.testing import Authority, report
from provisioning import tls
from tests.central.serving import Served
from tests.central.setting import HAMLET, real_now, write_site

PHRASE = b"bon tu de nho"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def province_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The province's authority."""
    folder = tmp_path_factory.mktemp("ca")
    tls.make_authority(folder / "ca", "Tỉnh Đồng Tháp", PHRASE, now=NOW)
    return folder / "ca"


def certified(ca: Path, out: Path, name: str = "127.0.0.1") -> dict[str, str]:
    """Return the settings of a new certificate in `out`."""
    tls.make_server(ca, [name], PHRASE, out, now=NOW)
    return {
        "tls_cert_file": str(out / "server.pem"),
        "tls_key_file": str(out / "server.key.pem"),
    }


def trusting(ca: Path) -> ssl.SSLContext:
    """Return who believes this authority alone."""
    return ssl.create_default_context(cafile=str(ca / "ca.pem"))


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, province_ca: Path) -> Iterator[Served]:
    """A real server that speaks TLS itself."""
    authority = Authority.make("dt", now=real_now())
    folder = tmp_path_factory.mktemp("sealed")
    site = write_site(folder, authority, **certified(province_ca, folder / "tls"))
    served = Served(site, authority)
    served.verify = trusting(province_ca)
    served.prepare()
    served.start()
    yield served
    served.stop()


@pytest.mark.refusal_twin(53)
def test_people_and_appliances_are_served_over_tls(sealed: Served) -> None:
    """The line says https, and the whole day's work goes through it: signing in, a session, a signed report."""
    assert sealed.url.startswith("https://127.0.0.1:")
    key = sealed.assign(HAMLET)
    with sealed.appliance(key) as loa:
        assert loa.get("/assignment").status_code == 200
        told = report(key, 1, Sha256("0" * 64), real_now())
        assert loa.post("/reports", content=told).json() == {"acknowledged": 1}


@pytest.mark.refusal(53)
def test_nothing_is_said_in_the_clear(sealed: Served, tmp_path: Path) -> None:
    """Plain HTTP at the same port gets no answer, and who trusts another authority does not connect."""
    with (
        httpx.Client(trust_env=False) as plain,
        pytest.raises(httpx.HTTPError),
    ):
        plain.get(sealed.url.replace("https:", "http:") + "/health")
    tls.make_authority(tmp_path / "other", "Tỉnh khác", PHRASE, now=NOW)
    for verify in (trusting(tmp_path / "other"), True):
        with (
            httpx.Client(trust_env=False, verify=verify) as wary,
            pytest.raises(httpx.ConnectError, match=r"(?i)certificate"),
        ):
            wary.get(sealed.url + "/health")
    with httpx.Client(trust_env=False, verify=sealed.verify) as right:
        assert right.get(sealed.url + "/health").status_code == 200


def test_old_versions_of_tls_are_not_spoken(sealed: Served, province_ca: Path) -> None:
    """TLS 1.2 and 1.3 are answered, older ones are not."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert _spoken(sealed, province_ca, version) is version
    with pytest.raises(OSError, match=r"."):
        _spoken(sealed, province_ca, ssl.TLSVersion.TLSv1_1)


def _spoken(served: Served, ca: Path, version: ssl.TLSVersion) -> ssl.TLSVersion:
    """Return the version that both agree on, when the client offers this one only."""
    context = trusting(ca)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the version we hope to see refused
        context.minimum_version = context.maximum_version = version
    host, port = served.url.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=5) as line,
        context.wrap_socket(line, server_hostname=host) as sealed,
    ):
        return ssl.TLSVersion[str(sealed.version()).replace(".", "_")]  # "TLSv1.3" or the like


# --- the certificate is renewed -------------------------------------------------------------------


def serial(context: ssl.SSLContext, ca: Path) -> str:
    """Return the serial number that a client is shown in a handshake."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)

    def answer() -> None:
        with context.wrap_socket(ours, server_side=True) as line:
            line.recv(1)

    server = threading.Thread(target=answer)
    server.start()
    with trusting(ca).wrap_socket(theirs, server_hostname="127.0.0.1") as line:
        shown = line.getpeercert()
        line.send(b"x")
    server.join(5)
    assert shown is not None
    return str(shown["serialNumber"])


def with_certificate(folder: Path, authority: Authority, ca: Path) -> Settings:
    """Return the settings of a site that speaks TLS."""
    return load_settings(write_site(folder, authority, **certified(ca, folder / "tls")))


def test_a_renewed_certificate_is_shown_to_whoever_connects_next(
    tmp_path: Path, authority: Authority, province_ca: Path
) -> None:
    """Files copied over the old ones are taken up at the next look; unchanged ones are left alone."""
    settings = with_certificate(tmp_path, authority, province_ca)
    cert, key = settings.tls_cert_file, settings.tls_key_file
    assert cert is not None
    assert key is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    held = Certificate(settings)
    before = serial(context, province_ca)
    assert not held.renew(context)
    certified(province_ca, tmp_path / "new")
    cert.write_bytes((tmp_path / "new" / "server.pem").read_bytes())
    key.write_bytes((tmp_path / "new" / "server.key.pem").read_bytes())
    assert held.renew(context)
    assert serial(context, province_ca) != before
    assert not held.renew(context)


def test_half_a_renewal_changes_nothing(
    tmp_path: Path, authority: Authority, province_ca: Path
) -> None:
    """While only one of both files is new, or one is gone, the old certificate is shown on; then the new one is."""
    settings = with_certificate(tmp_path, authority, province_ca)
    cert, key = settings.tls_cert_file, settings.tls_key_file
    assert cert is not None
    assert key is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    held = Certificate(settings)
    before = serial(context, province_ca)
    certified(province_ca, tmp_path / "new")
    cert.write_bytes((tmp_path / "new" / "server.pem").read_bytes())
    assert not held.renew(context)
    old_key = key.read_bytes()
    key.unlink()
    assert not held.renew(context)
    assert serial(context, province_ca) == before
    key.write_bytes(old_key)
    assert not held.renew(context)
    key.write_bytes((tmp_path / "new" / "server.key.pem").read_bytes())
    assert held.renew(context)
    assert serial(context, province_ca) != before


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["tls_cert_file", "tls_key_file"])
def test_one_file_without_the_other_is_refused(
    tmp_path: Path, authority: Authority, province_ca: Path, missing: str
) -> None:
    """A certificate without its key, and a key without its certificate, stop the start; both together serve."""
    files = certified(province_ca, tmp_path / "tls")
    half = {name: value for name, value in files.items() if name != missing}
    with pytest.raises(BadSettings, match=f"{missing}: https needs certificate and key"):
        load_settings(write_site(tmp_path, authority, **half))
    assert load_settings(write_site(tmp_path, authority, **files)).tls_cert_file is not None


def test_a_key_that_others_can_read_or_of_another_certificate_is_refused(
    tmp_path: Path, authority: Authority, province_ca: Path
) -> None:
    """The TLS key is as private as every other, and belongs to the certificate; mended it serves."""
    files = certified(province_ca, tmp_path / "tls")
    key = tmp_path / "tls" / "server.key.pem"
    key.chmod(0o640)
    with pytest.raises(BadSettings, match=r"tls_key_file: .*chmod 600"):
        load_settings(write_site(tmp_path, authority, **files))
    key.chmod(0o600)
    other = certified(province_ca, tmp_path / "other")
    mixed = {**files, "tls_key_file": other["tls_key_file"]}
    with pytest.raises(BadSettings, match="do not belong together"):
        load_settings(write_site(tmp_path, authority, **mixed))
    assert load_settings(write_site(tmp_path, authority, **files)).public_url.startswith("https:")


def also(site: Path, *names: str) -> Path:
    """Add further names to a settings file."""
    line = f"also_reached_as = {msgspec.json.encode(names).decode()}\n"
    site.write_text(site.read_text("utf-8") + line, "utf-8")
    return site


def test_the_names_that_appliances_sign_for(tmp_path: Path, authority: Authority) -> None:
    """The public address is the first, further names follow; without any the socket's own address counts."""
    assert load_settings(write_site(tmp_path, authority)).authorities == ()
    site = write_site(tmp_path, authority, public_url="https://Loa.tinh.vn:443/")
    assert load_settings(site).authorities == ("loa.tinh.vn",)
    named = load_settings(also(site, "cu.tinh.vn:8443", "10.0.0.5"))
    assert named.authorities == ("loa.tinh.vn", "cu.tinh.vn:8443", "10.0.0.5")


def test_names_that_are_none_are_refused(tmp_path: Path, authority: Authority) -> None:
    """An address with a path, a further name with a scheme, and one without a public address are told."""
    for wrong, said in (
        (write_site(tmp_path, authority, public_url="https://loa.tinh.vn/x"), "public_url"),
        (also(write_site(tmp_path, authority), "cu.tinh.vn"), "it needs public_url"),
    ):
        with pytest.raises(BadSettings, match=said):
            load_settings(wrong)
    site = write_site(tmp_path, authority, public_url="https://loa.tinh.vn")
    with pytest.raises(BadSettings, match="also_reached_as"):
        load_settings(also(site, "https://cu.tinh.vn"))
