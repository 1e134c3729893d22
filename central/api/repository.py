"""The chain of trust over HTTP: `/tuf` for appliances, public and cacheable; `/api/v1/trust` for the administrator.

Law of the room: a name that is no name of the chain is answered as one that is not there. What has a number in its
name never changes and may be kept by anybody; the timestamp, and the question for the next root, are asked anew.
"""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Response

from central import services
from central.api.answers import RawBody, Token, read_as, refusal, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.chain import ChainState
from central.services.unit import House
from contract.chain_rules import Bundle

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NEVER_KEPT = "no-store"
JSON_TYPE = "application/json"
IfNoneMatch = Annotated[str, Header()]


def chain_routes(house: House) -> APIRouter:
    """Return the routes of `/tuf`."""
    router = APIRouter(prefix="/tuf", tags=["trust"])

    @router.get("/metadata/{name}", **told(Sent(JSON_TYPE), also=(304,)))
    def metadata(name: str, if_none_match: IfNoneMatch = "") -> Response:
        """Give a file of metadata; 404 for the root that is not yet made."""
        kept = ASK_AGAIN if name == "timestamp.json" else FOR_EVER
        return _file(house.repository.metadata(name), if_none_match, kept)

    @router.get("/targets/{name}", **told(Sent(JSON_TYPE), also=(304,)))
    def target(name: str, if_none_match: IfNoneMatch = "") -> Response:
        """Give a target by its hash and name."""
        return _file(house.repository.target(name), if_none_match, FOR_EVER)

    return router


def add_trust(router: APIRouter, desk: Desk) -> None:
    """Add what the administrator does with the chain."""
    house = desk.house

    @router.get("/trust", tags=["trust"], **told(ChainState))
    def trust(token: Token) -> Response:
        """Tell which chain is served."""
        desk.person(token)
        return shown(services.chain_state(house))

    @router.post(
        "/trust", tags=["trust"], **told(ChainState, takes=Bundle, status=201, also=(200,))
    )
    def publish(body: RawBody, token: Token) -> Response:
        """Take a newer chain: `roots` from the first on, `targets` and `keyring`, each file's bytes in base64."""
        who = desk.person(token)
        bundle = read_as(body, Bundle)
        state = services.take_chain(house, bundle, who=who, now=house.clock())
        return shown(state, 201 if state.changed else 200)


def _file(data: bytes | None, if_none_match: str, kept: str) -> Response:
    if data is None:
        answer = refusal(404, "none", "Không có tệp này trong chuỗi tin cậy.")
        answer.headers["cache-control"] = NEVER_KEPT
        return answer
    headers = {"etag": f'"{hashlib.sha256(data).hexdigest()}"', "cache-control": kept}
    if headers["etag"] in {part.strip() for part in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=JSON_TYPE, headers=headers)
