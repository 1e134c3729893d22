"""A central behind TLS, with whatever certificate a test gives it."""

import ssl
from pathlib import Path
from typing import Self

from tests.edge.adapters.fake_central import FakeCentral


class BehindTls(FakeCentral):
    """The working fake on `host`, a loopback address, behind a certificate and its key."""

    def __init__(self, cert: Path, key: Path, name: str = "127.0.0.1") -> None:
        super().__init__({})
        self._name = name
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(cert, key)

    @property
    def url(self) -> str:
        """Return where it is reached."""
        return f"https://{self._name}:{self.port}"

    def start(self) -> Self:
        """Open the door and put TLS before it."""
        super().start()
        assert self._server is not None
        self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        return self
