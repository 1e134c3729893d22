"""The page's own OpenAPI turned against it, and a table of hostile requests: refused, and never an error of ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from contract.documents import Right, StaffPin
from edge.adapters.box import Box, BoxRefused
from edge.adapters.phone import PhoneLines
from edge.web import recording, talk
from edge.web.routes import Room, create_app
from tests.edge.web.shop import PIN, QUICK, Shop
from tests.edge.web.visitor import HONEST, HOST, Visitor, another, story

ENDLESS: Final = "/now"  # a stream that ends when the looker leaves; test_live looks at it
EXAMPLES: Final = 8
ALL = StaffPin(name="Mọi quyền", verifier=QUICK.hash(PIN), rights=tuple(Right))
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def rooms(place: Path) -> tuple[Room, ...]:
    """Return the rooms that stand beside the page."""
    box = Box(place / "box", quota_bytes=50_000_000, reserve_bytes=0)
    return recording.room(box, BoxRefused), talk.room(PhoneLines(place / "lines"))


def schema(place: Path) -> dict[str, object]:
    """Return the description of the whole page."""
    shop = Shop()
    return create_app(shop.counter(), rooms(place)).openapi()


class House:
    """One shop that many requests are sent to, in a loop of its own."""

    def __init__(self, place: Path) -> None:
        """Build it; nothing is open yet."""
        self.shop = Shop(staff=(ALL,), rooms=rooms(place))
        self.shop.to(8, 0)
        self.runner = asyncio.Runner()

    def send(self, asked: requests.PreparedRequest, *, signed_in: bool) -> httpx.Response:
        """Return the answer to one request that comes from our own page."""
        return self.runner.run(self._send(asked, signed_in=signed_in))

    async def _send(self, asked: requests.PreparedRequest, *, signed_in: bool) -> httpx.Response:
        async with self.shop.open(), another(self.shop) as visitor:
            await visitor.sign_in() if signed_in else await visitor.look()
            body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
            body = bytes(body).replace(b"csrf-of-the-page", visitor.proof.encode())
            headers = {**asked.headers, **HONEST, "Content-Length": str(len(body))}
            headers.pop("Transfer-Encoding", None)
            return await visitor.client.request(
                str(asked.method), str(asked.url), content=body, headers=headers
            )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give a house for the whole module."""
    built = House(tmp_path_factory.mktemp("page"))
    with built.runner:
        yield built


def operations() -> list[tuple[str, str]]:
    """Return every path and method of the page."""
    page = create_app(Shop().counter(), (recording.room(NoBox(), LookupError), talk.room(NoLines())))
    paths = page.openapi()["paths"]
    return [(path, verb) for path, verbs in paths.items() if path != ENDLESS for verb in verbs]
