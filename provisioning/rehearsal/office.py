"""The office: the people of the rehearsal at work on central's interface, and the keys in their hands.

Law of the room: it may do what a person with a browser may do, over HTTP, and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import requests

from contract import codec, seal
from contract.documents import Announcement, Approval, Assignment, Kind, Sha256
from contract.seal import SigningKey

TIMEOUT_S: Final = (5.0, 60.0)
BLOCK_BYTES: Final = 262_144


class OfficeRefused(Exception):
    """Central did not do what was asked; `why` is its own sentence, `status` its HTTP status."""

    def __init__(self, status: int, error: str, why: str) -> None:
        """Keep what central answered."""
        super().__init__(f"{status} {error}: {why}")
        self.status, self.error, self.why = status, error, why


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@dataclass
class Office:
    """One signed-in person at central's JSON interface."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        """Keep away from proxies and redirects: the rehearsal is on this machine."""
        self.session.trust_env = False

    def sign_in(self, name: str, password: str) -> None:
        """Sign in; later calls carry the token."""
        answer = self.call("POST", "/session", json={"name": name, "password": password})
        self.session.headers["Authorization"] = f"Bearer {answer['token']}"

    def call(self, verb: str, path: str, **more: Any) -> Any:  # noqa: ANN401  JSON as it comes
        """Return the JSON answer of one call; raise `OfficeRefused` with central's own words."""
        reply = self.session.request(
            verb, f"{self.base}/api/v1{path}", timeout=TIMEOUT_S, allow_redirects=False, **more
        )
        if reply.status_code >= 300:
            try:
                told = reply.json()
            except ValueError:
                told = {"error": "no-json", "why": reply.text[:200]}
            raise OfficeRefused(
                reply.status_code, told.get("error", ""), str(told.get("why", told))
            )
        return reply.json() if reply.content else None

    def upload(self, file: Path, title: str, area: str, mime: str = "audio/mpeg") -> dict[str, Any]:
        """Return central's record of an uploaded file."""
        with file.open("rb") as data:
            answer: dict[str, Any] = self.call(
                "POST",
                "/contents",
                params={"title": title, "area": area},
                headers={"Content-Type": mime, "X-File-Name": quote(file.name)},
                data=_blocks(data),
            )
        return answer

    def approve(self, sha256: str, title: str, area: str, key: SigningKey, until: datetime) -> None:
        """Sign a content's hash with the approver's own key and hand the paper in."""
        paper = Approval(
            sha256=Sha256(sha256), title=title, area=area, issued=utc_now(), not_after=until
        )
        self._paper("/approvals", seal.seal(Kind.APPROVAL, codec.encode(paper), [key]))

    def assign(self, paper: Assignment, key: SigningKey) -> None:
        """Hand in an appliance's assignment, signed by the assign key."""
        self._paper("/assignments", seal.seal(Kind.ASSIGNMENT, codec.encode(paper), [key]))

    def announce(self, paper: Announcement, keys: list[SigningKey]) -> bytes:
        """Hand in an announcement signed by these people; return the envelope."""
        envelope = seal.seal(Kind.ANNOUNCEMENT, codec.encode(paper), keys)
        self._paper("/announcements", envelope)
        return envelope

    def _paper(self, path: str, envelope: bytes) -> Any:  # noqa: ANN401  JSON as it comes
        return self.call(
            "POST", path, data=envelope, headers={"Content-Type": "application/vnd.dsse+json"}
        )

    def add_slot(self, area: str, slot: dict[str, Any]) -> dict[str, Any]:
        """Plan a slot for an area; it is a draft until published."""
        answer: dict[str, Any] = self.call("POST", "/slots", json={"area": area, "slot": slot})
        return answer

    def publish(self, area: str) -> dict[str, Any]:
        """Compile, sign and send the programmes of the area's appliances."""
        answer: dict[str, Any] = self.call("POST", "/publish", json={"area": area})
        return answer

    def preview(self, area: str, day: date) -> Any:  # noqa: ANN401  JSON as it comes
        """Return what will play in the area on a day."""
        return self.call("GET", "/preview", params={"area": area, "day": day.isoformat()})

    def devices(self) -> list[dict[str, Any]]:
        """Return the state of every appliance."""
        answer: list[dict[str, Any]] = _listed(self.call("GET", "/devices"), "devices")
        return answer

    def plays(self, device: str) -> list[dict[str, Any]]:
        """Return the plays that an appliance has reported."""
        return _listed(self.call("GET", "/plays", params={"device": device}), "plays")

    def refusals(self, device: str) -> list[dict[str, Any]]:
        """Return what an appliance has reported as not obeyed."""
        return _listed(self.call("GET", "/refusals", params={"device": device}), "refusals")


def _listed(answer: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401  JSON as it comes
    found: list[dict[str, Any]] = answer[name] if isinstance(answer, dict) else answer
    return found


def _blocks(data: Any) -> Iterator[bytes]:  # noqa: ANN401  a file
    while block := data.read(BLOCK_BYTES):
        yield block
