"""The province's own TLS: made offline, checked with another program's eyes."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from provisioning import tls
from provisioning.__main__ import main

NOW = datetime.now(UTC).replace(microsecond=0)
PHRASE = b"bon tu de nho"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A folder with an authority."""
    tls.make_authority(tmp_path / "ca", "Tỉnh Đồng Tháp", PHRASE, now=NOW)
    return tmp_path / "ca"


def openssl(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run OpenSSL."""
    return subprocess.run(
        ["openssl", *words], capture_output=True, text=True, timeout=20, check=False
    )


def test_openssl_agrees(authority: Path, tmp_path: Path) -> None:
    """OpenSSL, at its strictest, finds the chain good for the names it was made for and for no other."""
    out = tmp_path / "server"
    names = ["loa.tinh.vn", "10.0.0.5"]
    told = tls.make_server(authority, names, PHRASE, out, now=NOW)
    assert "loa.tinh.vn, 10.0.0.5" in told
    assert f"{NOW + timedelta(days=730):%Y-%m-%d}" in told
    assert "without a restart" in told
    verify = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", f"{authority}/ca.pem"]
    for right in (["-verify_hostname", names[0]], ["-verify_ip", names[1]]):
        assert openssl(*verify, *right, f"{out}/server.pem").returncode == 0
    for wrong in (["-verify_hostname", "khac.tinh.vn"], ["-verify_ip", "10.0.0.6"]):
        assert openssl(*verify, *wrong, f"{out}/server.pem").returncode != 0
    later = str(int((NOW + timedelta(days=731)).timestamp()))
    assert openssl(*verify, "-attime", later, f"{out}/server.pem").returncode != 0


def test_a_server_cannot_sign_servers(authority: Path, tmp_path: Path) -> None:
    """A stolen server certificate makes no second one: it is no authority, and the authority has no others below."""
    tls.make_server(authority, ["a.vn"], PHRASE, tmp_path / "s", now=NOW)
    server = x509.load_pem_x509_certificate((tmp_path / "s" / "server.pem").read_bytes())
    above = x509.load_pem_x509_certificate((authority / "ca.pem").read_bytes())
    told = [c.extensions.get_extension_for_class(x509.BasicConstraints) for c in (server, above)]
    assert [(t.critical, t.value.ca, t.value.path_length) for t in told] == [
        (True, False, None),
        (True, True, 0),
    ]


def test_keys_are_private_and_nothing_is_replaced(authority: Path, tmp_path: Path) -> None:
    """Key files are their owner's alone, the authority's under its passphrase; a second run touches nothing."""
    tls.make_server(authority, ["a.vn"], PHRASE, tmp_path / "s", now=NOW)
    keys = [authority / "ca.key.pem", tmp_path / "s" / "server.key.pem"]
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]
    assert b"ENCRYPTED" in keys[0].read_bytes()
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.pem")}
    with pytest.raises(ValueError, match="not replaced"):
        tls.make_authority(authority, "Khác", PHRASE, now=NOW)
    with pytest.raises(ValueError, match="not replaced"):
        tls.make_server(authority, ["b.vn"], PHRASE, tmp_path / "s", now=NOW)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.pem")} == before


@pytest.mark.parametrize(
    ("names", "phrase", "days", "said"),
    [
        (["Loa.vn"], PHRASE, 730, "neither a host name"),
        (["làng.vn"], PHRASE, 730, "neither a host name"),
        (["*.tinh.vn"], PHRASE, 730, "neither a host name"),
        (["https://loa.vn"], PHRASE, 730, "neither a host name"),
        (["loa.vn"], b"sai", 730, "wrong passphrase"),
        (["loa.vn"], PHRASE, 826, "1 to 825 days"),
        (["loa.vn"], PHRASE, 0, "1 to 825 days"),
    ],
)
def test_a_certificate_that_would_not_serve_is_not_made(
    authority: Path, tmp_path: Path, names: list[str], phrase: bytes, days: int, said: str
) -> None:
    """A name that is none, a wrong passphrase and too long a life are refused in words; the right ones are taken."""
    with pytest.raises(ValueError, match=said):
        tls.make_server(authority, names, phrase, tmp_path / "s", now=NOW, days=days)
    assert not (tmp_path / "s").exists()
    tls.make_server(authority, ["loa.vn"], PHRASE, tmp_path / "s", now=NOW, days=825)


def test_an_authority_signs_nothing_beyond_its_own_end(authority: Path, tmp_path: Path) -> None:
    """In its last years the authority says that the next one is due, instead of promising what it cannot keep."""
    late = NOW + timedelta(days=3_650 - 365)
    with pytest.raises(ValueError, match="make the next authority now"):
        tls.make_server(authority, ["loa.vn"], PHRASE, tmp_path / "s", now=late)
    tls.make_server(authority, ["loa.vn"], PHRASE, tmp_path / "s", now=late, days=300)


def test_key_and_certificate_of_two_authorities_are_noticed(
    authority: Path, tmp_path: Path
) -> None:
    """Files mixed up between two authorities are refused; together with their own they serve."""
    tls.make_authority(tmp_path / "other", "Tỉnh khác", PHRASE, now=NOW)
    own = (authority / "ca.pem").read_bytes()
    (authority / "ca.pem").write_bytes((tmp_path / "other" / "ca.pem").read_bytes())
    with pytest.raises(ValueError, match="two authorities"):
        tls.make_server(authority, ["loa.vn"], PHRASE, tmp_path / "s", now=NOW)
    (authority / "ca.pem").write_bytes(own)
    tls.make_server(authority, ["loa.vn"], PHRASE, tmp_path / "s", now=NOW)


def test_the_command_says_until_when(
    authority: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tls show` names what a file is for and the days left, and says plainly what has run out."""
    tls.make_server(authority, ["loa.vn"], PHRASE, tmp_path / "s", now=NOW, days=90)
    assert main(["tls", "show", str(tmp_path / "s" / "server.pem")]) == 0
    said = capsys.readouterr().out
    assert "loa.vn: for loa.vn;" in said
    assert " days left; by Tỉnh Đồng Tháp; SHA-256 " in said
    late = tls.shown(tmp_path / "s" / "server.pem", now=NOW + timedelta(days=91))
    assert "RUN OUT" in late
    assert main(["tls", "show", str(tmp_path / "nowhere.pem")]) == 1
    assert "Traceback" not in capsys.readouterr().err
