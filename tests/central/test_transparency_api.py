"""The log over `/api/v1`, asked of a real server."""

import gzip
import json

import httpx
import pytest

from contract import signed_log
from tests.central.serving import Served

pytestmark = pytest.mark.timeout(120)


def test_the_log_is_told_exported_and_acknowledged_over_the_api(served: Served) -> None:
    """Head, lines, both exports and alarms are there for the administrator, streamed as gzip."""
    served.assign("dt/my-phong")
    with served.person() as lan:
        head = lan.get("/log/head").json()
        lines = lan.get("/log", params={"kind": "assignment"}).json()
        assert signed_log.read_line(lines[0]["line"]).kind == "assignment"
        assert signed_log.digest(lines[0]["line"]) == lines[0]["sha256"]
        older = lan.get("/log", params={"before": lines[0]["number"]}).json()
        assert [line["number"] for line in older][:1] == [lines[0]["number"] - 1]
        for path, mark in (("/log/export", "log"), ("/log/reports", "reports")):
            answer = lan.get(path)
            assert answer.headers["content-type"] == "application/gzip"
            assert "attachment" in answer.headers["content-disposition"]
            rows = [json.loads(row) for row in gzip.decompress(answer.content).splitlines()]
            assert rows[0][mark] == "tienglang-log-v1"
            if mark == "log":
                assert rows[0]["head"] >= head["number"]
        assert lan.get("/log/alarms").json() == []
        refused = lan.post("/log/alarms/acknowledge", json={"alarms": [1], "words": "đã xem kỹ"})
        assert (refused.status_code, refused.json()["error"]) == (404, "no-alarm")
        assert lan.post("/log/alarms/acknowledge", json={"alarms": []}).status_code == 422
        assert lan.get("/log", params={"before": "0"}).status_code == 422


def test_nothing_of_the_log_is_told_to_a_stranger(served: Served) -> None:
    """Each route asks for a session first."""
    with httpx.Client(base_url=f"{served.url}/api/v1", timeout=30, trust_env=False) as stranger:
        for path in ("/log", "/log/head", "/log/export", "/log/reports", "/log/alarms"):
            assert stranger.get(path).status_code == 401, path
        assert stranger.post("/log/alarms/acknowledge", content=b"{}").status_code in {401, 422}
