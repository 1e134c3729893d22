"""The whole application in this process, with something of everything in it, and requests made from its OpenAPI."""

import asyncio
import logging
import os
import random
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select

from central.app import Central
from central.db.people import PersonRow
from central.domain.cap_states import CapOrigin
from central.domain.people import Person, PersonRole
from central.domain.sites import SiteDraft
from central.domain.states import SignedIn
from central.domain.tokens import Scope
from central.domain.webhooks import CHOICES
from central.services import Unit, grant, publish, set_password, sign_in, take_announcement
from central.services.cap_inbox import CapOffer, take_cap
from central.services.cap_sources import CapSourceAsked, create_source
from central.services.sites import plan_site
from central.services.tokens import TokenAsked, create_token
from central.services.webhooks import WebhookAsked, create_webhook
from contract.testing import Authority
from tests.central.capping import alert
from tests.central.setting import COMMUNE, HAMLET, PASSWORD, Province, make_slot

Anything: TypeAlias = Case[Any]  # the library's own bound
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
HERE: Final = "http://127.0.0.1:8000"
ENDS_THE_SESSION: Final = "DELETE /api/v1/session"


class Faults(logging.Handler):
    """Keeps what the house logged as an error of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the end of the traceback."""
        if record.exc_info and record.exc_info[1] is not None:
            trace, fault = record.exc_info[2], record.exc_info[1]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            where = (
                "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
            )
            self.last = f"{type(fault).__name__}: {str(fault)[:300]} at {where}"


