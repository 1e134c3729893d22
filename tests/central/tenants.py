"""Two communes side by side, with something of everything in one of them, and somebody of each who asks.

Whatever belongs to the first commune carries `MARK`, so that an answer that shows it gives itself away.
"""

import asyncio
import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

import httpx
import msgspec
from starlette.routing import Mount, Route, Router

from central.app import Central
from central.console.guard import csrf_token
from central.db.fleet import PlayRow
from central.domain.cap_states import CapOrigin
from central.domain.people import Person, PersonRole, Profile
from central.domain.sites import SiteDraft
from central.domain.states import SignedIn
from central.services import (
    Upload,
    create_slot,
    publish,
    send_command,
    sign_in,
    take_announcement,
    take_approval,
    take_assignment,
    take_upload,
)
from central.services.cap_codes import CapCodeAsked, set_code
from central.services.cap_inbox import CapOffer, take_cap
from central.services.device_logs import take_log
from central.services.drills import prepare_nights, take_drill
from central.services.people_accounts import invite
from central.services.sites import plan_site
from contract.documents import Daily, Kind, Role, SendLogs, Sha256, Slot
from contract.parcel import pack
from contract.seal import SigningKey, device_id
from contract.testing import Authority
from tests.central.capping import alert, info
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province

MARK: Final = "BIMAT77"
OURS: Final = ("/api/v1", "/console")
HOST: Final = "127.0.0.1:8000"
AREA_NAMES: Final = ("area", "at", "under", "path", "source")


