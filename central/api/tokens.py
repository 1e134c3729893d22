"""Tokens of other systems: made, listed and revoked by an area's administrators.

Law of the room: only a person who is signed in comes here; no scope of a token leads to tokens.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.people import Right
from central.domain.tokens import NewToken, TokenState
from central.services.tokens import TokenAsked, create_token, list_tokens, revoke_token


def add_tokens(router: APIRouter, desk: Desk) -> None:
    """Add the tokens of other systems."""
    house = desk.house

    @router.get("/tokens", tags=["tokens"], **told(tuple[TokenState, ...]))
    def listed(
        token: Token,
        before: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """List the tokens of the areas that you administer, newest first; go on with `before` the last id."""
        with desk.reading(token) as (unit, who):
            areas = who.areas(Right.ADMINISTER)
            return shown(list_tokens(unit, areas, now=house.clock(), before=before, limit=limit))

    @router.post("/tokens", tags=["tokens"], **told(NewToken, takes=TokenAsked, status=201))
    def create(body: RawBody, token: Token) -> Response:
        """Make a token: its `secret` is shown this once. It is never more than you, its area and its scopes."""
        asked = read_as(body, TokenAsked)
        with desk.writing(token) as (unit, who):
            made = create_token(unit, asked, who=who, now=house.clock())
        return shown(made, 201)

    @router.delete("/tokens/{token_id}", tags=["tokens"], **told(TokenState))
    def revoke(token_id: str, token: Token) -> Response:
        """Revoke a token at once; it stays in the list."""
        with desk.writing(token) as (unit, who):
            return shown(revoke_token(unit, token_id, who=who, now=house.clock()))
