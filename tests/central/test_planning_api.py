"""The planner's API over the wire: what was seen, what is looked at first, calendars, publications."""

import time
from datetime import timedelta
from pathlib import Path

import httpx

from central.domain.planning import monday_of
from contract.documents import Sha256
from tests.central.serving import Served
from tests.central.setting import COMMUNE, HAMLET, real_now

MONDAY = str(monday_of(real_now().date()) + timedelta(days=7))
AFTER = str(monday_of(real_now().date()) + timedelta(days=14))


def test_a_day_of_planning_over_the_api(served: Served, tone: Path) -> None:
    """Plan, move, refuse the late, undo, template, copy, calendar, diff, publish, why: all by JSON."""
    served.assign(HAMLET)
    with served.person() as lan:
        sha256 = lan.post(
            "/contents",
            params={"area": "dt"},
            content=tone.read_bytes(),
            headers={"x-file-name": "ban-tin.mp3"},
        ).json()["sha256"]
        lan.post("/approvals", content=served.authority.approve(Sha256(sha256), "dt"))
        slot = {
            "id": "sang",
            "title": "ban-tin",
            "recurrence": {"kind": "daily"},
            "start": "06:00:00",
            "window_s": 1800,
            "items": [sha256],
        }
        made = lan.post("/slots", json={"area": COMMUNE, "slot": slot})
        assert made.status_code == 201, made.text
        seen = made.json()["seen"]
        assert made.headers["etag"] == f'"{seen}"'
        assert lan.get("/slots/sang").json()["seen"] == seen
        later = {**slot, "start": "06:30:00"}
        changed = lan.put("/slots/sang", json=later, headers={"if-match": made.headers["etag"]})
        assert changed.status_code == 200, changed.text
        late = lan.put("/slots/sang", json=slot, headers={"if-match": f'"{seen}"'})
        assert (late.status_code, late.json()["error"]) == (409, "slot-changed")
        assert lan.put("/slots/sang", json={**slot, "seen": seen}).status_code == 409
        assert lan.delete("/slots/sang", params={"seen": seen}).status_code == 409
        assert (
            lan.put("/slots/sang", json=later).status_code == 200
        )  # as before there was such a word
        move = {
            "day": MONDAY,
            "to_day": MONDAY,
            "start": "07:00:00",
            "window_s": 900,
            "only_this_date": True,
        }
        moved = lan.post("/slots/sang/move", json=move)
        assert [s["slot"]["recurrence"]["kind"] for s in moved.json()] == ["daily", "once"]
        undone = lan.post("/planning/undo", json={"area": COMMUNE}).json()
        assert undone["word"] == "dời khung giờ"
        assert lan.post("/slots/sang/skip", json={"day": MONDAY}).status_code == 200
        assert lan.post("/slots/sang/restore", json={"day": MONDAY}).status_code == 200
        _looked_at_first(lan, slot, sha256)
        _published(lan)
        _calendar(served, lan, sha256)


def _looked_at_first(lan: httpx.Client, slot: dict[str, object], sha256: str) -> None:
    """Judge a slot, apply a template and copy a week, each after a look."""
    trial = {"area": COMMUNE, "day": MONDAY, "slot": {**slot, "id": "dem", "start": "22:00:00"}}
    told = lan.post("/planning/trial", json=trial).json()
    assert "quiet-hours" in {finding["code"] for finding in told}
    week = lan.get("/planning/week", params={"area": COMMUNE, "day": MONDAY}).json()
    assert {"view", "slots", "findings"} <= week.keys()
    names = {t["id"] for t in lan.get("/templates", params={"area": COMMUNE}).json()}
    assert {"buoi-sang", "buoi-chieu"} <= names
    ask = {"area": COMMUNE, "fills": {"0": {"items": [sha256]}, "1": {"items": [sha256]}}}
    look = lan.post("/templates/hai-buoi/apply", json=ask).json()
    assert (len(look["changes"]), look["taken"]) == (2, False)
    wrong = lan.post("/templates/hai-buoi/apply", json={**ask, "take": True, "seen": "x"})
    assert wrong.status_code == 409
    taken = lan.post("/templates/hai-buoi/apply", json={**ask, "take": True, "seen": look["seen"]})
    assert taken.json()["taken"]
    copy = {"area": COMMUNE, "source": MONDAY, "target": AFTER}
    assert lan.post("/planning/copy-week", json=copy).json()["changes"] == []


def _published(lan: httpx.Client) -> None:
    """Publish what was seen, follow it to its end, and ask what plays."""
    diff = lan.get("/planning/diff", params={"area": COMMUNE}).json()
    assert (len(diff["diff"]["slots"]), diff["diff"]["changed"]) == (3, 1)
    assert lan.post("/publications", json={"area": COMMUNE, "seen": "x"}).status_code == 409
    begun = lan.post("/publications", json={"area": COMMUNE, "seen": diff["seen"]})
    assert begun.status_code == 202, begun.text
    number = begun.json()["id"]
    for _ in range(100):
        state = lan.get(f"/publications/{number}").json()
        if state["phase"] == "done":
            break
        time.sleep(0.1)
    assert (state["word"], state["written"]) == ("đã gửi", 1)
    assert len(lan.get(f"/publications/{number}/diff").json()["slots"]) == 3
    assert lan.get("/publications", params={"limit": 1}).json()[0]["id"] == number
    device = lan.get("/devices").json()[0]["id"]
    day = lan.get("/planning/day", params={"device": device, "day": MONDAY, "sent": True})
    assert day.json()["pieces"], day.text


def _calendar(served: Served, lan: httpx.Client, sha256: str) -> None:
    """Give out the plan, take one in, and follow a link without a session."""
    whole = lan.get("/planning/calendar.ics", params={"area": COMMUNE})
    assert whole.headers["content-type"].startswith("text/calendar")
    assert whole.text.count("BEGIN:VEVENT") == 3
    strange = whole.text.replace("UID:sang@", "UID:khac@").replace(
        "SUMMARY:ban-tin", "SUMMARY:Ban-Tin"
    )
    look = lan.post("/planning/import", params={"area": COMMUNE}, content=strange.encode())
    ready = [event for event in look.json()["events"] if event["change"] is not None]
    assert [(e["title"], e["content"]) for e in ready] == [("Ban-Tin", sha256)]
    bad = lan.post("/planning/import", params={"area": COMMUNE}, content=b"no calendar")
    assert bad.status_code == 422
    link = lan.post("/planning/links", json={"area": COMMUNE, "name": "Điện thoại"}).json()
    with httpx.Client(base_url=f"{served.url}/api/v1", trust_env=False) as stranger:
        assert stranger.get(f"/calendars/{link['token']}.ics").text.count("BEGIN:VEVENT") == 3
        assert stranger.get("/calendars/" + "0" * 48 + ".ics").status_code == 404
        assert stranger.get("/planning/calendar.ics", params={"area": COMMUNE}).status_code == 401
        listed = lan.get("/planning/links", params={"area": COMMUNE}).json()
        assert [one["token"] for one in listed] == [""]
        assert lan.delete(f"/planning/links/{link['id']}").status_code == 204
        assert stranger.get(f"/calendars/{link['token']}.ics").status_code == 404
