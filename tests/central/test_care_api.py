"""The care of appliances over `/api/v1`, asked of a real server."""

import httpx
import pytest

from tests.central.serving import Served

pytestmark = [
    pytest.mark.timeout(120),
    # the library of messages loads a module of the standard library that is on its way out
    pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning"),
]
AREA = "dt/my-phong"


def test_list_counts_map_and_views_over_the_api(served: Served) -> None:
    """The list pages on by its cursor; counts, CSV, points, ranking and saved filters are there too."""
    for number in range(3):
        served.assign(AREA, f"Cụm {number}")
    with served.person() as lan:
        first = lan.get("/fleet", params={"limit": 2, "order": "name"}).json()
        rest = lan.get(
            "/fleet", params={"limit": 500, "order": "name", "cursor": first["next"]}
        ).json()
        names = [line["name"] for line in [*first["lines"], *rest["lines"]]]
        assert names == sorted(names)
        assert len(names) >= 3
        assert (first["lines"][0]["word"], rest["next"]) == ("chưa từng kết nối", "")
        counts = lan.get("/fleet/counts", params={"area": AREA}).json()
        assert counts["of"]["link never"] == counts["total"]
        assert "Cụm 0" in lan.get("/fleet/export").text
        assert lan.get("/fleet/map").status_code == 200
        assert lan.get("/fleet/needs").json() == []
        assert [line["path"] for line in lan.get("/fleet/communes").json()] == [AREA]
        for bad in ({"link": "x"}, {"cursor": "x"}, {"limit": "0"}, {"limit": "501"}):
            assert lan.get("/fleet", params=bad).status_code == 422, bad
        kept = lan.post("/fleet/views", json={"name": "Xa", "query": "link=offline"})
        assert kept.status_code == 201
        assert lan.get("/fleet/views").json()[0]["name"] == "Xa"
        assert lan.delete(f"/fleet/views/{kept.json()['id']}").status_code == 204
        square = '{"type":"LineString","coordinates":[[106,10],[106.5,10.5]]}'
        assert lan.put("/fleet/outline", params={"area": "dt"}, content=square).status_code == 200
        assert lan.get("/fleet/outline", params={"area": AREA}).json() == [
            [[106, 10], [106.5, 10.5]]
        ]
        assert lan.delete("/fleet/outline", params={"area": "dt"}).status_code == 204
        page = lan.get("/devices", params={"limit": 1}).json()
        more = lan.get("/devices", params={"after": page[0]["id"]}).json()
        assert len(page) + len(more) == len(names)


def test_papers_and_stores_over_the_api(served: Served) -> None:
    """Suppliers, parts, papers, swaps and notes are written and read back; unknown fields are refused."""
    served.assign(AREA, "Cụm có hồ sơ")
    with served.person() as lan:
        device = lan.get("/fleet", params={"q": "ho so"}).json()["lines"][0]["id"]
        supplier = lan.post("/suppliers", json={"area": "dt", "name": "Loa Việt"}).json()
        changed = {"area": "dt", "name": "Loa Việt", "phone": "0273"}
        assert lan.put(f"/suppliers/{supplier['id']}", json=changed).json()["phone"] == "0273"
        part = lan.post("/parts", json={"area": "dt", "name": "Nguồn", "stock": 1}).json()
        more = {"area": "dt", "name": "Nguồn", "stock": 2, "fewest": 3}
        assert lan.put(f"/parts/{part['id']}", json=more).json()["stock"] == 2
        asset = {"serial": "S-1", "supplier": supplier["id"], "warranty_until": "2030-01-02"}
        assert lan.put(f"/devices/{device}/asset", json=asset).json()["supplier_name"] == "Loa Việt"
        assert lan.put(f"/devices/{device}/asset", json={"x": 1}).status_code == 422
        assert lan.get(f"/devices/{device}/asset").json()["serial"] == "S-1"
        assert lan.post(f"/devices/{device}/swaps", json={"part": part["id"]}).status_code == 201
        note = {"kind": "look", "text": "Đã xem."}
        assert lan.post(f"/devices/{device}/notes", json=note).json()["word"] == "kiểm tra"
        assert len(lan.get(f"/devices/{device}/notes", params={"before": 2**53}).json()) == 1
        assert len(lan.get(f"/devices/{device}/swaps").json()) == 1
        assert lan.get("/parts").json()[0]["stock"] == 1
        assert lan.get(f"/devices/{device}/history").json()["levels"] == []
        assert lan.get(f"/devices/{device}/orders").json() == []
        assert lan.delete(f"/suppliers/{supplier['id']}").status_code == 204
        assert lan.get("/suppliers").json() == []


