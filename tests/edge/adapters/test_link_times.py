"""TLS and the clock: who does not know the time finds no certificate too old, but still none that is false."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.adapters.identity import Identity
from edge.adapters.link import Link, LinkBroken
from tests.edge.adapters.behind_tls import BehindTls

Key = ec.EllipticCurvePrivateKey
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def name(common: str) -> x509.Name:
    """Return a name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def issue(key: Key, issuer_key: Key, since: datetime, *, host: str | None) -> x509.Certificate:
    """Return a certificate of a year: of the authority itself, or of `host`."""
    made = (
        x509.CertificateBuilder()
        .subject_name(name(host or "authority"))
        .issuer_name(name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + YEAR)
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    )
    if host is not None:
        address = x509.IPAddress(ipaddress.ip_address(host))
        made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return made.sign(issuer_key, hashes.SHA256())


class TlsCentral(BehindTls):
    """A central behind TLS, its certificate valid for a year `since`, and of `host`."""

    def __init__(self, folder: Path, since: datetime, host: str = "127.0.0.1") -> None:
        authority, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.ca_file = folder / "authority.pem"
        pem, no_key = serialization.Encoding.PEM, serialization.NoEncryption()
        self.ca_file.write_bytes(issue(authority, authority, since, host=None).public_bytes(pem))
        chain = folder / "central.pem"
        private = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_key)
        chain.write_bytes(private + issue(own, authority, since, host=host).public_bytes(pem))
        super().__init__(chain, chain)


def link_to(central: TlsCentral, folder: Path, *, judges: bool, ca: Path | None = None) -> Link:
    """Return the link of an appliance whose clock judges certificates or does not."""
    identity = Identity.open(folder / "identity")
    central.keys[identity.device] = identity.public
    return Link(
        central.url, identity, ca_file=ca or central.ca_file, judges_certificates=lambda: judges
    )


@pytest.mark.parametrize("since", [LONG_AGO, datetime.now(UTC) + YEAR], ids=["old", "young"])
def test_without_a_clock_no_certificate_is_too_old(tmp_path: Path, since: datetime) -> None:
    """A certificate out of its time is refused by a trusted clock, and taken while the clock is not."""
    with TlsCentral(tmp_path, since) as central:
        central.put("/programme", b"sealed")
        strict = link_to(central, tmp_path, judges=True)
        with pytest.raises(LinkBroken, match="certificate") as caught:
            strict.get("/programme", max_bytes=100)
        assert "kiểm tra ngày giờ của máy và mạng" in caught.value.why
        lost = link_to(central, tmp_path, judges=False)
        assert lost.get("/programme", max_bytes=100).body == b"sealed"
        strict.close()
        lost.close()


def test_a_good_certificate_satisfies_both(tmp_path: Path) -> None:
    """Within its time a certificate is taken with and without a clock, by one link in turn."""
    judges = [True]
    with TlsCentral(tmp_path, datetime.now(UTC) - timedelta(days=1)) as central:
        identity = Identity.open(tmp_path / "identity")
        central.keys[identity.device] = identity.public
        link = Link(
            central.url,
            identity,
            ca_file=central.ca_file,
            judges_certificates=lambda: judges[0],
        )
        for judges[0] in (True, False, True):
            assert link.get("/programme", max_bytes=100).status == 404
        assert central.asked("/session") == 1
        link.close()


def test_without_a_clock_authority_and_name_still_count(tmp_path: Path) -> None:
    """Another authority's certificate and another host's are refused, whatever the clock says."""
    here, there = tmp_path / "a", tmp_path / "b"
    here.mkdir()
    there.mkdir()
    other = TlsCentral(there, LONG_AGO)
    with TlsCentral(here, LONG_AGO) as central:
        link = link_to(central, here, judges=False, ca=other.ca_file)
        with pytest.raises(LinkBroken, match="certificate"):
            link.get("/programme", max_bytes=100)
        link.close()
    with TlsCentral(there, LONG_AGO, host="127.0.0.9") as elsewhere:
        link = link_to(elsewhere, there, judges=False)
        with pytest.raises(LinkBroken, match="certificate"):
            link.get("/programme", max_bytes=100)
        link.close()
