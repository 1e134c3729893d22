"""A visitor of the local page who sends what a browser sends, and can leave any of it out."""

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Mapping

import httpx
from fastapi import FastAPI

from edge.web.routes import create_app
from tests.edge.web.shop import PIN, Shop

HOST = "loa.local:8080"
HONEST: Mapping[str, str] = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}


class Visitor:
    """One browser, with its cookies."""

    def __init__(self, client: httpx.AsyncClient, app: FastAPI) -> None:
        """Visit `app` through `client`."""
        self.client, self.app = client, app
        self.page = ""

    async def look(self, path: str = "/", **headers: str) -> httpx.Response:
        """Return the answer to a GET; the text of the page is kept."""
        answer = await self.client.get(path, headers=headers)
        if path == "/":
            self.page = html.unescape(answer.text)
        return answer

    @property
    def proof(self) -> str:
        """Return the form token on the page last seen."""
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.page)
        return found[1] if found else ""

    @property
    def session(self) -> str:
        """Return the value of the session cookie, empty where there is none."""
        return self.client.cookies.get("tienglang-session") or ""

    async def post(
        self,
        path: str,
        headers: Mapping[str, str] = HONEST,
        /,
        **fields: str | list[str],
    ) -> httpx.Response:
        """Return the answer to a form sent from the page last seen."""
        data = {"csrf": self.proof, **fields}
        return await self.client.post(path, data=data, headers=dict(headers))

    async def sign_in(self, pin: str = PIN, **fields: str) -> httpx.Response:
        """Look, type a PIN, and look again."""
        await self.look()
        answer = await self.post("/sign-in", pin=pin, **fields)
        await self.look()
        return answer

    async def act(self, path: str, **fields: str | list[str]) -> str:
        """Do something that is accepted, and return the page that follows."""
        answer = await self.post(path, **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), answer.text[-900:]
        await self.look()
        return self.page


Telling = Callable[[Shop, Visitor], Awaitable[None]]


def story(telling: Telling, shop: Shop | None = None) -> Shop:
    """Tell one story of a visitor at a shop; return the shop."""
    shop = shop or Shop()

    async def whole() -> None:
        async with shop.open(), another(shop) as visitor:
            await telling(shop, visitor)

    asyncio.run(whole())
    return shop


class another:  # noqa: N801  reads as a word in `async with another(shop)`
    """A browser of its own: before a page of its own, as after a restart, or beside another visitor."""

    def __init__(self, shop: Shop, beside: Visitor | None = None) -> None:
        """Stand before `shop`, at the same page as `beside` where it is given."""
        self._app = create_app(shop.counter(), shop.rooms) if beside is None else beside.app
        transport = httpx.ASGITransport(app=self._app)
        self._client = httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}")

    async def __aenter__(self) -> Visitor:
        """Open the browser."""
        return Visitor(self._client, self._app)

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._client.aclose()
