"""A visitor without a browser: real requests to the real application, in this process."""

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from central.console import make_console
from central.services import House
from tests.central.setting import PASSWORD

HOST = "127.0.0.1:8000"
_TOKEN = re.compile(r'name="csrf" (?:content|value)="([0-9a-f]{64})"')


class Visit:
    """One person's cookies and requests."""

    def __init__(self, house: House) -> None:
        self._app = Starlette(routes=[Mount("/console", make_console(house))])
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        data: Mapping[str, str | list[str]] | None = None,
        json: object = None,
    ) -> httpx.Response:
        """Send one request exactly as told; cookies are kept."""
        asked = self._ask(method, path, headers or {}, content, data, json)
        # A thread of its own: the thread of the tests may carry a browser's event loop.
        with ThreadPoolExecutor(1) as lane:
            answer = lane.submit(asyncio.run, asked).result()
        for name, value in answer.cookies.items():
            self.cookies[name] = value
        found = (
            _TOKEN.search(answer.text) if "html" in answer.headers.get("content-type", "") else None
        )
        if found:
            self.csrf = found[1]
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None,
        data: Mapping[str, str | list[str]] | None,
        json: object,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app, raise_app_exceptions=False)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.request(
                method,
                f"/console{path}",
                headers={"accept": "text/html", "cookie": cookie, **headers},
                content=content,
                data=dict(data) if data is not None else None,
                json=json,
            )

    def get(self, path: str) -> httpx.Response:
        """Ask for a page."""
        return self.ask("GET", path)

    def post(
        self,
        path: str,
        data: Mapping[str, str | list[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post a form as our own page would."""
        form = {"csrf": self.csrf, **(data or {})}
        return self.ask(
            "POST", path, data=form, headers={"origin": f"http://{HOST}", **(headers or {})}
        )

    def post_json(self, path: str, value: object) -> httpx.Response:
        """Post JSON as our own scripts would."""
        headers = {
            "origin": f"http://{HOST}",
            "x-csrf-token": self.csrf,
            "accept": "application/json",
        }
        return self.ask("POST", path, json=value, headers=headers)

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in through the form, then open a page so that its token is known."""
        self.get("/sign-in")
        answer = self.post("/sign-in", {"name": name, "password": password})
        if answer.status_code == 303:
            self.get("/key")
        return answer