class World:
    """A province in this process; `insider` works in the first commune, `stranger` in the next, with every role."""

    def __init__(self, folder: Path, tone: Path) -> None:
        self.province = Province(folder / "site", Authority.make("dt", seed="central"))
        for name, area in (("noi.bo", COMMUNE), ("nguoi.la", OTHER)):
            self.province.person(name, *PersonRole, area=area)
        self.ids: dict[str, str] = {}
        self.missing: list[str] = []
        self._fill(tone)
        self.central = Central(self.province.house)
        self.runner = asyncio.Runner()
        self.runner.get_loop().set_default_executor(ThreadPoolExecutor(1))
        self.insider, self.stranger = self._enter("noi.bo"), self._enter("nguoi.la")
        document = self.central.described.openapi()
        self.paths: Mapping[str, Any] = document["paths"]
        self.schemas: Mapping[str, Any] = document["components"]["schemas"]
        self._fill_more()

    @property
    def marks(self) -> tuple[str, ...]:
        """Return what only the first commune's things carry."""
        return (MARK, "nguoi.mat", *(known for known in self.ids.values() if len(known) > 5))

    def close(self) -> None:
        """Stop what was started."""
        self.central.close()
        self.runner.close()
        self.province.house.close()

    def _enter(self, name: str) -> str:
        with self.province.house.writing() as unit:
            answer = sign_in(unit, name, PASSWORD, now=self.province.now)
        assert isinstance(answer, SignedIn)
        return answer.token

    def _fill(self, tone: Path) -> None:
        province, house, now = self.province, self.province.house, self.province.now
        who = province.person("chu.nha", *PersonRole, area=COMMUNE)
        upload = Upload(name=f"{MARK}.mp3", mime="", title=f"Tin {MARK}", area=COMMUNE)
        content = take_upload(house, [tone.read_bytes()], upload, who=who, now=now)
        slot = Slot(
            id="mat-sang",
            title=f"Bản tin {MARK}",
            recurrence=Daily(),
            start=time(6),
            window_s=600,
            items=(Sha256(content.sha256),),
        )
        key = SigningKey.generate()
        with house.writing() as unit:
            paper = province.authority.approve(Sha256(content.sha256), COMMUNE)
            take_approval(unit, paper, who=None, now=now)
            create_slot(unit, COMMUNE, slot, who=None, now=now)
            assigned = province.authority.assign(key.public, HAMLET, name=f"Loa {MARK}")
            take_assignment(unit, assigned, who=None, now=now)
            alarm = province.authority.announce([COMMUNE], f"Lũ {MARK}", sent=now)
            announced = take_announcement(unit, alarm, who=None, now=now)
            draft = SiteDraft(id="mat-cho", title=f"Chợ {MARK}", area=HAMLET)
            plan_site(unit, draft, who=who, now=now)
            profile = Profile(full_name=f"Người {MARK}", area=COMMUNE)
            person = invite(
                unit, "nguoi.mat", profile=profile, roles=(PersonRole.VIEWER,), who=who, now=now
            )
        publish(house, COMMUNE, who=None, now=now)
        with house.writing() as unit:
            unit.session.add(
                PlayRow(
                    device=device_id(key.public),
                    key="slot/mat-sang/0",
                    source=content.sha256,
                    title=f"Bản tin {MARK}",
                    rank=2,
                    zones=[],
                    started=now,
                    asked_ms=1_000,
                    sounded_ms=1_000,
                    outcome="sounded",
                    why="",
                )
            )
            again = province.authority.assign(key.public, HAMLET, name=f"Loa {MARK}", epoch=2)
            sound = base64.b64encode(tone.read_bytes()).decode()
            extra = (
                "<resource><resourceDesc>a</resourceDesc><mimeType>audio/mpeg</mimeType>"
                f"<derefUri>{sound}</derefUri></resource>"
            )
            offer = CapOffer(area=COMMUNE, origin=CapOrigin.FILE, origin_name="a.xml")
            came = take_cap(
                unit, alert(info(headline=f"Lũ {MARK}", extra=extra)), offer, who=who, now=now
            )
            meant = CapCodeAsked(name="KTTV", value=MARK, area=COMMUNE)
            code = set_code(unit, meant, who=who, now=now)
            meant = CapCodeAsked(name="KTTV-2", value=MARK, area=COMMUNE)
            other_code = set_code(unit, meant, who=who, now=now)
            BODIES["POST /api/v1/cap"] = alert(identifier=MARK)
            BODIES["POST /api/v1/cap/{number}/files"] = {"at": "0.0"}
            BODIES["POST /console/cap/{number}/files"] = {"at": "0.0"}
            BODIES["POST /api/v1/assignments"] = again
            approved = province.authority.approve(Sha256(content.sha256), HAMLET)
            BODIES["POST /api/v1/approvals"] = approved
            second = province.authority.announce([COMMUNE], f"Lũ {MARK}", sent=now)
            BODIES["POST /api/v1/announcements"] = second
            BODIES["POST /console/emergency/send"] = {"envelope": second.decode()}
        drill = self._plan_nights(who)
        device, sha256 = device_id(key.public), content.sha256
        with house.writing() as unit:
            counter = send_command(unit, device, SendLogs(), who=who, now=now)
        said = f"2026-11-23T05:00:00.000Z INFO edge {MARK}"
        take_log(house, device, counter, pack((), (said,)), now=now)
        self.ids = {
            **dict.fromkeys(("devices", "appliances", "reassign", "enrolments", "waiting"), device),
            **dict.fromkeys(("contents", "library", "live"), sha256),
            "slots": slot.id,
            **dict.fromkeys(("announcements", "emergency", "voices", "voice"), announced.id),
            "drills": drill,
            "sites": draft.id,
            "cap": str(came.message.number),
            "cap-codes": str(code.number),
            "codes": str(other_code.number),
            "logs": str(counter),
            "one": "1",
            "line": "1",
            "people": str(person.id),
        }

    def _plan_nights(self, who: Person) -> str:
        """Sign one night of the first commune; return its id. The next night is a body for whoever asks."""
        province, now = self.province, self.province.now
        first = now.date() + timedelta(days=1)
        with province.house.writing() as unit:
            nights = prepare_nights(unit, [COMMUNE], first, 2, who=who, now=now)
            papers = [
                province.authority.seal_bytes(Kind.ANNOUNCEMENT, night.payload, Role.EMERGENCY)
                for night in nights
            ]
            drill = take_drill(unit, papers[0], who=who, now=now)
        asked = {"areas": [COMMUNE], "first": f"{first}", "count": 3}
        words = f"Giả định {MARK}, bà con lên cao."
        exercise = {"areas": [COMMUNE], "day": f"{first}", "hour": "09:00:00", "text": words}
        BODIES["POST /api/v1/drills"] = papers[1]
        BODIES["POST /api/v1/drills/prepare-nights"] = asked
        BODIES["POST /api/v1/drills/prepare-exercise"] = exercise
        BODIES["POST /console/drills/take"] = {"envelope": papers[1].decode()}
        return drill.id

    def _fill_more(self) -> None:
        """Make the rest of what can be named, by the very API, as somebody of the first commune."""
        BODIES["POST /api/v1/playlists"] = {
            "area": COMMUNE,
            "title": f"Danh sách {MARK}",
            "items": [self.ids["contents"]],
        }
        BODIES["POST /api/v1/bulk"] = {
            "action": {"do": "reload"},
            "devices": [self.ids["devices"]],
        }
        BODIES["POST /api/v1/approvals/prepare"] = {
            "sha256": self.ids["contents"],
            "area": COMMUNE,
        }
        BODIES["POST /api/v1/announcements/prepare-cancel"] = {"id": self.ids["announcements"]}
        for word, answer_id in (
            ("suppliers", "number"),
            ("parts", "number"),
            ("tokens", "token.id"),
            ("webhooks", "webhook.id"),
            ("cap-sources", "id"),
            ("playlists", "id"),
            ("templates", "id"),
            ("planning/links", "id"),
            ("fleet/views", "id"),
            ("uploads", "id"),
            ("bulk", "number"),
            ("area-groups", "number"),
            ("phones", "number"),
            ("publications", "number"),
            ("speech/previews", "name"),
        ):
            path = f"/api/v1/{word}"
            answer = self.ask(self.insider, "POST", path, body=self.body_of("POST", path))
            found = answer.json() if answer.status_code < 300 else {}
            for key in (*answer_id.split("."), "id", "number"):
                found = found.get(key, found) if isinstance(found, dict) else found
            if isinstance(found, str | int):
                self.ids[word.rpartition("/")[2]] = str(found)
            else:
                self.missing.append(f"{word}: {answer.status_code} {answer.text[:200]}")

    # --- asking ---------------------------------------------------------------------------------

    def ask(
        self,
        token: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> httpx.Response:
        """Ask the API or the console as somebody; a form or JSON or bytes as the body."""
        headers = {"origin": f"http://{HOST}"}
        more: dict[str, Any] = {"params": dict(query or {})}
        if path.startswith("/console"):
            headers["cookie"] = f"tienglang={token}"
            csrf = csrf_token(self.province.house.settings.session_secret, token)
            headers |= {"x-csrf-token": csrf, "accept": "text/html"}
            as_json = any(word in path for word in JSON_FORMS)
            if method != "GET" and isinstance(body, dict) and not as_json:
                more["data"] = {"csrf": csrf, **body}
            elif method != "GET":
                more["json" if not isinstance(body, bytes) else "content"] = body or {}
        else:
            headers["authorization"] = f"Bearer {token}"
            if isinstance(body, bytes):
                more["content"] = body
            elif body is not None:
                more["content"] = msgspec.json.encode(body)
        return self.runner.run(self._ask(method, path, headers, more))

    async def _ask(
        self, method: str, path: str, headers: dict[str, str], more: dict[str, Any]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.central, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.request(method, path, headers=headers, **more)

    def filled(self, path: str) -> str:
        """Return the path with what belongs to the first commune, found by its name or by the word before it."""
        parts = path.split("/")
        for place, part in enumerate(parts):
            named = re.search(r"\{([^}]+)\}", part)
            if named is not None:
                known = PLACES.get(f"{parts[place - 1]}/{named[1]}") or PLACES.get(named[1])
                found = known or self.ids.get(parts[place - 1], "1")
                parts[place] = part.replace(named[0], found)
        return "/".join(parts)

    def body_of(self, method: str, path: str) -> object:
        """Return a body as the OpenAPI wants it, with the first commune's things under their names."""
        if f"{method} {path}" in BODIES:
            return BODIES[f"{method} {path}"]
        wanted = self.paths.get(path, {}).get(method.lower(), {}).get("requestBody")
        schema = (wanted or {}).get("content", {}).get("application/json", {}).get("schema")
        return self._made(schema, "") if schema is not None else None

    def query_of(self, method: str, path: str) -> dict[str, str]:
        """Return a query that asks for the first commune, and whatever else the OpenAPI says is needed."""
        if path.startswith("/console"):
            return {"area": COMMUNE, "at": COMMUNE} if method == "GET" else {}
        told = self.paths.get(path, {}).get(method.lower(), {}).get("parameters", [])
        asked = [parameter for parameter in told if parameter["in"] == "query"]
        needed = {p["name"]: str(KNOWN.get(p["name"], "x")) for p in asked if p.get("required")}
        return needed | {p["name"]: COMMUNE for p in asked if p["name"] in AREA_NAMES}

    def _made(self, schema: Mapping[str, Any], name: str) -> object:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        if name in KNOWN:
            return KNOWN[name]
        if name in self.ids:
            return self.ids[name]
        if "default" in schema and schema["default"] is not None:
            return schema["default"]
        if "enum" in schema:
            return schema["enum"][0]
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._made(schema[several][0], name)
        match schema.get("type"):
            case "object":
                needed = schema.get("required", ())
                inner = schema.get("properties", {})
                return {key: self._made(inner[key], key) for key in inner if key in needed}
            case "array":
                return [self._made(schema.get("items", {}), name.removesuffix("s"))]
            case "integer" | "number":
                return schema.get("minimum", 1)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return f"{MARK} chữ"

    def routes(self) -> list[tuple[str, str]]:
        """Return method and path of every route of the people's API and of the console, in one order."""
        app: Any = self.central.described
        return sorted(set(_walked(app.routes, "")), key=lambda route: (route[1], route[0]))


class Context(Protocol):
    """Under what a router was included."""

    prefix: str


@runtime_checkable
class Included(Protocol):
    """A router that was included is kept as one, with its prefix."""

    original_router: Router
    include_context: Context


def _walked(routes: Iterable[object], prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _walked(getattr(route.app, "routes", ()), prefix + route.path)
        elif isinstance(route, Included):
            inner = route.include_context.prefix
            yield from _walked(route.original_router.routes, prefix + inner)
        elif isinstance(route, Route) and (prefix + route.path).startswith(OURS):
            for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, prefix + route.path


PLACES: Final = {
    "form": "csv",
    "deed": "test",
    "step": "code",
    "alert-rules/kind": "offline",
    "kind": "content",
}
KNOWN: Final[dict[str, Any]] = {
    "area": COMMUNE,
    "areas": [COMMUNE],
    "path": f"{COMMUNE}/ap-moi",
    "source": COMMUNE,
    "sources": [HAMLET],
    "into": {"path": f"{COMMUNE}/ap-chung", "name": "Ấp Chung"},
    "day": "2026-11-23",
    "to_day": "2026-11-24",
    "target": "2026-11-30",
    "start": "06:00:00",
    "until": "2026-11-25T00:00:00Z",
    "name": "ten.moi",
    "full_name": "Người Mới",
    "role": "viewer",
    "roles": ["viewer"],
    "url": "https://vi-du.vn/",
    "email": "a@vi-du.vn",
    "to": "noi.bo",
    "site": "mat-cho",
    "alerts": [1],
    "contact": "0277 3 851 000",
    "phone": "0277 3 851 000",
    "items": [],
    "scopes": ["read:areas"],
}

_SLOT: Final = {
    "id": "mat-sang",
    "title": f"Bản tin {MARK}",
    "recurrence": {"kind": "daily"},
    "start": "06:00:00",
    "window_s": 600,
    "items": [],
    "live": {"live": "line-in"},
}
_CSV: Final = f"path,name\n{COMMUNE}/ap-5,Ấp {MARK}\n"
_SITES: Final = f"id,title,area\nmat-ba,Bến {MARK},{HAMLET}\n"
_PARTS: Final = [
    {"path": "dt/my-bac", "name": "Bắc", "children": [HAMLET]},
    {"path": "dt/my-nam", "name": "Nam"},
]
_PLAN: Final = {"day": "2026-11-24", "to_day": "2026-11-24", "start": "07:00:00", "window_s": 600}
_ALARM: Final = {
    "areas": [COMMUNE],
    "event": "Lũ",
    "headline": "Lũ",
    "text": "Lũ đang lên",
}
# What the OpenAPI alone does not lead to: bodies in a form of their own, and the console's forms.
BODIES: Final[dict[str, object]] = {
    "POST /api/v1/planning/copy-week": {
        "area": COMMUNE,
        "source": "2026-11-23",
        "target": "2026-11-30",
    },
    "POST /api/v1/planning/trial": {"area": COMMUNE, "day": "2026-11-23", "slot": _SLOT},
    "POST /api/v1/slots": {"area": COMMUNE, "slot": {**_SLOT, "id": "mat-moi"}},
    "PUT /api/v1/slots/{slot_id}": _SLOT,
    "POST /api/v1/slots/{slot_id}/move": _PLAN,
    "POST /api/v1/sites": {"id": "mat-hai", "title": f"Đình {MARK}", "area": HAMLET},
    "POST /api/v1/sites/claims": {"sites": ["mat-cho"], "hours": 24},
    "POST /api/v1/sites/import": _SITES.encode(),
    "POST /api/v1/areas/import": _CSV.encode(),
    "POST /api/v1/areas/split": {
        "source": COMMUNE,
        "parts": _PARTS,
        "day": "2026-12-01",
    },
    "POST /api/v1/areas/merge": {
        "sources": [HAMLET],
        "into": {"path": f"{COMMUNE}/ap-chung", "name": "Ấp Chung"},
        "day": "2026-12-01",
    },
    "POST /console/areas": {"deed": "rename", "at": COMMUNE, "name": "Tên Lạ"},
    "POST /console/areas/import": {"text": _CSV},
    "POST /console/areas/merge": {"at": HAMLET, "path": f"{COMMUNE}/ap-chung", "name": "Ấp"},
    "POST /console/areas/split": {"at": HAMLET},
    "POST /console/install/table": {"text": _SITES},
    "POST /console/people/new": {"name": "la", "full_name": "Lạ", "area": COMMUNE},
    "POST /console/people/{person}": {"deed": "disable"},
    "POST /console/emergency/ahead": _ALARM,
    "POST /console/emergency/groups": {"name": "Nhóm lạ", "areas": COMMUNE},
    "POST /console/emergency/phones": {"area": COMMUNE, "name": "Anh Ba", "phone": "0277 38"},
    "POST /console/emergency/{announcement}/calls": {"area": COMMUNE, "told": "yes"},
    "POST /console/emergency/prepare": _ALARM,
    "POST /console/care/parts": {"area": COMMUNE, "name": "Loa", "stock": "1"},
    "POST /console/care/suppliers": {"area": COMMUNE, "name": "Nhà cung cấp"},
    "POST /console/library/uploads": {"name": "a.mp3", "size_bytes": 1_000, "area": COMMUNE},
    "POST /console/library/speech": {"text": "Xin chào bà con", "area": COMMUNE},
    "POST /console/programme/preview": {"area": COMMUNE, "day": "2026-11-24"},
}
JSON_FORMS: Final = (
    "/drills/take",
    "/prepare",
    "/send",
    "/uploads",
    "/speech",
    "/words",
    "/previews",
    "/week-plan/",
)
