"""TLS of the province's own: an authority kept offline, and certificates for the names of its server.

Law of the room: the authority's key lies in a file under a passphrase and signs nothing but servers; nothing that
exists is replaced. An appliance that is given `ca.pem` as its `ca_file` believes this authority and no other. What
sounds does not hang on any of this: documents are sealed, whoever carries them.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from provisioning.trust import write_private

CA_YEARS: Final = 10
SERVER_DAYS: Final = 730  # browsers take no more than 825
MOST_SERVER_DAYS: Final = 825
RENEW_BEFORE: Final = timedelta(days=60)
BACK: Final = timedelta(days=1)  # a bench's clock, and an appliance's, may be behind
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PEM: Final = serialization.Encoding.PEM

AFTER_CA: Final = """\
made  {ca}       for every appliance (its setting ca_file); it is no secret
      {key}   the authority's key: two copies offline, its passphrase elsewhere
It runs until {until:%Y-%m-%d}. A year before, make the next authority in another folder, append its ca.pem to
every appliance's ca_file, and only then have it sign the server: an appliance believes both meanwhile."""
AFTER_SERVER: Final = """\
made  {cert}       tls_cert_file of central
      {key}   tls_key_file of central (chmod 600, owned by its user)
It speaks for {names} until {until:%Y-%m-%d}. Renew it before {renew:%Y-%m-%d} by the same command into
a new folder, and copy both files over the old ones: central takes them up within a minute, without a restart.
Appliances that know the time do not connect after {until:%Y-%m-%d}; what they hold goes on sounding."""


def make_authority(
    folder: Path, name: str, passphrase: bytes, *, now: datetime, years: int = CA_YEARS
) -> str:
    """Make the authority's `ca.pem` and `ca.key.pem` in `folder`; return what to do with them."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    until = now + timedelta(days=365 * years)
    cert = (
        _begun(subject, subject, key.public_key(), now - BACK, until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = {"ca": folder / "ca.pem", "key": folder / "ca.key.pem"}
    _refuse_present(files.values())
    write_private(
        files["key"], _private_pem(key, serialization.BestAvailableEncryption(passphrase))
    )
    _write_public(files["ca"], cert)
    return AFTER_CA.format(**files, until=until)


def make_server(
    folder: Path,
    names: Sequence[str],
    passphrase: bytes,
    out: Path,
    *,
    now: datetime,
    days: int = SERVER_DAYS,
) -> str:
    """Make `server.pem` and `server.key.pem` in `out` for the host names and addresses; return what to do with them.

    Raises `ValueError` for a name that is none, too many days, a wrong passphrase or an authority that has run out.
    """
    if not 1 <= days <= MOST_SERVER_DAYS:
        msg = f"a server's certificate runs 1 to {MOST_SERVER_DAYS} days, not {days}"
        raise ValueError(msg)
    spoken_for = [_alternative(name) for name in names]
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    authority_key = _opened(folder / "ca.key.pem", passphrase)
    if authority.public_key() != authority_key.public_key():
        msg = f"{folder}: ca.pem and ca.key.pem are of two authorities"
        raise ValueError(msg)
    until = now + timedelta(days=days)
    if until > authority.not_valid_after_utc:
        msg = (
            f"the authority runs out on {authority.not_valid_after_utc:%Y-%m-%d}, before this certificate would:"
            " make the next authority now, or ask for fewer --days"
        )
        raise ValueError(msg)
    key = ec.generate_private_key(ec.SECP256R1())
    cert = (
        _begun(_named(names[0]), authority.subject, key.public_key(), now - BACK, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(spoken_for), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    files = {"cert": out / "server.pem", "key": out / "server.key.pem"}
    _refuse_present(files.values())
    write_private(files["key"], _private_pem(key, serialization.NoEncryption()))
    _write_public(files["cert"], cert)
    return AFTER_SERVER.format(
        **files, names=", ".join(names), until=until, renew=until - RENEW_BEFORE
    )


def shown(file: Path, *, now: datetime) -> str:
    """Return what every certificate in a PEM file says, a line each, and how long it still runs."""
    lines = []
    for cert in x509.load_pem_x509_certificates(file.read_bytes()):
        left = (cert.not_valid_after_utc - now).days
        run = f"{left} days left" if left >= 0 else "RUN OUT"
        lines.append(
            f"{_common(cert.subject)}: {_spoken_for(cert)}; {cert.not_valid_before_utc:%Y-%m-%d} to"
            f" {cert.not_valid_after_utc:%Y-%m-%d}, {run}; by {_common(cert.issuer)};"
            f" SHA-256 {cert.fingerprint(hashes.SHA256()).hex()}"
        )
    return "\n".join(lines)


def utc_now() -> datetime:
    """Return the wall clock as aware UTC, without a fraction: certificates have none."""
    return datetime.now(UTC).replace(microsecond=0)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    since: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    """Return a name of one part, which may hold 64 characters."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    if _HOST.fullmatch(name) is None or len(name) > 253:
        msg = f"{name!r} is neither a host name (small letters, digits, - and .) nor an address"
        raise ValueError(msg)
    return x509.DNSName(name)


def _spoken_for(cert: x509.Certificate) -> str:
    try:
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return "an authority"
    return "for " + ", ".join(str(name.value) for name in found)


def _common(name: x509.Name) -> str:
    return ", ".join(str(a.value) for a in name.get_attributes_for_oid(NameOID.COMMON_NAME))


def _opened(file: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), passphrase)
    except (ValueError, TypeError) as fault:
        msg = f"{file} cannot be opened: wrong passphrase, or no key in PEM form"
        raise ValueError(msg) from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        msg = f"{file} is no key that `tienglang-provision tls ca` made"
        raise ValueError(msg)  # noqa: TRY004  the file is at fault, not the caller
    return key


def _private_pem(
    key: ec.EllipticCurvePrivateKey, under: serialization.KeySerializationEncryption
) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, under)


def _refuse_present(files: Iterable[Path]) -> None:
    for file in files:
        if file.exists():
            msg = f"{file} exists and is not replaced; name another folder"
            raise ValueError(msg)


def _write_public(file: Path, cert: x509.Certificate) -> None:
    with file.open("xb") as opened:
        opened.write(cert.public_bytes(_PEM))
