"""How a signed request is read: every part as it was sent, nothing decoded, nothing believed yet.

Law of the room: what ASGI gives, unchanged. Routes hand the value to `central.services.signatures`.
"""

from collections.abc import MutableMapping
from typing import Annotated, Any

from fastapi import Depends, Request

from central.services.signatures import Asked
from contract.requests import authority


async def asked_of(request: Request) -> Asked:
    """Return the whole request for its proof; the body's size is capped in front of the application."""
    return asked_with(request.scope, await request.body())


def asked_with(scope: MutableMapping[str, Any], body: bytes) -> Asked:
    """Return a request as it came, with its body."""
    host, port = scope.get("server") or ("", None)
    raw: bytes = scope.get("raw_path") or str(scope["path"]).encode("utf-8")
    query: bytes = scope.get("query_string", b"")
    return Asked(
        method=scope["method"],
        path=raw.partition(b"?")[0].decode("latin-1"),
        query=query.decode("latin-1"),
        body=body,
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        here=authority(str(scope.get("scheme", "http")), str(host), port),
    )


SignedRequest = Annotated[Asked, Depends(asked_of)]