class Attacked:
    """Central with a busy little province, and somebody who may do all."""

    def __init__(self, folder: Path, tone: Path) -> None:
        self.province = Province(folder / "site", Authority.make("dt", seed="central"))
        self.known = self._live_in(tone)
        self.central = Central(self.province.house)
        self.runner = asyncio.Runner()
        self.runner.get_loop().set_default_executor(ThreadPoolExecutor(1))
        self.runner.run(asyncio.to_thread(bool))  # its thread is there before any test
        self.faults = Faults()
        logging.getLogger("central").addHandler(self.faults)
        document = self.central.described.openapi()
        described = schemathesis.openapi.from_dict(document).get_all_operations()
        found = {one.ok().label: one.ok() for one in described if isinstance(one, Ok)}
        # what takes things away comes last
        self.operations = dict(sorted(found.items(), key=lambda item: item[0].startswith("DELETE")))
        self.token = self._signed_in()
        self.statuses: dict[str, Counter[int]] = {}

    def _live_in(self, tone: Path) -> dict[str, str]:
        """Make something of everything; return names that lead to it."""
        province = self.province
        who = province.person("lan", *PersonRole)
        province.person("binh", PersonRole.EDITOR)
        content = province.sound(tone)
        province.slot(make_slot(content.sha256))
        _, device = province.appliance(area=HAMLET)
        publish(province.house, "dt", who=None, now=province.now)
        with province.house.writing() as unit:
            paper = province.authority.announce([COMMUNE], sent=province.now)
            announced = take_announcement(unit, paper, who=None, now=province.now)
            draft = SiteDraft(id="cho", title="Chợ Mỹ Phong", area=HAMLET)
            plan_site(unit, draft, who=who, now=province.now)
            made = self._others(unit, who)
        return {
            "sha256": content.sha256,
            "slot_id": "sang",
            "slot": "sang",
            "device": device,
            "announcement": announced.id,
            "site": "cho",
            "area": COMMUNE,
            "path": COMMUNE,
            "name": "binh",
            "person": "2",  # binh: the house numbers from 1
            "number": "1",
            "template": "1",
            "subject": content.sha256,
            "at": "dt",
            "under": "dt",
            "day": province.now.date().isoformat(),
            **made,
        }

    def _others(self, unit: Unit, who: Person) -> dict[str, str]:
        now = self.province.now
        asked = TokenAsked(name="a", area="dt", scopes=tuple(Scope))
        token = create_token(unit, asked, who=who, now=now)
        other = CapSourceAsked(name="c", area="dt", url="https://example.org/feed")
        offer = CapOffer(area="dt", origin=CapOrigin.FILE, origin_name="a.xml")
        take_cap(unit, alert(), offer, who=who, now=now)
        hook = WebhookAsked(name="b", area="dt", url="https://example.org/", events=CHOICES)
        return {
            "token_id": token.token.id,
            "source": create_source(unit, other, who=who, now=now).id,
            "webhook": create_webhook(unit, hook, who=who, now=now).webhook.id,
        }

    def _signed_in(self) -> str:
        """Return a new session of `lan`, whatever the attack has done to her account and her roles."""
        with self.province.house.writing() as unit:
            row = unit.session.scalars(select(PersonRow).where(PersonRow.name == "lan")).one()
            row.disabled, row.factor_salt, row.factor_since = False, None, None
            set_password(unit, "lan", PASSWORD, who=None, now=self.province.now)
            for role in PersonRole:
                grant(unit, "lan", role, "dt", who=None, now=self.province.now)
            answer = sign_in(unit, "lan", PASSWORD, now=self.province.now)
        assert isinstance(answer, SignedIn), answer
        return answer.token

    def close(self) -> None:
        """Stop what was started."""
        logging.getLogger("central").removeHandler(self.faults)
        self.central.close()
        self.runner.close()
        self.province.house.close()

    def attack(self, label: str, mode: GenerationMode, examples: int) -> list[str]:
        """Send what the description of one route gives (or forbids); return what was wrong with the answers."""
        operation = self.operations[label]
        found: dict[str, None] = {}
        dice = random.Random(label)

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(mode))
        def once(case: Anything) -> None:
            if mode is GenerationMode.POSITIVE:
                self._lead(case, dice)
            answer = self.answer(case)
            self.statuses.setdefault(label, Counter())[answer.status_code] += 1
            if answer.status_code == 401 or label == ENDS_THE_SESSION:
                self.token = self._signed_in()
            try:
                case.validate_response(answer, checks=CHECKS)
            except (Failure, FailureGroup) as failed:
                for fault in getattr(failed, "exceptions", [failed]):
                    words = " ".join(str(fault).split())[:400]
                    more = self.faults.last if answer.status_code >= 500 else answer.text[:200]
                    asked = f"{case.formatted_path} {case.query} {str(case.body)[:120]}"
                    found[f"{label} [{answer.status_code}] {words} | {more} | {asked}"] = None

        with suppress(Unsatisfiable):  # there is nothing to be wrong with
            once()
        return list(found)[:3]

    def _lead(self, case: Anything, dice: random.Random) -> None:
        """Have half of the requests name something that is there."""
        for place in (case.path_parameters or {}, case.query or {}):
            for name in place:
                if name in self.known and dice.random() < 0.6:
                    place[name] = self.known[name]
        if isinstance(case.body, dict):
            for name in case.body:
                if name in self.known and isinstance(case.body[name], str) and dice.random() < 0.6:
                    case.body[name] = self.known[name]

    def answer(self, case: Anything, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Return the answer to a generated request of somebody who may do all."""
        sent = requests.Request(**case.as_transport_kwargs(base_url=HERE)).prepare()
        body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
        ours = {"authorization": f"Bearer {self.token}", **(headers or {})}
        dropped = {*ours, "content-length"}
        held = {name: text for name, text in sent.headers.items() if name.lower() not in dropped}
        return self.ask(str(sent.method), str(sent.url), body, {**held, **ours})

    def ask(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send one request exactly as told."""
        return self.runner.run(self._ask(method, url, body, dict(headers or {})))

    async def _ask(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.central, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.request(method, url, content=body, headers=headers)


def budget() -> int:
    """Return how many requests each route gets in each mode: few in the suite, more where somebody asks for it."""
    return int(os.environ.get("TIENGLANG_ATTACKS", "1"))
