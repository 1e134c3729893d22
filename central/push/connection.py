"""A connection of the web server that a held stream may take out of its hands.

Law of the room: what asks and answers is uvicorn's; what is held for days is not. A stream that has had its head
is given away for good: parser, request and task end there, and what stays of ten thousand connections is the
socket and one small object each. The one place that knows uvicorn's inside; its version is locked.
"""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LENT: Final = "tienglang.connection"  # where a scope's extensions have its connection


class Keeper(Protocol):
    """The server's list of what is open, as far as a held connection needs it."""

    def discard(self, gone: Any) -> None:  # noqa: ANN401  the server's own set of protocols
        """Forget a connection; harmless when it is not there."""


class Taker(Protocol):
    """Who takes a connection over, from the server's `keeper`."""

    def take(self, transport: asyncio.Transport, keeper: Keeper) -> None:
        """Hold the connection from now on."""


class Connection(Protocol):
    """What can be asked of a connection that the server lends."""

    def lend(self, to: Any) -> bool:  # noqa: ANN401  a Taker that is also an asyncio protocol
        """Give the connection away; return whether there still is one."""


class Lending(HttpToolsProtocol):
    """uvicorn's connection, with itself in each scope's extensions."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {LENT: self}  # type: ignore[dict-item]  # ASGI lets a server add its own

    def lend(self, to: Any) -> bool:  # noqa: ANN401  a Taker that is also an asyncio protocol
        """Give the connection away; called in the request's own task, after the head of the answer.

        The server must not touch it again: the request counts as answered, and no circle of references stays.
        """
        transport = self.transport
        if self.cycle.disconnected or transport.is_closing():
            return False
        self.cycle.response_complete = True
        self.cycle.on_response = _nothing
        self.flow.resume_reading()
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.connections.add(to)
        transport.set_protocol(to)
        to.take(transport, self.connections)
        self.pipeline.clear()
        del self.cycle, self.parser, self.flow, self.scope, self.headers
        return True


def connection_of(scope: MutableMapping[str, Any]) -> Connection:
    """Return the connection behind a request; raises `RuntimeError` under a server that lends none."""
    found: Connection | None = scope.get("extensions", {}).get(LENT)
    if found is None:
        msg = "streams are held under `tienglang-central serve` or `push` alone"
        raise RuntimeError(msg)
    return found


def _nothing() -> None:
    """Do nothing: the server's own book-keeping of an answer is over."""