def test_orders_to_many_go_out_by_themselves(served: Served) -> None:
    """An order by filter is taken, sent by the house's chore, seen, and can be stopped."""
    served.assign(AREA, "Cụm nhận lệnh")
    with served.person() as lan:
        asked = {"action": {"do": "volume", "volume_pct": 40}, "query": "q=nhan+lenh"}
        state = lan.post("/bulk", json=asked)
        assert state.status_code == 202, state.text
        number = state.json()["id"]
        for _ in range(100):
            lines = lan.get(f"/bulk/{number}/targets").json()
            if lines[0]["state"] == "sent":
                break
        assert (lines[0]["place"], lines[0]["word"]) == (0, "đã gửi")
        assert lan.get(f"/bulk/{number}").json()["counts"]["sent"] == 1
        assert lan.get("/bulk").json()[0]["id"] == number
        assert lan.post(f"/bulk/{number}/stop").status_code == 200
        assert lan.get("/bulk/999").status_code == 404
        assert lan.post("/bulk", json={"action": {"do": "restart"}}).status_code == 422
        assert lan.post("/bulk", json={"action": {"do": "reload"}}).status_code == 422


def test_alerts_rules_and_addresses_over_the_api(served: Served) -> None:
    """Rules are read and said; an address goes in and never comes out; nothing stands to be taken."""
    with served.person() as lan:
        assert lan.get("/alerts", params={"standing": "false"}).status_code == 200
        assert lan.post("/alerts/acknowledge", json={"alerts": [999]}).status_code == 404
        rules = lan.get("/alert-rules", params={"area": AREA}).json()
        assert rules[0]["kind"] == "silent"
        rule = {"area": AREA, "kind": "hot", "level": 3, "threshold": 70}
        assert lan.put("/alert-rules", json=rule).json()["threshold"] == 70
        assert lan.put("/alert-rules", json={**rule, "threshold": 1}).status_code == 422
        assert lan.delete("/alert-rules/hot", params={"area": AREA}).status_code == 204
        secret = "jsons://may:matkhau123@hook.vi-du.vn/bi-mat"
        target = {"area": "dt", "name": "Trực", "url": secret}
        made = lan.post("/alert-targets", json=target)
        assert made.status_code == 201, made.text
        assert "matkhau123" not in made.text + lan.get("/alert-targets").text
        number = made.json()["id"]
        again = {"area": "dt", "name": "Trực đêm", "after_min": 10}
        assert lan.put(f"/alert-targets/{number}", json=again).json()["after_min"] == 10
        assert lan.delete(f"/alert-targets/{number}").status_code == 204
        assert lan.post(f"/alert-targets/{number}/try").status_code == 404


def test_nothing_is_told_to_a_stranger(served: Served) -> None:
    """Each route asks for a session first."""
    with httpx.Client(base_url=f"{served.url}/api/v1", timeout=30, trust_env=False) as stranger:
        for path in (
            "/fleet",
            "/fleet/counts",
            "/fleet/export",
            "/fleet/map",
            "/fleet/needs",
            "/fleet/communes",
            "/fleet/views",
            "/fleet/outline?area=dt",
            "/bulk",
            "/bulk/1",
            "/bulk/1/targets",
            "/alerts",
            "/alert-rules?area=dt",
            "/alert-targets",
            "/suppliers",
            "/parts",
            "/devices/x/history",
            "/devices/x/asset",
        ):
            assert stranger.get(path).status_code == 401, path
