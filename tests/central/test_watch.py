"""Those who watch the server: it lives, it can serve and why not, figures for whom they are meant, and its log."""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from central.app import Central
from central.records import ExceptionInfo, JsonLine, OneLine, formatter
from central.services.certificate import expires
from central.services.health import condition
from contract.masking import masked
from contract.testing import Authority
from tests.central.setting import Province


class Watched:
    """The application, asked from some address."""

    def __init__(self, province: Province) -> None:
        self.app = Central(province.house)

    def get(
        self, path: str, *, source: str = "127.0.0.1", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """Ask from an address."""
        return asyncio.run(self._get(path, source, headers or {}))

    async def _get(self, path: str, source: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, client=(source, 4_000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path, headers=headers)

    def figures(self) -> dict[str, float]:
        """Return every figure by its name and labels."""
        text = self.get("/metrics").text
        return {
            sample.name
            + "".join(f",{k}={v}" for k, v in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture
def watched(province: Province) -> Iterator[Watched]:
    """The application over the province."""
    found = Watched(province)
    yield found
    found.app.close()


def test_it_lives_and_can_serve(watched: Watched) -> None:
    """Anybody may ask whether it lives and can serve; reasons are for this machine."""
    assert watched.get("/health", source="203.0.113.5").json() == {"ok": True, "streams": 0}
    answer = watched.get("/ready", source="203.0.113.5")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    names = {check["name"] for check in answer.json()["checks"]}
    assert {"database", "keys", "disk", "chain-root", "chain-timestamp"} <= names
    assert not any(check["why"] for check in answer.json()["checks"])


def test_a_house_without_its_keyring_cannot_serve(province: Province, watched: Watched) -> None:
    """503 and the name of what is wrong; put right, it can again."""
    place = province.house.settings.repository / "keyring.json"
    hidden = place.rename(place.with_suffix(".away"))
    answer = watched.get("/ready")
    assert answer.status_code == 503
    assert [c["name"] for c in answer.json()["checks"] if c["tone"] == "bad"] == ["keys"]
    hidden.rename(place)
    assert watched.get("/ready").status_code == 200


def test_what_will_run_out_is_told_in_time(province: Province) -> None:
    """Weeks before the chain ends there is a warning, after it a fault; the server serves on either way."""
    ends = province.house.repository.served.chain.root.expires
    province.clock.now = ends - timedelta(days=20)
    found = condition(province.house, now=province.now)
    tones = {check.name: check.tone for check in found.checks}
    assert (found.ready, tones["chain-root"]) == (True, "warn")
    province.clock.now = ends + timedelta(days=1)
    found = condition(province.house, now=province.now)
    told = {check.name: check for check in found.checks}
    assert (found.ready, told["chain-root"].tone) == (True, "bad")
    assert "ceremony" in told["chain-root"].why


def test_figures_are_for_this_machine(province: Province, watched: Watched) -> None:
    """Without a token in the settings neither a stranger nor whoever comes through a proxy reads them."""
    assert watched.get("/metrics").status_code == 200
    assert watched.get("/metrics", source="203.0.113.5").status_code == 403
    assert watched.get("/metrics", headers={"x-forwarded-for": "203.0.113.5"}).status_code == 403


def test_figures_are_for_who_shows_the_token(tmp_path: Path, authority: Authority) -> None:
    """With a token in the settings it is asked of everybody, this machine included."""
    site = tmp_path / "site"
    site.mkdir()
    token = site / "metrics.token"
    token.touch(mode=0o600)
    token.write_text("k" * 40 + "\n")
    province = Province(site, authority, metrics_token_file="metrics.token")
    watched = Watched(province)
    assert watched.get("/metrics").status_code == 403
    wrong = {"authorization": "Bearer " + "x" * 40}
    assert watched.get("/metrics", headers=wrong).status_code == 403
    right = {"authorization": "Bearer " + "k" * 40}
    assert watched.get("/metrics", source="203.0.113.5", headers=right).status_code == 200
    assert "k" * 40 not in province.house.settings.shown()
    watched.app.close()
    province.house.close()


def test_figures_tell_of_the_house_and_of_requests(province: Province, watched: Watched) -> None:
    """Appliances by when they were seen, what runs out and when, and requests by route, never by path."""
    for _ in range(3):
        province.appliance()
    for path in ("/api/v1/devices/aaaa", "/api/v1/devices/bbbb", "/nowhere", "/nowhere/else"):
        watched.get(path)
    figures = watched.figures()
    assert figures["tienglang_appliances,seen=never"] == 3
    assert figures["tienglang_ready"] == 1
    assert figures["tienglang_expires_timestamp_seconds,what=root"] > province.now.timestamp()
    route = "tienglang_http_requests_total,method=GET,route=/api/v1/devices/{device},status=401"
    assert figures[route] == 2
    assert figures["tienglang_http_requests_total,method=GET,route=none,status=404"] == 2
    assert not any("aaaa" in name or "nowhere" in name for name in figures)


SECRETS = {
    "bearer": "asked with Authorization: Bearer abcdefgh12345678",
    "token": "token=abcdefgh12345678 was refused",
    "system": "the token tlk_abcdefgh12345678 is over",
    "webhook": "signed with whsec_abcdefgh12345678",
    "password": '{"password": "abcdefgh12345678"}',
    "address": "postgresql+psycopg://u:abcdefgh12345678@host/db",
    "cookie": "cookie: abcdefgh12345678",
}


def fault_with(words: str) -> ExceptionInfo:
    """Return a fault as a logger gets it."""
    try:
        int(words)
    except ValueError:
        return sys.exc_info()
    raise AssertionError(words)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_opens_a_door_is_not_logged(name: str, form: str) -> None:
    """In either form, in a message and in a traceback; plain words stay as they are."""
    lines = formatter("json" if form == "json" else "text")
    record = logging.LogRecord(
        "central", logging.ERROR, __file__, 1, SECRETS[name], (), fault_with(SECRETS[name])
    )
    said = lines.format(record)
    assert "abcdefgh12345678" not in said
    assert "***" in said
    assert masked("Bản tin sáng: 3 cụm, token hết hạn") == "Bản tin sáng: 3 cụm, token hết hạn"


def test_a_record_is_one_line_of_json() -> None:
    """Whatever strangers wrote: one object, with time, level, logger and message."""
    record = logging.LogRecord(
        "central.api", logging.WARNING, "f", 1, "tên: %s", ("a\nb\u2028{",), None
    )
    said = JsonLine().format(record)
    assert "\n" not in said
    read = json.loads(said)
    assert (read["level"], read["logger"]) == ("WARNING", "central.api")
    assert read["message"] == "tên: a\nb\u2028{"
    assert datetime.fromisoformat(read["time"]).tzinfo is not None
    assert isinstance(formatter("text"), OneLine)


def test_a_certificates_end_is_read(tmp_path: Path) -> None:
    """The same instant that openssl tells, for either form of date; a broken file is told as one."""
    for days in (30, 36_500):
        file = tmp_path / f"{days}.pem"
        made = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x"]
        subprocess.run(
            [*made, "-days", str(days), "-keyout", str(tmp_path / "k"), "-out", str(file)],
            check=True,
            capture_output=True,
            timeout=30,
        )
        said = subprocess.run(
            ["openssl", "x509", "-in", str(file), "-noout", "-enddate"],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        ).stdout.strip()
        wanted = datetime.strptime(said, "notAfter=%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC)
        assert expires(file) == wanted
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n")
    for bad in (broken, tmp_path / "k"):
        with pytest.raises(ValueError, match="certificate"):
            expires(bad)


def test_answers_of_the_api_are_kept_by_nobody(watched: Watched) -> None:
    """They are read as what they are, not cached, not framed; also when they are refusals."""
    for path in ("/api/v1/me", "/api/v1/openapi.json", "/health", "/nowhere"):
        headers = watched.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["cache-control"] == "no-store", path
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
    page = watched.get("/api/v1/reference")
    assert "style-src 'self'" in page.headers["content-security-policy"]
    assert "POST" in page.text
